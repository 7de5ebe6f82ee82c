"""HTML → text, with navigation and other furniture marked, and what the page says of itself."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, Tag

from analysis.importing.decoding import decode
from analysis.importing.reading import Fact, Reading, Unreadable, tidy
from analysis.segment.furniture import mark

_UNSEEN = {
    "script", "style", "template", "noscript", "head", "svg", "math", "object", "iframe", "canvas",
    "audio", "video", "select", "datalist", "textarea",
}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav",
    "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
}
# What the element or its role says it is → the reason that the report shows.
_FURNITURE_TAGS = {
    "nav": "site navigation", "aside": "aside", "form": "form", "button": "form",
    "search": "form", "dialog": "dialog", "menu": "site navigation",
}
_FURNITURE_ROLES = {
    "navigation": "site navigation", "banner": "page header", "contentinfo": "page footer",
    "search": "form", "complementary": "aside", "dialog": "dialog", "alert": "dialog",
    "menu": "site navigation", "menubar": "site navigation",
}
_BESIDE = {**_FURNITURE_TAGS, "header": "page header", "footer": "page footer"}
# Words in class and id that name furniture in the templates of many sites.
_FURNITURE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|cookies?|cookie-?banner|consent|footer|"
    r"sidebar|share|sharing|social|skip-?link|pagination|pager|related|newsletter|advert|ads|promo|"
    r"toolbar|masthead)(?:$|[\s_-])",
    re.IGNORECASE,
)
# An element that a class calls furniture and that holds more of the page's words is not.
_MAX_FURNITURE_SHARE = 0.3
# A `main` or the only `article` with fewer of the page's words does not hold the text.
_MIN_MAIN_SHARE = 0.3
# Deeper pages are no documents; reading them would recurse too far.
_MAX_DEPTH = 300
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:-]{2,40})")

_TITLES = ("og:title", "dc.title", "dcterms.title", "citation_title", "twitter:title")
_DATES = (
    "article:published_time", "dc.date", "dcterms.issued", "dcterms.date", "dcterms.created",
    "date", "dc.date.issued", "citation_publication_date", "publication_date", "govuk:first-published-at",
    "pubdate", "datepublished",
)  # fmt: skip
_ISSUERS = ("og:site_name", "dc.publisher", "dcterms.publisher", "publisher", "dc.creator",
            "citation_author_institution", "author", "article:author")  # fmt: skip


def read(data: bytes) -> Reading:
    """What does an HTML page say, and which of it is furniture?

    Raises:
        Unreadable: no text, or nested too deep to be a page.
    """
    declared = _CHARSET.search(data[:4096]) or _XML_ENCODING.match(data[:200])
    source, assumed = decode(data, declared=declared[1].decode("ascii") if declared else "")
    return read_source(source, notes=(assumed,) if assumed else ())


def read_source(source: str, *, notes: tuple[str, ...] = ()) -> Reading:
    """The same for a page that is text already."""
    with warnings.catch_warnings():
        # Text that looks like a file's name or like XML is read all the same.
        warnings.simplefilter("ignore")
        try:
            soup = BeautifulSoup(source, "html.parser")
        except (RecursionError, AssertionError, ValueError) as error:
            raise Unreadable(f"is no HTML that can be read ({type(error).__name__})") from None
    if any(depth > _MAX_DEPTH for depth in _depths(soup)):
        raise Unreadable(f"nests elements more than {_MAX_DEPTH} deep; save the page as text")
    body = soup.body or soup
    total = max(1, len(_words(body)))
    main = _main(body, total)
    writer = _Writer(total, main)
    writer.element(body, "")
    text = tidy(writer.text())
    return Reading(text, _facts(soup, main or body), notes)


def _depths(soup: BeautifulSoup) -> Iterator[int]:
    depths: dict[int, int] = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depths.get(id(tag.parent), 0) + 1
        yield depths[id(tag)]


def _words(element: Tag) -> list[str]:
    return element.get_text(" ").split()


def _main(body: Tag, total: int) -> Tag | None:
    """The element that says it holds the page's text, if it does."""
    for found in (body.select("main, [role=main]"), body.find_all("article")):
        if len(found) == 1 and len(_words(found[0])) >= _MIN_MAIN_SHARE * total:
            return found[0]
    return None


