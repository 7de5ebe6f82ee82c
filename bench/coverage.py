"""How often do the intervals on the pages hold the truth?

    python bench/coverage.py                                       some ten minutes on one core
    python bench/coverage.py --runs 50 --fresh 100 --folder build  a look at it
    python bench/coverage.py --report-only                         docs/coverage.md from the table

Writes docs/coverage.md, to be read, and src/analysis/coverage.csv, from which `inference.certified`
takes where an interval may be printed. Texts are drawn from a model fitted to the shipped study,
so that the truth is known. Same seed, same files.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse, stats

from analysis import corpus, framing, vectors
from analysis.corpus import Corpus
from analysis.inference import Z95, Interval, combine, generator, layout, share_interval
from analysis.likeness import unit_rows

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"

# METHODS: at least 2,000 runs a cell (Monte Carlo error of a coverage of 95 %: 0.5 points), and
# the truth from 5,000 fresh draws.
RUNS, FRESH = 2000, 5000

# Resamples behind each interval. The pages take 2,000; 200 keep the study within minutes, and
# make a standard error 5 % noisier, which costs about 0.2 points of coverage.
REPLICATES = 200

# Layouts that no shipped statement has, in blocks a side.
GRID = (9, 15, 30, 100)

# Shares of sentences that hold a frame: rare, usual and half of them.
SHARES = (0.05, 0.2, 0.5)

# Shares in two texts whose difference is asked for: none at each level, and a large one.
DIFFERENCES = ((0.05, 0.05), (0.2, 0.2), (0.5, 0.5), (0.2, 0.5))

# A cell outside withdraws its interval.
LOWEST, HIGHEST = 0.90, 0.99

# Runs held in memory at a time.
CHUNK = 100


@dataclass(frozen=True)
class Shape:
    """The blocks of one text: how many words, counted words and sentences each has."""

    name: str
    words: np.ndarray
    stems: np.ndarray
    tokens: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class Model:
    """What texts are drawn from.

    Attributes:
        shares: statement → (types,) expected share of each type.
        concentration: of the Dirichlet from which each block draws its own shares.
        weights: (types,) idf.
    """

    shares: dict[str, np.ndarray]
    concentration: float
    weights: np.ndarray


def block_counts(texts: Corpus, matrix: sparse.csr_array) -> dict[str, np.ndarray]:
    """Statement → (blocks × types) counts."""
    keys = list(zip(texts.units["statement_id"], texts.units["block"], strict=True))
    added, order = vectors.add_up(matrix, keys)
    owner = np.array([statement for statement, _ in order])
    return {i: added[np.flatnonzero(owner == i)].toarray() for i in texts.labels}


def fit_words(texts: Corpus, matrix: sparse.csr_array, weights: np.ndarray) -> Model:
    """A hierarchical Dirichlet–multinomial: corpus → statement → block.

    A redraft is not made of a text's own words alone: with f₁ of its N words occurring once, the
    share f₁/N is expected to be other words (Good & Turing). It is drawn from the pooled
    statements, whose own unseen share goes to as many new types as Chao's estimate f₁²/2f₂ adds.
    A commentary draws on the statements and adds nothing to them.
    """
    counts = block_counts(texts, matrix)
    genre = texts.study.statements.set_index("statement_id")["genre"]
    own = [i for i in counts if genre[i] == "statement"]
    pooled = sum(counts[i].sum(axis=0) for i in own)
    new = int(np.ceil((pooled == 1).sum() ** 2 / (2 * (pooled == 2).sum())))
    unseen = (pooled == 1).sum() / pooled.sum()
    base = np.concatenate([(1 - unseen) * pooled / pooled.sum(), np.full(new, unseen / new)])
    shares = {}
    for identifier, blocks in counts.items():
        total = blocks.sum(axis=0)
        unseen = (total == 1).sum() / total.sum()
        known = np.concatenate([total / total.sum(), np.zeros(new)])
        shares[identifier] = (1 - unseen) * known + unseen * base
    rarest = np.log(1 + vectors.baseline(texts.units, texts.study.statements).sum()) + 1
    within = correlation([counts[i] for i in own])
    return Model(
        shares=shares,
        concentration=1 / within - 1,
        weights=np.concatenate([weights, np.full(new, rarest)]),
    )


def correlation(texts: list[np.ndarray]) -> float:
    """By how much likelier are two words of one block the same than two of different blocks?

    ρ = Σ (W − E) / Σ (P − E) over texts: W pairs of equal words within blocks out of P, E of them
    expected from the pairs between blocks. A Dirichlet of concentration 1/ρ − 1 has it.
    """
    excess, room = 0.0, 0.0
    for blocks in texts:
        total, size = blocks.sum(axis=0), blocks.sum(axis=1)
        equal, pairs = (blocks * (blocks - 1)).sum(), (size * (size - 1)).sum()
        between = np.square(total).sum() - np.square(blocks).sum()
        expected = pairs * between / (total.sum() ** 2 - np.square(size).sum())
        excess, room = excess + equal - expected, room + pairs - expected
    return float(excess / room)


def fit_frames(texts: Corpus) -> float:
    """The same for frames: how alike are two sentences of a block in holding a frame?"""
    dictionary = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, dictionary)
    own = vectors.baseline(texts.units, texts.study.statements)
    unlike, expected = 0.0, 0.0
    for category in dictionary.categories:
        hits = np.zeros(len(texts.units))
        hits[matches.loc[matches["category"] == category.id, "row"].to_numpy(dtype=int)] = 1
        table = texts.units.assign(hit=hits)[own]
        for _, part in table.groupby("statement_id"):
            blocks = part.groupby("block")["hit"].agg(["sum", "size"]).to_numpy()
            k, n = blocks[:, 0], blocks[:, 1]
            within = (k * (n - k)).sum()
            between = k.sum() * (n.sum() - k.sum()) - within
            pairs = (n * (n - 1)).sum() / 2
            unlike += within
            expected += pairs * between / ((n.sum() ** 2 - (n**2).sum()) / 2)
    return float(1 - unlike / expected)


def draw(
    shares: np.ndarray, sizes: np.ndarray, concentration: float, runs: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """(runs × blocks × longest) types; the first `sizes` of a block are its words.

    Pólya's urn: the k-th word repeats one of the k − 1 before it with probability
    (k − 1) / (concentration + k − 1), else it is drawn from `shares`. So drawn, a block's words
    are Dirichlet–multinomial.
    """
    cumulated = np.cumsum(shares)
    uniform = rng.random((runs, len(sizes), int(sizes.max())))
    types = np.searchsorted(cumulated, uniform * cumulated[-1], side="right")
    types = np.minimum(types, len(shares) - 1).astype(np.int32)
    rows = np.arange(runs)[:, None], np.arange(len(sizes))[None, :]
    for k in range(1, types.shape[2]):
        again = rng.random((runs, len(sizes))) < k / (concentration + k)
        earlier = rng.integers(0, k, (runs, len(sizes)))
        types[:, :, k] = np.where(again, types[*rows, earlier], types[:, :, k])
    return types


class Cosine:
    """Cosine of sublinear tf–idf of stems."""

    name = "cosine"

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights

    def rows(self, counts: np.ndarray, types: np.ndarray) -> np.ndarray:
        return unit_rows(counts, self.weights[types])

    def value(self, inner: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return inner


class Jaccard:
    """Shared types among all types of two texts."""

    name = "jaccard"

    def rows(self, counts: np.ndarray, types: np.ndarray) -> np.ndarray:
        return (counts > 0).astype(float)

    def value(self, inner: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return inner / (a.sum(axis=-1) + b.sum(axis=-1) - inner)


@dataclass(frozen=True)
class Redrawn:
    """One text of one run: itself, its resamples, and itself without each block."""

    types: np.ndarray
    whole: np.ndarray
    boot: np.ndarray
    jack: np.ndarray


def redrawn(
    types: np.ndarray, sizes: np.ndarray, measure: Cosine | Jaccard, replicates: int,
    rng: np.random.Generator,
) -> Redrawn:
    """Count a drawn text by block, and draw its blocks again as the pages do."""
    valid = np.arange(types.shape[1]) < sizes[:, None]
    block = np.repeat(np.arange(len(sizes)), sizes)
    known, column = np.unique(types[valid], return_inverse=True)
    n, width = len(sizes), len(known)
    counts = np.bincount(block * width + column, minlength=n * width).reshape(n, width)
    counts = counts.astype(float)
    times = rng.multinomial(n, np.full(n, 1 / n), replicates).astype(float)
    total = counts.sum(axis=0)
    return Redrawn(
        types=known,
        whole=measure.rows(total[None, :], known)[0],
        boot=measure.rows(times @ counts, known),
        jack=measure.rows(total - counts, known),
    )


def intervals(
    a: Redrawn, b: Redrawn, measure: Cosine | Jaccard
) -> tuple[float, np.ndarray, np.ndarray]:
    """The statistic, its resamples, and (methods × 2) bounds: normal, percentile, jackknife."""
    _, in_a, in_b = np.intersect1d(a.types, b.types, assume_unique=True, return_indices=True)
    whole_a, whole_b = a.whole[in_a], b.whole[in_b]
    estimate = float(measure.value(whole_a @ whole_b, a.whole, b.whole))
    boot = measure.value(np.einsum("rt,rt->r", a.boot[:, in_a], b.boot[:, in_b]), a.boot, b.boot)
    left_a = measure.value(a.jack[:, in_a] @ whole_b, a.jack, b.whole)
    left_b = measure.value(b.jack[:, in_b] @ whole_a, a.whole, b.jack)
    jack = np.sqrt(sum((len(x) - 1) * x.var() for x in (left_a, left_b)))
    reach = Z95 * np.array([boot.std(ddof=1), jack])
    low, high = np.quantile(boot, [0.025, 0.975])
    return estimate, boot, np.array([
        [estimate - reach[0], estimate + reach[0]], [low, high],
        [estimate - reach[1], estimate + reach[1]],
    ])


#: Methods of `intervals`; the first is what the pages print.
METHODS = ("normal, bootstrap standard error", "percentile", "normal, jackknife standard error")


@dataclass(frozen=True)
class Side:
    """One text of a cell: whose words, in which blocks."""

    name: str
    agenda: str
    shape: Shape


def text_cells(
    pairs: list[tuple[Side, Side]], gaps: list[tuple[int, int]], model: Model,
    measure: Cosine | Jaccard, sizes: str, *, runs: int, fresh: int, seed: int,
) -> Iterator[dict[str, object]]:
    """One row a pair and method, and one a gap between two pairs, given by their places.

    A text is drawn once a run and enters all its pairs so.
    """
    sides = {side.name: side for pair in pairs for side in pair}
    of = {name: getattr(side.shape, sizes) for name, side in sides.items()}

    def texts(purpose: str, n: int) -> Iterator[dict[str, np.ndarray]]:
        rngs = {name: generator(seed, measure.name, purpose, name) for name in sides}
        for start in range(0, n, CHUNK):
            drawn = {
                name: draw(model.shares[side.agenda], of[name], model.concentration,
                           min(CHUNK, n - start), rngs[name])
                for name, side in sides.items()
            }
            for run in range(min(CHUNK, n - start)):
                yield {name: types[run] for name, types in drawn.items()}

    truths = np.zeros(len(pairs))
    every = np.arange(len(model.weights))
    for drawn in texts("truth", fresh):
        rows = {}
        for name, types in drawn.items():
            words = types[np.arange(types.shape[1]) < of[name][:, None]]
            counts = np.bincount(words, minlength=len(every)).astype(float)
            rows[name] = measure.rows(counts[None, :], every)[0]
        for p, (a, b) in enumerate(pairs):
            a, b = rows[a.name], rows[b.name]
            truths[p] += float(measure.value(a @ b, a, b)) / fresh
    bounds = np.empty((runs, len(pairs), len(METHODS), 2))
    between = np.empty((runs, len(gaps), 2))
    rng = generator(seed, measure.name, "resamples")
    for run, drawn in enumerate(texts("runs", runs)):
        own = {n: redrawn(types, of[n], measure, REPLICATES, rng) for n, types in drawn.items()}
        estimates, boots = [], []
        for p, (a, b) in enumerate(pairs):
            estimate, boot, bounds[run, p] = intervals(own[a.name], own[b.name], measure)
            estimates.append(estimate)
            boots.append(boot)
        for g, (p, q) in enumerate(gaps):
            reach = Z95 * (boots[p] - boots[q]).std(ddof=1)
            gap = estimates[p] - estimates[q]
            between[run, g] = gap - reach, gap + reach
    for p, (a, b) in enumerate(pairs):
        for m, method in enumerate(METHODS):
            use = "pages" if m == 0 else "comparison"
            yield cell(measure.name, method, use, (a.shape, b.shape), "", truths[p],
                       bounds[:, p, m])
    for g, (p, q) in enumerate(gaps):
        yield cell("gap", METHODS[0], "pages", (weaker(pairs[p]), weaker(pairs[q])), "",
                   truths[p] - truths[q], between[:, g])


def weaker(pair: tuple[Side, Side]) -> Shape:
    """The layout with fewer effective blocks, under the name of the pair."""
    least = min((side.shape for side in pair), key=lambda s: layout(s.words).effective_blocks)
    return replace(least, name=" and ".join(dict.fromkeys(side.shape.name for side in pair)))


def cell(
    estimator: str, method: str, use: str, sides: tuple[Shape, ...], share: str, truth: float,
    bounds: np.ndarray,
) -> dict[str, object]:
    """Coverage of (runs × 2) bounds, with its Monte Carlo error; width; bias of the midpoints."""
    above, below = bounds[:, 0] > truth, bounds[:, 1] < truth
    coverage = float(1 - (above | below).mean())
    row: dict[str, object] = {
        "estimator": estimator, "method": method, "use": use, "share": share
    }
    for place, side in enumerate(("first", "second")):
        shape = sides[place] if place < len(sides) else None
        own = layout(shape.words) if shape else None
        row |= {
            side: shape.name if shape else "",
            f"{side}_blocks": own.blocks if own else "",
            f"{side}_effective": round(own.effective_blocks, 2) if own else "",
            f"{side}_largest": round(own.largest_block, 4) if own else "",
            f"{side}_words": int(shape.words.sum()) if shape else "",
        }
    return row | {
        "runs": len(bounds),
        "truth": round(truth, 4),
        "coverage": round(coverage, 4),
        "mc_error": round(float(np.sqrt(coverage * (1 - coverage) / len(bounds))), 4),
        "truth_below": round(float(above.mean()), 4),
        "truth_above": round(float(below.mean()), 4),
        "width": round(float((bounds[:, 1] - bounds[:, 0]).mean()), 4),
        "bias": round(float(bounds.mean() - truth), 4),
        "certified": "yes" if LOWEST <= coverage <= HIGHEST else "no",
    }


def percentile(hits: np.ndarray, units: np.ndarray, rng: np.random.Generator) -> Interval:
    """The block bootstrap's 2.5 and 97.5 %; nothing found or all: as `share_interval`."""
    share = hits.sum() / units.sum()
    if share in (0.0, 1.0):
        return share_interval(hits, units, rng=rng)[0]
    weights = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), REPLICATES)
    low, high = np.quantile((weights @ hits) / (weights @ units), [0.025, 0.975])
    return Interval(float(share), float(low), float(high))


