"""The reader's own comparison: tables like those of the declared contrasts, and so marked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import commitments, tables
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.inference import (
    Interval,
    Layout,
    combine,
    difference_shortfall,
    generator,
    holm,
    layout,
    share_interval,
)
from analysis.own_sides import EXAMPLE
from analysis.permutation import cohens_h, difference_p
from analysis.plural import counted
from analysis.sides import Sides, passages
from analysis.tables import Column

SELECTION = {
    "side": Column("side"),
    "asked": Column("as asked for"),
    "statement": Column("statement"),
    "passages": Column("passages", "count"),
    "of_passages": Column("of", "count"),
    "sentences": Column("sentences", "count"),
    "words": Column("words", "count"),
}

SHARES = {
    "frame": Column("frame"),
    "share_a": Column("A", "percent"),
    "share_b": Column("B", "percent"),
    "difference": Column("A minus B, points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "h": Column("Cohen's h", "number"),
    "p": Column("p by permuted passages", "number"),
    "p_holm": Column("p, adjusted (Holm)", "number"),
    "reading": Column("reading"),
    "n_a": Column("sentences with it, A", "count"),
    "n_b": Column("B", "count"),
    "mean_a": Column("mean over statements, A", "percent"),
    "mean_b": Column("B", "percent"),
    "why_no_interval": Column("why no interval"),
}

FIRMNESS = {
    "reading": Column("counted"),
    "share_a": Column("share of decisions, A", "percent"),
    "share_b": Column("B", "percent"),
    "difference": Column("A minus B, points", "points"),
    "low": Column("95 % from", "points"),
    "high": Column("to", "points"),
    "verdict": Column("reading"),
    "n_a": Column("counted in A", "count"),
    **{f"level_{n}_a": Column(f"{name}, A", "count") for n, name in enumerate(commitments.LEVELS)},
    "n_b": Column("counted in B", "count"),
    **{f"level_{n}_b": Column(f"{name}, B", "count") for n, name in enumerate(commitments.LEVELS)},
    "why_no_interval": Column("why no interval"),
}

# As for the declared comparisons: a p of .05 is known to ± .01.
PERMUTATIONS = 1_999

NAMING = {
    "list": Column("what is named"),
    "name": Column("named as"),
    "n_a": Column("times in A", "count"),
    "n_b": Column("in B", "count"),
    "per_1000_a": Column("per 1,000 words, A", "number"),
    "per_1000_b": Column("B", "number"),
}


def selection(corpus: Corpus, own: list[Sides]) -> pd.DataFrame:
    """What stands on either side: passages, sentences and words of each statement."""
    units, block = corpus.units, passages(corpus)
    rows = []
    for sides in own:
        for side, label, mask in (("A", sides.a_label, sides.a), ("B", sides.b_label, sides.b)):
            for identifier in sides.statements(corpus, mask):
                whole = (units["statement_id"] == identifier).to_numpy()
                chosen = whole & mask
                rows.append(
                    {
                        "side": side,
                        "asked": label,
                        "statement": corpus.labels[identifier],
                        "passages": block[chosen].nunique(),
                        "of_passages": block[whole].nunique(),
                        "sentences": int(chosen.sum()),
                        "words": int(units["words"][chosen].sum()),
                        "evidence": units["sentence_id"][chosen].tolist(),
                    }
                )
    return tables.result(rows, columns=SELECTION, made_by="analysis.own_contrast.selection")


def frame_shares(
    corpus: Corpus,
    own: list[Sides],
    frames: Dictionary,
    matches: pd.DataFrame,
    *,
    seed: int,
    n_boot: int,
) -> pd.DataFrame:
    """Which frames do the two sides use, and how far apart do they lie?

    share = sentences of the side with the frame / its sentences; difference A minus B, bounds from
    those of the sides (`inference.combine`), which redraw passages. Beside them the mean of the
    shares of the side's statements, each statement weighing the same. p deals out the passages of
    both sides (`permutation.difference_p`), adjusted for the number of frames (Holm); it does not
    know how many comparisons were looked at before this one.

    Args:
        corpus: the statements in units.
        own: what `own_sides.read` returned.
        frames: the dictionary of frames.
        matches: `row` and `category` of each match of a frame.
        seed: of the resamples.
        n_boot: number of resamples.

    Returns:
        One row a frame; evidence: the sentences with it on both sides. Texts in another language
        than the dictionary's are left out; no rows where a side has no other.
    """
    units, rows = corpus.units, []
    for sides in own:
        masks = [mask & _spoken(corpus, frames) for mask in (sides.a, sides.b)]
        if not all(mask.any() for mask in masks):
            continue
        hits = np.zeros((len(units), len(frames.categories)), dtype=bool)
        for column, frame in enumerate(frames.categories):
            own_rows = matches.loc[matches["category"] == frame.id, "row"]
            hits[own_rows.to_numpy(dtype=int), column] = True
        shapes = [_shape(corpus, mask) for mask in masks]
        p = _permuted(units, hits, masks, seed)
        for column, frame in enumerate(frames.categories):
            hit = hits[:, column]
            shares = [
                _share(units[mask], hit[mask], generator(seed, "own", frame.id, side), n_boot)
                for side, mask in zip("AB", masks, strict=True)
            ]
            difference, why = _difference(shares, shapes)
            rows.append(
                {
                    "frame": frame.label,
                    "share_a": shares[0].estimate,
                    "share_b": shares[1].estimate,
                    "difference": difference.estimate,
                    "low": difference.low,
                    "high": difference.high,
                    "h": cohens_h(shares[1].estimate, shares[0].estimate),
                    "p": float(p[column]),
                    "reading": _reading(difference),
                    "n_a": int((hit & masks[0]).sum()),
                    "n_b": int((hit & masks[1]).sum()),
                    **{
                        f"mean_{side}": float(
                            pd.Series(hit[mask]).groupby(
                                units["statement_id"][mask].to_numpy()).mean().mean()
                        ) for side, mask in zip("ab", masks, strict=True)
                    },
                    "why_no_interval": why,
                    "evidence": units["sentence_id"][hit & (masks[0] | masks[1])].tolist(),
                }
            )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]) if rows else [], strict=True):
        row["p_holm"] = adjusted
    return tables.result(rows, columns=SHARES, made_by="analysis.own_contrast.frame_shares")


def _spoken(corpus: Corpus, frames: Dictionary) -> np.ndarray:
    """(units,) whether a unit is in a language of the dictionary's."""
    language = corpus.study.statements.set_index("statement_id")["language"]
    speaks = {i: frames.speaks(language[i]) for i in corpus.labels}
    return corpus.units["statement_id"].map(speaks).to_numpy(dtype=bool)


