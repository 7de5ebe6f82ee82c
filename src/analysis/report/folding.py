"""Which tables does a page print openly, and which does it fold?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

# A table of more rows, or of more characters (some 5,000 words), is not read to its end on the way.
_ROWS_OPEN, _CHARACTERS_OPEN = 60, 30_000


def is_long(table: Mapping[str, object]) -> bool:
    """Is a table too long to be read on the way? Then it is folded, and not printed on paper.

    Args:
        table: the payload that `analysis.show` made.
    """
    characters = sum(len(str(cell)) for row in table["rows"] for cell in row)
    return table["total_rows"] > _ROWS_OPEN or characters > _CHARACTERS_OPEN


def display(table: Mapping[str, object]) -> Literal["table", "folded", "none"]:
    """How a page shows a table: as its notebook asks, but folded where it is long."""
    asked = table.get("display", "table")
    return "folded" if asked == "table" and is_long(table) else asked
