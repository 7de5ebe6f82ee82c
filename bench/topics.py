"""Are planted topics found and counted, and is shuffled text called noise?

    python bench/topics.py                     half an hour on one core; kept runs are not redone
    python bench/topics.py --seeds 2           a look at it
    python bench/topics.py --report-only       docs/topics.md from the runs

Keeps one row a run in bench/topics.csv and writes docs/topics.md. Corpora are drawn from Dirichlet
topics, so that the truth is known; the seed of a run is its number.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import kept

from analysis import topic_blocks, topic_choice, topic_model, topic_stability
from analysis.topic_blocks import Blocks

ROOT = Path(__file__).resolve().parent.parent
RUNS, PAGE = ROOT / "bench" / "topics.csv", ROOT / "docs" / "topics.md"

# The corpora: words, words a block, concentration of topics over words and of blocks over topics.
# Blocks of 60 words are paragraphs; a topic has some 20 to 40 words, a block one or two topics.
VOCABULARY, LENGTH, OF_WORDS, OF_TOPICS = 300, 60, 0.05, 0.1

# A topic has signal if it makes up as much of the corpus as two blocks of forty.
SIGNAL = 2 / 40

FIELDS = ("what", "n_topics", "n_blocks", "seed", "kind", "value", "detail", "seconds", "megabytes")


def planted(n_topics: int, n_blocks: int, *, seed: int) -> tuple[Blocks, np.ndarray, np.ndarray]:
    """Blocks of four statements, the topics' probabilities of words, and their parts of it all."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.full(VOCABULARY, OF_WORDS), n_topics)
    shares = rng.dirichlet(np.full(n_topics, OF_TOPICS), n_blocks)
    counts = np.array([rng.multinomial(LENGTH, share @ truth) for share in shares], dtype=float)
    known = np.flatnonzero((counts > 0).sum(axis=0) >= 2)
    statements = np.sort(np.resize(list("abcd"), n_blocks))
    return topic_blocks.from_counts(counts[:, known], statements), truth[:, known], shares.mean(0)


def noise(n_topics: int, n_blocks: int, *, seed: int) -> Blocks:
    """The same with its words shuffled."""
    blocks, _, _ = planted(n_topics, n_blocks, seed=seed)
    mixed = topic_stability.shuffled(blocks.counts, np.random.default_rng(seed + 10_000))
    return topic_blocks.from_counts(mixed, blocks.statements)


def recovered(n_topics: int, n_blocks: int, seed: int, kind: str) -> tuple[float, str]:
    """The least cosine of a planted topic with signal, fitted with the true number."""
    blocks, truth, part = planted(n_topics, n_blocks, seed=seed)
    model = topic_model.fit(blocks, n_topics=n_topics, kind=kind)
    cosines = topic_model.matched(truth, model.words)
    strong = part >= min(SIGNAL, 0.5 / n_topics)
    return float(cosines[strong].min()), f"{int(strong.sum())} of {n_topics} with signal"


def chosen(n_topics: int, n_blocks: int, seed: int, kind: str) -> tuple[float, str]:
    """The number of topics that the rule picks."""
    blocks, _, _ = planted(n_topics, n_blocks, seed=seed)
    choice = topic_choice.choose(blocks, seed=seed, kind=kind)
    row = choice.table.set_index("n_topics").loc[choice.picked]
    return choice.picked, f"{row['n_above']} above the line, " + (
        "supported" if row["supported"] else "not supported"
    )


def badges(n_topics: int, n_blocks: int, seed: int, kind: str) -> tuple[float, str]:
    """The part of the topics of shuffled words that are called unstable, at the rule's number."""
    blocks = noise(n_topics, n_blocks, seed=seed)
    choice = topic_choice.choose(blocks, seed=seed, kind=kind)
    model = topic_model.fit(blocks, n_topics=choice.n_topics, kind=kind)
    found = topic_stability.stability(blocks, model, seed=seed, tried=choice.tried)
    unstable = [standing != topic_stability.ABOVE for standing in found.standings]
    return float(np.mean(unstable)), (
        f"{found.n_above} of {len(unstable)} above the line, "
        + ("supported" if found.supported else "not supported")
    )


MEASURES: dict[str, Callable[[int, int, int, str], tuple[float, str]]] = {
    "recovered": recovered, "chosen": chosen, "badges": badges,
}

