"""Result tables → figures of values along an axis of numbers or of dates, as SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.charts import GROUP_COLOURS, MUTED, SMALL, TEXT, Chart, draw_bare, style, to_svg, year

# Fewer dates than this make no series: their points are not joined (METHODS).
FEWEST_DATES = 3

# Panels beyond this are left out: nobody reads them.
MOST_PANELS = 6


def panels_by_number(
    table: pd.DataFrame,
    *,
    x: str,
    series: str,
    panels: Mapping[str, str],
    line: Mapping[str, str],
    chosen: str,
    unit: str,
    title: str,
) -> Chart | None:
    """How do several measures go with a number? A panel a measure, a colour a series.

    Args:
        table: one row a number and series.
        x: column with the number.
        series: column with the series' names, in order of appearance.
        panels: column → name of its panel, in order.
        line: panel's column → column with a line to be held against, drawn dashed.
        chosen: column that is true where the number is the chosen one.
        unit: what the number is.
        title: the figure's message, computed by the caller.
    """
    if table.empty:
        return None
    names = list(dict.fromkeys(table[series]))
    colours = dict(zip(names, GROUP_COLOURS, strict=False))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7.8, 5.0), layout="constrained")
        rows = -(-len(panels) // 2)
        grid = figure.subplots(rows, 2, sharex=True, squeeze=False).ravel()
        handles = ([], [])
        for axes, (column, name) in zip(grid, panels.items(), strict=False):
            marked = table.loc[table[chosen], x]
            if len(marked):
                axes.axvline(marked.iloc[0], color="#d7d8dc", linewidth=5, zorder=0)
            for who in names:
                own = table[(table[series] == who) & table[column].notna()].sort_values(x)
                solid = len(own) > 1
                axes.plot(own[x], own[column], "o-" if solid else "o", color=colours[who],
                          markersize=4, linewidth=1.3, label=who)
                if column in line:
                    axes.plot(own[x], own[line[column]], "--" if solid else "_",
                              color=colours[who], linewidth=1.1, markersize=9,
                              label=f"{who}: line from shuffled texts")
            axes.set_title(name, fontsize=TEXT, loc="left")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.tick_params(labelsize=SMALL, labelbottom=True)
            draw_bare(axes)
            axes.grid(axis="y", color="#d7d8dc", linewidth=0.4)
            if column in line:
                handles = axes.get_legend_handles_labels()
        figure.supxlabel(unit, fontsize=SMALL, color=MUTED)
        figure.legend(*handles, loc="outside upper left", ncols=2, fontsize=SMALL, frameon=False)
        svg = to_svg(figure)
    return Chart(svg=svg, alt=_alt_numbers(table, x, series, panels, line, unit), title=title)


def _alt_numbers(table, x, series, panels, line, unit) -> str:
    parts = []
    for column, name in panels.items():
        for who, own in table.groupby(series, sort=False):
            own = own[own[column].notna()].sort_values(x)
            if own.empty:
                continue
            values = ", ".join(
                f"{getattr(row, x)}: {getattr(row, column):.2f}"
                + (f" (line {getattr(row, line[column]):.2f})" if column in line else "")
                for row in own.itertuples()
            )
            parts.append(f"{name}, {who}: {values}.")
    return f"Curves by {unit}. {' '.join(parts)}"


def dated_panels(
    table: pd.DataFrame,
    *,
    panel: str,
    group: str,
    date: str,
    value: str,
    low: str,
    high: str,
    groups: Mapping[str, str],
    title: str,
) -> Chart | None:
    """How large is a share at each date? A panel a row of panels, a colour a group.

    Points of a group are joined only where it has `FEWEST_DATES` dates; hollow ones have no
    interval. None without rows.

    Args:
        table: one row a panel, group and date; shares between 0 and 1.
        panel: column with the panels' names, in order of appearance; the first `MOST_PANELS`.
        group: column with the groups' names.
        date: column with dates.
        value: the points.
        low: the intervals' lower ends.
        high: the intervals' upper ends.
        groups: group → colour.
        title: the figure's message, computed by the caller.
    """
    names: Sequence[str] = list(dict.fromkeys(table[panel]))[:MOST_PANELS]
    if not names:
        return None
    top = max(0.1, float(np.nanmax(table[[value, high]].to_numpy(dtype=float)))) * 1.06
    with matplotlib.rc_context(style()):
        rows = -(-len(names) // 2)
        figure = Figure(figsize=(7.8, 0.6 + 1.9 * rows), layout="constrained")
        grid = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, name in zip(grid, names, strict=False):
            for who, own in table[table[panel] == name].groupby(group, sort=False):
                own = own.sort_values(date)
                x = [year(when) for when in own[date]]
                colour = groups.get(who, MUTED)
                if len(own) >= FEWEST_DATES:
                    axes.plot(x, own[value], color=colour, linewidth=1)
                for at, record in zip(x, own.to_dict("records"), strict=True):
                    certain = pd.notna(record[low])
                    if certain:
                        axes.plot([at, at], [record[low], record[high]], color=colour,
                                  linewidth=1.6, solid_capstyle="butt")
                    axes.plot(at, record[value], "o", color=colour, markersize=5.2,
                              markerfacecolor=colour if certain else "none", clip_on=False)
            axes.set_title(textwrap.fill(name, 52), fontsize=SMALL, loc="left")
            axes.set_ylim(0, top)
            axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
            axes.tick_params(labelsize=SMALL, labelbottom=True)
            draw_bare(axes, x_grid=False)
            axes.grid(axis="y", color="#d7d8dc", linewidth=0.4)
        for axes in grid[len(names):]:
            axes.set_visible(False)
        svg = to_svg(figure)
    listed = " ".join(
        f"{record[panel]}, {record[group]}, {record[date]}: {100 * record[value]:.0f} %"
        + (f" ({100 * record[low]:.0f} to {100 * record[high]:.0f})."
           if pd.notna(record[low]) else ".")
        for record in table[table[panel].isin(names)].to_dict("records")
    )
    return Chart(svg=svg, alt=f"Dots by date. {listed}", title=title)