def korn_graubard(hits: np.ndarray, units: np.ndarray) -> Interval:
    """Clopper and Pearson's interval with an effective sample size from the linearised variance.

    Source: Korn, E. & Graubard, B. (1998), Survey Methodology 24(2).
    """
    n, blocks = units.sum(), len(units)
    share = hits.sum() / n
    variance = blocks / (blocks - 1) * np.square(hits - share * units).sum() / n**2
    trials = n if variance == 0 else share * (1 - share) / variance
    trials = min(n, trials * (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, blocks - 1)) ** 2)
    x = share * trials
    low = 0.0 if share == 0 else float(stats.beta.ppf(0.025, x, trials - x + 1))
    high = 1.0 if share == 1 else float(stats.beta.ppf(0.975, x + 1, trials - x))
    return Interval(float(share), low, high)


def share_intervals(
    shape: Shape, share: float, within: float, *, copy: str, runs: int, seed: int
) -> dict[str, list[Interval]]:
    """Method → intervals of a share, one a run, of beta-binomial blocks; the pages' first.

    Args:
        shape: the text's blocks.
        share: the truth.
        within: correlation of two sentences of a block.
        copy: name of this text among those of the same shape.
        runs: number of texts.
        seed: of their draws.
    """
    rng = generator(seed, "share", shape.name, str(share), copy)
    strength = 1 / within - 1
    p = rng.beta(share * strength, (1 - share) * strength, (runs, len(shape.units)))
    drawn = rng.binomial(shape.units, p)
    return {
        "Wilson, effective units": [
            share_interval(hits, shape.units, rng=rng, n_boot=REPLICATES)[0] for hits in drawn
        ],
        "percentile": [percentile(hits, shape.units, rng) for hits in drawn],
        "Korn and Graubard": [korn_graubard(hits, shape.units) for hits in drawn],
    }


