"""How long does it take to read how strongly a sentence binds?

    python bench/speed_commitments.py [--prose FOLDER]

No peer does this; the comparison is with the same rules, each tried on each sentence.
"""

from __future__ import annotations

import timing
from timing import Way

from analysis import commitment_rules, segments
from analysis.commitment_patterns import plain


def ours(sentences: list[str]):
    rules = commitment_rules.default()
    return lambda: [commitment_rules.judge(rules, sentence) for sentence in sentences]


def each_rule(sentences: list[str]):
    rules = [rule.match.pattern for rule in commitment_rules.default().rules]
    return lambda: [[r.search(low) for r in rules] for low in map(plain, sentences)]


def main() -> None:
    given = timing.arguments(__doc__)
    for which, texts in timing.inputs(given.prose, megabytes=1).items():
        named = [(f"s{i}", text, "en") for i, text in enumerate(texts)]
        sentences = segments.part(named)["sentences"]["text"]
        timing.compare(
            "strength of commitments", which, sum(map(len, sentences)) / 1e6, "MB",
            {
                "ours": Way(lambda sentences=sentences: ours(sentences)),
                "every rule on every sentence": Way(
                    lambda sentences=sentences: each_rule(sentences)),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
