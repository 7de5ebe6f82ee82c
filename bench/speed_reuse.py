"""How fast is wording found that texts share, over four million words?

    python bench/speed_reuse.py [--prose FOLDER]

difflib and rapidfuzz compare two texts at a time: they are given `PAIRS` pairs, and their seconds
are multiplied up to all pairs.
"""

from __future__ import annotations

import difflib

import numpy as np
import timing
from timing import Way

from analysis import alignment, word_arrays

MILLIONS, PAIRS, SHORTEST = 4, 20, 5


def stream(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Words as numbers, and the text of each; about `MILLIONS` million of them."""
    found = word_arrays.read_words(texts)
    most = MILLIONS * 1_000_000
    return found.type[:most], found.text[:most]


def ours(types, texts):
    return lambda: alignment.exact_runs(types, texts, texts, min_run=SHORTEST)


def by_difflib(words: list[list[int]]):
    def run() -> None:
        for a, b in zip(words[::2], words[1::2], strict=True):
            difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()

    return run


def by_rapidfuzz(words: list[list[int]]):
    from rapidfuzz.distance import Indel

    def run() -> None:
        for a, b in zip(words[::2], words[1::2], strict=True):
            Indel.opcodes(a, b)

    return run


def main() -> None:
    given = timing.arguments(__doc__)
    for which, texts in timing.inputs(given.prose, megabytes=27).items():
        types, of = stream(texts)
        n = int(of[-1]) + 1
        pairs = min(PAIRS, n // 2)
        draw = np.random.default_rng(1).permutation(n)[:2 * pairs]
        words = [types[of == text].tolist() for text in draw]
        scale = n * (n - 1) / 2 / pairs
        timing.compare(
            f"shared wording of {len(types) / 1e6:.1f} million words in {n:,} texts", which,
            len(types) / 1e6, "",
            {
                "ours, all pairs": Way(lambda types=types, of=of: ours(types, of)),
                "difflib, all pairs (from a sample)": Way(
                    lambda words=words: by_difflib(words), scale=scale),
                "rapidfuzz, all pairs (from a sample)": Way(
                    lambda words=words: by_rapidfuzz(words), needs="rapidfuzz", scale=scale),
                "floor: one sort of the windows": Way(
                    lambda types=types: lambda: np.sort(alignment._hashes(types, SHORTEST))),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