def bounds_of(found: list[Interval]) -> np.ndarray:
    return np.array([[interval.low, interval.high] for interval in found])


def share_cells(
    known: list[Shape], grid: list[Shape], within: float, *, runs: int, seed: int
) -> Iterator[dict[str, object]]:
    """Shares of each layout, and differences of each two statements and of equal layouts."""
    drawn = {
        (shape.name, share, copy): share_intervals(
            shape, share, within, copy=copy, runs=runs, seed=seed
        )
        for shape in [*known, *grid] for share in SHARES for copy in ("first", "second")
    }
    for shape in [*known, *grid]:
        for share in SHARES:
            by_method = drawn[shape.name, share, "first"]
            for m, (method, found) in enumerate(by_method.items()):
                use = "comparison" if m else "pages"
                yield cell("share", method, use, (shape,), f"{share:g}", share, bounds_of(found))
    pairs = [*combinations(known, 2), *((shape, shape) for shape in grid)]
    for a, b in pairs:
        for one, other in DIFFERENCES:
            firsts, seconds = drawn[a.name, one, "first"], drawn[b.name, other, "second"]
            for m, method in enumerate(firsts):
                bounds = bounds_of([
                    combine([first, second], [-1.0, 1.0])
                    for first, second in zip(firsts[method], seconds[method], strict=True)
                ])
                use = "comparison" if m else "pages"
                yield cell("difference", method, use, (a, b), f"{other:g} − {one:g}",
                           other - one, bounds)