class _Writer:
    """Writes blocks with a blank line between them, and marks what is furniture."""

    def __init__(self, total: int, main: Tag | None) -> None:
        self.total = total
        self.main = main
        self.holders = {id(main), *(id(parent) for parent in main.parents)} if main else set()
        self.blocks: list[str] = []
        self.line: list[str] = []
        self.prefix = ""
        self.reason = ""

    def text(self) -> str:
        self.flush()
        return "\n\n".join(self.blocks)

    def flush(self) -> None:
        lines = [" ".join(line.split()) for line in "".join(self.line).split("\n")]
        lines = [line for line in lines if line]
        self.line = []
        if not lines:
            return
        if self.reason:
            self.blocks.append("\n".join(mark(line, self.reason) for line in lines))
        else:
            self.blocks.append(self.prefix + "\n".join(lines))
        self.prefix = ""

    def element(self, tag: Tag, reason: str) -> None:
        """Write an element; `reason` says as what it is set aside ("" = it is text)."""
        for child in tag.children:
            if isinstance(child, Tag):
                self._child(child, reason)
            elif type(child) in (NavigableString, CData):
                self._words(child, reason)

    def _words(self, child: PageElement, reason: str) -> None:
        if reason != self.reason:
            self.flush()
            self.reason = reason
        self.line.append(re.sub(r"\s+", " ", str(child)))

    def _child(self, child: Tag, reason: str) -> None:
        name = child.name.lower()
        if name in _UNSEEN or _hidden(child):
            return
        if name == "br":
            self.line.append("\n")
            return
        reason = reason or self._furniture(child, name)
        if name not in _BLOCKS:
            self.element(child, reason)
            return
        self.flush()
        if name == "li":
            self.prefix = _bullet(child)
        elif name == "pre":
            self.reason = reason
            self.line.append(child.get_text())
            self.flush()
            return
        self.element(child, reason)
        self.flush()
        if name == "li":
            self.prefix = ""

    def _furniture(self, tag: Tag, name: str) -> str:
        if id(tag) in self.holders:
            return ""
        if self.main is not None and name in _BLOCKS and self._beside_main(tag):
            return _BESIDE.get(name, "beside the page's main part")
        role = str(tag.get("role", "")).lower()
        reason = _FURNITURE_TAGS.get(name) or _FURNITURE_ROLES.get(role, "")
        if not reason and name in ("header", "footer"):
            # Inside an article a header holds its title; a page's own holds its name and menu.
            inside = any(parent.name in ("article", "main", "section") for parent in tag.parents)
            if not inside and not (name == "header" and tag.find("h1")):
                reason = f"page {name}"
        if not reason and name in _BLOCKS and _named_furniture(tag):
            reason = "page furniture, by its class"
        few = len(_words(tag)) <= _MAX_FURNITURE_SHARE * self.total
        return reason if reason and few and tag.find(["h1", "main", "article"]) is None else ""

    def _beside_main(self, tag: Tag) -> bool:
        return not any(parent is self.main for parent in tag.parents)


def _hidden(tag: Tag) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    return (
        tag.has_attr("hidden") or "display:none" in style or "visibility:hidden" in style
    )


def _named_furniture(tag: Tag) -> bool:
    classes = tag.get("class") or []
    names = [*(classes if isinstance(classes, list) else [classes]), str(tag.get("id") or "")]
    return any(_FURNITURE_NAMES.search(str(name)) for name in names)


def _bullet(item: Tag) -> str:
    parent = item.parent
    if parent is None or parent.name != "ol":
        return "- "
    number = 1 + len(item.find_previous_siblings("li"))
    start = str(parent.get("start") or "1")
    return f"{number + (int(start) if start.isdigit() and len(start) < 6 else 1) - 1}. "


def _facts(soup: BeautifulSoup, main: Tag) -> dict[str, Fact]:
    said: dict[str, str] = {}
    for meta in soup.find_all("meta"):
        key = str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        value = " ".join(str(meta.get("content") or "").split())
        if key and value:
            said.setdefault(key, value)
    facts: dict[str, Fact] = {}

    def note(name: str, value: str, basis: str) -> None:
        if value:
            facts.setdefault(name, Fact(value, basis))

    for name, keys in (("title", _TITLES), ("date", _DATES), ("issuer", _ISSUERS)):
        for key in keys:
            note(name, said.get(key, ""), f"the page's meta element {key}")
    heading = main.find("h1")
    if heading is not None:
        note("title", " ".join(_words(heading)), "the page's main heading")
    if soup.title is not None:
        note("title", " ".join(_words(soup.title)), "the page's title element")
    time = main.find("time", attrs={"datetime": True})
    if time is not None:
        note("date", str(time["datetime"]), "the page's first time element")
    html = soup.find("html")
    if isinstance(html, Tag):
        note("language", str(html.get("lang") or html.get("xml:lang") or ""), "the page's lang")
    link = soup.find("link", rel="canonical")
    if isinstance(link, Tag):
        note("source_url", str(link.get("href") or ""), "the page's canonical address")
    note("source_url", said.get("og:url", ""), "the page's meta element og:url")
    return facts
