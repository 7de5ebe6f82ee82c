"""Result tables → figures as SVG text, with alternative text computed from the same numbers.

Charts know no question: they take a table and the names of its columns. Nothing is drawn inside a
figure that a page says better: titles, captions and notes are text.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1b1b1f", "#5c5f66", "#d7d8dc", "#ffffff"

# Four hues that stay apart for the colour-blind and in greyscale (luminance 0.11, 0.16, 0.13,
# 0.09 on white, contrast above 4.5:1); groups take them in order of declaration.
GROUP_COLOURS = ("#0b5fa5", "#b5520a", "#5f6b1e", "#7a3e8e")

# Points; one size for text, one for the small print inside a figure.
TEXT, SMALL = 9, 8

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "study",
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "text.parse_math": False,
}

#: Kind of a timeline's entry → marker, size in points, filled or hollow.
TIMELINE_MARKS = {
    "in the corpus": ("o", 7.0, True),
    "known, not in the corpus": ("o", 6.0, False),
    "event": ("|", 7.0, True),
}

_NUMBER = re.compile(r"-?\d+\.\d{3,}")


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure's SVG, what it shows in words, and the message that stands above it."""

    svg: str
    alt: str
    title: str


def palette(groups: Sequence[str]) -> dict[str, str]:
    """A colour for each group, in order of declaration; groups beyond the fourth are grey."""
    return {
        group: GROUP_COLOURS[i] if i < len(GROUP_COLOURS) else MUTED
        for i, group in enumerate(groups)
    }


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
    )
    text = buffer.getvalue()
    text = text[text.index("<svg"):]
    return _NUMBER.sub(lambda m: f"{float(m.group()):.2f}".rstrip("0").rstrip("."), text)


def _bare(axes, *, x_grid: bool = True) -> None:
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


def timeline(entries: pd.DataFrame, *, groups: Mapping[str, str], title: str) -> Chart:
    """When did each entry happen? One row an entry, earliest first.

    Args:
        entries: `date`, `label`, `kind`, `group`; one row an entry, in order. The first kind in
            `TIMELINE_MARKS` is filled in its group's colour.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    labels = [textwrap.shorten(text, 62, placeholder=" …") for text in entries["label"]]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 0.6 + 0.235 * len(entries)), layout="constrained")
        axes = figure.add_subplot()
        rows = np.arange(len(entries))[::-1]
        for row, entry in zip(rows, entries.itertuples(), strict=True):
            marker, size, filled = TIMELINE_MARKS[entry.kind]
            colour = groups.get(entry.group, MUTED)
            axes.plot(
                year(entry.date), row, marker, color=colour, markersize=size,
                markerfacecolor=colour if filled else "none", markeredgewidth=1.2, clip_on=False,
            )
        axes.set_yticks(rows, [f"{d}  {t}" for d, t in zip(entries["date"], labels, strict=True)])
        for tick, entry in zip(axes.get_yticklabels(), entries.itertuples(), strict=True):
            tick.set_color(groups.get(entry.group, MUTED))
            tick.set_fontsize(SMALL)
        first, last = year(entries["date"].iloc[0]), year(entries["date"].iloc[-1])
        years = range(int(first), int(last) + 2)
        step = max(1, len(years) // 6)
        axes.set_xticks(list(years)[::step])
        axes.set_xlim(int(first), int(last) + 1.15)
        _bare(axes)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
        svg = _svg(figure)
    kinds = entries["kind"].value_counts(sort=False)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    alt = (
        f"Timeline of {len(entries)} entries from {entries['date'].iloc[0]} to "
        f"{entries['date'].iloc[-1]}: {counted}. "
        + " ".join(f"{row.date}: {row.label} ({row.kind})." for row in entries.itertuples())
    )
    return Chart(svg=svg, alt=alt, title=title)


def stacked_bars(
    table: pd.DataFrame,
    *,
    label: str,
    parts: Mapping[str, str],
    bar_groups: Mapping[str, str],
    groups: Mapping[str, str],
    unit: str,
    title: str,
) -> Chart:
    """How long is each bar, and what is it made of? One horizontal bar a row.

    Args:
        table: one row a bar.
        label: column with the bars' names.
        parts: column → what it counts; the first part takes the bar's colour, others are grey.
        bar_groups: bar → group.
        groups: group → colour.
        unit: what the numbers count, for the axis.
        title: the figure's message, computed by the caller.
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 0.75 + 0.36 * len(table)), layout="constrained")
        axes = figure.add_subplot()
        rows = np.arange(len(table))[::-1]
        left = np.zeros(len(table))
        totals = table[list(parts)].to_numpy(dtype=float).sum(axis=1)
        for number, column in enumerate(parts):
            values = table[column].to_numpy(dtype=float)
            axes.barh(
                rows, values, left=left, height=0.62,
                color=[groups.get(bar_groups[name], MUTED) for name in table[label]] if number == 0 else MUTED, alpha=1 if number == 0 else 0.45,
            )
            left += values
        for row, end, record in zip(rows, left, table.to_dict("records"), strict=True):
            text = " + ".join(f"{record[column]:,.0f}" for column in parts)
            axes.text(end + totals.max() * 0.012, row, text, va="center", color=MUTED,
                      fontsize=SMALL)
        axes.set_yticks(rows, [textwrap.shorten(t, 40, placeholder=" …") for t in table[label]])
        axes.set_xlim(0, totals.max() * 1.17)
        axes.set_xlabel(f"{unit}: {' + '.join(parts.values())}", fontsize=SMALL)
        _bare(axes)
        svg = _svg(figure)
    alt = f"Bars of {unit}, {' and '.join(parts.values())}. " + " ".join(
        f"{record[label]}: "
        + ", ".join(f"{record[column]:,.0f} {what}" for column, what in parts.items())
        + "."
        for record in table.to_dict("records")
    )
    return Chart(svg=svg, alt=alt, title=title)


