"""What a notebook hands to its page: tables with figures, and sentences computed from results.

Nothing here writes a file. Each call displays one bundle: HTML for the person in JupyterLab, and
beside it the JSON from which the report makes its page.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Literal

import pandas as pd
from IPython.display import display as _display
from markupsafe import Markup

from analysis import tables
from analysis.charts import Chart, placed, unlinked
from analysis.tables import PROSE_MIME, TABLE_MIME

# JupyterLab shows this many rows of a long table; the report's CSV holds them all.
ROWS_IN_LAB = 200


def show(
    table: pd.DataFrame,
    *,
    name: str,
    caption: str,
    note: str = "",
    chart: Chart | None = None,
    display: Literal["table", "folded", "none"] = "table",
    about: Mapping[str, str] | None = None,
) -> None:
    """Display a result table, with the chart drawn from it if there is one.

    Args:
        table: a result table.
        name: name of the table's CSV and of the figure's SVG, unique in the report.
        caption: what it shows, in one sentence.
        note: how to read it, what to beware of.
        chart: the figure drawn from this very table; the table is then folded beneath it.
        display: `table` prints the rows, `folded` folds them away, `none` only links the CSV.
        about: what the rows say of the sentences behind them: a kind, such as `frame`, → the
            column that says it. Every sentence in a row's evidence then carries that column's
            value on its statement's page, with a link back to this table, and the sentence browser
            can choose by it. So `about={"frame": "frame"}` for one row a frame, and
            `about={"commitment": "level", "tense": "tense"}` for one row a sentence. Empty,
            undefined and false values say nothing; where the value quotes another sentence behind
            the row, it links there. Kinds in use: `frame`, `commitment`, `topic`, `match`,
            `disagreement`, `finding`.
    """
    figure = None
    if chart is not None:
        figure = {
            "svg": placed(chart.svg, table.index), "alt": chart.alt, "title": chart.title,
            "call": chart.call,
        }
        display = "folded" if display == "table" else display
    bundle = tables.payload(
        table, name=name, caption=caption, note=note, display=display, figure=figure,
        about=about,
    )
    head = {
        **bundle,
        "rows": bundle["rows"][:ROWS_IN_LAB],
        "evidence": bundle["evidence"][:ROWS_IN_LAB],
    }
    html = Markup("<figure>{}</figure>").format(
        Markup("{}{}").format(
            Markup(unlinked(chart.svg) if chart is not None else ""), Markup(tables.to_html(head))
        )
    )
    if note:
        html += Markup("<p>{}</p>").format(note)
    _display({"text/html": str(html), TABLE_MIME: bundle}, raw=True)


def show_each(
    table: pd.DataFrame,
    *,
    by: str,
    name: str,
    caption: str = "",
    chart: Callable[[pd.DataFrame], Chart] | None = None,
    note: str = "",
    display: Literal["table", "folded", "none"] = "table",
) -> None:
    """Display one table, or one figure with its rows, for each value of a column.

    Args:
        table: a result table.
        by: the column whose values part the table, in order of appearance; without a figure it
            stands in the captions alone.
        name: prefix of the exhibits' names; their number follows.
        caption: what each shows; the value follows.
        chart: draws the figure from its part of the table, if there is to be one.
        note: how to read the figures.
        display: see `show`.
    """
    for number, (value, part) in enumerate(table.groupby(by, sort=False), start=1):
        part = part.reset_index(drop=True)
        part.attrs = dict(table.attrs)
        if chart is None:
            part = part.drop(columns=by)
            columns = table.attrs["columns"]
            part.attrs = {
                **table.attrs, "columns": {key: columns[key] for key in columns if key != by}
            }
        show(
            part, name=f"{name}_{number}", caption=f"{caption}: {value}" if caption else value,
            note=note, chart=chart(part) if chart else None, display=display,
        )


def say(
    *paragraphs: str, name: Literal["scope", "headline", "result", "caution"] = "result"
) -> None:
    """Display sentences that were computed from results.

    Args:
        paragraphs: plain text; it is escaped.
        name: `scope` is a page's scope line, `headline` what the index page quotes, `caution` a
            warning about the numbers near it.
    """
    html = Markup("").join(Markup("<p>{}</p>").format(text) for text in paragraphs)
    _display(
        {
            "text/html": str(html),
            PROSE_MIME: {"name": name, "paragraphs": list(paragraphs)},
        },
        raw=True,
    )


def command(notebook: str, *, study: str, **parameters: bool | int | float | str) -> None:
    """Print the command that makes this notebook's page with these values.

    Args:
        notebook: its name, such as `4_framing`.
        study: the study's name or path.
        parameters: its other parameters.
    """
    flags = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    print(shlex.join(["study", "run", study, "--only", notebook, *flags]))
