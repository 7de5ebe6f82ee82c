"""Texts to measure on: real prose from a folder of documentation, and the study's sentences drawn
again and again.

Resampled sentences have few types, which flatters every pass that works on types; so each pass is
measured on both. The real corpus is whatever English prose a folder holds (plain text, Markdown,
reStructuredText, HTML, compressed or not); the packages `anarchism`, `debian-handbook`,
`debian-history`, `debian-policy` and `harden-doc` of Debian hold about 25 MB of it.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from pathlib import Path

import numpy as np

#: Where Debian keeps its documentation.
DEFAULT = "/usr/share/doc"

_SUFFIXES = (".txt", ".md", ".rst", ".html", ".htm")
_HIDDEN = re.compile(r"(?is)<(script|style|head|pre)\b.*?</\1>|<!--.*?-->")
_BLOCK = re.compile(r"(?i)</?(?:p|div|h\d|li|ul|ol|dl|dt|dd|tr|table|blockquote|br|hr)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
# In English about one word in twenty is "the": a tenth of that still tells prose from listings and
# from other languages.
_PROSE = 1 / 200
# Shorter files are notices.
_SHORTEST = 2_000


def real(folder: Path, *, most: int) -> list[str]:
    """English prose below a folder, one text a file, in order of path, about `most` characters.

    Copies are taken once; a folder with less gives less.
    """
    texts, seen, total = [], set(), 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        if not path.name.removesuffix(".gz").endswith(_SUFFIXES):
            continue
        text = _text(path)
        mark = hashlib.sha256(re.sub(r"\W", "", text).encode()).digest()
        if mark in seen or len(text) < _SHORTEST:
            continue
        if len(re.findall(r"\bthe\b", text)) < _PROSE * text.count(" "):
            continue
        seen.add(mark)
        texts.append(text)
        total += len(text)
        if total >= most:
            break
    return texts


def _text(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    text = data.decode("utf-8", "replace")
    if ".htm" in path.name:
        text = _BLOCK.sub("\n\n", _HIDDEN.sub("", text))
        text = html.unescape(_TAG.sub("", text))
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text


def resampled(sentences: list[str], *, texts: int, words: int, seed: int) -> list[str]:
    """Texts of about so many words, each sentence drawn from the given ones."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(sentence.split()) for sentence in sentences])
    each = int(np.ceil(words / lengths.mean()))
    drawn = rng.integers(len(sentences), size=(texts, each))
    return ["\n\n".join(sentences[i] for i in row) + "\n" for row in drawn.tolist()]
