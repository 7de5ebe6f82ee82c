"""Result tables as LaTeX, and the escapes that make any text harmless to TeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from analysis.tables import formatted, only_in_the_csv, printed

# Signs that mean something to TeX, or that its ligatures would join.
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "[": "{[}", "]": "{]}",
    "`": r"\textasciigrave{}", '"': r"\textquotedbl{}",
}
# Signs that LaTeX's own fonts have only in formulas, and blanks of a kind.
_SIGNS = {
    "−": "$-$", "×": r"$\times$", "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$",
    "≈": r"$\approx$", "→": r"$\rightarrow$", "←": r"$\leftarrow$", "·": r"$\cdot$",
    "∞": r"$\infty$", "√": r"$\surd$", "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}",
    "¹": r"\textsuperscript{1}", "½": r"$\frac{1}{2}$", "•": r"\textbullet{}", "°": r"\textdegree{}",
    "α": r"$\alpha$", "β": r"$\beta$", "κ": r"$\kappa$", "λ": r"$\lambda$", "μ": r"$\mu$",
    "ρ": r"$\rho$", "σ": r"$\sigma$", "τ": r"$\tau$", "φ": r"$\phi$", "χ": r"$\chi$",
    "Δ": r"$\Delta$", "Σ": r"$\Sigma$", "€": r"\texteuro{}", "…": r"\ldots{}",
    "\u00a0": "~", "\u202f": r"\,", "\u2009": r"\,", "\u00ad": r"\-", "\u2011": "-",
}
_ESCAPES = str.maketrans({**_SPECIAL, **_SIGNS})

# Two hyphens or apostrophes in a row would become one sign, `?` and `!` before a grave too.
_JOINED = re.compile(r"(?<=[-',])(?=[-',])")

# A row's longest cell counts as so many characters at most when widths are dealt out.
_WIDEST = 40

# A column has room for so many characters.
_NARROWEST = 6

# Up to so many columns → the size of letters.
_SIZES = ((6, "footnotesize"), (10, "scriptsize"), (10_000, "tiny"))

# More rows than this do not fit a page: the table may then break.
_ON_ONE_PAGE = 30


def escaped(text: str) -> str:
    """A text as LaTeX that prints it; control characters become U+FFFD, white space one blank.

    >>> escaped("50 % of $a_b & [c] -- d")
    '50 \\\\% of \\\\$a\\\\_b \\\\& {[}c{]} -{}- d'
    """
    text = re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()
    text = "".join(
        "\ufffd" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text
    )
    return _JOINED.sub("{}", text.translate(_ESCAPES))


def needs_unicode(text: str) -> bool:
    """Does an escaped text hold letters that pdfLaTeX's usual fonts lack?

    >>> needs_unicode("Spärck Jones – “tf–idf”"), needs_unicode("Миграция")
    (False, True)
    """
    return bool(re.search(r"[^\x00-\u017f\u2010-\u2015\u2018-\u201e\u2020\u2021\u2026\u2030]", text))


def table(payload: Mapping[str, object], *, lines: Sequence[str]) -> bytes:
    """A table as a LaTeX fragment: caption above, notes below, rules of booktabs.

    Args:
        payload: what `tables.payload` returned.
        lines: what stands below it: notes and source.
    """
    payload, aside = printed(payload)
    lines = [*lines[:1], *only_in_the_csv(aside), *lines[1:]]
    columns = payload["columns"]
    rows = [
        [formatted(value, column["format"]) for value, column in zip(row, columns, strict=True)]
        for row in payload["rows"]
    ]
    head = " & ".join(rf"\textbf{{{escaped(column['label'])}}}" for column in columns) + r" \\"
    body = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    spec = _columns(columns, rows)
    size = next(size for most, size in _SIZES if len(columns) <= most)
    notes = [rf"\par\smallskip{{\footnotesize {escaped(line)}\par}}" for line in lines if line]
    caption, label = escaped(payload["caption"]), rf"\label{{tab:{payload['name']}}}"
    if len(rows) > _ON_ONE_PAGE:
        made = [
            rf"\begingroup\{size}\setlength{{\tabcolsep}}{{3pt}}",
            rf"\begin{{longtable}}{{{spec}}}",
            rf"\caption{{{caption}}}{label}\\",
            r"\toprule", head, r"\midrule", r"\endfirsthead", r"\toprule", head, r"\midrule",
            r"\endhead", r"\bottomrule", r"\endfoot", *body, r"\end{longtable}", *notes,
            r"\endgroup",
        ]
    else:
        made = [
            r"\begin{table}[tbp]", rf"\caption{{{caption}}}{label}",
            rf"\{size}\setlength{{\tabcolsep}}{{3pt}}",
            rf"\begin{{tabular}}{{{spec}}}", r"\toprule", head, r"\midrule", *body,
            r"\bottomrule", r"\end{tabular}", *notes, r"\end{table}",
        ]
    text = "\n".join(made) + "\n"
    needs = r"% Needs \usepackage{array,booktabs,longtable,textcomp} and \usepackage[T1]{fontenc}"
    if needs_unicode(text):
        needs = r"% Needs \usepackage{array,booktabs,longtable}; holds letters for which to use" \
            " XeLaTeX or LuaLaTeX\n% and a font that has them"
    return f"{needs}.\n{text}".encode()


def shares_of_width(columns: Sequence[Mapping], rows: Sequence[Sequence[str]]) -> list[float]:
    """Each column's share of a table's width, by the longest of its words and cells."""
    lengths = [
        min(_WIDEST, max([
            max(map(len, column["label"].split()), default=1), len(column["label"]) // 2,
            *(len(row[position]) for row in rows),
        ]))
        for position, column in enumerate(columns)
    ]
    wide = [max(_NARROWEST, length) for length in lengths]
    return [width / sum(wide) for width in wide]


def _columns(columns: Sequence[Mapping], rows: Sequence[Sequence[str]]) -> str:
    """Widths by what the columns hold; texts break, numbers stand to the right."""
    # What stands between two columns is about a hundredth of a line.
    room = max(0.4, 1 - 0.024 * len(columns))
    shares = [room * share for share in shares_of_width(columns, rows)]
    return "".join(
        rf">{{\{'raggedright' if column['format'] in _LEFT else 'raggedleft'}\arraybackslash"
        rf"\hspace{{0pt}}}}p{{{share:.3f}\linewidth}}"
        for column, share in zip(columns, shares, strict=True)
    )


_LEFT = {"text", "marked", "before", "after", "flag", "link"}
