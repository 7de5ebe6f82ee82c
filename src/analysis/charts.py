"""What all figures share: their look, the medium they are drawn for, and how they are kept.

A chart takes a result table and the names of its columns, and gives a `Drawn`: a figure, its
alternative text computed from the same numbers, and its message. `drawing` makes of it what a
notebook shows, and keeps the call, so that `redrawn` can draw the same numbers for paper. Nothing
is drawn inside a figure that a page says better: titles, captions and notes are text.
"""

from __future__ import annotations

import functools
import importlib
import io
import math
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.tables import MARK

# Imported where something is drawn: a run checks findings, and renders pages, without it.
if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

INK, MUTED, GRID, PAPER = "#1b1b1f", "#5c5f66", "#d7d8dc", "#ffffff"

# Four hues that stay apart for the colour-blind (luminance 0.11, 0.16, 0.13, 0.09, contrast on
# white above 4.5:1); groups take them in order of declaration. In greyscale they are alike, so
# where colour tells series apart, their marks do so, too.
GROUP_COLOURS = ("#0b5fa5", "#b5520a", "#5f6b1e", "#7a3e8e")
SERIES_MARKS = ("o", "s", "^", "D")

# A capital or small letter of DejaVu Sans is this many times as wide as its size, on average over
# the shipped study's labels (measured: .56 to .60).
LETTER = 0.58

# Tick labels take at most this share of a figure for paper; the rest is for the data.
LABEL_SHARE = 0.42

# Characters of a line of a turned name above a column, before the name is cut.
LONGEST_COLUMN = 50

# Distance of two lines of text, as a multiple of its size (matplotlib's own).
LINE = 1.2

# Coordinates stand in tags and need two decimals; what stands between tags is read.
_TAG, _NUMBER = re.compile("<[^>]*>"), re.compile(r"-?\d+\.\d{3,}")


@dataclass(frozen=True, slots=True)
class Medium:
    """What a figure is drawn for.

    Attributes:
        width: of the figure, in inches; 0: as wide as the chart asks for.
        text, small: sizes of text and of the small print inside the figure, in points.
    """

    width: float = 0.0
    text: float = 9
    small: float = 8

    @property
    def narrow(self) -> bool:
        """Whether the figure is too narrow for panels beside one another."""
        return 0 < self.width < 5


#: A page of the report; figures are as wide as their charts ask for.
PAGE = Medium()
# Widths of one and of two columns, and no lettering below 7 points: Elsevier, Artwork sizing
# (elsevier.com, Artwork and media instructions).
ONE_COLUMN = Medium(width=90 / 25.4, text=7, small=7)
TWO_COLUMNS = Medium(width=190 / 25.4, text=8, small=7)

_medium: ContextVar[Medium] = ContextVar("medium", default=PAGE)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure, what it shows in words, and its message."""

    figure: Figure
    alt: str
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure's SVG, what it shows in words, and the message that stands above it.

    Attributes:
        call: plain data from which `redrawn` draws the figure again.
    """

    svg: str
    alt: str
    title: str
    call: Mapping[str, object] = field(default_factory=dict)


def drawing(draw: Callable[..., Drawn | None]) -> Callable[..., Chart | None]:
    """Make a function that draws a figure into one that gives the page's chart."""

    @functools.wraps(draw)
    def chart(table: pd.DataFrame, **arguments: object) -> Chart | None:
        with _drawing_for(PAGE):
            drawn = draw(table, **arguments)
            if drawn is None:
                return None
            call = {
                "module": draw.__module__,
                "name": draw.__name__,
                "table": _written(table),
                "arguments": {name: _plain(value) for name, value in arguments.items()},
            }
            return Chart(to_svg(drawn.figure), drawn.alt, drawn.title, call)

    chart.draw = draw
    return chart


@contextmanager
def redrawn(call: Mapping[str, object], medium: Medium) -> Iterator[Drawn]:
    """The figure of a chart's `call`, drawn again for a medium; to be saved within the block.

    Raises:
        ValueError: the call names no chart of this package.
    """
    module, name = str(call["module"]), str(call["name"])
    if not re.fullmatch(r"analysis\.charts_\w+", module):
        raise ValueError(f"{module} holds no charts")
    draw = getattr(getattr(importlib.import_module(module), name, None), "draw", None)
    if draw is None:
        raise ValueError(f"{module}.{name} is no chart")
    arguments = {
        name: _given(value) for name, value in call["arguments"].items()
    }
    with _drawing_for(medium):
        yield draw(_read(call["table"]), **arguments)


