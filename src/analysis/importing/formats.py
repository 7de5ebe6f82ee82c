"""A file → the reader for it, by what it is rather than by what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import PurePosixPath

from analysis.importing.decoding import decode
from analysis.importing.reading import Reading, Unreadable

# Suffix → the module in this folder that reads it; imported when the first such file is met.
_MODULES = {
    ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
    ".xhtml": "html", ".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".odt": "odt",
    ".rtf": "rtf",
}
_PLAIN = (".txt", ".text", "")
KNOWN = (*sorted(_MODULES), ".txt")
# What people have and what they can do about it.
_OTHERS = {
    ".doc": "is an old Word file; save it as .docx",
    ".dot": "is an old Word file; save it as .docx",
    ".xls": "is an old Excel file; save it as .xlsx or .csv",
    ".ods": "is an OpenDocument spreadsheet; save it as .xlsx or .csv",
    ".ppt": "is a presentation; save it as PDF",
    ".pptx": "is a presentation; save it as PDF",
    ".odp": "is a presentation; save it as PDF",
    ".pages": "is a Pages file; export it as .docx or PDF",
    ".epub": "is an e-book; convert it to HTML or text",
    ".mobi": "is an e-book; convert it to HTML or text",
    ".eml": "is an e-mail; save its text as .txt",
    ".msg": "is an e-mail; save its text as .txt",
    ".xml": "is XML of no known kind; save its text as .txt, or a table as .csv",
    ".tex": "is LaTeX source; give the PDF",
    ".json": "is JSON; write one object a line and call it .jsonl",
    ".7z": "is a packed file; unpack it, or pack it as .zip",
    ".rar": "is a packed file; unpack it, or pack it as .zip",
    ".gz": "is a packed file; unpack it, or pack it as .zip",
    ".tar": "is a packed file; unpack it, or pack it as .zip",
    ".tgz": "is a packed file; unpack it, or pack it as .zip",
    **dict.fromkeys(
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".heic"),
        "is an image; run text recognition on it first (OCR)",
    ),
    **dict.fromkeys((".mp3", ".mp4", ".wav", ".m4a", ".mov"), "is a recording; give a transcript"),
}


def read(name: str, data: bytes) -> Reading:
    """What does a document say?

    Args:
        name: the file's name; its suffix matters where the bytes do not tell.
        data: its bytes.

    Raises:
        Unreadable: it has no text, or is in no format that is read here.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if not data:
        raise Unreadable("is empty, 0 bytes; get it again, or remove it")
    kind = _sniffed(data) or suffix
    if kind in _MODULES:
        read_it: Callable[[bytes], Reading] = import_module(f"analysis.importing.{_MODULES[kind]}").read
        reading = read_it(data)
        if suffix in _MODULES and _MODULES[kind] != _MODULES[suffix] or suffix in _PLAIN:
            reading = replace(reading, notes=(*reading.notes, f"is {kind[1:].upper()}, whatever its name says"))
    elif kind in _PLAIN:
        reading = _plain(data)
    else:
        raise Unreadable(
            _OTHERS.get(kind, f"is in a format that is not read ({kind}); save it as one of "
                              f"{', '.join(KNOWN)}")
        )
    if not any(map(str.isalnum, reading.text)):
        raise Unreadable("has no word in it; add its text, or remove it")
    return reading


def _plain(data: bytes) -> Reading:
    text, assumed = decode(data)
    return Reading(text, {}, (assumed,) if assumed else ())


def _sniffed(data: bytes) -> str:
    """The suffix that a file's first bytes call for; "" if they do not tell."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return ".pdf"
    if start.startswith(b"{\\rtf"):
        return ".rtf"
    if data.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
            return ".odt"
        if b"word/document.xml" in data:
            return ".docx"
        return ""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return ".doc"
    if start[:15].lower().startswith((b"<!doctype html", b"<html")):
        return ".html"
    return ""
