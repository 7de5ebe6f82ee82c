"""Result tables → figures as SVG text, with alternative text computed from the same numbers.

Charts know no question: they take a table and the names of its columns. Nothing is drawn inside a
figure that a page says better: titles, captions and notes are text.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import matplotlib.colors
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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

# More rows than this are no longer read one by one.
MOST_ROWS = 40

# More rows or columns of cells than this leave no room for numbers of a readable size.
MOST_CELLS = 20

# More panels beside one another leave no room for an axis.
MOST_PANELS = 10

#: Kind of a timeline's entry → marker, size in points, filled or hollow.
TIMELINE_MARKS = {
    "in the corpus": ("o", 7.0, True),
    "known, not in the corpus": ("o", 6.0, False),
    "event": ("|", 7.0, True),
}

# Width of a bar of the flow picture, and the least distance of its labels, as shares of a panel.
FLOW_BAR, FLOW_LINE = 0.12, 0.075

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


def style() -> dict[str, object]:
    """Settings under which every figure is drawn."""
    return dict(_STYLE)


def to_svg(figure: Figure) -> str:
    """A figure as SVG text that is the same on every run."""
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
    )
    text = buffer.getvalue()
    text = text[text.index("<svg"):]
    return _NUMBER.sub(lambda m: f"{float(m.group()):.2f}".rstrip("0").rstrip("."), text)


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


def timeline(entries: pd.DataFrame, *, groups: Mapping[str, str], title: str) -> Chart | None:
    """When did each entry happen? One row an entry, earliest first; None without entries.

    Args:
        entries: `date`, `label`, `kind`, `group`; one row an entry, in order. The first kind in
            `TIMELINE_MARKS` is filled in its group's colour.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    if entries.empty:
        return None
    labels = [
        "\n".join(textwrap.wrap(
            f"{date}  {group}: {text}" if group else f"{date}  {text}", 62, break_on_hyphens=False
        ))
        for date, group, text in zip(
            entries["date"], entries["group"], entries["label"], strict=True
        )
    ]
    # An entry is as high as its label, in inches; rows are the middles of the entries.
    heights = np.array([0.11 + 0.125 * (label.count("\n") + 1) for label in labels])
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(8.4, 0.6 + heights.sum()), layout="constrained")
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
            tick.set_fontsize(SMALL)
        first, last = year(entries["date"].iloc[0]), year(entries["date"].iloc[-1])
        years = range(int(first), int(last) + 2)
        step = max(1, len(years) // 6)
        axes.set_xticks(list(years)[::step])
        axes.set_xlim(int(first), int(last) + 1.15)
        axes.set_ylim(0, heights.sum())
        draw_bare(axes)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
        svg = to_svg(figure)
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
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 0.75 + 0.36 * len(table)), layout="constrained")
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
                      fontsize=SMALL)
        axes.set_yticks(rows, [textwrap.shorten(t, 40, placeholder=" …") for t in table[label]])
        axes.set_xlim(0, totals.max() * 1.17)
        axes.set_xlabel(f"{unit}: {' + '.join(parts.values())}", fontsize=SMALL)
        draw_bare(axes)
        svg = to_svg(figure)
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
) -> Chart | None:
    """Where does each row lie in each panel, and how surely? A dot a cell, a line its interval.

    Hollow dots have no interval. Without cells, or with more than `MOST_PANELS` panels, there is no
    chart.

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
    if table.empty:
        return None
    rows, panels = list(dict.fromkeys(table[row])), list(dict.fromkeys(table[panel]))
    if len(panels) > MOST_PANELS:
        return None
    right = max(0.1, float(np.nanmax(table[[value, high]].to_numpy(dtype=float)))) * 1.06
    with matplotlib.rc_context(style()):
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
            draw_bare(axes)
            axes.grid(axis="y", color=GRID, linewidth=0.4)
        grid[0].set_yticks([place[name] for name in rows], rows)
        figure.supxlabel("per cent", fontsize=SMALL, color=MUTED)
        svg = to_svg(figure)
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


def ranked_dots(
    table: pd.DataFrame,
    *,
    row: str,
    section: str,
    value: str,
    low: str,
    high: str,
    row_groups: Mapping[str, str],
    groups: Mapping[str, str],
    unit: str,
    title: str,
) -> Chart:
    """Which rows come first, and how surely? A dot a row with its interval, sections apart.

    Hollow dots have no interval. Rows without a value are left out, and of more than `MOST_ROWS`
    rows all but the first.

    Args:
        table: one row a dot, in the order of the figure; the rows of a section stand together.
        row: column with the rows' names.
        section: column with the sections' names; each stands above its rows.
        value: the dots, not below 0.
        low: the intervals' lower ends.
        high: the intervals' upper ends.
        row_groups: row → group.
        groups: group → colour; rows of any other group are grey.
        unit: what the dots measure, for the axis.
        title: the figure's message, computed by the caller.
    """
    drawn = table.dropna(subset=[value]).head(MOST_ROWS)
    new = drawn[section].ne(drawn[section].shift()).to_numpy()
    places = np.arange(len(drawn)) + np.cumsum(new) * 1.0
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 0.6 + 0.26 * places[-1]), layout="constrained")
        axes = figure.add_subplot()
        right = float(np.nanmax(drawn[[value, high]].to_numpy(dtype=float))) * 1.12
        for y, begins, record in zip(places, new, drawn.to_dict("records"), strict=True):
            colour, certain = groups.get(row_groups[record[row]], MUTED), pd.notna(record[low])
            if begins:
                axes.text(0, y - 0.95, record[section], va="center", color=MUTED, fontsize=SMALL)
            if certain:
                axes.plot([record[low], record[high]], [y, y], color=colour, linewidth=1.6,
                          solid_capstyle="butt")
            axes.plot(record[value], y, "o", color=colour, markersize=5.2,
                      markerfacecolor=colour if certain else "none")
            axes.annotate(f"{record[value]:.2f}", (record[high] if certain else record[value], y),
                          xytext=(7, 0), textcoords="offset points", va="center", color=MUTED,
                          fontsize=SMALL)
        axes.set_yticks(places, [textwrap.shorten(t, 60, placeholder=" …") for t in drawn[row]])
        axes.set_xlim(0, right)
        axes.set_ylim(places[-1] + 0.7, -0.4)
        axes.set_xlabel(unit, fontsize=SMALL)
        axes.tick_params(axis="x", labelsize=SMALL)
        draw_bare(axes)
        svg = to_svg(figure)
    cut = f" {len(drawn)} of {len(table)} rows." if len(table) > len(drawn) else ""
    listed = " ".join(
        f"{record[row]} ({record[section]}): {record[value]:.2f}"
        + (f", {record[low]:.2f} to {record[high]:.2f}." if pd.notna(record[low]) else ".")
        for record in drawn.to_dict("records")
    )
    return Chart(svg=svg, alt=f"Dots with intervals, {unit}.{cut} {listed}", title=title)


def cells(
    table: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    unit: str,
    title: str,
    row_groups: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Chart | None:
    """How large is the value of each row with each column? A cell with its number each.

    Darker is larger. Without a value there is no chart, and none with more than `MOST_CELLS` rows
    or columns, whose numbers could not be read.

    Args:
        table: one row a cell, values between 0 and 1; cells that it does not hold stay empty.
        row: column with the rows' names, in order of appearance.
        column: column with the columns' names, in order of appearance.
        value: the numbers.
        unit: what they are.
        title: the figure's message, computed by the caller.
        row_groups: row or column name → group, if names take their group's colour.
        groups: group → colour.
    """
    known = table.dropna(subset=[value])
    rows, columns = (list(dict.fromkeys(known[name])) for name in (row, column))
    if not rows or max(len(rows), len(columns)) > MOST_CELLS:
        return None
    top = float(known[value].max()) or 1.0
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 0.95 + 0.42 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for cell in known.to_dict("records"):
            x, y, strength = columns.index(cell[column]), rows.index(cell[row]), cell[value] / top
            axes.add_patch(Rectangle((x - 0.48, y - 0.47), 0.96, 0.94, linewidth=0,
                                     facecolor=_tint(strength)))
            axes.text(x, y, f"{cell[value]:.2f}", ha="center", va="center", color=INK)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        wide = 20 if len(columns) > 8 else max(8, 72 // len(columns))
        axes.set_xticks(range(len(columns)), [textwrap.fill(name, wide) for name in columns],
                        fontsize=SMALL, color=INK, rotation=90 if len(columns) > 8 else 0)
        axes.set_yticks(range(len(rows)), [textwrap.fill(name, 26) for name in rows],
                        fontsize=SMALL)
        axes.xaxis.tick_top()
        for tick in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
            name = tick.get_text().replace("\n", " ")
            tick.set_color((groups or {}).get((row_groups or {}).get(name, ""), INK))
        draw_bare(axes, x_grid=False)
        axes.spines["bottom"].set_visible(False)
        svg = to_svg(figure)
    listed = " ".join(
        f"{cell[row]} with {cell[column]}: {cell[value]:.2f}." for cell in known.to_dict("records")
    )
    return Chart(svg=svg, alt=f"Cells with numbers, {unit}. {listed}", title=title)


def _tint(
    strength: float, colour: str = GROUP_COLOURS[0]
) -> tuple[float, float, float, float]:
    """A group's colour, at most .45 of it over the page: ink on it keeps a contrast above 4.5:1.

    Opacity and not a mixed colour, so that a dark page, which has its own colours and ink, keeps
    the contrast.
    """
    return (*matplotlib.colors.to_rgb(colour), 0.45 * strength**2)


def specification_curve(
    table: pd.DataFrame,
    *,
    choices: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    default: str,
    threshold: str,
    title: str,
) -> Chart:
    """How does an estimate move over specifications? Dots in order, their choices beneath.

    Args:
        table: one row a specification with `estimate`, `low`, `high`, the choices' columns, and
            the columns named by `default` and `threshold`.
        choices: choice → its options; options that no row has are left out.
        labels: choice → what a reader calls it.
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
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 2.4 + 0.2 * len(lines)), layout="constrained")
        top, below = figure.subplots(
            2, 1, sharex=True, height_ratios=[2.0, max(0.2, 0.2 * len(lines))]
        )
        for axis_line, colour in ((0.0, GRID), (limit, MUTED)):
            top.axhline(axis_line, color=colour, linewidth=1, linestyle=(0, (4, 3)))
        for position, row in zip(x, table.to_dict("records"), strict=True):
            colour = GROUP_COLOURS[1] if row[default] else GROUP_COLOURS[0]
            certain = not np.isnan(row["low"])
            if certain:
                top.plot([position] * 2, [row["low"], row["high"]], color=colour, linewidth=1.4)
            top.plot(position, row["estimate"], "D" if row[default] else "o", color=colour,
                     markersize=6 if row[default] else 4.5,
                     markerfacecolor=colour if certain else "none")
        top.annotate(
            f"matters from {limit:g}", (len(table) - 0.5, limit), fontsize=SMALL, color=MUTED,
            ha="right", va="bottom",
        )
        top.set_ylabel("estimate", fontsize=SMALL)
        top.tick_params(axis="y", labelsize=SMALL)
        for line, (choice, option) in enumerate(reversed(lines)):
            chosen = (table[choice] == option).to_numpy()
            below.plot(x[chosen], np.full(chosen.sum(), line), "s", color=INK, markersize=4.5)
        names = [f"{labels[choice]}: {option}" for choice, option in reversed(lines)]
        below.set_yticks(range(len(lines)), names, fontsize=SMALL)
        below.set_ylim(-0.6, len(lines) - 0.4)
        below.set_xticks([])
        below.set_xlim(-0.8, len(table) - 0.2)
        for axes in (top, below):
            draw_bare(axes, x_grid=False)
            axes.grid(axis="y", color=GRID, linewidth=0.4)
        svg = to_svg(figure)
    own = table[table[default]].iloc[0]
    certain = int(table["low"].notna().sum())
    alt = (
        f"Specification curve of {len(table)} specifications, estimates from "
        f"{table['estimate'].min():.2f} to {table['estimate'].max():.2f}; the default analysis "
        f"gives {own['estimate']:.2f}, the smallest effect that matters is {limit:g}; "
        f"{certain} of them have an interval."
    )
    return Chart(svg=svg, alt=alt, title=title)


