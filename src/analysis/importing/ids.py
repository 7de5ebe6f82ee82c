"""Ids of statements, made from what files are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from pathlib import PurePosixPath

from analysis.importing.documents import Document

# Ids stand in names of files and in links; what exceeds this no longer helps to tell them apart.
_MAX_LENGTH = 60
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


def slug(name: str) -> str:
    """A name as an id: lower case, ASCII, words joined by hyphens; "" if nothing is left.

    >>> slug("Ministère de l’Intérieur, 2022")
    'ministere-de-l-interieur-2022'
    """
    folded = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    ascii_only = "".join(c for c in folded if not unicodedata.combining(c))
    text = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    return text[:_MAX_LENGTH].strip("-")


def ids(documents: Sequence[Document], *, taken: Set[str] = frozenset()) -> list[str]:
    """An id for each document: its file's name, or its table's name and its own key or row.

    Args:
        documents: in their order.
        taken: ids that are in use.
    """
    used = set(taken)
    found = []
    width = len(str(max((document.row for document in documents), default=0)))
    for number, document in enumerate(documents, 1):
        base = _base(document, width) or f"document-{number:03d}"
        one, n = base, 1
        while one in used:
            n += 1
            one = f"{base}-{n}"
        used.add(one)
        found.append(one)
    return found


def _base(document: Document, width: int) -> str:
    stem = slug(PurePosixPath(document.original).stem)
    if not document.row:
        return stem
    # Its key in the table, where it has one, stands before the name of the row.
    own = slug(document.keys[0]) if len(document.keys) > 1 else ""
    if own and not own.isdigit():
        return own
    return f"{stem[:40].strip('-') or 'row'}-{own or f'{document.row:0{width}d}'}"
