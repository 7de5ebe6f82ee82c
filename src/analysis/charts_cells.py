"""Result tables → cells: a number or a share each, in stronger colour for more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from analysis.charts import (
    GRID, GROUP_COLOURS, INK, MUTED, PAPER, Drawn, canvas, column_labels, draw_bare, drawing,
    mark, pitch, rectangle, small, tick_labels,
)

# More rows or columns of cells than this leave no room for numbers of a readable size.
MOST_CELLS = 20

# More lines of cells than this are no picture.
MOST_TURNED = 60

# A row's name of more characters is cut: of half a figure's width.
LONGEST_NAME = 60


@drawing
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
) -> Drawn | None:
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
    labels = tick_labels(rows, 26, wrap=True)
    figure = canvas(7.2, 0.95 + pitch(labels, 0.42) * len(rows))
    axes = figure.add_subplot()
    for number, cell in _numbered(known):
        x, y, strength = columns.index(cell[column]), rows.index(cell[row]), cell[value] / top
        mark(number, axes.add_patch(rectangle((x - 0.48, y - 0.47), 0.96, 0.94, linewidth=0,
                                              facecolor=_tint(strength))))
        axes.text(x, y, f"{cell[value]:.2f}", ha="center", va="center", color=INK)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    wide = 20 if len(columns) > 8 else max(8, 72 // len(columns))
    column_labels(axes, columns, wide)
    axes.set_yticks(range(len(rows)), labels, fontsize=small())
    axes.xaxis.tick_top()
    for ticks, names in ((axes.get_xticklabels(), columns), (axes.get_yticklabels(), rows)):
        for tick, name in zip(ticks, names, strict=True):
            tick.set_color((groups or {}).get((row_groups or {}).get(name, ""), INK))
    draw_bare(axes, x_grid=False)
    axes.spines["bottom"].set_visible(False)
    listed = " ".join(
        f"{cell[row]} with {cell[column]}: {cell[value]:.2f}." for cell in known.to_dict("records")
    )
    return Drawn(figure, alt=f"Cells with numbers, {unit}. {listed}", title=title)


@drawing
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
) -> Drawn | None:
    """What is each column made of, at a glance? A cell a share, in stronger colour for more.

    The highest of each column is framed. Rows whose name ends in `faint` are hatched and come last,
    or grey if all are such rows: their numbers are not to be relied on. More than `MOST_CELLS` columns stand below one
    another, the rows beside. None without a value, with more than `MOST_CELLS` rows or
    `MOST_TURNED` columns.

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
    if not rows or len(rows) > MOST_CELLS or len(columns) > MOST_TURNED:
        return None
    top = float(known[value].max()) or 1.0
    reliable = known[~known[row].str.endswith(faint)]
    highest = reliable.groupby(column)[value].max()
    turned = len(columns) > MOST_CELLS
    down, across = (columns, rows) if turned else (rows, columns)
    labels = tick_labels(down, LONGEST_NAME)
    figure = canvas(7.4, (2.2 if turned else 0.8) + pitch(labels, 0.23 if turned else 0.3) * len(down))
    axes = figure.add_subplot()
    for number, cell in _numbered(known):
        share, place = cell[value], (columns.index(cell[column]), rows.index(cell[row]))
        x, y = reversed(place) if turned else place
        colour = groups.get(column_groups[cell[column]], MUTED)
        weak = cell[row].endswith(faint)
        framed = not weak and share > 0 and share == highest[cell[column]]
        box = (x - 0.46, y - 0.43), 0.92, 0.86
        hatched = weak and len(reliable) > 0
        mark(number, axes.add_patch(
            rectangle(*box, linewidth=0, facecolor="none", edgecolor=GRID, hatch="////")
            if hatched else
            rectangle(*box, linewidth=0, facecolor=_tint(share / top, MUTED if weak else colour))
        ))
        if framed:
            axes.add_patch(rectangle(*box, linewidth=1.8, facecolor="none", edgecolor=colour))
        axes.text(
            x, y, f"{100 * share:.0f} %", ha="center", va="center",
            color=MUTED if hatched else INK, fontweight="bold" if framed else "normal",
            **({"bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}} if hatched else {}),
        )
    axes.set_xlim(-0.5, len(across) - 0.5)
    axes.set_ylim(len(down) - 0.5, -0.5)
    column_labels(axes, across, 26 if turned else max(8, 72 // len(across)))
    axes.set_yticks(range(len(down)), labels, fontsize=small())
    axes.xaxis.tick_top()
    ticks = axes.get_xticklabels(), axes.get_yticklabels()
    of_columns, of_rows = reversed(ticks) if turned else ticks
    for tick, name in zip(of_columns, columns, strict=True):
        tick.set_color(groups.get(column_groups[name], INK))
    for tick, name in zip(of_rows, rows, strict=True):
        tick.set_color(MUTED if name.endswith(faint) else INK)
    draw_bare(axes, x_grid=False)
    axes.spines["bottom"].set_visible(False)
    said = []
    for name in columns:
        own = known[known[column] == name].set_index(row)[value]
        listed = ", ".join(f"{label} {100 * own[label]:.0f} %" for label in rows if label in own)
        said.append(f"{name}: {listed}.")
    return Drawn(figure, alt=f"Cells with shares. {' '.join(said)}", title=title)


@drawing
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
) -> Drawn | None:
    """How often does each row occur in each column? A number a cell, sections apart.

    A cell has the stronger colour the greater its share of the section's occurrences in its column. Rows
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
    labels = tick_labels([name for _, name in lines], 34)
    figure = canvas(7.2, 0.8 + pitch(labels, 0.27) * (bottom + 1))
    axes = figure.add_subplot()
    for number, cell in _numbered(drawn):
        x, y = columns.index(cell[column]), places[cell[section], cell[row]]
        if cell[count]:
            mark(number, axes.add_patch(rectangle((x - 0.48, y - 0.46), 0.96, 0.92, linewidth=0,
                                                  facecolor=_tint(cell[share]))))
        axes.text(x, y, f"{cell[count]:,.0f}" if cell[count] else "·", ha="center",
                  va="center", color=INK if cell[count] else MUTED)
    for (name, _), begins in zip(lines, new, strict=True):
        if begins:
            y = places[name, next(r for s, r in lines if s == name)] - 1
            axes.text(-0.5, y + 0.12, name, ha="left", va="center", color=MUTED,
                      fontsize=small())
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(bottom + 0.5, -0.2)
    wide = 20 if len(columns) > 8 else max(8, 72 // len(columns))
    column_labels(axes, columns, wide)
    axes.xaxis.tick_top()
    for tick, name in zip(axes.get_xticklabels(), columns, strict=True):
        tick.set_color(groups.get(column_groups.get(name, ""), INK))
    axes.set_yticks(list(places.values()), labels)
    draw_bare(axes, x_grid=False)
    axes.spines["bottom"].set_visible(False)
    listed = " ".join(
        f"{name}: " + ", ".join(
            f"{cell[row]} {cell[count]:,.0f}" for cell in own.to_dict("records") if cell[count]
        ) + "."
        for name, own in drawn[drawn[count] > 0].groupby(column, sort=False)
    )
    return Drawn(figure, alt=f"Counts of names. {listed}", title=title)


def _numbered(table: pd.DataFrame) -> Iterator[tuple[object, dict]]:
    """Rows with their places in the table that is shown."""
    return zip(table.index, table.to_dict("records"), strict=True)


def _tint(
    strength: float, colour: str = GROUP_COLOURS[0]
) -> tuple[float, float, float, float]:
    """A group's colour, at most .45 of it over the page: ink on it keeps a contrast above 4.5:1.

    Opacity and not a mixed colour, so that a dark page, which has its own colours and ink, keeps
    the contrast.
    """
    from matplotlib.colors import to_rgb

    return (*to_rgb(colour), 0.45 * strength**2)