def _shape(corpus: Corpus, mask: np.ndarray, *, lists: bool = False) -> Layout:
    """How much independent text a side offers, by passages or by whole lists."""
    units = corpus.units[mask]
    root = commitments.outermost(corpus) if lists else {}
    block = [
        (key[0], root.get(key, key[1]))
        for key in zip(units["statement_id"], units["block"], strict=True)
    ]
    words = units.groupby(pd.factorize(pd.Series(block, index=units.index))[0])["words"].sum()
    return layout(words.to_numpy(), estimator="share")


def _difference(shares: list[Interval], shapes: list[Layout]) -> tuple[Interval, str]:
    """A minus B with its bounds, or without them and the reason."""
    why = "; ".join(
        f"{side}: {shape.shortfall}" for side, shape in zip("AB", shapes, strict=True)
        if shape.shortfall
    )
    why = why or difference_shortfall(
        [shapes[0]], [shapes[1]], (shares[0].estimate, shares[1].estimate)
    )
    difference = combine(shares, [1.0, -1.0])
    if why:
        difference = Interval(difference.estimate, float("nan"), float("nan"))
    return difference, why


def _permuted(
    units: pd.DataFrame, hits: np.ndarray, masks: list[np.ndarray], seed: int
) -> np.ndarray:
    """(frames,) p of dealing out the passages of both sides."""
    counted, sizes, owner = [], [], []
    for side, mask in enumerate(masks):
        block = units[mask].groupby(["statement_id", "block"], sort=False).ngroup().to_numpy()
        sizes.append(np.bincount(block))
        counted.append(np.zeros((len(sizes[-1]), hits.shape[1])))
        np.add.at(counted[-1], block, hits[mask])
        owner.append(np.full(len(sizes[-1]), side))
    return difference_p(
        np.concatenate(counted), np.concatenate(sizes), np.concatenate(owner),
        np.array([1.0, -1.0]), rng=generator(seed, "own", "permuted"), permutations=PERMUTATIONS,
    )


def _share(
    units: pd.DataFrame, hits: np.ndarray, rng: np.random.Generator, n_boot: int
) -> Interval:
    by = units.assign(hit=hits).groupby(["statement_id", "block"])["hit"].agg(["sum", "size"])
    return share_interval(by["sum"].to_numpy(), by["size"].to_numpy(), rng=rng, n_boot=n_boot)[0]


def _reading(difference: Interval) -> str:
    if np.isnan(difference.low):
        return "insufficient evidence"
    return "more in A" if difference.low > 0 else "more in B" if difference.high < 0 else \
        "inconclusive"


