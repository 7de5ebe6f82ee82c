"""What is known of a language, and what a text in another one goes without.

Seven languages have everything: lists for sentences (`segment/languages/`), a Snowball stemmer,
function words (`stop_words/`), elisions, number and date formats. A text in any other language is
read by signs and letters alone, or by what there is for it; `lacking` says what that is.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from analysis import segment

# Languages with a Snowball stemmer in NLTK.
STEMMED = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
}

# Function words that lose their vowel before another word and are written to it: "l'accord".
# Closed classes, as grammars list them under élision and elisione: Grevisse, M. & Goosse, A. (2016),
# Le bon usage; Serianni, L. (1988), Grammatica italiana.
ELIDED = {
    "fr": ("c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"),
    "it": (
        "c", "d", "l", "m", "s", "t", "v", "un", "gl", "agl", "all", "coll", "dagl", "dall",
        "degl", "dell", "negl", "nell", "pell", "sugl", "sull", "quest", "quell", "senz", "anch",
    ),
}

# How numbers are written: (sign of thousands, sign of decimals). Spaces may stand for thousands
# everywhere (ISO 80000-1), in English only such as break no line. Source: Unicode CLDR, number symbols of each locale.
NUMBER_SIGNS = {
    "en": (",", "."), "de": (".", ","), "es": (".", ","), "fr": (".", ","), "it": (".", ","),
    "nl": (".", ","), "pt": (".", ","),
}

_SPACES = "\u00a0\u2009\u202f"


def base(code: str) -> str:
    """The language of a code without its region.

    >>> base("pt-BR"), base("EN")
    ('pt', 'en')
    """
    return re.split("[-_]", code.strip().lower())[0]


@cache
def stop_words(code: str) -> frozenset[str]:
    """Function words of a language other than English, elided ones included; none if unknown.

    Source: Porter, M. (2001), Snowball: A language for stemming algorithms.
    """
    language = base(code)
    file = files("analysis") / "stop_words" / f"{language}.txt"
    if not (language in STEMMED and file.is_file()):
        return frozenset()
    lines = file.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#")) | {
        *ELIDED.get(language, ())
    }


def lacking(code: str) -> tuple[str, ...]:
    """What an analysis of a text in this language goes without, in words; nothing for the seven.

    >>> lacking("fr-BE")
    ()
    >>> lacking("cy")[0]
    'sentences are split by signs alone'
    """
    language = base(code)
    english = language == "en"
    missing = (
        (language in segment.languages(), "sentences are split by signs alone"),
        (language in STEMMED, "words are not stemmed"),
        (english or bool(stop_words(language)), "no function words are left out"),
    )
    return tuple(what for there, what in missing if not there)


def number_pattern(code: str) -> str:
    """A regular expression for a number as a language writes it.

    >>> bool(re.fullmatch(number_pattern("fr"), "1\u202f234,5"))
    True
    """
    _, decimal = map(re.escape, NUMBER_SIGNS.get(base(code), (",", ".")))
    spaces = _SPACES if base(code) == "en" else f"{_SPACES} "
    return rf"(?:\d{{1,3}}(?:[{spaces}]\d{{3}})+(?:{decimal}\d+)?|\d+(?:[.,]\d+)*)(?!\d)"


def as_number(text: str, code: str) -> float:
    """A written number's value by the signs of its language.

    In any language three digits behind its sign of thousands are thousands; any other such sign
    is read as one of decimals, as in "72,2" in an English text.

    >>> as_number("1,000.5", "en"), as_number("1.000,5", "de"), as_number("72,2", "en")
    (1000.5, 1000.5, 72.2)
    """
    thousands, _ = NUMBER_SIGNS.get(base(code), (",", "."))
    plain = re.sub(rf"[{_SPACES} ]", "", text)
    plain = re.sub(rf"{re.escape(thousands)}(?=\d{{3}}(?:\D|$))", "", plain).replace(",", ".")
    return float(plain if plain.count(".") <= 1 else plain.replace(".", ""))
