"""ODT (OpenDocument text) → text: paragraphs, headings, list items, tables, notes, page headers."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from analysis.importing.reading import Fact, Reading, Unreadable, tidy
from analysis.importing.xml import attribute, local, part
from analysis.importing.zipped import Zip
from analysis.segment.furniture import mark

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SKIPPED = {
    "tracked-changes", "sequence-decls", "forms", "annotation", "user-field-decls", "bibliography-configuration",
    "variable-decls", "table-of-content-source", "ruby-text",
}  # fmt: skip


def read(data: bytes) -> Reading:
    """What does an OpenDocument text say?

    Raises:
        Unreadable: it is no sound document.
    """
    file = Zip(data)
    root = part(file, "content.xml")
    text = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if text is None:
        raise Unreadable("is an OpenDocument file without a text; give an .odt document")
    writer = _Writer(_bullets(file, root))
    writer.walk(text)
    furniture = _page_furniture(file)
    facts = _facts(file)
    if writer.title:
        facts.setdefault("title", Fact(writer.title, "the first heading"))
    return Reading(tidy("\n\n".join([*furniture, *writer.blocks, *writer.notes])), facts)


class _Writer:
    def __init__(self, bullets: set[str]) -> None:
        self.bullets = bullets
        self.blocks: list[str] = []
        self.notes: list[str] = []
        self.title = ""
        self.prefix = ""

    def walk(self, element: Element, style: str = "") -> None:
        for child in element:
            name = local(child.tag)
            if name in ("p", "h"):
                text = self._text(child)
                if text:
                    self.blocks.append(self.prefix + text)
                    self.prefix = ""
                    if name == "h" and not self.title:
                        self.title = text
            elif name == "list":
                self._list(child, attribute(child, "style-name") or style)
            elif name not in _SKIPPED:
                self.walk(child, style)

    def _list(self, element: Element, style: str) -> None:
        number = 0
        for item in element:
            if local(item.tag) == "list-item":
                number += 1
                self.prefix = "- " if style in self.bullets or not style else f"{number}. "
            self.walk(item, style)
            self.prefix = ""

    def _text(self, paragraph: Element) -> str:
        parts: list[str] = []
        boxes: list[Element] = []

        def walk(element: Element) -> None:
            parts.append(element.text or "")
            for child in element:
                name = local(child.tag)
                if name in ("s", "tab"):
                    parts.append(" ")
                elif name == "line-break":
                    parts.append("\n")
                elif name == "note":
                    parts.append(self._note(child))
                elif name == "text-box":
                    boxes.append(child)
                elif name not in _SKIPPED:
                    walk(child)
                parts.append(child.tail or "")

        walk(paragraph)
        for box in boxes:
            self.walk(box)
        lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
        return "\n".join(filter(None, lines))

    def _note(self, note: Element) -> str:
        citation = next((e.text or "" for e in note if local(e.tag) == "note-citation"), "")
        body = next((e for e in note if local(e.tag) == "note-body"), None)
        if body is not None:
            text = " ".join(_words(e) for e in body)
            self.notes.append(f"[{citation}] {text}")
        return f"[{citation}]"


def _words(element: Element) -> str:
    """The words of an element in one line; blanks are elements of their own."""
    parts: list[str] = []

    def walk(part: Element) -> None:
        parts.append(" " if local(part.tag) in ("s", "tab", "line-break") else part.text or "")
        for child in part:
            walk(child)
            parts.append(child.tail or "")

    walk(element)
    return " ".join("".join(parts).split())


def _bullets(file: Zip, content: Element) -> set[str]:
    """Names of the list styles whose first level has a bullet."""
    roots = [content, *([part(file, "styles.xml")] if "styles.xml" in file else [])]
    return {
        attribute(style, "name")
        for root in roots for style in root.iter() if local(style.tag) == "list-style"
        for level in style
        if attribute(level, "level") == "1" and local(level.tag) != "list-level-style-number"
    }


def _page_furniture(file: Zip) -> list[str]:
    if "styles.xml" not in file:
        return []
    lines = [
        mark(text, f"page {local(place.tag).split('-')[0]}")
        for page in part(file, "styles.xml").iter() if local(page.tag) == "master-page"
        for place in page if local(place.tag).startswith(("header", "footer"))
        for paragraph in place.iter() if local(paragraph.tag) == "p"
        if (text := _words(paragraph))
    ]
    return list(dict.fromkeys(lines))


def _facts(file: Zip) -> dict[str, Fact]:
    if "meta.xml" not in file:
        return {}
    return {
        local(element.tag): Fact(
            " ".join((element.text or "").split()), f"the document's {local(element.tag)} property"
        )
        for element in part(file, "meta.xml").iter()
        if local(element.tag) in ("title", "language") and (element.text or "").strip()
    }
