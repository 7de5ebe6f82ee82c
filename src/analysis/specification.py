"""The analytic choices that others would defend as well, and their combinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

from analysis.errors import BadStudy, shown, suggest


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to make every analytic choice; the defaults are those of the other pages.

    The choices' options and what a reader calls them stand in `CHOICES` and `LABELS`.
    """

    boilerplate: str = "aside"
    headings: str = "out"
    folding: str = "folded"
    masking: str = "named"
    stop_words: str = "dropped"
    stemming: str = "stems"
    ngrams: str = "words"
    min_df: str = "1"
    measure: str = "cosine"
    term_weighting: str = "tfidf"
    unit: str = "sentence"
    unit_weighting: str = "equal"
    statement_weighting: str = "equal"
    instrument: str = "dictionary"
    run_words: str = "5"
    ledger: str = "labels"


#: Choice → its options, the default first.
CHOICES: dict[str, tuple[str, ...]] = {
    # Page furniture (site navigation, donation lines) is set aside, or kept.
    "boilerplate": ("aside", "kept"),
    # Headings are left out, or analysed.
    "headings": ("out", "in"),
    # Spelling variants count as one word, or as written.
    "folding": ("folded", "written"),
    # Names of states, agencies and places are compared like other words, or masked.
    "masking": ("named", "masked"),
    # Function words are dropped, or kept.
    "stop_words": ("dropped", "kept"),
    # Stems are compared, or words.
    "stemming": ("stems", "words"),
    # Single words are compared, or single words and pairs of neighbours.
    "ngrams": ("words", "pairs"),
    # A word is compared if this many sentences hold it.
    "min_df": ("1", "2"),
    # What likeness is: of weights, of vocabularies, of shares of words, of character 3–5-grams.
    "measure": ("cosine", "jaccard", "jensen_shannon", "characters"),
    # (1 + ln count) · idf; count · idf; the count alone.
    "term_weighting": ("tfidf", "linear", "counts"),
    # What a share counts, and over what idf is computed.
    "unit": ("sentence", "block"),
    # Each unit of a share counts the same, or by its words.
    "unit_weighting": ("equal", "words"),
    # Each statement of a side counts the same, or by its words.
    "statement_weighting": ("equal", "words"),
    # Frames are found by the dictionary, by models learnt from coded sentences, or by the coders
    # in the sentences that were coded.
    "instrument": ("dictionary", "model", "coded"),
    # Words in the shortest run that counts as shared.
    "run_words": ("5", "4", "6", "8"),
    # A clause's fate: labels where there are any, else the method's call; or labels alone.
    "ledger": ("labels", "labelled"),
}

#: Choice → how a reader would call it.
LABELS = {
    "boilerplate": "page furniture",
    "headings": "headings",
    "folding": "spelling variants",
    "masking": "names",
    "stop_words": "function words",
    "stemming": "stems or words",
    "ngrams": "terms",
    "min_df": "sentences a word must be in",
    "measure": "measure of likeness",
    "term_weighting": "weights of words",
    "unit": "unit",
    "unit_weighting": "weights of units",
    "statement_weighting": "weights of statements",
    "instrument": "who finds frames",
    "run_words": "words in a shared run",
    "ledger": "fate of unlabelled clauses",
}

#: Option → how a reader would call it, where study.yaml's word for it is none.
OPTION_LABELS = {"jaccard": "Jaccard", "jensen_shannon": "Jensen–Shannon", "tfidf": "tf–idf"}

DEFAULT = Specification()

#: Choices that decide which text is read: what they give is made once for all others.
TEXT_CHOICES = ("boilerplate", "headings", "folding")


def called(option: str) -> str:
    """An option as a reader would call it.

    >>> called("jensen_shannon"), called("kept")
    ('Jensen–Shannon', 'kept')
    """
    return OPTION_LABELS.get(option, option)