#: What is measured, on how many planted topics and blocks, by which model, in how many seeds.
PLAN = (
    ("chosen", 5, 5000, "nmf", 10),
    ("chosen", 20, 5000, "nmf", 20),
    ("recovered", 5, 40, "nmf", 20),
    ("recovered", 5, 40, "lda", 20),
    ("recovered", 5, 5000, "nmf", 10),
    ("recovered", 20, 5000, "nmf", 10),
    ("chosen", 5, 40, "nmf", 10),
    ("badges", 5, 40, "nmf", 10),
    ("chosen", 8, 300, "nmf", 5),
    ("badges", 8, 300, "nmf", 5),
    ("badges", 2, 700, "nmf", 10),
    ("chosen", 5, 1000, "nmf", 10),
    ("chosen", 20, 1000, "nmf", 10),
    ("badges", 5, 1000, "nmf", 10),
    ("recovered", 5, 5000, "lda", 3),
    ("recovered", 20, 5000, "lda", 3),
    ("badges", 5, 5000, "nmf", 3),
)


def run(seeds: int) -> None:
    """Make every run of the plan that is not kept yet; first seeds first."""
    done = {tuple(row[name] for name in FIELDS[:5]) for row in kept.read(RUNS, FIELDS)}
    for seed in range(seeds):
        for what, n_topics, n_blocks, kind, most in PLAN:
            key = (what, str(n_topics), str(n_blocks), str(seed), kind)
            if seed >= most or key in done:
                continue
            before = time.process_time()
            value, detail = MEASURES[what](n_topics, n_blocks, seed, kind)
            seconds = time.process_time() - before
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            kept.add(
                RUNS, [*key, f"{value:.4g}", detail, f"{seconds:.1f}", f"{memory:.0f}"]
            )
            print(*key, value, detail, f"{seconds:.1f} s", flush=True)


def report() -> str:
    """docs/topics.md from the runs."""
    rows = kept.read(RUNS, FIELDS)
    lines = [
        "| what | topics | blocks | model | seeds | result | processor seconds a run |",
        "|---|---:|---:|---|---:|---|---:|",
    ]
    for what, n_topics, n_blocks, kind, _ in PLAN:
        own = [r for r in rows if [r["what"], r["n_topics"], r["n_blocks"], r["kind"]]
               == [what, str(n_topics), str(n_blocks), kind]]
        if own:
            values = np.array([float(r["value"]) for r in own])
            seconds = np.median([float(r["seconds"]) for r in own])
            lines.append(
                f"| {what} | {n_topics} | {n_blocks:,} | {topic_model.NAMES[kind]} | {len(own)} | "
                f"{_result(what, n_topics, values, own)} | {seconds:.1f} |"
            )
    most = max((float(r["megabytes"]) for r in rows), default=float("nan"))
    return HEAD + "\n".join(lines) + f"\n\nMost memory of any run: {most:,.0f} MB.\n"


def _result(what: str, n_topics: int, values: np.ndarray, rows: list[dict[str, str]]) -> str:
    if what == "recovered":
        good = (values >= 0.9).sum()
        return (f"least cosine of a topic with signal: median {np.median(values):.3f}, worst "
                f"{values.min():.3f}; ≥ .9 in {good} of {len(values)}")
    if what == "chosen":
        near = (abs(values - n_topics) <= 1).sum()
        counts = ", ".join(f"{int(n)} ({(values == n).sum()})" for n in np.unique(values))
        return f"within ± 1 in {near} of {len(values)}; picked (times): {counts}"
    claimed = sum("not supported" not in row["detail"] for row in rows)
    return (f"unstable: {100 * values.mean():.0f} % of topics; ≥ 80 % in "
            f"{(values >= 0.8).sum()} of {len(values)}; structure claimed in {claimed}")


HEAD = f"""# Topics: what was planted, and what was found

Written by `python bench/topics.py` from the runs in `bench/topics.csv`; not by hand.

Corpora of four statements: {VOCABULARY} words, blocks of {LENGTH} words, topics drawn from a
Dirichlet distribution of {OF_WORDS} over words, blocks from one of {OF_TOPICS} over topics.

- *recovered*: fitted with the true number of topics; the cosine of each planted topic with its
  match. A topic has signal if it makes up at least {100 * SIGNAL:.0f} % of the corpus, or half of
  its equal share where there are many.
- *chosen*: the number that the rule picks, nothing being told.
- *badges*: the same corpora with their words shuffled; the rule picks a number, and the topics of
  it are judged as on the page.

What this does not show: real texts are not drawn from a Dirichlet distribution. Words come in
bursts, and topics follow statements; a planted corpus is easier than any of them.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="seeds at most (default 20)")
    parser.add_argument("--report-only", action="store_true", help="only write docs/topics.md")
    given = parser.parse_args()
    if not given.report_only:
        run(given.seeds)
    PAGE.write_text(report(), "utf-8")


if __name__ == "__main__":
    main()
