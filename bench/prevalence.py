"""How often do intervals of corrected shares hold the truth?

    python bench/prevalence.py               about four minutes on one core
    python bench/prevalence.py --runs 200 --folder build   a look at it

Writes docs/prevalence.md, to be read, and src/analysis/prevalence.csv, from which
`rectify.shortfall` takes where an interval may be printed. Corpora are made up: which sentences
hold a frame is known, the method errs at known rates, blocks are coded whole, and half of the
coded ones are kept for measuring error, in the numbers of the shipped study. Same seed, same files.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis import coding, corpus
from analysis.agreement import f1_interval
from analysis.halves import clusters
from analysis.inference import Interval, generator
from analysis.rectify import Sample, difference_estimate, rogan_gladen

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"

# METHODS: at least 2,000 runs a cell (Monte Carlo error of a coverage of 95 %: 0.5 points).
RUNS = 2000

# Shares of sentences that hold a frame, as in bench/coverage.py.
SHARES = (0.05, 0.2, 0.5)

# Sensitivity and specificity: a very good, a usual and a poor dictionary.
ERRORS = ((0.95, 0.99), (0.85, 0.95), (0.7, 0.9))

# Correlation of frames, and of errors, within a block: that of the shipped frames is near .1.
WITHIN = 0.1

# Blocks of single texts with as many kept for measuring error: a quarter each way, as shipped.
GRID = (5, 8, 12, 20, 40, 100)

LOWEST, HIGHEST = 0.90, 0.99

COLUMNS = (
    "estimator", "layout", "blocks", "kept", "share", "sensitivity", "specificity", "runs", "given",
    "coverage", "mc_error", "width", "bias", "raw_bias", "certified",
)


@dataclass(frozen=True)
class Text:
    """Root blocks of a text: sentences of each, and how many are coded in either half."""

    sizes: np.ndarray
    development: int
    kept: int


def shipped() -> dict[str, list[Text]]:
    """Layouts of the shipped study: each statement, each group, all statements."""
    texts = corpus.load(str(STUDY))
    coded, numbers = coding.own(texts), clusters(texts)
    of = {}
    for identifier, label in texts.labels.items():
        own = (texts.units["statement_id"] == identifier).to_numpy()
        halves = coded[coded["statement_id"] == identifier].groupby("half")["cluster"].nunique()
        of[identifier] = label, Text(
            np.unique(numbers[own], return_counts=True)[1],
            int(halves.get("development", 0)), int(halves.get("correction", 0)),
        )
    layouts = {label: [text] for label, text in of.values()}
    genre = texts.study.statements.set_index("statement_id")["genre"]
    for group in texts.study.groups.values():
        if len(group.statements) > 1:
            layouts[f"{group.label} together"] = [of[i][1] for i in group.statements]
    layouts["all statements"] = [text for i, (_, text) in of.items() if genre[i] == "statement"]
    return layouts


def grid(sizes: np.ndarray) -> dict[str, list[Text]]:
    """Texts of 4m blocks, evenly spread over the shipped sizes, m of them kept."""
    made = {}
    for m in GRID:
        places = np.linspace(0, len(sizes) - 1, 4 * m).round().astype(int)
        made[f"{4 * m} blocks"] = [Text(np.sort(sizes)[places], m, m)]
    return made


def beta_binomial(n: np.ndarray, p: float, rng: np.random.Generator) -> np.ndarray:
    """Counts of n with mean p, correlated by `WITHIN` inside each."""
    scale = 1 / WITHIN - 1
    return rng.binomial(n, rng.beta(p * scale, (1 - p) * scale, n.shape))


def draw(text: Text, share: float, sensitivity: float, specificity: float, rng) -> tuple:
    """Truth and finding of each sentence, its block, and 0 not coded, 1 seen, 2 kept."""
    held = beta_binomial(text.sizes, share, rng)
    missed = beta_binomial(held, 1 - sensitivity, rng)
    wrong = beta_binomial(text.sizes - held, 1 - specificity, rng)
    block = np.repeat(np.arange(len(text.sizes)), text.sizes)
    place = np.arange(len(block)) - np.repeat(np.cumsum(text.sizes) - text.sizes, text.sizes)
    truth = place < held[block]
    found = (truth & (place >= missed[block])) | (~truth & (place < (held + wrong)[block]))
    role = np.zeros(len(text.sizes), dtype=int)
    role[: text.development] = 1
    role[text.development : text.development + text.kept] = 2
    return truth, found, block, rng.permutation(role)[block]


def estimates(texts: list[Text], share: float, errors: tuple, rng) -> tuple[float, float, dict]:
    """The true share, the share found, and the interval of each estimator."""
    truths, raws, known, parts, start, units = [], [], [], [], 0, 0
    for text in texts:
        truth, found, block, role = draw(text, share, *errors, rng)
        n, kept = len(truth), role == 2
        rest = int((role != 1).sum())
        truths.append(truth.mean())
        raws.append(found.mean())
        known.append((truth[role == 1].sum() + found[role != 1].sum()) / n)
        weights = np.full(kept.sum(), rest / n / max(1, kept.sum()) / len(texts))
        parts.append((truth[kept], found[kept], weights, block[kept] + start, rest))
        start += len(text.sizes)
        units += n
    truth, found, weights, block, rest = zip(*parts, strict=True)
    truth, found, weights, block = map(np.concatenate, (truth, found, weights, block))
    sample = Sample(truth.astype(float) - found, weights, block, sum(rest))
    return float(np.mean(truths)), float(np.mean(raws)), {
        "difference": difference_estimate(float(np.mean(known)), sample),
        "rogan_gladen": rogan_gladen(
            float(np.mean(raws)), truth, found, block, units=units
        )[0],
    }


def cell(name: str, texts: list[Text], share: float, errors: tuple, runs: int) -> list[dict]:
    """Coverage of both estimators in one layout, at one share and one pair of error rates."""
    rng = generator(1, "prevalence", name, str(share), str(errors))
    held: dict[str, list] = {"difference": [], "rogan_gladen": []}
    raw_bias = []
    for _ in range(runs):
        truth, raw, found = estimates(texts, share, errors, rng)
        raw_bias.append(raw - truth)
        for estimator, interval in found.items():
            if not np.isnan(interval.low):
                held[estimator].append(
                    (interval.low - 1e-9 <= truth <= interval.high + 1e-9,
                     interval.high - interval.low, interval.estimate - truth)
                )
    rows = []
    for estimator, values in held.items():
        hit, width, bias = np.array(values, dtype=float).reshape(-1, 3).T
        n = len(hit)
        coverage = hit.mean() if n else np.nan
        enough = n >= runs / 10
        rows.append(
            {
                "estimator": estimator,
                "layout": name,
                "blocks": sum(len(text.sizes) for text in texts),
                "kept": sum(text.kept for text in texts),
                "share": share,
                "sensitivity": errors[0],
                "specificity": errors[1],
                "runs": runs,
                "given": n,
                "coverage": f"{coverage:.4f}" if enough else "",
                "mc_error": f"{np.sqrt(coverage * (1 - coverage) / n):.4f}" if enough else "",
                "width": f"{width.mean():.3f}" if enough else "",
                "bias": f"{bias.mean():.4f}" if enough else "",
                "raw_bias": f"{np.mean(raw_bias):.4f}",
                "certified": ("yes" if LOWEST <= coverage <= HIGHEST else "no") if enough else "",
            }
        )
    return rows


def f1_cells(runs: int) -> list[str]:
    """Coverage of the interval of F1, for the page that prints it."""
    lines = []
    for blocks, share in ((18, 0.2), (18, 0.5), (40, 0.2), (100, 0.2)):
        for errors in ERRORS:
            rng = generator(1, "f1", str(blocks), str(share), str(errors))
            text = Text(np.full(blocks, 4), 0, blocks)
            tp, fn = share * errors[0], share * (1 - errors[0])
            fp = (1 - share) * (1 - errors[1])
            target, hits, given = 2 * tp / (2 * tp + fn + fp), 0, 0
            for _ in range(runs):
                truth, found, block, _ = draw(text, share, *errors, rng)
                if truth.sum() < 10:
                    continue
                one: Interval = f1_interval(truth, found, block, rng=rng, n_boot=200)
                given += 1
                hits += one.low - 1e-9 <= target <= one.high + 1e-9
            lines.append(
                f"| {blocks} | {share:.0%} | {errors[0]:.2f} | {errors[1]:.2f} | {target:.3f} | "
                f"{given} | {hits / given:.3f} |" if given else ""
            )
    return [line for line in lines if line]


HEAD = """# Do the intervals of corrected shares hold the truth?