def options(alternatives: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    """The options of each choice: those that study.yaml lists, else the default alone.

    Raises:
        BadStudy: an unknown choice or option, or a list without the default; all at once.
    """
    faults = []
    for choice, entry in alternatives.items():
        where = f"study.yaml: alternatives.{choice}"
        faults += list(_unknown("study.yaml: alternatives", {choice: entry["options"]}))
        if choice in CHOICES and CHOICES[choice][0] not in entry["options"]:
            faults.append(
                f"{where}: the default '{CHOICES[choice][0]}' is missing; add it, or leave the "
                "choice out"
            )
    if faults:
        raise BadStudy(faults)
    return {
        choice: _default_first(alternatives[choice]["options"], known)
        if choice in alternatives else known[:1]
        for choice, known in CHOICES.items()
    }


def _default_first(listed: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(option for option in known if option in listed)


def _unknown(where: str, chosen: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for choice, listed in chosen.items():
        if choice not in CHOICES:
            yield f"{where}: unknown choice {shown(choice)}; {suggest(choice, list(CHOICES))}"
            continue
        for option in listed:
            if option not in CHOICES[choice]:
                yield (f"{where}.{choice}: unknown option {shown(option)}; "
                       f"{suggest(option, list(CHOICES[choice]))}")


def exclusions(
    entries: Sequence[Mapping[str, object]]
) -> tuple[tuple[dict[str, tuple[str, ...]], str], ...]:
    """Combinations that make no sense: choice → options that exclude one another, and the reason.

    Raises:
        BadStudy: an unknown choice or option, or one that would exclude the default analysis.
    """
    faults: list[str] = []
    found = []
    for number, entry in enumerate(entries, start=1):
        where = f"study.yaml: exclusions, number {number}"
        together = {
            choice: tuple([listed] if isinstance(listed, str) else listed)
            for choice, listed in entry["together"].items()
        }
        unknown = list(_unknown(where, together))
        faults += unknown
        if not unknown and _excluded(DEFAULT, together):
            faults.append(f"{where}: would exclude the default analysis; name another option")
        found.append((together, str(entry["reason"])))
    if faults:
        raise BadStudy(faults)
    return tuple(found)


def _excluded(spec: Specification, together: Mapping[str, Sequence[str]]) -> bool:
    return all(getattr(spec, choice) in listed for choice, listed in together.items())


def distinct(
    available: Mapping[str, Sequence[str]],
    entering: Sequence[str],
    idle: Mapping[str, Mapping[str, Sequence[str]]],
    excluded: Sequence[tuple[Mapping[str, Sequence[str]], str]],
    *,
    base: Specification = DEFAULT,
) -> list[Specification]:
    """The distinct specifications of an estimand, the default first.

    Args:
        available: what `options` returned.
        entering: choices that can change the estimand.
        idle: choice → choice → options under which the first changes nothing; two specifications
            that differ only so are the same analysis and count once.
        excluded: what `exclusions` returned.
        base: the default analysis.
    """
    names = [field.name for field in fields(Specification)]
    varied = [
        dict.fromkeys((
            getattr(base, name),
            *(available[name] if name in entering and len(available[name]) > 1 else ()),
        ))
        for name in names
    ]
    found: dict[Specification, None] = {narrowed(base, entering, idle, base=base): None}
    for chosen in product(*varied):
        spec = Specification(**dict(zip(names, chosen, strict=True)))
        merged = narrowed(spec, entering, idle, base=base)
        if not any(_excluded(merged, together) for together, _ in excluded):
            found[merged] = None
    return list(found)


def narrowed(
    spec: Specification,
    entering: Sequence[str],
    idle: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    base: Specification = DEFAULT,
) -> Specification:
    """The specification with every choice that cannot change the estimand at the default's.

    Two specifications that narrow to the same one are the same analysis.
    """
    kept = {choice: getattr(spec, choice) for choice in active(spec, entering, idle)}
    return replace(base, **kept)


def active(
    spec: Specification,
    entering: Sequence[str],
    idle: Mapping[str, Mapping[str, Sequence[str]]],
) -> tuple[str, ...]:
    """The choices that can change the estimand under this specification."""
    return tuple(
        choice
        for choice in CHOICES
        if choice in entering
        and not any(getattr(spec, other) in listed for other, listed in idle.get(choice, {}).items())
    )


def combinations(available: Mapping[str, Sequence[str]], entering: Sequence[str]) -> int:
    """How many combinations of the options of these choices there are, equal ones counted apart."""
    total = 1
    for choice in entering:
        total *= len(available[choice])
    return total