def shapes(texts: Corpus, seen: vectors.Views) -> dict[str, Shape]:
    stems = block_counts(texts, seen.terms.matrix)
    tokens = block_counts(texts, seen.all_words.matrix)
    found = {}
    for identifier, label in texts.labels.items():
        own = texts.units[texts.units["statement_id"] == identifier]
        by = own.groupby("block", sort=False)
        found[identifier] = Shape(
            name=label,
            words=by["words"].sum().to_numpy(),
            stems=stems[identifier].sum(axis=1).astype(int),
            tokens=tokens[identifier].sum(axis=1).astype(int),
            units=by.size().to_numpy(),
        )
    return found


def grid_shape(known: list[Shape], blocks: int) -> Shape:
    """A text of so many blocks: evenly spaced among the statements' blocks in order of length."""
    parts = {f: np.concatenate([getattr(s, f) for s in known])
             for f in ("words", "stems", "tokens", "units")}
    order = np.lexsort((parts["stems"], parts["words"]))
    chosen = order[((np.arange(blocks) + 0.5) * len(order) / blocks).astype(int)]
    return Shape(name=f"{blocks} blocks", **{f: v[chosen] for f, v in parts.items()})


@dataclass(frozen=True)
class Fitted:
    """The shipped study's layouts, and the models fitted to its texts."""

    texts: Corpus
    views: dict[str, sparse.csr_array]
    models: dict[str, Model]
    within: float
    known: dict[str, Shape]


