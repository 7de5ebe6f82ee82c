"""DOCX (Office Open XML) → text: paragraphs, headings, list items, tables, notes, page headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from analysis.importing.reading import Fact, Reading, tidy
from analysis.importing.xml import attribute, local, part
from analysis.importing.zipped import Zip
from analysis.segment.furniture import mark

_MAIN = "word/document.xml"
# What was deleted under "track changes", and the second form of what stands there already.
_SKIPPED = {"del", "moveFrom", "Fallback", "instrText", "delText", "pPr", "rPr", "sectPr", "tblPr"}
_ORDERED = {
    "decimal": lambda n: f"{n}.",
    "lowerLetter": lambda n: f"({chr(96 + n)})" if n <= 26 else f"{n}.",
    "upperLetter": lambda n: f"{chr(64 + n)}." if n <= 26 else f"{n}.",
    "lowerRoman": lambda n: f"({_roman(n)})",
    "upperRoman": lambda n: f"{_roman(n).upper()}.",
}


def read(data: bytes) -> Reading:
    """What does a Word document say?

    Raises:
        Unreadable: it is no sound document.
    """
    file = Zip(data)
    body = part(file, _MAIN)
    writer = _Writer(_numbering(file), _styles(file))
    writer.walk(body)
    blocks = writer.blocks
    for kind in ("footnotes", "endnotes"):
        name = f"word/{kind}.xml"
        if name in file:
            blocks += _notes(part(file, name), kind)
    furniture = [
        mark(line, kind)
        for kind in ("header", "footer")
        for name in file.names()
        if name.startswith(f"word/{kind}") and name.endswith(".xml")
        for line in _lines(part(file, name))
    ]
    facts = _facts(file)
    if writer.title:
        facts["title"] = Fact(writer.title, "the paragraph of style Title")
    elif writer.heading:
        facts.setdefault("title", Fact(writer.heading, "the first heading"))
    furniture = list(dict.fromkeys(furniture))
    return Reading(tidy("\n\n".join([*furniture, *blocks])), facts)


class _Writer:
    """Collects the paragraphs of a document, list items with their numbers."""

    def __init__(self, numbering: dict[tuple[str, str], str], styles: dict[str, str]) -> None:
        self.numbering = numbering
        self.styles = styles
        self.counts: Counter[tuple[str, str]] = Counter()
        self.blocks: list[str] = []
        self.title = self.heading = ""

    def walk(self, element: Element) -> None:
        for child in element:
            name = local(child.tag)
            if name == "p":
                self._paragraph(child)
            elif name not in _SKIPPED:
                self.walk(child)

    def _paragraph(self, paragraph: Element) -> None:
        text = "\n".join(" ".join(line.split()) for line in _text(paragraph).split("\n")).strip()
        style = _style(paragraph)
        if text:
            named = self.styles.get(style, style).lower()
            self.blocks.append(self._number(paragraph) + text)
            if named == "title" and not self.title:
                self.title = text
            elif named.startswith("heading") and not self.heading:
                self.heading = text
        for box in _boxes(paragraph):
            self.walk(box)

    def _number(self, paragraph: Element) -> str:
        found = next((e for e in paragraph.iter() if local(e.tag) == "numPr"), None)
        if found is None:
            return ""
        values = {local(child.tag): attribute(child, "val") for child in found}
        key = (values.get("numId", ""), values.get("ilvl", "0"))
        form = self.numbering.get(key, "")
        if key[0] == "0" or not form:
            return ""
        self.counts[key] += 1
        for other in list(self.counts):
            if other[0] == key[0] and other[1] > key[1]:
                del self.counts[other]
        number = _ORDERED.get(form)
        return f"{number(self.counts[key])} " if number else "- "


def _text(paragraph: Element) -> str:
    parts: list[str] = []

    def walk(element: Element) -> None:
        for child in element:
            name = local(child.tag)
            if name == "t":
                parts.append(child.text or "")
            elif name in ("tab", "ptab"):
                parts.append(" ")
            elif name == "br" and attribute(child, "type") == "page":
                parts.append("\f")
            elif name in ("br", "cr"):
                parts.append("\n")
            elif name == "noBreakHyphen":
                parts.append("\u2011")
            elif name in ("footnoteReference", "endnoteReference"):
                parts.append(f"[{attribute(child, 'id')}]")
            elif name not in _SKIPPED and name != "txbxContent":
                walk(child)

    walk(paragraph)
    return "".join(parts)


def _boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes inside a paragraph, each once."""
    for child in paragraph:
        if local(child.tag) == "txbxContent":
            yield child
        elif local(child.tag) not in _SKIPPED:
            yield from _boxes(child)


def _style(paragraph: Element) -> str:
    found = next((e for e in paragraph.iter() if local(e.tag) == "pStyle"), None)
    return "" if found is None else attribute(found, "val")


def _lines(root: Element) -> list[str]:
    texts = [" ".join(_text(e).split()) for e in root.iter() if local(e.tag) == "p"]
    return [text for text in texts if text]


def _notes(root: Element, kind: str) -> list[str]:
    notes = []
    for note in root:
        number = attribute(note, "id")
        text = " ".join(_lines(note))
        if text and attribute(note, "type") in ("", "normal"):
            notes.append(f"[{number}] {text}")
    return notes


def _numbering(file: Zip) -> dict[tuple[str, str], str]:
    """(list, level) → how its items are numbered."""
    if "word/numbering.xml" not in file:
        return {}
    root = part(file, "word/numbering.xml")
    forms: dict[str, dict[str, str]] = {}
    for abstract in (e for e in root if local(e.tag) == "abstractNum"):
        forms[attribute(abstract, "abstractNumId")] = {
            attribute(level, "ilvl"): attribute(form, "val")
            for level in abstract if local(level.tag) == "lvl"
            for form in level if local(form.tag) == "numFmt"
        }
    return {
        (attribute(number, "numId"), level): form
        for number in root if local(number.tag) == "num"
        for link in number if local(link.tag) == "abstractNumId"
        for level, form in forms.get(attribute(link, "val"), {}).items()
        if form != "none"
    }


def _styles(file: Zip) -> dict[str, str]:
    """A style's id → its name, which does not vary with Word's language as the id does."""
    if "word/styles.xml" not in file:
        return {}
    return {
        attribute(style, "styleId"): attribute(name, "val")
        for style in part(file, "word/styles.xml") if local(style.tag) == "style"
        for name in style if local(name.tag) == "name"
    }


def _facts(file: Zip) -> dict[str, Fact]:
    if "docProps/core.xml" not in file:
        return {}
    facts = {}
    for element in part(file, "docProps/core.xml"):
        value = " ".join((element.text or "").split())
        if value and local(element.tag) in ("title", "language"):
            facts[local(element.tag)] = Fact(
                value, f"the document's {local(element.tag)} property"
            )
    return facts


def _roman(number: int) -> str:
    text = ""
    for value, sign in ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
                        (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):  # fmt: skip
        while number >= value:
            text, number = text + sign, number - value
    return text