def firmness(
    corpus: Corpus, own: list[Sides], levels: pd.DataFrame, *, seed: int, n_boot: int
) -> pd.DataFrame:
    """How firmly does either side bind itself, in the four readings of `commitments`?

    share = pieces of level 3 / pieces of the side; difference A minus B as in `frame_shares`. A
    list that stands on both sides is a piece on each, with what stands there.

    Args:
        corpus: the statements in units.
        own: what `own_sides.read` returned.
        levels: what `commitments.read` returned.
        seed: of the resamples.
        n_boot: number of resamples, which redraw passages (whole lists in that reading).

    Returns:
        One row a reading, none where a side has no text in the language of the rules; evidence:
        the decisions of both sides.
    """
    rows = []
    for sides in own:
        for reading, called in commitments.READINGS.items():
            parts = [
                commitments.pieces(
                    corpus, levels.assign(level=levels["level"].where(mask)), reading=reading
                )
                for mask in (sides.a, sides.b)
            ]
            if any(part.empty for part in parts):
                continue
            shares = [
                _share(part, (part["level"] == commitments.DECISION).to_numpy(),
                       generator(seed, "own", reading, side), n_boot)
                for side, part in zip("AB", parts, strict=True)
            ]
            difference, why = _difference(
                shares,
                [_shape(corpus, mask, lists=reading == "list") for mask in (sides.a, sides.b)],
            )
            row = {
                "reading": called,
                "share_a": shares[0].estimate,
                "share_b": shares[1].estimate,
                "difference": difference.estimate,
                "low": difference.low,
                "high": difference.high,
                "verdict": _reading(difference),
                "why_no_interval": why,
                "evidence": list(dict.fromkeys(
                    i for part in parts
                    for i in part["sentence_id"][part["level"] == commitments.DECISION]
                )),
            }
            for side, part in zip("ab", parts, strict=True):
                counts = part["level"].value_counts()
                row[f"n_{side}"] = len(part)
                row |= {
                    f"level_{n}_{side}": int(counts.get(n, 0))
                    for n in range(len(commitments.LEVELS))
                }
            rows.append(row)
    return tables.result(rows, columns=FIRMNESS, made_by="analysis.own_contrast.firmness")


def firmness_reading(table: pd.DataFrame) -> list[str]:
    """Which side decides more, and whether the readings agree, in words."""
    if table.empty:
        return ["No side has a text in the language of the rules for commitments."]
    shares = "; ".join(
        f"{row.reading} {100 * row.share_a:.0f} and {100 * row.share_b:.0f} %"
        for row in table.itertuples()
    )
    signs = {np.sign(value) for value in table["difference"]}
    agree = "All readings point the same way." if len(signs) == 1 else (
        "The readings do not point the same way: layout decides."
    )
    beyond = int(table["verdict"].isin(["more in A", "more in B"]).sum())
    return [
        f"Share of decisions in A and B: {shares}. {agree} Beyond its 95 % interval in {beyond} of "
        f"{len(table)} readings ({int(table['low'].isna().sum())} without one, for insufficient "
        "evidence)."
    ]


def naming(corpus: Corpus, own: list[Sides], found: pd.DataFrame) -> pd.DataFrame:
    """How often does either side use each name of wording.yaml? Descriptive.

    Args:
        corpus: the statements in units.
        own: what `own_sides.read` returned.
        found: `list`, `name` and `row` of each occurrence of a name.

    Returns:
        One row a name that occurs on a side; evidence: the sentences.
    """
    units, rows = corpus.units, []
    place = found["row"].to_numpy(dtype=int)
    for sides in own:
        words = [int(units["words"][mask].sum()) for mask in (sides.a, sides.b)]
        for names in corpus.study.wording.naming:
            for name in names.classes:
                chosen = ((found["list"] == names.id) & (found["name"] == name.id)).to_numpy()
                n = [int(mask[place[chosen]].sum()) for mask in (sides.a, sides.b)]
                at = place[chosen][(sides.a | sides.b)[place[chosen]]]
                if len(at):
                    rows.append(
                        {
                            "list": names.label,
                            "name": name.label,
                            "n_a": n[0],
                            "n_b": n[1],
                            "per_1000_a": 1000 * n[0] / words[0],
                            "per_1000_b": 1000 * n[1] / words[1],
                            "evidence": units["sentence_id"].iloc[sorted(set(at))].tolist(),
                        }
                    )
    return tables.result(rows, columns=NAMING, made_by="analysis.own_contrast.naming")


def reading(corpus: Corpus, own: list[Sides], shares: pd.DataFrame) -> list[str]:
    """What is compared, how far it can be told apart, and what it may not be taken for."""
    if not own:
        return [
            "No comparison of your own is asked for. Set contrast, such as "
            f"contrast = \"{EXAMPLE}\"; how it is written is said above."
        ]
    said = []
    for sides in own:
        sizes = " and ".join(
            f"{side} {counted(mask.sum(), 'sentence')} of "
            f"{counted(len(sides.statements(corpus, mask)), 'text')}"
            for side, mask in (("A", sides.a), ("B", sides.b))
        )
        said.append(
            f"{sides.label}: {sizes}. A comparison chosen while reading shows where to look; it is "
            "no finding, and its intervals do not know how many others were tried. Where a side "
            "was picked by a word, that word and frames that it carries differ by construction."
        )
    for word in ("more in A", "more in B"):
        chosen = shares[shares["reading"] == word]
        if len(chosen):
            said.append(f"{word[0].upper()}{word[1:]}: " + ", ".join(
                f"{row.frame} ({tables.formatted(row.difference, 'points')} points)"
                for row in chosen.itertuples()
            ) + ".")
    if shares.empty:
        said.append("Frames are withheld: a side has no text in the language of their dictionary.")
    withheld = shares[shares["reading"] == "insufficient evidence"]
    if len(withheld):
        said.append(
            f"No interval for {len(withheld)} of {len(shares)} frames: insufficient evidence "
            f"({withheld['why_no_interval'].iloc[0]})."
        )
    return said
