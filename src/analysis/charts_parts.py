"""Result tables → wholes and their parts: along time, in bars, in flows, over specifications."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.charts import (
    GRID, GROUP_COLOURS, INK, LABEL_SHARE, MUTED, PAPER, Drawn, by_columns, canvas, draw_bare,
    drawing, label_height, lettering, letters, mark, narrow, pitch, small, tick_labels, year,
)
from analysis.plural import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Kind of a timeline's entry → marker, size in points, filled or hollow.
TIMELINE_MARKS = {
    "in the corpus": ("o", 7.0, True),
    "known, not in the corpus": ("o", 6.0, False),
    "event": ("|", 7.0, True),
}

# A timeline's labels are what it says: they may take this share of a narrow figure.
TIMELINE_LABELS = 0.62

# A choice and its option of more characters are cut: of half a figure's width.
LONGEST_CHOICE = 60

# Width of a bar of the flow picture, and the least distance of its labels, as shares of a panel.
FLOW_BAR, FLOW_LINE = 0.12, 0.075


@drawing
def timeline(entries: pd.DataFrame, *, groups: Mapping[str, str], title: str) -> Drawn | None:
    """When did each entry happen? One row an entry, earliest first; None without entries.

    Args:
        entries: `date`, `label`, `kind`, `group`; one row an entry, in order. The first kind in
            `TIMELINE_MARKS` is filled in its group's colour.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    if entries.empty:
        return None
    room = letters(TIMELINE_LABELS) if narrow() else 62
    labels = [
        "\n".join(textwrap.wrap(
            f"{date}  {text}" if group in ("", date) else f"{date}  {group}: {text}", room,
            break_on_hyphens=False,
        ))
        for date, group, text in zip(
            entries["date"], entries["group"], entries["label"], strict=True
        )
    ]
    # An entry is as high as its label, in inches; rows are the middles of the entries.
    heights = np.array([
        label_height(label) if narrow() else 0.11 + 0.125 * (label.count("\n") + 1)
        for label in labels
    ])
    figure = canvas(8.4, 0.6 + heights.sum())
    axes = figure.add_subplot()
    rows = heights.sum() - np.cumsum(heights) + heights / 2
    for row, entry in zip(rows, entries.itertuples(), strict=True):
        marker, size, filled = TIMELINE_MARKS[entry.kind]
        colour = groups.get(entry.group, MUTED)
        axes.plot(
            year(entry.date), row, marker, color=colour, markersize=size,
            markerfacecolor=colour if filled else "none", markeredgewidth=1.2, clip_on=False,
        )
    axes.set_yticks(rows, labels)
    for tick, entry in zip(axes.get_yticklabels(), entries.itertuples(), strict=True):
        tick.set_color(groups.get(entry.group, MUTED))
        tick.set_fontsize(small())
    first, last = year(entries["date"].iloc[0]), year(entries["date"].iloc[-1])
    years = range(int(first), int(last) + 2)
    step = max(1, len(years) // (3 if narrow() else 6))
    axes.set_xticks(list(years)[::step])
    axes.set_xlim(int(first), int(last) + 1.15)
    axes.set_ylim(0, heights.sum())
    draw_bare(axes)
    axes.grid(axis="y", color=GRID, linewidth=0.4)
    kinds = entries["kind"].value_counts(sort=False)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    alt = (
        f"Timeline of {len(entries)} entries from {entries['date'].iloc[0]} to "
        f"{entries['date'].iloc[-1]}: {counted}. "
        + " ".join(f"{row.date}: {row.label} ({row.kind})." for row in entries.itertuples())
    )
    return Drawn(figure, alt=alt, title=title)


@drawing
def stacked_bars(
    table: pd.DataFrame,
    *,
    label: str,
    parts: Mapping[str, str],
    bar_groups: Mapping[str, str],
    groups: Mapping[str, str],
    unit: str,
    title: str,
) -> Drawn:
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
    labels = tick_labels(table[label], 40)
    figure = canvas(7.2, 0.75 + pitch(labels, 0.36) * len(table))
    axes = figure.add_subplot()
    rows = np.arange(len(table))[::-1]
    left = np.zeros(len(table))
    own = [groups.get(bar_groups[name], MUTED) for name in table[label]]
    totals = table[list(parts)].to_numpy(dtype=float).sum(axis=1)
    for number, column in enumerate(parts):
        values = table[column].to_numpy(dtype=float)
        axes.barh(
            rows, values, left=left, height=0.62,
            color=own if number == 0 else MUTED, alpha=1 if number == 0 else 0.45,
        )
        left += values
    for row, end, record in zip(rows, left, table.to_dict("records"), strict=True):
        text = " + ".join(f"{record[column]:,.0f}" for column in parts)
        axes.text(end + totals.max() * 0.012, row, text, va="center", color=MUTED,
                  fontsize=small())
    axes.set_yticks(rows, labels)
    axes.set_xlim(0, totals.max() * (1.4 if narrow() else 1.17))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    counted = f"{unit}: {' + '.join(parts.values())}"
    axes.set_xlabel(textwrap.fill(counted, letters(1 - LABEL_SHARE) if narrow() else len(counted)),
                    fontsize=small())
    draw_bare(axes)
    alt = f"Bars of {unit}, {' and '.join(parts.values())}. " + " ".join(
        f"{record[label]}: "
        + ", ".join(f"{record[column]:,.0f} {what}" for column, what in parts.items())
        + "."
        for record in table.to_dict("records")
    )
    return Drawn(figure, alt=alt, title=title)


@drawing
def flow(
    table: pd.DataFrame,
    *,
    panel: str,
    side: str,
    part: str,
    value: str,
    joined: Sequence[str],
    title: str,
) -> Drawn | None:
    """What passes from the left to the right? Two stacked bars a panel, a band between them.

    The bars of a panel have one scale. Without rows there is no chart.

    Args:
        table: one row a part; those of a side stand together, from top to bottom.
        panel: column with the panels' names, in order of appearance.
        side: column with the two sides' names, left first; each stands above its bar.
        part: column with the parts' names.
        value: the parts' sizes, counts.
        joined: parts between which the band is drawn; the first ones of their side.
        title: the figure's message, computed by the caller.
    """
    if table.empty:
        return None
    panels, sides = list(dict.fromkeys(table[panel])), list(dict.fromkeys(table[side]))
    lines, beside = by_columns(len(panels), 2)
    figure = canvas(7.8, (2.6 if narrow() else 3.4) * lines)
    grid = figure.subplots(lines, beside, squeeze=False).ravel()
    for axes, name in zip(grid, panels):
        _flow_panel(
            axes, table[table[panel] == name], sides=sides, side=side, part=part, value=value,
            joined=joined,
        )
        axes.set_title(textwrap.fill(name, 34), fontsize=lettering(), color=INK, pad=6)
    for axes in grid:
        axes.set_axis_off()
    sentences = []
    for name in panels:
        own = table[table[panel] == name]
        for which in sides:
            parts = own[own[side] == which]
            listed = ", ".join(
                f"{count:,.0f} {what}"
                for what, count in zip(parts[part], parts[value], strict=True)
            )
            sentences.append(f"{name}, {which}: {listed} of {parts[value].sum():,.0f}.")
    alt = (
        f"Bars on the left ({sides[0]}) and on the right ({sides[-1]}), a band joins what "
        f"passes from one to the other ({', '.join(joined)}). {' '.join(sentences)}"
    )
    return Drawn(figure, alt=alt, title=title)


def _flow_panel(
    axes: Axes,
    table: pd.DataFrame,
    *,
    sides: Sequence[str],
    side: str,
    part: str,
    value: str,
    joined: Sequence[str],
) -> None:
    tallest = max(table.groupby(side)[value].sum().max(), 1)
    ends = []
    for place, which in enumerate(sides):
        own = table[table[side] == which]
        left = place * (1 - FLOW_BAR)
        label_at, align = (left - 0.03, "right") if place == 0 else (left + FLOW_BAR + 0.03, "left")
        top, lowest = 1.0, 1.05
        passed = 0.0
        for row, name, count in zip(own.index, own[part], own[value] / tallest, strict=True):
            colour = GROUP_COLOURS[0] if name in joined else MUTED
            mark(row, *axes.bar(
                left + FLOW_BAR / 2, -count, width=FLOW_BAR, bottom=top, color=colour,
                alpha=1 if name in joined else 0.45, edgecolor=PAPER, linewidth=0.8,
            ))
            passed += count if name in joined else 0
            # Labels of thin parts would stand on one another.
            lowest = min(top - count / 2, lowest - FLOW_LINE)
            number = int(own.loc[own[part] == name, value].iloc[0])
            axes.text(label_at, lowest, f"{name} {number:,}", ha=align, va="center",
                      fontsize=small(), color=INK)
            top -= count
        axes.text(label_at, 1.1, which, ha=align, va="center", fontsize=small(), color=MUTED)
        ends.append(1 - passed)
    x = np.linspace(0, 1, 40)
    ease = x * x * (3 - 2 * x)
    axes.fill_between(
        FLOW_BAR + x * (1 - 2 * FLOW_BAR), 1.0, ends[0] + (ends[-1] - ends[0]) * ease,
        color=GROUP_COLOURS[0], alpha=0.25, linewidth=0,
    )
    axes.set_xlim(-0.75, 1.75)
    axes.set_ylim(-0.03, 1.16)


@drawing
def specification_curve(
    table: pd.DataFrame,
    *,
    choices: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    default: str,
    threshold: str,
    title: str,
) -> Drawn:
    """How does an estimate move over specifications? Dots in order, their choices beneath.

    Args:
        table: one row a specification with `estimate`, `low`, `high`, the choices' columns, and
            the columns named by `default` and `threshold`.
        choices: choice → its options; options that no row has are left out.
        labels: choice or option → what a reader calls it; options without one as they are.
        default: column that flags the default specification.
        threshold: column with the value that matters, the same in every row.
        title: the figure's message, computed by the caller.
    """
    table = table.sort_values("estimate", kind="stable").reset_index(drop=True)
    x = np.arange(len(table))
    limit = float(table[threshold].iloc[0])
    lines = [
        (choice, option)
        for choice, known in choices.items()
        for option in known
        if (table[choice] == option).any() and table[choice].nunique() > 1
    ]
    names = tick_labels(
        [f"{labels[choice]}: {labels.get(option, option)}" for choice, option in reversed(lines)], LONGEST_CHOICE
    )
    # Lines are the middles of their labels, in inches from below.
    heights = np.array([label_height(name) if narrow() else 0.2 for name in names])
    below_all = max(0.2, heights.sum())
    figure = canvas(7.2, 2.4 + heights.sum())
    # Marks side by side must not run together; about a third of the width is for the labels.
    room = figure.get_figwidth() * 72 * 0.62 / max(len(table), 1)
    thin = room < 3
    top, below = figure.subplots(
        2, 1, sharex=True, height_ratios=[2.0, below_all]
    )
    for axis_line, colour in ((0.0, GRID), (limit, MUTED)):
        top.axhline(axis_line, color=colour, linewidth=1, linestyle=(0, (4, 3)))
    own, certain = table[default].to_numpy(dtype=bool), table["low"].notna().to_numpy()
    # The default analysis last, so that no other is drawn over it.
    for colour, mark, size, chosen in (
        (GROUP_COLOURS[0], "o", 4.5, ~own), (GROUP_COLOURS[1], "D", 6, own)
    ):
        part = table[chosen & certain]
        top.vlines(x[chosen & certain], part["low"], part["high"], color=colour,
                   linewidth=0.8 if thin else 1.4)
        for sure in (True, False):
            which = chosen & (certain == sure)
            top.plot(x[which], table.loc[which, "estimate"], mark, color=colour,
                     markersize=0.6 * size if thin else size, markeredgewidth=0.6 if thin else 1,
                     markerfacecolor=colour if sure else "none")
    top.annotate(
        f"matters from {limit:g}", (len(table) - 0.5, limit), fontsize=small(), color=INK,
        ha="right", va="bottom", zorder=5,
        bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )
    top.set_ylabel("estimate", fontsize=small())
    top.tick_params(axis="y", labelsize=small())
    middles = np.cumsum(heights) - heights / 2
    for line, (choice, option) in zip(middles, reversed(lines), strict=True):
        chosen = (table[choice] == option).to_numpy()
        below.plot(x[chosen], np.full(chosen.sum(), line), "|" if thin else "s", color=INK,
                   markersize=5 if thin else 4.5, markeredgewidth=min(1, 0.7 * room))
    below.set_yticks(middles, names, fontsize=small())
    below.set_ylim(-0.02, below_all)
    below.set_xticks([])
    below.set_xlim(-0.8, len(table) - 0.2)
    for axes in (top, below):
        draw_bare(axes, x_grid=False)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
    own = table[table[default]].iloc[0]
    alt = (
        f"Specification curve of {counted(len(table), 'specification')}, estimates from "
        f"{table['estimate'].min():.2f} to {table['estimate'].max():.2f}; the default analysis "
        f"gives {own['estimate']:.2f}, the smallest effect that matters is {limit:g}; "
        f"{certain.sum()} of them have an interval."
    )
    return Drawn(figure, alt=alt, title=title)