def fitted() -> Fitted:
    texts = corpus.load(str(STUDY))
    seen = vectors.views(texts.units, texts.study.statements)
    views = {"stems": seen.terms.matrix, "tokens": seen.all_words.matrix}
    models = {
        "stems": fit_words(texts, views["stems"], seen.weights),
        "tokens": fit_words(texts, views["tokens"], np.ones(views["tokens"].shape[1])),
    }
    return Fitted(texts, views, models, fit_frames(texts), shapes(texts, seen))


def study(fit: Fitted, *, runs: int, fresh: int, seed: int) -> pd.DataFrame:
    """All cells."""
    genre = fit.texts.study.statements.set_index("statement_id")["genre"]
    known, models = fit.known, fit.models
    own = [i for i in known if genre[i] == "statement"]
    grid = [grid_shape([known[i] for i in own], n) for n in GRID]
    longest = sorted(own, key=lambda i: -known[i].words.sum())[:3]
    pairs = [*combinations([Side(i, i, shape) for i, shape in known.items()], 2)]
    shipped = [p for p, pair in enumerate(pairs) if all(side.agenda in own for side in pair)]
    gaps = [*combinations(shipped, 2)]
    for shape in grid:
        first, second, third = (Side(f"{shape.name}, {i}", i, shape) for i in longest)
        gaps.append((len(pairs), len(pairs) + 1))
        pairs += [(first, second), (first, third)]
    options = {"runs": runs, "fresh": fresh, "seed": seed}
    cosine, jaccard = Cosine(models["stems"].weights), Jaccard()
    return pd.DataFrame([
        *text_cells(pairs, gaps, models["stems"], cosine, "stems", **options),
        *text_cells(pairs, [], models["tokens"], jaccard, "tokens", **options),
        *share_cells(list(known.values()), grid, fit.within, runs=runs, seed=seed),
    ])


