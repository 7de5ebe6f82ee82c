"""Result tables → figures of values along an axis of numbers or of dates, as SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.charts import (
    GRID, GROUP_COLOURS, MUTED, Drawn, by_columns, canvas, draw_bare, drawing, lettering, mark, marks,
    narrow, small, year,
)

# Fewer dates than this make no series: their points are not joined (METHODS).
FEWEST_DATES = 3

# Panels beyond this are left out: nobody reads them.
MOST_PANELS = 6


@drawing
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
) -> Drawn | None:
    """How do several measures go with a number? A panel a measure, a colour and mark a series.

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
    colours, shapes = dict(zip(names, GROUP_COLOURS, strict=False)), marks(names)
    rows, beside = by_columns(len(panels), 2)
    figure = canvas(7.8, 0.8 + 1.5 * rows if narrow() else 5.0)
    grid = figure.subplots(rows, beside, sharex=True, squeeze=False).ravel()
    handles = ([], [])
    for axes, (column, name) in zip(grid, panels.items(), strict=False):
        marked = table.loc[table[chosen], x]
        if len(marked):
            axes.axvline(marked.iloc[0], color=GRID, linewidth=5, zorder=0)
        for who in names:
            own = table[(table[series] == who) & table[column].notna()].sort_values(x)
            solid = len(own) > 1
            axes.plot(own[x], own[column], f"{shapes[who]}-" if solid else shapes[who],
                      color=colours[who], markersize=4, linewidth=1.3, label=who)
            if column in line:
                axes.plot(own[x], own[line[column]], "--" if solid else "_",
                          color=colours[who], linewidth=1.1, markersize=9,
                          label=f"{who}: line from shuffled texts")
        axes.set_title(name, fontsize=lettering(), loc="left")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(labelsize=small(), labelbottom=True)
        draw_bare(axes)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
        if column in line:
            handles = axes.get_legend_handles_labels()
    figure.supxlabel(unit, fontsize=small(), color=MUTED)
    figure.legend(*handles, loc="outside upper left", ncols=1 if narrow() else 2,
                  fontsize=small(), frameon=False)
    return Drawn(figure, alt=_alt_numbers(table, x, series, panels, line, unit), title=title)


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


@drawing
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
) -> Drawn | None:
    """How large is a share at each date? Panels side by side, a colour and mark a group.

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
    who_all = list(dict.fromkeys(table[group]))
    shapes = marks(who_all)
    rows, beside = by_columns(len(names), 2)
    figure = canvas(7.8, 0.8 + (1.6 if narrow() else 1.9) * rows)
    grid = figure.subplots(rows, beside, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        for who, own in table[table[panel] == name].groupby(group, sort=False):
            own = own.sort_values(date)
            x = [year(when) for when in own[date]]
            colour = groups.get(who, MUTED)
            if len(own) >= FEWEST_DATES:
                axes.plot(x, own[value], color=colour, linewidth=1)
            for number, at, record in zip(own.index, x, own.to_dict("records"), strict=True):
                certain = pd.notna(record[low])
                if certain:
                    axes.plot([at, at], [record[low], record[high]], color=colour,
                              linewidth=1.6, solid_capstyle="butt")
                mark(number, *axes.plot(
                    at, record[value], shapes[who], color=colour, markersize=5.2,
                    markerfacecolor=colour if certain else "none", clip_on=False,
                ))
        axes.set_title(textwrap.fill(name, 44 if narrow() else 52), fontsize=small(), loc="left")
        axes.set_ylim(0, top)
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.tick_params(labelsize=small(), labelbottom=True)
        draw_bare(axes, x_grid=False)
        axes.grid(axis="y", color=GRID, linewidth=0.4)
    for axes in grid[len(names):]:
        axes.set_visible(False)
    figure.legend(
        handles=[Line2D([], [], marker=shapes[who], color=groups.get(who, MUTED), linestyle="",
                        label=who) for who in who_all],
        loc="outside upper left", ncols=len(who_all), fontsize=small(), frameon=False,
    )
    listed = " ".join(
        f"{record[panel]}, {record[group]}, {record[date]}: {100 * record[value]:.0f} %"
        + (f" ({100 * record[low]:.0f} to {100 * record[high]:.0f})."
           if pd.notna(record[low]) else ".")
        for record in table[table[panel].isin(names)].to_dict("records")
    )
    return Drawn(figure, alt=f"Dots by date. {listed}", title=title)