Made by `bench/prevalence.py`; not written by hand. A frame's share is counted by a method that
errs. Half of the coded blocks say how often (`correction`), the other half's codes enter as they
are (`development`). Corpora are made up: each sentence's truth is known, truth and errors are
correlated within blocks ({within}), and blocks are coded and dealt to the halves at random, in
the numbers of the shipped study and of a grid. The truth is the share in the whole text.

The estimator's one free number, how much of one more error is added to the variance
(`rectify.LEAST_ERRORS`), was tuned in this simulation; nothing else was.

A layout outside {low:.0%} to {high:.0%} in any cell has its intervals withdrawn, at any share:
the true error rates are not known. Too wide counts as failing, too.
`given`: runs in which there was an interval (Rogan and Gladen's is refused in the others; cells
with fewer than a tenth of the runs are not judged).

"""


def report(rows: list[dict], f1_lines: list[str]) -> str:
    lines = [HEAD.format(within=WITHIN, low=LOWEST, high=HIGHEST)]
    verdict: dict[tuple, list[dict]] = {}
    for row in rows:
        verdict.setdefault((row["estimator"], row["layout"], row["kept"]), []).append(row)
    lines += [
        "## By layout\n",
        "| estimator | layout | blocks kept | lowest coverage | highest | interval |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for (estimator, layout, n), cells in verdict.items():
        known = [float(c["coverage"]) for c in cells if c["coverage"]]
        judged = {c["certified"] for c in cells} - {""}
        given = "not judged" if not judged else "given" if judged == {"yes"} else "withdrawn"
        span = f"{min(known):.3f} | {max(known):.3f}" if known else "– | –"
        lines.append(f"| {estimator} | {layout} | {n} | {span} | {given} |")
    lines += [
        "\n## Every cell\n",
        "| " + " | ".join(COLUMNS) + " |",
        "| " + " | ".join("---" for _ in COLUMNS) + " |",
    ]
    lines += ["| " + " | ".join(str(row[c]) for c in COLUMNS) + " |" for row in rows]
    lines += [
        "\n## F1\n",
        "The interval of F1 printed on the validation page, in blocks of four sentences; runs with "
        "fewer than ten coded sentences have none.\n",
        "| blocks | share | sensitivity | specificity | F1 | runs | coverage |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |", *f1_lines,
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--folder", type=Path, help="write both files here instead")
    options = parser.parse_args()
    layouts = shipped()
    sizes = np.concatenate([text.sizes for text in layouts["all statements"]])
    layouts |= grid(sizes)
    rows = [
        row for name, texts in layouts.items() for share in SHARES for errors in ERRORS
        for row in cell(name, texts, share, errors, options.runs)
    ]
    table = options.folder / "prevalence.csv" if options.folder else (
        ROOT / "src" / "analysis" / "prevalence.csv"
    )
    page = options.folder / "prevalence.md" if options.folder else ROOT / "docs" / "prevalence.md"
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    page.write_text(report(rows, f1_cells(options.runs // 4)), "utf-8")


if __name__ == "__main__":
    main()