def fit_table(fit: Fitted, seed: int) -> pd.DataFrame:
    """Does the model write texts of as many different words as the real ones?"""
    rows = []
    for name, model in fit.models.items():
        counts = block_counts(fit.texts, fit.views[name])
        for identifier, shape in fit.known.items():
            sizes = getattr(shape, name)
            drawn = draw(model.shares[identifier], sizes, model.concentration, CHUNK,
                         generator(seed, "fit", name, identifier))
            valid = np.arange(drawn.shape[2]) < sizes[:, None]
            types = [len(np.unique(text[valid])) for text in drawn]
            rows.append({
                "text": shape.name,
                "counted": {"stems": "stems without function words", "tokens": "all words"}[name],
                "words": int(sizes.sum()),
                "types": int((counts[identifier].sum(axis=0) > 0).sum()),
                "types drawn": f"{np.mean(types):.0f}",
            })
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame) -> str:
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


def readable(cells: pd.DataFrame, *, estimator: bool = False) -> pd.DataFrame:
    """Every cell, the layouts in one column each."""
    def side(name: str) -> pd.Series:
        return cells[name] + " (" + cells[f"{name}_effective"].astype(str) + ")"

    return pd.DataFrame({
        **({"estimator": cells["estimator"]} if estimator else {}),
        "method": cells["method"],
        "first text (effective blocks)": side("first"),
        **({"second text (effective blocks)": side("second")} if (cells["second"] != "").any()
           else {}),
        **({"share": cells["share"]} if (cells["share"] != "").any() else {}),
        "truth": cells["truth"],
        "coverage, %": (100 * cells["coverage"]).map("{:.1f}".format),
        "± Monte Carlo": (100 * cells["mc_error"]).map("{:.1f}".format),
        "truth below, %": (100 * cells["truth_below"]).map("{:.1f}".format),
        "truth above, %": (100 * cells["truth_above"]).map("{:.1f}".format),
        "width": cells["width"].map("{:.3f}".format),
        "bias": cells["bias"].map("{:+.3f}".format),
        "in 90–99 %": cells["certified"],
    })


