"""Result tables → dots with intervals: in panels, in ranks, against what is claimed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.charts import (
    GRID, GROUP_COLOURS, INK, LABEL_SHARE, MUTED, PAPER, Drawn, by_columns, canvas, draw_bare,
    drawing, letters, mark, narrow, pitch, rectangle, small, tick_labels,
)

# More rows than this are no longer read one by one.
MOST_ROWS = 40

# More panels than this are not compared at a glance; more beside one another leave no room for the
# numbers of an axis.
MOST_PANELS, MOST_BESIDE = 12, 6

# A row's name of more characters is cut: of half a figure's width.
LONGEST_NAME = 60


@drawing
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
) -> Drawn | None:
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
    lines, beside = by_columns(len(panels), MOST_BESIDE)
    labels = tick_labels(rows, LONGEST_NAME)
    figure = canvas(7.8, lines * (0.95 + pitch(labels, 0.27) * len(rows)))
    grid = figure.subplots(lines, beside, sharey=True, squeeze=False)
    place = {name: len(rows) - 1 - i for i, name in enumerate(rows)}
    for axes, name in zip(grid.ravel(), panels, strict=False):
        colour = groups.get(panel_groups[name], MUTED)
        own = table[table[panel] == name]
        for number, cell in zip(own.index, own.to_dict("records"), strict=True):
            y, certain = place[cell[row]], not np.isnan(cell[low])
            if certain:
                axes.plot([cell[low], cell[high]], [y, y], color=colour, linewidth=1.6,
                          solid_capstyle="butt")
            mark(number, *axes.plot(cell[value], y, "o", color=colour, markersize=5.2,
                                    markerfacecolor=colour if certain else "none", clip_on=False))
        axes.set_xlim(0, right)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        room = letters((1 - LABEL_SHARE) / beside) if narrow() else 14
        axes.set_title(textwrap.fill(name, room), fontsize=small(), color=colour, pad=6)
        step = (0.25 if right > 0.4 else 0.1) * (2 if beside == 3 and narrow() else 1)
        ticks = np.arange(0, right, step)
        axes.set_xticks(ticks, [f"{100 * t:.0f}" for t in ticks], fontsize=small())
        draw_bare(axes)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
    for axes in grid.ravel()[len(panels):]:
        axes.set_visible(False)
    grid[0, 0].set_yticks([place[name] for name in rows], labels)
    figure.supxlabel("per cent", fontsize=small(), color=MUTED)
    sentences = []
    for name in panels:
        cells = table[table[panel] == name].sort_values(value, ascending=False, kind="stable")
        listed = ", ".join(
            f"{cell[row]} {100 * cell[value]:.0f} %"
            + ("" if np.isnan(cell[low]) else f" ({100 * cell[low]:.0f} to {100 * cell[high]:.0f})")
            for cell in cells.to_dict("records")
        )
        sentences.append(f"{name}: {listed}.")
    return Drawn(figure, alt=f"Dots with intervals. {' '.join(sentences)}", title=title)


@drawing
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
) -> Drawn:
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
    labels = tick_labels(drawn[row], 60)
    figure = canvas(7.2, 0.6 + pitch(labels, 0.26) * places[-1])
    axes = figure.add_subplot()
    right = float(np.nanmax(drawn[[value, high]].to_numpy(dtype=float))) * 1.12
    for number, y, begins, record in zip(
        drawn.index, places, new, drawn.to_dict("records"), strict=True
    ):
        colour, certain = groups.get(row_groups[record[row]], MUTED), pd.notna(record[low])
        if begins:
            axes.text(0, y - 0.95, record[section], va="center", color=MUTED, fontsize=small())
        if certain:
            axes.plot([record[low], record[high]], [y, y], color=colour, linewidth=1.6,
                      solid_capstyle="butt")
        mark(number, *axes.plot(record[value], y, "o", color=colour, markersize=5.2,
                                markerfacecolor=colour if certain else "none"))
        axes.annotate(f"{record[value]:.2f}", (record[high] if certain else record[value], y),
                      xytext=(7, 0), textcoords="offset points", va="center", color=MUTED,
                      fontsize=small())
    axes.set_yticks(places, labels)
    axes.set_xlim(0, right * (1.15 if narrow() else 1))
    axes.set_ylim(places[-1] + 0.7, -0.4)
    axes.set_xlabel(unit, fontsize=small())
    axes.tick_params(axis="x", labelsize=small())
    draw_bare(axes)
    cut = f" {len(drawn)} of {len(table)} rows." if len(table) > len(drawn) else ""
    listed = " ".join(
        f"{record[row]} ({record[section]}): {record[value]:.2f}"
        + (f", {record[low]:.2f} to {record[high]:.2f}." if pd.notna(record[low]) else ".")
        for record in drawn.to_dict("records")
    )
    return Drawn(figure, alt=f"Dots with intervals, {unit}.{cut} {listed}", title=title)


@drawing
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
) -> Drawn | None:
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
    names = [
        f"{text}\n({verdict})"
        for text, verdict in zip(
            tick_labels(table[label], 42, wrap=True, share=0.5), table[state], strict=True
        )
    ]
    figure = canvas(7.2, 0.7 + pitch(names, 0.62) * len(table))
    axes = figure.add_subplot()
    axes.axvline(0, color=MUTED, linewidth=0.8)
    margin = 0.08 * (right - left or 1)
    for y, inside in zip(rows, table[within], strict=True):
        start, end = (-1, 1) if inside else (1, right + margin)
        axes.add_patch(rectangle((start, y - 0.42), end - start, 0.84, facecolor=GRID,
                                 edgecolor="none", alpha=0.55))
    for number, y, row in zip(numbers.index, rows, numbers.to_dict("records"), strict=True):
        certain = not np.isnan(row[low])
        if certain:
            axes.plot([row[low], row[high]], [y, y], color=GROUP_COLOURS[0], linewidth=1.8)
        mark(number, *axes.plot(row[value], y, "o", color=GROUP_COLOURS[0], markersize=6,
                                markerfacecolor=GROUP_COLOURS[0] if certain else "none"))
    axes.set_yticks(rows, names, fontsize=small())
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.set_xlim(left - margin, right + margin)
    unit = "estimate, in multiples of the smallest effect that matters (shaded: what is claimed)"
    axes.set_xlabel(textwrap.fill(unit, letters(1 - LABEL_SHARE) if narrow() else len(unit)),
                    fontsize=small())
    axes.tick_params(axis="x", labelsize=small())
    draw_bare(axes)
    listed = " ".join(
        f"{row[label]} {row[state]}, estimate {row[value]:.2f}"
        + ("" if np.isnan(row[low]) else f" ({row[low]:.2f} to {row[high]:.2f})")
        + f", matters from {row[threshold]:g}."
        for row in table.to_dict("records")
    )
    return Drawn(figure, alt=f"Estimates against what matters. {listed}", title=title)


@drawing
def opposed_words(
    table: pd.DataFrame,
    *,
    word: str,
    value: str,
    line: str,
    sides: tuple[str, str],
    unit: str,
    title: str,
) -> Drawn | None:
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
    figure = canvas(6.2, 0.95 + 0.225 * len(table))
    axes = figure.add_subplot()
    if not np.isnan(limit):
        axes.axvspan(-limit, limit, color=GRID, alpha=0.45, linewidth=0)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    for y, (number, text, x) in enumerate(zip(table.index, table[word], values, strict=True)):
        beyond = abs(x) > limit
        colour = GROUP_COLOURS[0 if x > 0 else 1] if beyond else MUTED
        axes.plot([0, x], [y, y], color=colour, linewidth=1.0, alpha=1 if beyond else 0.6)
        mark(number, *axes.plot(x, y, "o", color=colour, markersize=5.2,
                                markerfacecolor=colour if beyond else PAPER))
        axes.annotate(
            textwrap.shorten(str(text), 28, placeholder=" …"), (x, y),
            xytext=(7 if x > 0 else -7, 0), textcoords="offset points", va="center",
            ha="left" if x > 0 else "right", color=INK if beyond else MUTED, fontsize=small(),
        )
    axes.set_ylim(len(table) - 0.3, -1.6)
    axes.set_xlim(-reach, reach)
    axes.set_yticks([])
    for x, name, align, colour in ((reach, sides[0], "right", GROUP_COLOURS[0]),
                                   (-reach, sides[1], "left", GROUP_COLOURS[1])):
        cut = textwrap.shorten(name, 28 if narrow() else 44, placeholder=" …")
        axes.text(x, -1.15, cut, ha=align, va="center", color=colour, fontsize=small())
    axes.set_xlabel(unit, fontsize=small())
    axes.tick_params(axis="x", labelsize=small())
    draw_bare(axes)
    names = [
        f"{text} {x:+.1f}" + (" (beyond the line)" if abs(x) > limit else "")
        for text, x in zip(table[word], values, strict=True)
    ]
    at = "no line" if np.isnan(limit) else f"line at {limit:.1f}"
    return Drawn(
        figure, title=title,
        alt=f"Words by {unit}, positive towards {sides[0]}, negative towards {sides[1]}, {at}: "
        f"{', '.join(names)}.",
    )
