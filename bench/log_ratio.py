"""How often does the interval of a word's log ratio hold the truth? Prints the table of log_ratio.md.

Two populations of passages: those of the bilateral and those of the multilateral statements of the
shipped study. Truth: the log ratio of the populations. Each run draws passages of both, with
replacement, and asks `keyness` for its interval of every word that it would give one.
"""

import numpy as np
from scipy import sparse, stats

from analysis import contingency, corpus, keyness, sides

RUNS, N_BOOT = 500, 400


def main() -> None:
    texts = corpus.load("channel-2015-2024")
    compared = sides.compared(texts)[1]
    words = keyness.tokens.tokenise(texts.units)
    counted = keyness._count(texts, compared, words)
    a, b, n_a, n_b = counted.sums()
    truth = contingency.log_ratio(a, b, n_a, n_b)
    both = (a > 0) & (b > 0)
    print("passages a side | times on the rarer side | intervals | coverage")
    for n in (20, 30, 60):
        rng = np.random.default_rng(n)
        hits = {}
        for _ in range(RUNS):
            first = rng.integers(0, counted.first, n)
            second = rng.integers(counted.first, len(counted.sizes), n)
            drawn = np.concatenate([first, second])
            sample = keyness._Counted(
                sparse.csr_array(counted.matrix[drawn][:, both]), n, counted.words[both],
                counted.sizes[drawn], counted.prior[both],
            )
            matrix = sample.matrix.toarray()
            errors, why = keyness._errors(sample, sample.matrix, rng=rng, n_boot=N_BOOT)
            if why:
                continue
            x, y, n_x, n_y = sample.sums()
            held = np.minimum((matrix[:n] > 0).sum(axis=0), (matrix[n:] > 0).sum(axis=0))
            given = held >= keyness.MIN_PASSAGES
            missed = np.abs(contingency.log_ratio(x, y, n_x, n_y) - truth[both])
            held_truth = missed <= stats.t.ppf(0.975, n - 1) * errors
            for rare, ok in zip(np.minimum(x, y)[given], held_truth[given], strict=True):
                level = "5 to 9" if rare < 10 else "10 to 19" if rare < 20 else "20 and more"
                hits.setdefault(level, []).append(ok)
        for level in ("5 to 9", "10 to 19", "20 and more"):
            if level in hits:
                print(f"{n} | {level} | {len(hits[level]):,} | {100 * np.mean(hits[level]):.1f} %")


if __name__ == "__main__":
    main()
