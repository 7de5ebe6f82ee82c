"""How fast are texts parted into blocks and sentences with offsets, on one core and on all?

    python bench/speed_segment.py [--prose FOLDER]
"""

from __future__ import annotations

import re

import timing
from timing import Way

from analysis import segments, workers


def ours(texts: list[tuple[str, str, str]], jobs: int):
    def run() -> int:
        step = max(1, len(texts) // (4 * jobs))
        tasks = [(texts[i:i + step],) for i in range(0, len(texts), step)]
        done = workers.done(segments.part, tasks, jobs=jobs)
        return sum(len(columns["sentences"]["text"]) for _, columns in done)

    return lambda: run


def punkt(texts: list[str]):
    """NLTK's sentence splitter on each paragraph: no kinds of block, no lists."""
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    tokenizer = PunktSentenceTokenizer()
    return lambda: sum(
        len(list(tokenizer.span_tokenize(part))) for text in texts for part in text.split("\n\n")
    )


def floor(texts: list[str]):
    """Every character looked at once by a regular expression."""
    pattern = re.compile(r"[^.!?]*[.!?]+")
    return lambda: sum(1 for text in texts for _ in pattern.finditer(text))


def main() -> None:
    given = timing.arguments(__doc__)
    for which, texts in timing.inputs(given.prose, megabytes=12).items():
        named = [(f"s{i}", text, "en") for i, text in enumerate(texts)]
        timing.compare(
            "text → blocks → sentences", which, sum(map(len, texts)) / 1e6, "MB",
            {
                "ours, all cores": Way(ours(named, workers.cores()), wall=True),
                "ours, one core": Way(ours(named, 1)),
                "NLTK's Punkt on paragraphs": Way(lambda texts=texts: punkt(texts)),
                "floor: a regular expression": Way(lambda texts=texts: floor(texts)),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
