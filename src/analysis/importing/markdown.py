"""Markdown → text, by way of HTML; what stands in front of it between `---` lines are facts."""

from __future__ import annotations

import re
from dataclasses import replace

from analysis.importing import html
from analysis.importing.decoding import decode
from analysis.importing.reading import Fact, Reading
from analysis.safe_yaml import YamlFile

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# Beyond this it is no list of a few facts.
_MAX_FRONT = 20_000
_FACTS = {
    "title": "title", "date": "date", "issuer": "issuer", "author": "issuer",
    "publisher": "issuer", "language": "language", "lang": "language", "source_url": "source_url",
    "url": "source_url",
}


def read(data: bytes) -> Reading:
    """What does a Markdown file say?

    Raises:
        Unreadable: it is no text.
    """
    import mistune

    source, assumed = decode(data)
    notes = [assumed] if assumed else []
    facts: dict[str, Fact] = {}
    front = _FRONT.match(source[:_MAX_FRONT])
    if front:
        head = YamlFile(front[1], "front matter")
        source = source[front.end():]
        if isinstance(head.value, dict) and not head.faults:
            for key, value in head.value.items():
                name = _FACTS.get(key.lower())
                if name and isinstance(value, str | int | float):
                    facts.setdefault(name, Fact(str(value).strip(), "the file's front matter"))
        else:
            notes.append("its front matter (between --- lines) is no sound YAML and was not read")
    rendered = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(source)
    page = html.read_source(f"<body>{rendered}</body>", notes=tuple(notes))
    return replace(page, facts={**page.facts, **facts})
