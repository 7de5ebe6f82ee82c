"""RTF → text."""

from __future__ import annotations

import re

from analysis.importing.reading import Fact, Reading, Unreadable, tidy

_TITLE = re.compile(rb"\{\\title ([^{}\\]{1,300})\}")


def read(data: bytes) -> Reading:
    """What does an RTF file say?

    Raises:
        Unreadable: it is none, or cannot be read.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("is no RTF file, whatever its name says; rename it to what it is")
    try:
        text = rtf_to_text(data.decode("latin-1"), errors="replace")
    except (ValueError, LookupError, IndexError, RecursionError, OverflowError) as error:
        raise Unreadable(f"is a damaged RTF file ({type(error).__name__}); save it again") from None
    paragraphs = [" ".join(line.split()) for line in text.split("\n")]
    facts = {}
    title = _TITLE.search(data[:20_000])
    if title:
        facts["title"] = Fact(title[1].decode("latin-1").strip(), "the document's title property")
    notes = ("some characters could not be decoded (�)",) if "�" in text else ()
    return Reading(tidy("\n\n".join(filter(None, paragraphs))), facts, notes)
