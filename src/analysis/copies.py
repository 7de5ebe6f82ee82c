"""Which texts are copies of one another, or nearly?"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

# Words in a row; the length at which Broder's resemblance tells a copy from a text of one genre.
_LENGTH = 5
# Two drafts of one text share half of their sequences or more; two releases of one ministry with a
# shared last paragraph a quarter.
NEAR = 0.5
# A sequence in more texts than this is a formula of the genre and tells no copies apart.
_MAX_TEXTS = 50
_WORD = re.compile(r"\w+")


class Pair(NamedTuple):
    """Two texts that share much: their names, and the share of five-word sequences in both."""

    a: str
    b: str
    share: float


def alike(texts: Mapping[str, str], *, least: float = NEAR) -> list[Pair]:
    """Which texts share much of their wording, word for word?

    The share is |A ∩ B| / |A ∪ B| over the sets of five-word sequences of each (case and
    punctuation aside); texts of fewer than five words share all or nothing.

    Args:
        texts: name → text.
        least: pairs below this share are left out.

    Returns:
        Pairs, the most alike first, then in the order of the texts.

    Source: Broder, A. (1997), On the resemblance and containment of documents, SEQUENCES '97.

    >>> [pair.share for pair in alike({"a": "one two three", "b": "One, two, three!", "c": "four"})]
    [1.0]
    """
    from scipy import sparse

    names = list(texts)
    rows = [_sequences(text) for text in texts.values()]
    sizes = np.array([len(row) for row in rows])
    if not sizes.sum():
        return []
    values, columns = np.unique(np.concatenate(rows), return_inverse=True)
    place = np.repeat(np.arange(len(names)), sizes)
    matrix = sparse.csr_matrix(
        (np.ones(len(place), dtype=np.int32), (place, columns)), shape=(len(names), len(values))
    )
    common = np.asarray(matrix.sum(axis=0)).ravel() > max(_MAX_TEXTS, 2)
    told = matrix[:, ~common] if len(names) > _MAX_TEXTS else matrix
    shared = sparse.triu(told @ told.T, k=1).tocoo()
    pairs = []
    for a, b, count in zip(shared.row, shared.col, shared.data, strict=True):
        share = float(count) / float(sizes[a] + sizes[b] - count)
        if share >= least:
            pairs.append((share, int(a), int(b)))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    return [Pair(names[a], names[b], share) for share, a, b in pairs]


def sets(pairs: list[Pair]) -> list[list[str]]:
    """Pairs put together: texts that hang together by them, in order of first mention."""
    of: dict[str, list[str]] = {}
    for pair in pairs:
        one, other = of.setdefault(pair.a, [pair.a]), of.setdefault(pair.b, [pair.b])
        if one is not other:
            one += other
            of.update(dict.fromkeys(other, one))
    unique: dict[int, list[str]] = defaultdict(list)
    for found in of.values():
        unique[id(found)] = found
    return list(unique.values())


def _sequences(text: str) -> np.ndarray:
    words = _WORD.findall(text.lower())
    length = min(_LENGTH, len(words))
    if not length:
        return np.empty(0, dtype=np.uint32)
    found = {
        zlib.crc32(" ".join(words[i : i + length]).encode("utf-8"))
        for i in range(len(words) - length + 1)
    }
    return np.fromiter(found, dtype=np.uint32, count=len(found))
