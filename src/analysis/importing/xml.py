"""XML of office documents, read without entities."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from analysis.importing.reading import Unreadable
from analysis.importing.zipped import Zip

# Deeper than any document's; walking it would recurse too far.
_MAX_DEPTH = 200


def part(file: Zip, name: str) -> Element:
    """The root of one XML part of an office document.

    Raises:
        Unreadable: it is missing, damaged, or declares entities.
    """
    if name not in file:
        raise Unreadable(f"has no {name} in it, so it is no such document; save it again")
    try:
        root = fromstring(file.read(name), forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable(f"declares XML entities in {name}, which no document needs; save it again") from None
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"is damaged: {name} is no sound XML ({error}); save it again") from None
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            raise Unreadable(f"nests {name} more than {_MAX_DEPTH} deep; save it as text")
        level = [child for element in level for child in element]
    return root


def local(tag: object) -> str:
    """A tag or attribute without its namespace; "" for a comment.

    >>> local("{http://www.w3.org/1999/xhtml}p")
    'p'
    """
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name; "" if it is not there."""
    for key, value in element.attrib.items():
        if local(key) == name:
            return value
    return ""
