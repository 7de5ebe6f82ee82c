"""Result tables: fixed columns with labels, and their accessible HTML.

A question module returns `result(rows, columns=…, made_by=…)`. What travels to a page is the
*payload* of that table: plain JSON, rounded once, with the ids of the sentences behind each row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal

import numpy as np
import pandas as pd
from markupsafe import escape

# `before` and `after` are what stands around a keyword, each on one line that meets it.
Format = Literal[
    "text", "marked", "before", "after", "count", "number", "percent", "points", "flag", "link"
]

_TEXTS = ("text", "marked", "before", "after")

# Six significant digits: far above what any table here supports, far below the last bits in which
# two processors may differ.
SIGNIFICANT_DIGITS = 6

# Numbers nearer to 0 than this would read "0.00"; they have three decimals, or are below .001.
SMALL, SMALL_DIGITS = 0.005, 3

# More evidence links in one cell than this are folded into a count; the CSV keeps them all.
LINKS_SHOWN = 6

# More than this is a figure about whole texts: nobody follows a hundred links from one cell.
LINKS_LISTED = 60

#: What the address of a figure's mark begins with; the place of its row follows.
MARK = "#row-"

# Rows of a table that a notebook hands to its page, and sentences behind all of its rows: a CSV of
# some 20 MB, and more sentences than sixty long statements have.
MOST_ROWS = MOST_EVIDENCE = 100_000

# A text of more characters than this wraps, so its column asks for more width.
LONG_TEXT = 60

#: The types under which a notebook hands a table, and sentences, to its page.
TABLE_MIME = "application/vnd.study.table+json"
PROSE_MIME = "application/vnd.study.prose+json"

# What a column of format `link` may lead to: a notebook, which the report makes a page's address
# of, or a page beside it.
_PAGE = re.compile(r"(?:(\d+)_(\w+)\.ipynb|(?:[\w=+-][\w.=+-]*/)*[\w-]+\.html)")

# A date as studies write it; it is not broken over two lines.
_DATE = re.compile(r"\d{4}(-\d\d){0,2}")

#: The column that holds, for each row, the ids of the sentences it rests on.
EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's label on the page and how its values are written.

    Attributes:
        label: its words at the head of the table.
        format: how values are written.
        aside: whether it is left to the CSV, because a page, or a sheet of paper, is too narrow
            for it; the page says so.
    """

    label: str
    format: Format = "text"
    aside: bool = False


def marked(text: str, spans: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """A text with the parts that a reader should see at once, for a column of format `marked`.

    Args:
        text: the whole text.
        spans: (start, end) of each part, offsets into the text; parts may overlap or touch, and
            are then one part.

    Returns:
        Pieces that make up the text: by turns plain and marked, the first of them plain.

    >>> marked("criminal networks’ profits", [(9, 17), (0, 8)])
    ('', 'criminal', ' ', 'networks', '’ profits')
    """
    pieces, place = [""], 0
    for start, end in sorted(spans):
        start = max(start, place)
        if start >= end:
            continue
        if start == place and len(pieces) > 1:
            pieces[-2] += text[start:end]
        else:
            pieces[-1] = text[place:start]
            pieces += [text[start:end], ""]
        place = end
    pieces[-1] = text[place:]
    return tuple(pieces)


def unmarked(value: object) -> object:
    """A marked text as plain text; any other value as it is."""
    return "".join(value) if isinstance(value, (list, tuple)) else value


def result(
    rows: Iterable[Mapping[str, object]], *, columns: Mapping[str, Column], made_by: str
) -> pd.DataFrame:
    """Build a result table whose columns are exactly the declared ones, in order.

    Args:
        rows: one mapping a row; keys must be the declared columns, `evidence` (a list of sentence
            ids) aside, which is always allowed.
        columns: name → Column, in the order of the table.
        made_by: dotted name of the function that made the table.

    Returns:
        The declared columns followed by `evidence`; `attrs` carry labels and `made_by`.

    Raises:
        ValueError: a row lacks a declared column or has one that is not declared.
    """
    rows = list(rows)
    declared = set(columns)
    for number, row in enumerate(rows):
        given = set(row) - {EVIDENCE}
        if given != declared:
            raise ValueError(
                f"{made_by}: row {number} has columns {sorted(given)}, declared {sorted(declared)}"
            )
    data = {name: _series([row[name] for row in rows]) for name in columns}
    data[EVIDENCE] = [list(row.get(EVIDENCE, ())) for row in rows]
    frame = pd.DataFrame(data, columns=[*columns, EVIDENCE])
    frame.attrs = {"columns": dict(columns), "made_by": made_by}
    return frame


def _series(values: list[object]) -> pd.Series | list[object]:
    """The values as a column; counts stay whole numbers where one of them is missing."""
    present = [value for value in values if value is not None]
    whole = all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in present)
    if present and whole and len(present) < len(values):
        return pd.Series(values, dtype="Int64")
    return values