TITLES = {
    "cosine": "Cosine of two texts (sublinear tf–idf of stems)",
    "gap": "Difference of two pairs' cosines (effective blocks: of each pair's weaker text)",
    "jaccard": "Jaccard of two texts (all words)",
    "share": "Share of sentences that hold a frame",
    "difference": "Difference of two texts' shares, second minus first",
}


def report(cells: pd.DataFrame, fit: Fitted, seed: int) -> str:
    """docs/coverage.md."""
    printed = cells[cells["use"] == "pages"]
    parts = [
        INTRODUCTION.format(
            runs=cells["runs"].iloc[0], replicates=REPLICATES, within=fit.within,
            **{name: model.concentration for name, model in fit.models.items()},
        ).strip(),
        markdown(fit_table(fit, seed)),
        "## Withdrawn",
        "Cells of the printed methods outside 90–99 %:",
        markdown(readable(printed[printed["certified"] == "no"], estimator=True)),
    ]
    for estimator, title in TITLES.items():
        own = cells[cells["estimator"] == estimator]
        used = own[own["use"] == "pages"]
        kept = int((used["certified"] == "yes").sum())
        parts += [
            f"## {title}",
            f"Printed on the pages: {used['method'].iloc[0]}; {kept} of {len(used)} cells "
            "lie within 90–99 %. The other methods stand for comparison.",
            markdown(readable(own)),
        ]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
# Do the intervals hold what they promise?

Written by `bench/coverage.py`, with the table `src/analysis/coverage.csv` that the pages read: an
interval is printed where every cell of its layout covers the truth in 90 to 99 % of the runs, and
withdrawn where one does not (differences of shares: the cells between which the greater share
lies). A layout between two studied ones needs both, a larger one the largest. Below 15 effective
blocks nothing is printed unless certified here.

**Truth.** The expected value of the same statistic over redraftings of the same length: the mean
over fresh draws from the model. It is not the likeness of two policies, nor that of infinitely
long texts, which are more alike.

**Model.** Hierarchical Dirichlet–multinomial, fitted to the shipped study. A statement's expected
shares of words are its own, less the unseen share f₁/N (Good & Turing) that goes to the pooled
statements' words, and of these a part to words that no text holds (Chao). Each block draws its
own shares around them, with the concentration that makes two words of a block as often equal as
they are: {stems:.0f} for stems, {tokens:.0f} for all words.
Idf stays as in the study. Frames: beta-binomial blocks; two sentences of one block agree in a frame
with correlation {within:.2f}, pooled over the dictionary's frames. Numbers and lengths of blocks
are those of the layout in every run.

**Layouts.** The five shipped texts, and 9, 15, 30 and 100 blocks on both sides: blocks of the
statements, evenly spaced in order of length (words of the three longest statements, the longest
against both others).

**Not in it.** Errors of coding and of idf, lists whose items depend on each other, shares below
5 %, differences of groups, the choice of the pair that comes first among all. A layout
is certified for texts like these. Where both statements hold a frame rarely, the interval of the
difference is too wide rather than too narrow, and is withdrawn all the same.

{runs} runs a cell, {replicates} resamples an interval (the pages: 2,000). *Truth below* and
*truth above*: runs whose whole interval lay above, or below, the truth. *Bias*: mean midpoint
minus truth.

## How the model's texts compare

Different words in the text, and on average in texts drawn from the model.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--fresh", type=int, default=FRESH)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="write both files there, not to their places")
    parser.add_argument("--report-only", action="store_true", help="only write the text again")
    given = parser.parse_args()
    fit = fitted()
    text, table = ROOT / "docs" / "coverage.md", ROOT / "src" / "analysis" / "coverage.csv"
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        text, table = given.folder / text.name, given.folder / table.name
    if not given.report_only:
        cells = study(fit, runs=given.runs, fresh=given.fresh, seed=given.seed)
        cells.to_csv(table, index=False, lineterminator="\n")
    cells = pd.read_csv(table, keep_default_na=False, dtype={"share": str})
    text.write_text(report(cells, fit, given.seed), "utf-8")


if __name__ == "__main__":
    main()
