"""A figure for a paper: at the width of one and of two columns, in three formats."""

from __future__ import annotations

import io
from collections.abc import Mapping

from analysis import charts
from analysis.report import safe

#: Width in millimetres → the medium; source of the widths: `charts`.
WIDTHS = {90: charts.ONE_COLUMN, 190: charts.TWO_COLUMNS}

#: Dots an inch of the PNG: what publishers ask of pictures at the least.
DPI = 300


def drawn(figure: Mapping[str, object], *, name: str) -> dict[str, bytes]:
    """The files of one figure, drawn again from the numbers that its page shows.

    Args:
        figure: a payload's: `alt`, `title` and `call`.
        name: of the figure.

    Returns:
        `NAME-90mm.svg`, `.pdf`, `.png` and the same of 190 mm → content.
    """
    files = {}
    for width, medium in WIDTHS.items():
        with charts.redrawn(figure["call"], medium) as again:
            # Where everything stands is found once, not for each format anew.
            again.figure.draw_without_rendering()
            again.figure.set_layout_engine("none")
            stem = f"{name}-{width}mm"
            files[f"{stem}.svg"] = safe.standalone_svg(
                safe.clean_svg(charts.to_svg(again.figure)), label=figure["alt"]
            )
            files[f"{stem}.pdf"] = _saved(
                again.figure, "pdf",
                {"CreationDate": None, "Title": figure["title"], "Subject": figure["alt"]},
            )
            files[f"{stem}.png"] = _saved(
                again.figure, "png", {"Software": None, "Description": figure["alt"]}
            )
    return files


def _saved(figure, kind: str, metadata: Mapping[str, str | None]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format=kind, dpi=DPI, metadata=dict(metadata), facecolor=charts.PAPER
    )
    return buffer.getvalue()
