"""What untrusted text may become on a page: links, HTML, figures and CSV cells that do nothing.

Statements, their metadata and a notebook's own HTML are other people's text. Everything here
keeps what can be read and drops what could run, fetch or leave the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree

import bleach
from defusedxml.ElementTree import fromstring
from markupsafe import Markup

from analysis.tables import MARK

# Text-level and table markup; nothing that loads, runs, submits or styles.
_TAGS = frozenset(
    "a abbr b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption "
    "figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub "
    "summary sup table tbody td tfoot th thead time tr u ul var".split()
)
_ATTRIBUTES = {
    "*": ["dir", "lang"],
    "a": ["href", "title"],
    "abbr": ["title"],
    "img": ["src", "alt"],
    "ol": ["start"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
_UNREADABLE = re.compile(
    r"<(script|style|template|noscript|iframe|object)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_EMBEDDED = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
_IMAGE = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')

# Everything a chart draws with. Not here: style sheets, scripts, animation, foreign content,
# pictures, and metadata (where drawing programs write dates).
_SVG_TAGS = frozenset(
    "svg g a path rect circle ellipse line polyline polygon text tspan textPath defs clipPath "
    "mask use symbol marker linearGradient radialGradient stop pattern title desc".split()
)
_SVG_TEXT = frozenset({"text", "tspan", "textPath", "title", "desc", "a"})
_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
_COLOURED = frozenset({"fill", "stroke", "color", "stop-color", "style"})

# A dot can be hit from so many points around it.
REACH = 7

# What spreadsheet programs read as the start of a formula (OWASP, "CSV Injection"), full-width
# forms included; the sign alone, such as a list's bullet, is none. Leading apostrophes count, so
# that removing one always gives the text back.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠].", re.DOTALL)


def safe_url(url: str) -> str | None:
    """The address if a link may lead there: absolute http or https, no white space; else None.

    >>> safe_url("https://example.org/a")
    'https://example.org/a'
    >>> safe_url("javascript:alert(1)") is None
    True
    """
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _link_allowed(tag: str, name: str, value: str) -> bool:
    if name == "title":
        return True
    return name == "href" and (is_local(value) or safe_url(value) is not None)


def is_local(href: str) -> bool:
    """Does an address lead to this page or to one beside it?

    >>> is_local("statement-a.html#b1.s2"), is_local("//elsewhere.org"), is_local("data:x")
    (True, False, False)
    """
    plain = re.sub(r"[\s\x00-\x1f]", "", unescape(href))
    return not re.match(r"[/\\]|[^/#?]*:", plain)


def _image(match: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(match.group()))
    alt = attributes.get("alt", "")
    if not _EMBEDDED.fullmatch(attributes.get("src", "")):
        return f"<span>[picture not embedded: {alt or 'no description'}]</span>"
    return f'<img src="{attributes["src"]}" alt="{alt or "Picture without a description"}">'


def clean_html(html: str) -> Markup:
    """HTML that somebody else wrote, reduced to text, tables, links and embedded pictures."""
    kept = bleach.clean(
        _UNREADABLE.sub("", html),
        tags=_TAGS,
        attributes={**_ATTRIBUTES, "a": _link_allowed},
        protocols={"http", "https", "data"},
        strip=True,
    )
    kept = _IMAGE.sub(_image, kept)
    kept = re.sub(r"<th\b([^>]*)>(\s|&nbsp;)*</th>", r"<td\1></td>", kept)
    return Markup(kept)


def clean_svg(svg: str) -> ElementTree.Element:
    """A drawing without anything that runs, fetches or restyles the page; raises ValueError.

    Tags come back without their namespace, as HTML wants them.
    """
    try:
        root = fromstring(svg)
    except (ElementTree.ParseError, ValueError) as error:
        raise ValueError(f"the figure is no well-formed SVG: {error}") from error
    if _local(root) != "svg":
        raise ValueError(f"the figure is no SVG: its root is <{_local(root)}>")
    for element in root.iter():
        for child in [c for c in element if _local(c) not in _SVG_TAGS]:
            element.remove(child)
        element.tag = _local(element)
        element.attrib = dict(_svg_attributes(element))
        if element.tag not in _SVG_TEXT:
            element.text = None
            for child in element:
                child.tail = None
    # What matplotlib says in the style sheet dropped above.
    root.attrib.setdefault("stroke-linejoin", "round")
    return root


def _local(element: ElementTree.Element) -> str:
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2]


def _svg_attributes(element: ElementTree.Element) -> Iterable[tuple[str, str]]:
    for qualified, value in element.attrib.items():
        name = qualified.rpartition("}")[2]
        if name == "href":
            if value.startswith("#") or (element.tag == "a" and is_local(value)):
                yield "href", value
        elif "}" in qualified or name.lower().startswith("on"):
            continue
        elif name in ("class", "role", "tabindex", "src") or name.startswith(("aria-", "xml")):
            continue
        elif not _fetches(value):
            yield name, value


def _fetches(value: str) -> bool:
    rest = _REFERENCE.sub("", value).lower()
    return any(word in rest for word in ("url(", "javascript:", "@import", "expression(", "\\"))


def inline_svg(
    root: ElementTree.Element, *, prefix: str, label: str, colours: dict[str, str]
) -> Markup:
    """A cleaned drawing for inside a page: small, its ids made unique, its colours the page's.

    Args:
        root: what `clean_svg` returned; left as it is.
        prefix: put before each id, so that two drawings on a page never share one.
        label: the alternative text.
        colours: colour of the drawing → CSS variable of the page.
    """
    copy = ElementTree.fromstring(ElementTree.tostring(root))
    _unlink(copy)
    paint = re.compile("|".join(map(re.escape, colours)) or r"(?!)", re.I)
    values = [value for element in copy.iter() for value in element.attrib.values()]
    wanted = {v[1:] for v in values if v.startswith("#")}
    wanted |= {match.group(1) for v in values for match in _REFERENCE.finditer(v)}
    for element in copy.iter():
        # A third of a drawing of many marks is ids that nothing refers to, and blanks.
        if element.get("id") not in wanted:
            element.attrib.pop("id", None)
        if "d" in element.attrib:
            element.set("d", " ".join(element.get("d").split()))
        for name, value in element.attrib.items():
            if name == "id":
                value = prefix + value
            elif name == "href" and value.startswith("#"):
                value = f"#{prefix}{value[1:]}"
            elif name in _COLOURED:
                value = paint.sub(lambda m: f"var({colours[m.group().lower()]})", value)
                value = re.sub(r"([:;])\s+", r"\1", value)
            element.set(name, _REFERENCE.sub(lambda m: f"url(#{prefix}{m.group(1)})", value))
    _without_own_words(copy)
    for name in ("width", "height", "x", "y", "version"):
        copy.attrib.pop(name, None)
    _unwrap(copy)
    copy.set("role", "img")
    copy.set("aria-label", label)
    return Markup(ElementTree.tostring(copy, encoding="unicode"))


def _without_own_words(root: ElementTree.Element) -> None:
    for child in [c for c in root if c.tag in ("title", "desc")]:
        root.remove(child)


def _unwrap(element: ElementTree.Element) -> None:
    """Put what a group without attributes holds into its place."""
    for child in element:
        _unwrap(child)
    element[:] = [
        kept
        for child in element
        for kept in (child if child.tag == "g" and not child.attrib else [child])
    ]


def _unlink(element: ElementTree.Element) -> None:
    """Put what the links of marks hold into their places."""
    for child in element:
        _unlink(child)
    element[:] = [
        kept for child in element for kept in (child if _row(child) is not None else [child])
    ]


def _row(element: ElementTree.Element) -> int | None:
    """The place of the row whose mark this is, if it is one."""
    href = element.get("href", "") if element.tag == "a" else ""
    if not href.startswith(MARK):
        return None
    number = href.removeprefix(MARK)
    return int(number) if number.isdecimal() else -1


def marks(
    root: ElementTree.Element, links: Mapping[int, tuple[str, str]]
) -> Markup:
    """What lies over a drawing, unseen, so that a click on a mark leads to what is behind it.

    For the pointer alone: with the keyboard, and for those who do not see the drawing, the same
    links stand in its table.

    Args:
        root: what `clean_svg` returned.
        links: place of a row → (address, what is found there).
    """
    over = ElementTree.Element("svg", {
        "class": "marks", "viewBox": root.get("viewBox", ""), "aria-hidden": "true",
    })
    for mark in root.iter("a"):
        if _row(mark) not in links:
            continue
        href, says = links[_row(mark)]
        link = ElementTree.SubElement(over, "a", {"href": href, "tabindex": "-1"})
        ElementTree.SubElement(link, "title").text = says
        for shape in mark.iter():
            if shape.tag == "path" and "d" in shape.attrib:
                ElementTree.SubElement(link, "path", {"d": " ".join(shape.get("d").split())})
            elif shape.tag == "use":
                ElementTree.SubElement(link, "circle", {
                    "cx": shape.get("x", "0"), "cy": shape.get("y", "0"), "r": str(REACH),
                })
    return Markup(ElementTree.tostring(over, encoding="unicode")) if len(over) else Markup("")


def standalone_svg(root: ElementTree.Element, *, label: str) -> bytes:
    """A cleaned drawing as a file of its own, with its alternative text."""
    copy = ElementTree.fromstring(ElementTree.tostring(root))
    _unlink(copy)
    copy.set("xmlns", _SVG_NAMESPACE)
    copy.set("role", "img")
    copy.set("aria-label", label)
    return ElementTree.tostring(copy, encoding="utf-8") + b"\n"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV: UTF-8, one line feed a row, undefined values empty, flags true or false.

    Spreadsheet programs run a cell that starts like a formula. Such *texts* get an apostrophe in
    front (numbers do not), whatever follows, because `- 1+cmd` runs as well as `-1+cmd`. To get
    the very text back, remove one apostrophe where another, or one of these signs and something
    behind it, follows; the offsets of `sentences.csv` lead to the same text in the source.

    >>> print(csv_bytes(["text", "share"], [["=1+1", -0.5], ["a, b", None]]).decode(), end="")
    text,share
    '=1+1,-0.5
    "a, b",
    """
    lines = (",".join(_cell(value) for value in row) for row in [header, *rows])
    return "".join(f"{line}\n" for line in lines).encode("utf-8", errors="replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    text = f"'{value}" if _FORMULA.match(value) else value
    return '"' + text.replace('"', '""') + '"' if re.search('[,"\r\n]', text) else text


def plain(cell: str) -> str:
    """The text that `csv_bytes` wrote as this cell: without the apostrophe that it put in front.

    >>> plain("'=1+1"), plain("'tis so")
    ('=1+1', "'tis so")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