@contextmanager
def _drawing_for(medium: Medium) -> Iterator[None]:
    import matplotlib

    token = _medium.set(medium)
    try:
        with matplotlib.rc_context(style()):
            yield
    finally:
        _medium.reset(token)


def _written(table: pd.DataFrame) -> list[dict[str, object]]:
    """The columns of single values, as plain data; undefined values are None."""
    written = []
    for name, column in table.items():
        values = [
            None if value is None or value is pd.NA or value != value
            else value.item() if hasattr(value, "item") else value
            for value in column
            if not isinstance(value, (list, tuple))
        ]
        if len(values) == len(column):
            written.append({"name": name, "type": str(column.dtype), "values": values})
    return written


def _read(columns: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(
        {column["name"]: pd.Series(column["values"], dtype=column["type"]) for column in columns}
    )


def _plain(value: object) -> object:
    """As JSON can hold it. A mapping becomes pairs, for its order is that of marks and colours, and
    a notebook's file sorts keys.
    """
    if isinstance(value, Mapping):
        return {"pairs": [[str(key), _plain(own)] for key, own in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_plain(own) for own in value]
    return value.item() if isinstance(value, np.generic) else value


def _given(value: object) -> object:
    """What `_plain` was given."""
    if isinstance(value, Mapping):
        return {key: _given(own) for key, own in value["pairs"]}
    return tuple(_given(own) for own in value) if isinstance(value, list) else value


def mark(row: object, *artists: Artist) -> None:
    """Say of which row of its table these artists of a page's figure are the mark.

    The page leads from there to the sentences behind the row.

    Args:
        row: label of the row in the table's index, that is its place.
        artists: a dot, a cell, a bar.
    """
    if _medium.get() is PAGE:
        for artist in artists:
            artist.set_url(f"{MARK}{row}")


def placed(svg: str, index: pd.Index) -> str:
    """A page's figure whose marks know the places of their rows in the table shown with it.

    Args:
        svg: of a chart; its marks know their rows by labels.
        index: of the table.
    """
    places = {str(label): place for place, label in enumerate(index)}
    return re.sub(
        f'href="{MARK}([^"]*)"', lambda link: f'href="{MARK}{places.get(link[1], "")}"', svg
    )


def unlinked(svg: str) -> str:
    """A figure without links: in JupyterLab there is nothing that they could lead to."""
    return re.sub(r"</?a\b[^>]*>", "", svg)


# ---------------------------------------------------------------- what the medium decides


def lettering() -> float:
    """Size of text, in points."""
    return _medium.get().text


def small() -> float:
    """Size of the small print, in points."""
    return _medium.get().small


def narrow() -> bool:
    """Whether panels must stand below one another and long labels break."""
    return _medium.get().narrow


def canvas(width: float, height: float) -> Figure:
    """An empty figure.

    Args:
        width: in inches, on a page; elsewhere the medium has the say.
        height: in inches.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(_medium.get().width or width, height), layout="constrained")


def rectangle(corner: tuple[float, float], width: float, height: float, **look) -> Rectangle:
    """A rectangle to be added to axes; `look` as `matplotlib.patches.Rectangle` takes it."""
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, **look)


def letters(share: float, *, width: float = 0.0) -> int:
    """How many characters of small print stand in a share of the figure's width.

    Args:
        share: of the figure's width, from 0 to 1.
        width: the figure's, in inches, on a page.
    """
    inches = _medium.get().width or width
    return max(6, int(share * inches * 72 / (LETTER * small())))


def tick_labels(
    names: Sequence[object], most: int, *, wrap: bool = False, share: float = LABEL_SHARE
) -> list[str]:
    """Names as labels of rows.

    Args:
        names: of the rows.
        most: characters of a label on a page, beyond which it is cut there.
        wrap: whether a page breaks it at that length instead.
        share: of a narrow figure's width that they may take.
    """
    if not narrow():
        if wrap:
            return [textwrap.fill(str(name), most) for name in names]
        return [textwrap.shorten(str(name), most, placeholder=" …") for name in names]
    room = min(most, letters(share))
    return [
        textwrap.fill(str(name), room, break_on_hyphens=False, max_lines=3, placeholder=" …")
        for name in names
    ]


def pitch(labels: Sequence[str], inches: float) -> float:
    """Distance of two rows in inches, so that the labels do not stand on one another.

    Args:
        labels: of the rows.
        inches: the distance on a page.
    """
    if not narrow():
        return inches
    return max(0.8 * inches, max((label_height(label) for label in labels), default=0))


def label_height(label: str) -> float:
    """Height of a row's label in inches, with what shows where it ends."""
    lines = label.count("\n") + 1
    return lines * LINE * small() / 72 + 0.07


def column_labels(axes, names: Sequence[str], widest: int) -> None:
    """Names above columns of cells, upright where they have room, else turned.

    Args:
        axes: whose columns stand at 0, 1, …
        names: of the columns.
        widest: characters a line on a page.
    """
    if narrow():
        widest = letters(1 - LABEL_SHARE) // max(1, len(names))
    turned = len(names) > 8 or any(len(word) > widest for name in names for word in name.split())
    lines = None
    if turned:
        widest = max(20, widest)
        points = 72 * axes.figure.get_figwidth() * (1 - LABEL_SHARE) / len(names)
        lines = max(1, int(points / (1.3 * small())))
        while widest < LONGEST_COLUMN and any(
            len(textwrap.wrap(name, widest)) > lines for name in names
        ):
            widest += 1
    axes.set_xticks(
        range(len(names)),
        [textwrap.fill(name, widest, max_lines=lines, placeholder=" …") for name in names],
        fontsize=small(), rotation=90 if turned else 0,
    )


def palette(groups: Sequence[str]) -> dict[str, str]:
    """A colour for each group, in order of declaration; groups beyond the fourth are grey."""
    return {
        group: GROUP_COLOURS[i] if i < len(GROUP_COLOURS) else MUTED
        for i, group in enumerate(groups)
    }


def marks(series: Sequence[str]) -> dict[str, str]:
    """A mark for each series, so that they are told apart without colour."""
    return {name: SERIES_MARKS[i % len(SERIES_MARKS)] for i, name in enumerate(series)}


def style() -> dict[str, object]:
    """Settings under which every figure is drawn."""
    return {
        # A page's browser has fonts; a drawing that is passed on alone brings its letters' outlines.
        "svg.fonttype": "path" if _medium.get().width else "none",
        # TrueType: publishers refuse matplotlib's default, Type 3.
        "pdf.fonttype": 42,
        "svg.hashsalt": "study",
        "hatch.linewidth": 0.5,
        "font.family": "DejaVu Sans",
        "font.size": lettering(),
        "text.color": INK,
        "axes.edgecolor": GRID,
        "axes.labelcolor": MUTED,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "text.parse_math": False,
    }


def to_svg(figure: Figure) -> str:
    """A figure as SVG text that is the same on every run."""
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
    )
    text = buffer.getvalue()
    text = text[text.index("<svg"):]
    return _TAG.sub(lambda tag: _NUMBER.sub(_shortened, tag.group()), text)


def _shortened(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def draw_bare(axes, *, x_grid: bool = True) -> None:
    """Axes without a frame and ticks, with a faint grid if wanted."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    if x_grid:
        axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def year(date: str) -> float:
    """A date of whatever precision as a decimal year; unknown parts count as their middle."""
    parts = [int(part) for part in date.split("-")]
    if len(parts) == 1:
        return parts[0] + 0.5
    day = parts[2] if len(parts) == 3 else 15
    return parts[0] + (parts[1] - 1) / 12 + (day - 1) / 365


def by_columns(count: int, most: int) -> tuple[int, int]:
    """Rows and columns of panels, so many beside one another on a page.

    Args:
        count: of the panels.
        most: beside one another, on a page.
    """
    if narrow():
        # Three have room for an axis of three numbers; a last row of one wastes less than a page.
        most = 1 if most <= 2 else 3 if count > 4 else 2
    lines = math.ceil(count / most)
    return lines, math.ceil(count / lines)
