"""Which block introduces which list items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.segment.drafts import Draft
from analysis.segment.enumerators import Mark


@dataclass(slots=True)
class _Level:
    """A list under way.

    Attributes:
        style, value, indent: of its last mark.
        depth, parent: of its items.
        items: False for the numbered paragraphs of a document, which are no list.
    """

    style: str
    value: int
    indent: int
    depth: int
    parent: int | None
    items: bool

    def takes(self, mark: Mark, indent: int) -> bool:
        """Whether a mark of its style continues it."""
        return mark.value == self.value + 1 if mark.value else abs(indent - self.indent) <= 1


def nest(drafts: Sequence[Draft]) -> None:
    """Give each item its list head and depth; numbered paragraphs without one stay paragraphs."""
    number = {id(draft): i for i, draft in enumerate(drafts, start=1)}
    levels: list[_Level] = []
    before: Draft | None = None
    for draft in drafts:
        if draft.kind in ("boilerplate", "footnote", "dateline"):
            continue
        if draft.kind == "heading":
            levels = [level for level in levels if not level.items]
        elif draft.mark is None and draft.kind != "list_item":
            # Only counted items can tell, later, that they still belong to their list.
            levels = [level for level in levels if level.value]
        else:
            for mark in draft.piece.marks or (Mark("", "", 0),):
                level = _place(levels, draft, mark, before, number)
            if level.items or draft.kind == "list_item":
                _attach(draft, level, drafts)
        before = draft


def _attach(draft: Draft, level: _Level, drafts: Sequence[Draft]) -> None:
    draft.kind, draft.depth, draft.parent = "list_item", max(1, level.depth), level.parent
    if level.parent is not None:
        drafts[level.parent - 1].head = True


def _place(
    levels: list[_Level], draft: Draft, mark: Mark, before: Draft | None, number: dict[int, int]
) -> _Level:
    """The level of an enumerator: an open one that it continues, or a new one."""
    indent = draft.piece.first.indent
    same = [level for level in levels if level.style == mark.style]
    level = next((level for level in reversed(same) if level.takes(mark, indent)), None)
    if level is None and same and not mark.value and indent < same[0].indent:
        level = same[0]
    if level is not None:
        del levels[levels.index(level) + 1 :]
        level.value = mark.value
        return level
    level = _new_level(levels, mark, indent, before, number)
    levels.append(level)
    return level


def _new_level(
    levels: list[_Level], mark: Mark, indent: int, before: Draft | None, number: dict[int, int]
) -> _Level:
    introduced = before is not None and before.body and before.ending == ":"
    if mark.numeric and not introduced:
        levels.clear()
        return _Level(mark.style, mark.value, indent, depth=0, parent=None, items=False)
    if before is not None and (introduced or _inside(levels, mark, before)):
        return _Level(
            mark.style, mark.value, indent, before.depth + 1, number[id(before)], items=True
        )
    levels[:] = [level for level in levels if not level.items]
    return _Level(mark.style, mark.value, indent, depth=1, parent=None, items=True)


def _inside(levels: list[_Level], mark: Mark, before: Draft) -> bool:
    """Whether a new list begins in an item that breaks off, or (bullets) simply below one."""
    return (
        before.mark is not None
        and before.body
        and bool(levels)
        and (before.ending in ("", ",") or (not mark.value and before.kind == "list_item"))
    )
