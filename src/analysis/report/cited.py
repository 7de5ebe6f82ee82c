"""Of many statements: those that the pages lead to, which get pages of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from analysis.tables import LINKS_LISTED

# Pages of statements in a report of many: about 15 MB of HTML. Those cited most often come first.
MOST_PAGES = 300


def statements(tables: Iterable[Mapping[str, object]], *, most: int = MOST_PAGES) -> list[str]:
    """Ids of the statements that cells lead to, those with most links first.

    A cell with more sentences than `LINKS_LISTED` lists none, and tables that no page prints lead
    nowhere.

    Args:
        tables: payloads of tables.
        most: how many statements.
    """
    links: Counter[str] = Counter()
    for table in tables:
        if table.get("display") == "none":
            continue
        more = table.get("left_out") or [0] * len(table["evidence"])
        for ids, left in zip(table["evidence"], more, strict=True):
            if len(ids) + left <= LINKS_LISTED:
                links.update({identifier.partition(":")[0] for identifier in ids})
    return sorted(links, key=lambda identifier: (-links[identifier], identifier))[:most]