def dot_panels(
    table: pd.DataFrame,
    *,
    row: str,
    panel: str,
    value: str,
    low: str,
    high: str,
    panel_groups: Mapping[str, str],
    groups: Mapping[str, str],
    title: str,
) -> Chart:
    """Where does each row lie in each panel, and how surely? A dot a cell, a line its interval.

    Hollow dots have no interval.

    Args:
        table: one row a cell, values between 0 and 1.
        row: column with the rows' names, in order of appearance.
        panel: column with the panels' names, in order of appearance.
        value: the dots.
        low: the intervals' lower ends.
        high: the intervals' upper ends.
        panel_groups: panel → group.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    rows, panels = list(dict.fromkeys(table[row])), list(dict.fromkeys(table[panel]))
    right = max(0.1, float(np.nanmax(table[[value, high]].to_numpy(dtype=float)))) * 1.06
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(7.8, 0.95 + 0.27 * len(rows)), layout="constrained")
        grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        place = {name: len(rows) - 1 - i for i, name in enumerate(rows)}
        for axes, name in zip(grid, panels, strict=True):
            colour = groups.get(panel_groups[name], MUTED)
            for cell in table[table[panel] == name].to_dict("records"):
                y, certain = place[cell[row]], not np.isnan(cell[low])
                if certain:
                    axes.plot([cell[low], cell[high]], [y, y], color=colour, linewidth=1.6,
                              solid_capstyle="butt")
                axes.plot(cell[value], y, "o", color=colour, markersize=5.2,
                          markerfacecolor=colour if certain else "none", clip_on=False)
            axes.set_xlim(0, right)
            axes.set_ylim(-0.6, len(rows) - 0.4)
            axes.set_title(textwrap.fill(name, 14), fontsize=SMALL, color=colour, pad=6)
            ticks = np.arange(0, right, 0.25 if right > 0.4 else 0.1)
            axes.set_xticks(ticks, [f"{100 * t:.0f}" for t in ticks], fontsize=SMALL)
            _bare(axes)
            axes.grid(axis="y", color=GRID, linewidth=0.4)
        grid[0].set_yticks([place[name] for name in rows], rows)
        figure.supxlabel("per cent", fontsize=SMALL, color=MUTED)
        svg = _svg(figure)
    sentences = []
    for name in panels:
        cells = table[table[panel] == name].sort_values(value, ascending=False, kind="stable")
        listed = ", ".join(
            f"{cell[row]} {100 * cell[value]:.0f} %"
            + ("" if np.isnan(cell[low]) else f" ({100 * cell[low]:.0f} to {100 * cell[high]:.0f})")
            for cell in cells.to_dict("records")
        )
        sentences.append(f"{name}: {listed}.")
    return Chart(svg=svg, alt=f"Dots with intervals. {' '.join(sentences)}", title=title)