def estimates(
    table: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str,
    high: str,
    threshold: str,
    state: str,
    within: str,
    title: str,
) -> Chart | None:
    """Where does each estimate lie against zero and against the value that matters? A row each.

    Estimates of different kinds share one axis by being divided by the value that matters. None
    without estimates.

    Args:
        table: one row an estimate.
        label: column with the rows' names.
        value: the dots; hollow without an interval.
        low: the intervals' lower ends.
        high: the intervals' upper ends.
        threshold: column with the value that matters, above 0; 1 on the axis.
        state: column with a word on each row, printed under its name.
        within: column that flags rows whose estimate is claimed to lie between −1 and 1; for the
            others 1 and more is claimed. What is claimed is shaded.
        title: the figure's message, computed by the caller.
    """
    if table.empty:
        return None
    rows = np.arange(len(table))[::-1]
    numbers = table[[value, low, high]].div(table[threshold], axis=0)
    left, right = min(0.0, float(numbers.min().min())), max(1.0, float(numbers.max().max()))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 0.7 + 0.62 * len(table)), layout="constrained")
        axes = figure.add_subplot()
        axes.axvline(0, color=MUTED, linewidth=0.8)
        margin = 0.08 * (right - left or 1)
        for y, inside in zip(rows, table[within], strict=True):
            start, end = (-1, 1) if inside else (1, right + margin)
            axes.add_patch(Rectangle((start, y - 0.42), end - start, 0.84, facecolor=GRID,
                                     edgecolor="none", alpha=0.55))
        for y, row in zip(rows, numbers.to_dict("records"), strict=True):
            certain = not np.isnan(row[low])
            if certain:
                axes.plot([row[low], row[high]], [y, y], color=GROUP_COLOURS[0], linewidth=1.8)
            axes.plot(row[value], y, "o", color=GROUP_COLOURS[0], markersize=6,
                      markerfacecolor=GROUP_COLOURS[0] if certain else "none")
        names = [
            f"{textwrap.fill(text, 42)}\n({verdict})"
            for text, verdict in zip(table[label], table[state], strict=True)
        ]
        axes.set_yticks(rows, names, fontsize=SMALL)
        axes.set_ylim(-0.6, len(table) - 0.4)
        axes.set_xlim(left - margin, right + margin)
        axes.set_xlabel("estimate, in multiples of the smallest effect that matters "
                        "(shaded: what is claimed)", fontsize=SMALL)
        axes.tick_params(axis="x", labelsize=SMALL)
        draw_bare(axes)
        svg = to_svg(figure)
    listed = " ".join(
        f"{row[label]} {row[state]}, estimate {row[value]:.2f}"
        + ("" if np.isnan(row[low]) else f" ({row[low]:.2f} to {row[high]:.2f})")
        + f", matters from {row[threshold]:g}."
        for row in table.to_dict("records")
    )
    return Chart(svg=svg, alt=f"Estimates against what matters. {listed}", title=title)