def rounded(value: object) -> object:
    """The JSON form of a table value: floats to six significant digits, undefined to None.

    A marked text is a list of its pieces.
    """
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (list, tuple)):
        return [str(piece) for piece in value]
    if isinstance(value, (bool, str)):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(value, (bool, int)):
        return value
    return str(value)


def payload(
    table: pd.DataFrame,
    *,
    name: str,
    caption: str,
    note: str = "",
    display: Literal["table", "folded", "none"] = "table",
    figure: Mapping[str, object] | None = None,
    about: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """The JSON form of a result table that a notebook hands to its page.

    Args:
        table: a table made by `result`.
        name: file name of the table, letters, digits and underscores.
        caption: what the table holds, one sentence.
        note: how to read it.
        display: whether the page prints the rows, folds them away or only links the CSV.
        figure: `svg`, `alt`, `title` and `call` of the figure drawn from this table, if any.
        about: what rows say of the sentences behind them: kind → the column that says it.

    Returns:
        Of more than `MOST_ROWS` rows the first; where more than `MOST_EVIDENCE` sentences stand
        behind the rows, evenly spaced ones of each, and `left_out`, how many more a row has.
    """
    if not name.isidentifier():
        raise ValueError(f"a table's name is used as a file name: {name!r} is no identifier")
    columns: Mapping[str, Column] = table.attrs["columns"]
    if unknown := sorted(set((about or {}).values()) - set(columns)):
        raise ValueError(f"{name}: about names columns it does not have: {', '.join(unknown)}")
    total, table = len(table), table.iloc[:MOST_ROWS]
    if total > MOST_ROWS:
        note = f"{note} The first {MOST_ROWS:,} of {total:,} rows.".strip()
    values = [[rounded(v) for v in table[column]] for column in columns]
    evidence, left_out = _bounded([list(ids) for ids in table[EVIDENCE]])
    if left_out:
        note = (
            f"{note} Of {sum(map(len, evidence)) + sum(left_out):,} sentences behind the rows "
            f"{sum(map(len, evidence)):,} are listed, evenly spaced."
        ).strip()
    return {
        "name": name,
        "caption": caption,
        "note": note,
        "made_by": table.attrs["made_by"],
        "display": display,
        "columns": [
            {"name": key, "label": column.label, "format": column.format,
             **({"aside": True} if column.aside else {})}
            for key, column in columns.items()
        ],
        "rows": [list(row) for row in zip(*values, strict=True)],
        "evidence": evidence,
        "total_rows": total,
        "figure": dict(figure) if figure else None,
        "about": dict(about or {}),
        **({"left_out": left_out} if left_out else {}),
    }


def printed(table: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """A payload without the columns that are left to the CSV, and the labels of these."""
    return _parted(table, [not column.get("aside") for column in table["columns"]])


def only_in_the_csv(labels: Sequence[str]) -> list[str]:
    """A note that names columns left to the CSV; none where there are none."""
    return [f"Also in the CSV: {', '.join(labels)}."] if labels else []


def filled(table: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """A payload without columns that are undefined in every row, and the labels of these."""
    return _parted(table, [
        n == 0 or not table["rows"]
        or any(unmarked(row[n]) not in (None, "") for row in table["rows"])
        for n, _ in enumerate(table["columns"])
    ])


def _parted(
    table: Mapping[str, object], keep: Sequence[bool]
) -> tuple[dict[str, object], list[str]]:
    left = [c["label"] for c, kept in zip(table["columns"], keep, strict=True) if not kept]
    columns = list(compress(table["columns"], keep))
    rows = [list(compress(row, keep)) for row in table["rows"]]
    return {**table, "columns": columns, "rows": rows}, left


def _bounded(evidence: list[list[str]]) -> tuple[list[list[str]], list[int]]:
    """At most about `MOST_EVIDENCE` ids, rows with few keeping all; how many each row lost."""
    sizes = np.array([len(ids) for ids in evidence])
    if sizes.sum() <= MOST_EVIDENCE:
        return evidence, []
    # The largest number a row may keep: rows below it leave their room to the others.
    order = np.sort(sizes)
    room = MOST_EVIDENCE - np.concatenate([[0], np.cumsum(order)[:-1]])
    fits = order * np.arange(len(order), 0, -1) <= room
    first = int(np.argmin(fits)) if not fits.all() else len(order) - 1
    most = max(1, int(room[first] // (len(order) - first)))
    kept = [
        ids if len(ids) <= most else
        [ids[place] for place in (np.arange(most) * len(ids) // most).tolist()]
        for ids in evidence
    ]
    return kept, [len(ids) - len(own) for ids, own in zip(evidence, kept, strict=True)]


def formatted(value: object, how: Format) -> str:
    """A value as a reader sees it, without marks; undefined is a dash."""
    value = unmarked(value)
    if value is None or value == "":
        return "–"
    if how == "flag":
        return "yes" if value else "no"
    if isinstance(value, (bool, str)):
        return str(value)
    if how == "percent":
        return f"{100 * value:.0f} %"
    if how == "points":
        return f"{100 * value:+.0f}".replace("-", "−")
    if how == "count":
        return f"{value:,.0f}".replace(",", "\u202f")
    if isinstance(value, int):
        return str(value)
    if 0 < abs(value) < SMALL:
        least = 10.0 ** -SMALL_DIGITS
        small = f"{value:.{SMALL_DIGITS}f}" if abs(value) >= least / 2 else (
            f"{'<' if value > 0 else '>'} {math.copysign(least, value)}")
        return small.replace("-", "−")
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".replace("-", "−")


def unbroken(text: str) -> str:
    """A sentence in which no line ends between a number and its per cent sign.

    >>> unbroken("38 to 76 % of all").replace(chr(160), "~")
    '38 to 76~% of all'
    """
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text)


# Cells are put together as plain text of escaped pieces: `Markup.format` takes five times as long.


def _cell_text(value: object, how: Format) -> str:
    if how == "link" and (page := _PAGE.fullmatch(str(value))):
        words = f"{page[1]} {page[2].replace('_', ' ')}" if page[1] else value
        return f'<a href="{escape(value)}">{escape(words)}</a>'
    if how != "marked" or not unmarked(value):
        return str(escape(unbroken(formatted(value, how))))
    return "".join(
        f"<mark>{escape(piece)}</mark>" if position % 2 else str(escape(piece))
        for position, piece in enumerate(value)
    )


def _evidence_cell(
    ids: Sequence[str], href: Callable[[str], str | None], left_out: int = 0
) -> str:
    if not ids:
        return "<td>–</td>"
    if len(ids) + left_out > LINKS_LISTED:
        return f'<td class="evidence">{len(ids) + left_out:,} sentences, see the CSV</td>'
    links = " ".join(
        f'<a href="{escape(target)}">{escape(name)}</a>' if target else str(escape(name))
        for identifier, name in zip(ids, _short(ids), strict=True)
        for target in [href(identifier)]
    )
    if len(ids) <= LINKS_SHOWN:
        return f'<td class="evidence">{links}</td>'
    return (
        f'<td class="evidence"><details><summary>{len(ids)} sentences</summary>{links}</details>'
        "</td>"
    )


def _short(ids: Sequence[str]) -> list[str]:
    """Block and sentence alone after the first of a text, and where a cell leads to one text."""
    texts = [identifier.split(":")[0] for identifier in ids]
    several = len(set(texts)) > 1
    return [
        identifier.replace(":", " ")
        if several and (place == 0 or texts[place - 1] != texts[place])
        else identifier.split(":", 1)[-1]
        for place, identifier in enumerate(ids)
    ]


def to_html(
    table: Mapping[str, object], *, evidence_href: Callable[[str], str | None] | None = None,
    row_ids: str = "",
) -> str:
    """An accessible HTML table of a payload.

    The caption is the table's accessible name, the first column its row headers. Every text is
    escaped. Rows that rest on sentences end in links to them.

    Args:
        table: what `payload` returned.
        evidence_href: sentence id → address, or None where no page shows the sentence.
        row_ids: what the ids of rows begin with, their places follow; "" for no ids.
    """
    columns = table["columns"]
    with_evidence = any(table["evidence"])
    href = evidence_href or (lambda _: None)
    long = {
        position
        for position, column in enumerate(columns)
        if column["format"] in ("text", "marked")
        and any(len(str(unmarked(row[position]) or "")) > LONG_TEXT for row in table["rows"])
    }
    dates = {
        position
        for position, column in enumerate(columns)
        if column["format"] == "text"
        and any(_DATE.fullmatch(str(row[position])) for row in table["rows"])
        and all(_DATE.fullmatch(str(row[position] or "2000")) for row in table["rows"])
    }
    head = "".join(
        f'<th scope="col" class="{escape(c["format"])}">{escape(c["label"])}</th>' for c in columns
    )
    if with_evidence:
        head += '<th scope="col">sentences behind it</th>'
    body = []
    left_out = table.get("left_out") or [0] * len(table["rows"])
    for row, ids, more in zip(
        table["rows"], table["evidence"], left_out[:len(table["rows"])], strict=True
    ):
        cells = []
        for position, (value, column) in enumerate(zip(row, columns, strict=True)):
            text = _cell_text(value, column["format"])
            if position == 0:
                kind = ' class="long"' if position in long else ""
                cells.append(f'<th scope="row"{kind} dir="auto">{text}</th>')
            elif column["format"] in _TEXTS:
                kind = "text long" if position in long else "text"
                kind = "date" if position in dates else kind
                kind = column["format"] if column["format"] in ("before", "after") else kind
                cells.append(f'<td class="{escape(kind)}" dir="auto">{text}</td>')
            else:
                cells.append(f'<td class="{escape(column["format"])}">{text}</td>')
        if with_evidence:
            cells.append(_evidence_cell(ids, href, more))
        named = f' id="{escape(row_ids)}{len(body)}"' if row_ids and ids else ""
        body.append(f"<tr{named}>{''.join(cells)}</tr>")
    if not body:
        body.append(f'<tr><td colspan="{len(columns)}">No rows.</td></tr>')
    rows = "\n".join(body)
    return (
        f"<table><caption>{escape(table['caption'])}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