def flow(
    table: pd.DataFrame,
    *,
    panel: str,
    side: str,
    part: str,
    value: str,
    joined: Sequence[str],
    title: str,
) -> Chart | None:
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
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.8, 3.4 * math.ceil(len(panels) / 2)), layout="constrained")
        grid = figure.subplots(
            math.ceil(len(panels) / 2), min(2, len(panels)), squeeze=False
        ).ravel()
        for axes, name in zip(grid, panels):
            _flow_panel(
                axes, table[table[panel] == name], sides=sides, side=side, part=part, value=value,
                joined=joined,
            )
            axes.set_title(textwrap.fill(name, 34), fontsize=TEXT, color=INK, pad=6)
        for axes in grid:
            axes.set_axis_off()
        svg = to_svg(figure)
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
    return Chart(svg=svg, alt=alt, title=title)


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
        for name, count in zip(own[part], own[value] / tallest, strict=True):
            colour = GROUP_COLOURS[0] if name in joined else MUTED
            axes.bar(left + FLOW_BAR / 2, -count, width=FLOW_BAR, bottom=top, color=colour,
                     alpha=1 if name in joined else 0.45, edgecolor=PAPER, linewidth=0.8)
            passed += count if name in joined else 0
            # Labels of thin parts would stand on one another.
            lowest = min(top - count / 2, lowest - FLOW_LINE)
            number = int(own.loc[own[part] == name, value].iloc[0])
            axes.text(label_at, lowest, f"{name} {number:,}", ha=align, va="center",
                      fontsize=SMALL, color=INK)
            top -= count
        axes.text(label_at, 1.1, which, ha=align, va="center", fontsize=SMALL, color=MUTED)
        ends.append(1 - passed)
    x = np.linspace(0, 1, 40)
    ease = x * x * (3 - 2 * x)
    axes.fill_between(
        FLOW_BAR + x * (1 - 2 * FLOW_BAR), 1.0, ends[0] + (ends[-1] - ends[0]) * ease,
        color=GROUP_COLOURS[0], alpha=0.25, linewidth=0,
    )
    axes.set_xlim(-0.75, 1.75)
    axes.set_ylim(-0.03, 1.16)


def tally(
    table: pd.DataFrame,
    *,
    row: str,
    column: str,
    section: str,
    count: str,
    share: str,
    column_groups: Mapping[str, str],
    groups: Mapping[str, str],
    title: str,
) -> Chart | None:
    """How often does each row occur in each column? A number a cell, sections apart.

    A cell is the darker the greater its share of the section's occurrences in its column. Rows
    that never occur are left out. None without occurrences, or with more than `MOST_CELLS`
    columns.

    Args:
        table: one row a cell; the rows of a section stand together.
        row: column with the rows' names, in order of appearance.
        column: column with the columns' names, in order of appearance.
        section: column with the sections' names; each stands above its rows.
        count: the numbers.
        share: between 0 and 1; NaN in a column where nothing of the section occurs.
        column_groups: column name → group.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    columns = list(dict.fromkeys(table[column]))
    seen = table.groupby([section, row], sort=False)[count].transform("sum") > 0
    drawn = table[seen.to_numpy(dtype=bool)]
    if drawn.empty or len(columns) > MOST_CELLS:
        return None
    lines = list(dict.fromkeys(zip(drawn[section], drawn[row], strict=True)))
    new = [i == 0 or lines[i][0] != lines[i - 1][0] for i in range(len(lines))]
    places = dict(zip(lines, (np.arange(len(lines)) + np.cumsum(new)).tolist(), strict=True))
    bottom = max(places.values())
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.2, 0.8 + 0.27 * (bottom + 1)), layout="constrained")
        axes = figure.add_subplot()
        for cell in drawn.to_dict("records"):
            x, y = columns.index(cell[column]), places[cell[section], cell[row]]
            if cell[count]:
                axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, linewidth=0,
                                         facecolor=_tint(cell[share])))
            axes.text(x, y, f"{cell[count]:,.0f}" if cell[count] else "·", ha="center",
                      va="center", color=INK if cell[count] else MUTED)
        for (name, _), begins in zip(lines, new, strict=True):
            if begins:
                y = places[name, next(r for s, r in lines if s == name)] - 1
                axes.text(-0.5, y + 0.12, name, ha="left", va="center", color=MUTED,
                          fontsize=SMALL)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(bottom + 0.5, -0.2)
        wide = 20 if len(columns) > 8 else max(8, 72 // len(columns))
        axes.set_xticks(range(len(columns)), [textwrap.fill(name, wide) for name in columns],
                        fontsize=SMALL, rotation=90 if len(columns) > 8 else 0)
        axes.xaxis.tick_top()
        for tick, name in zip(axes.get_xticklabels(), columns, strict=True):
            tick.set_color(groups.get(column_groups.get(name, ""), INK))
        axes.set_yticks(list(places.values()),
                        [textwrap.shorten(name, 34, placeholder=" …") for _, name in lines])
        draw_bare(axes, x_grid=False)
        axes.spines["bottom"].set_visible(False)
        svg = to_svg(figure)
    listed = " ".join(
        f"{name}: " + ", ".join(
            f"{cell[row]} {cell[count]:,.0f}" for cell in own.to_dict("records") if cell[count]
        ) + "."
        for name, own in drawn[drawn[count] > 0].groupby(column, sort=False)
    )
    return Chart(svg=svg, alt=f"Counts of names. {listed}", title=title)


def opposed_words(
    table: pd.DataFrame,
    *,
    word: str,
    value: str,
    line: str,
    sides: tuple[str, str],
    unit: str,
    title: str,
) -> Chart | None:
    """How far does each word lean to either side, and does it pass the line? A labelled dot each.

    Words that do not pass the line are grey and hollow. None without words.

    Args:
        table: one row a word, in the order of the figure.
        word: column with the words.
        value: the dots, positive towards the first side.
        line: column with the line, the same in every row; NaN where there is none.
        sides: names of the first (right) and the second (left) side.
        unit: what the dots measure, for the axis.
        title: the figure's message, computed by the caller.
    """
    if table.empty:
        return None
    limit = float(table[line].iloc[0])
    values = table[value].to_numpy(dtype=float)
    reach = 1.45 * float(np.nanmax(np.abs([*values, 0 if np.isnan(limit) else limit, 1])))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(6.2, 0.95 + 0.225 * len(table)), layout="constrained")
        axes = figure.add_subplot()
        if not np.isnan(limit):
            axes.axvspan(-limit, limit, color=GRID, alpha=0.45, linewidth=0)
        axes.axvline(0, color=MUTED, linewidth=0.8)
        for y, (text, x) in enumerate(zip(table[word], values, strict=True)):
            beyond = abs(x) > limit
            colour = GROUP_COLOURS[0 if x > 0 else 1] if beyond else MUTED
            axes.plot([0, x], [y, y], color=colour, linewidth=1.0, alpha=1 if beyond else 0.6)
            axes.plot(x, y, "o", color=colour, markersize=5.2,
                      markerfacecolor=colour if beyond else PAPER)
            axes.annotate(
                textwrap.shorten(str(text), 28, placeholder=" …"), (x, y),
                xytext=(7 if x > 0 else -7, 0), textcoords="offset points", va="center",
                ha="left" if x > 0 else "right", color=INK if beyond else MUTED, fontsize=SMALL,
            )
        axes.set_ylim(len(table) - 0.3, -1.6)
        axes.set_xlim(-reach, reach)
        axes.set_yticks([])
        for x, name, align, colour in ((reach, sides[0], "right", GROUP_COLOURS[0]),
                                       (-reach, sides[1], "left", GROUP_COLOURS[1])):
            axes.text(x, -1.15, textwrap.shorten(name, 44, placeholder=" …"), ha=align,
                      va="center", color=colour, fontsize=SMALL)
        axes.set_xlabel(unit, fontsize=SMALL)
        axes.tick_params(axis="x", labelsize=SMALL)
        draw_bare(axes)
        svg = to_svg(figure)
    names = [
        f"{text} {x:+.1f}" + (" (beyond the line)" if abs(x) > limit else "")
        for text, x in zip(table[word], values, strict=True)
    ]
    at = "no line" if np.isnan(limit) else f"line at {limit:.1f}"
    return Chart(
        svg=svg, title=title,
        alt=f"Words by {unit}, positive towards {sides[0]}, negative towards {sides[1]}, {at}: "
        f"{', '.join(names)}.",
    )


def profile(
    table: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    faint: str,
    column_groups: Mapping[str, str],
    groups: Mapping[str, str],
    title: str,
    ranked: bool = True,
) -> Chart | None:
    """What is each column made of, at a glance? A cell a share, darker for more.

    The highest of each column is framed. Rows whose name ends in `faint` are hatched and come
    last: their numbers are not to be relied on. None without a value, or with more than
    `MOST_CELLS` rows or columns.

    Args:
        table: one row a cell, values between 0 and 1.
        row: column with the rows' names.
        column: column with the columns' names, in order of appearance.
        value: the shares.
        faint: what a name ends in whose row is not to be relied on.
        column_groups: column name → group.
        groups: group → colour.
        title: the figure's message, computed by the caller.
        ranked: rows by their mean, the greatest first; else in order of appearance.
    """
    known = table.dropna(subset=[value])
    columns = list(dict.fromkeys(known[column]))
    means = known.groupby(row, sort=False)[value].mean()
    rows = sorted(means.index, key=lambda name: (name.endswith(faint), -ranked * means[name]))
    if not rows or max(len(rows), len(columns)) > MOST_CELLS:
        return None
    top = float(known[value].max()) or 1.0
    reliable = known[~known[row].str.endswith(faint)]
    highest = reliable.groupby(column)[value].max()
    with matplotlib.rc_context({**_STYLE, "hatch.linewidth": 0.5}):
        figure = Figure(figsize=(7.4, 0.8 + 0.3 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for cell in known.to_dict("records"):
            x, y, share = columns.index(cell[column]), rows.index(cell[row]), cell[value]
            colour = groups.get(column_groups[cell[column]], MUTED)
            weak = cell[row].endswith(faint)
            framed = not weak and share > 0 and share == highest[cell[column]]
            box = (x - 0.46, y - 0.43), 0.92, 0.86
            if weak:
                axes.add_patch(Rectangle(*box, linewidth=0, facecolor="none", edgecolor=GRID,
                                         hatch="////"))
            else:
                axes.add_patch(Rectangle(*box, linewidth=0, facecolor=_tint(share / top, colour)))
            if framed:
                axes.add_patch(Rectangle(*box, linewidth=1.8, facecolor="none", edgecolor=colour))
            axes.text(
                x, y, f"{100 * share:.0f} %", ha="center", va="center",
                color=MUTED if weak else INK, fontweight="bold" if framed else "normal",
                **({"bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}} if weak else {}),
            )
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        wide = max(8, 72 // len(columns))
        axes.set_xticks(range(len(columns)), [textwrap.fill(name, wide) for name in columns],
                        fontsize=SMALL, rotation=90 if len(columns) > 8 else 0)
        axes.set_yticks(range(len(rows)), rows, fontsize=SMALL)
        axes.xaxis.tick_top()
        for tick, name in zip(axes.get_xticklabels(), columns, strict=True):
            tick.set_color(groups.get(column_groups[name], INK))
        for tick, name in zip(axes.get_yticklabels(), rows, strict=True):
            tick.set_color(MUTED if name.endswith(faint) else INK)
        draw_bare(axes, x_grid=False)
        axes.spines["bottom"].set_visible(False)
        svg = to_svg(figure)
    said = []
    for name in columns:
        own = known[known[column] == name].set_index(row)[value]
        listed = ", ".join(f"{label} {100 * own[label]:.0f} %" for label in rows if label in own)
        said.append(f"{name}: {listed}.")
    return Chart(svg=svg, alt=f"Cells with shares. {' '.join(said)}", title=title)
