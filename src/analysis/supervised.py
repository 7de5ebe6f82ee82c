"""Would a model that learns from coded sentences find frames better than the dictionary?

It learns from the development half of the study's own coded sentences alone; what it says of these
very sentences is always said by a model that has not seen their root block.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from analysis import tables, vectors
from analysis.agreement import f1
from analysis.coding import MIN_POSITIVES, coded_with_frames, holds
from analysis.corpus import Corpus
from analysis.dictionary import Dictionary
from analysis.halves import clusters, refuse_correction
from analysis.tables import Column

# Weights of fit against shrinkage (scikit-learn's C), a factor of ten apart: with some seventy
# sentences nothing finer can be told apart.
STRENGTHS = (0.1, 1.0, 10.0)

# Parts of the cross-validation: outer ones for judging, inner ones for choosing the strength.
OUTER, INNER = 5, 4

COMPARISON = {
    "frame": Column("frame"),
    "half": Column("sentences"),
    "n_coded": Column("coded with it", "count"),
    "dictionary": Column("F1 of the dictionary", "number"),
    "model": Column("F1 of the model", "number"),
    "difference": Column("model minus dictionary", "number"),
    "error": Column("its standard error", "number"),
    "used": Column("used for this frame"),
}

DISAGREEMENTS = {
    "sentence": Column("sentence", "marked"),
    "frame": Column("frame"),
    "dictionary": Column("dictionary finds it", "flag"),
    "model": Column("model finds it", "flag"),
    "coded": Column("coded with it", "flag"),
    "half": Column("half"),
}


@dataclass(frozen=True)
class Found:
    """Which units hold which frames, by each method.

    Attributes:
        frames: ids of the frames, in the dictionary's order.
        dictionary: (units × frames) by the dictionary.
        model: (units × frames) by the model; false where none could be learnt. A unit whose root
            block was learnt from is read by a model that did not learn from that block.
        learnt: (frames,) whether a model could be learnt.
        chosen: (frames,) whether the model is used in the dictionary's place.
    """

    frames: tuple[str, ...]
    dictionary: np.ndarray
    model: np.ndarray
    learnt: np.ndarray
    chosen: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """(units × frames) by the method used for each frame."""
        return np.where(self.chosen, self.model, self.dictionary)

    def method(self, frame: str) -> str:
        """`dictionary` or `model`."""
        return "model" if self.chosen[self.frames.index(frame)] else "dictionary"


def find(
    corpus: Corpus, dictionary: Dictionary, matches: pd.DataFrame, coded: pd.DataFrame
) -> Found:
    """Which units hold which frames, by the dictionary, by a learnt model, and by the better one?

    Logistic regression with a quadratic penalty, one a frame, on stems and character 3–5-grams
    (tf–idf, rows of length 1) and on whether the dictionary finds each frame; classes weigh the
    same. Nested cross-validation by root block: the outer parts are predicted by models whose
    strength the inner parts chose. The dictionary is used unless the model's F1 on the
    development half is higher by more than one standard error. That favours the dictionary,
    whose words were chosen in view of these sentences, and is meant to: a word list can be read.

    Args:
        corpus: the statements in units.
        dictionary: the frames.
        matches: what `framing.frame_matches` returned.
        coded: what `coding.own` returned.

    Source: one-standard-error rule: Breiman, L. et al. (1984), Classification and Regression
    Trees, Wadsworth, section 3.4.3; nested cross-validation: Varma, S. & Simon, R. (2006), BMC
    Bioinformatics 7:91.
    """
    frames = tuple(category.id for category in dictionary.categories)
    by_dictionary = np.zeros((len(corpus.units), len(frames)), dtype=bool)
    for column, frame in enumerate(frames):
        rows = matches.loc[matches["category"] == frame, "row"].to_numpy(dtype=int)
        by_dictionary[rows, column] = True
    by_model = np.zeros_like(by_dictionary)
    learnt, chosen = np.zeros((2, len(frames)), dtype=bool)
    seen = _development(coded)
    targets = {
        column: holds(seen, frame) for column, frame in enumerate(frames)
        if _enough(holds(seen, frame))
    }
    if targets and seen["cluster"].nunique() >= OUTER:
        refuse_correction(corpus, seen["unit"])
        numbers = clusters(corpus)
        part = _parts(corpus, numbers, seen["unit"].to_numpy())
        scores = _scores(_features(corpus, by_dictionary), seen["unit"].to_numpy(), part, targets)
        for column, values in scores.items():
            by_model[:, column] = values > 0
            learnt[column] = True
            difference, error = gain(
                targets[column],
                by_dictionary[seen["unit"], column],
                by_model[seen["unit"], column],
                seen["cluster"].to_numpy(),
            )
            chosen[column] = difference > error
    return Found(frames, by_dictionary, by_model, learnt, chosen)


def used_matches(corpus: Corpus, matches: pd.DataFrame, found: Found) -> pd.DataFrame:
    """The dictionary's matches, and for frames where a model is used one a sentence it finds.

    Args:
        corpus: the statements in units.
        matches: what `framing.frame_matches` returned.
        found: what `find` returned.

    Returns:
        The columns of `matches`; a sentence found without a word of the dictionary has the term
        "learnt model" and no place in it (start = end = 0).
    """
    parts = [matches]
    for column in np.flatnonzero(found.chosen):
        frame = found.frames[column]
        own = matches["category"] == frame
        rows = np.flatnonzero(found.model[:, column])
        parts[0] = parts[0][~own.reindex(parts[0].index) | parts[0]["row"].isin(rows)]
        new = rows[~np.isin(rows, matches.loc[own, "row"])]
        parts.append(
            pd.DataFrame(
                {
                    "sentence_id": corpus.units["sentence_id"].iloc[new], "row": new,
                    "category": frame, "term": "learnt model", "start": 0, "end": 0,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else matches


def spans_of(matches: pd.DataFrame, frame: str) -> dict[int, list[tuple[int, int]]]:
    """Unit → where in its text a frame's words stand.

    Args:
        matches: what `framing.frame_matches` returned.
        frame: id of the frame.
    """
    own = matches[matches["category"] == frame]
    spans: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(own["row"], own["start"], own["end"], strict=True):
        spans.setdefault(row, []).append((start, end))
    return spans


def _development(coded: pd.DataFrame) -> pd.DataFrame:
    """One row a unit of the development half whose frames were coded."""
    seen = coded_with_frames(coded)
    seen = seen[(seen["half"] == "development") & (seen["unit"] >= 0)]
    return seen.drop_duplicates("unit").reset_index(drop=True)


def _enough(truth: np.ndarray) -> bool:
    return min(truth.sum(), (~truth).sum()) >= MIN_POSITIVES


def _parts(corpus: Corpus, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(units,) outer part of each unit whose root block is learnt from, −1 for all others.

    Blocks are dealt out in the order of their names' SHA-256, so that parts are of equal size
    and depend on nothing else.
    """
    first = {int(numbers[row]): row for row in sorted(rows.tolist(), reverse=True)}
    identifiers = corpus.units["sentence_id"]
    order = sorted(
        first, key=lambda n: hashlib.sha256(identifiers.iloc[first[n]].encode()).hexdigest()
    )
    part = {number: place % OUTER for place, number in enumerate(order)}
    return np.array([part.get(number, -1) for number in numbers.tolist()])


def _features(corpus: Corpus, by_dictionary: np.ndarray) -> sparse.csr_array:
    """(units × features), each of the three kinds weighing the same."""
    read = vectors.views(corpus.units, corpus.study.statements, drop_stop_words=False)
    stems = vectors.unit_length(vectors.weigh(read.terms.matrix, read.weights))
    grams = vectors.unit_length(vectors.weigh(read.characters.matrix, read.character_weights))
    flags = np.column_stack([by_dictionary, np.ones(len(by_dictionary))])
    return sparse.hstack([stems, grams, sparse.csr_array(flags)]).tocsr()


def _scores(
    features: sparse.csr_array,
    rows: np.ndarray,
    part: np.ndarray,
    targets: dict[int, np.ndarray],
) -> dict[int, np.ndarray]:
    """Column → (units,) score, above 0 where the frame is found."""
    # A penalised fit lies in the span of the rows it learns from: their products hold all of it.
    learnt_from = features[rows]
    products = (learnt_from @ learnt_from.T).toarray()
    found = {}
    with threadpool_limits(limits=1):
        values, axes = np.linalg.eigh(products)
        kept = values > 1e-9 * values.max()
        axes = axes[:, kept] / np.sqrt(values[kept])
        own = products @ axes
        every = (features @ learnt_from.T).toarray() @ axes
        for column, truth in targets.items():
            score = every @ _chosen_fit(own, truth, part[rows])
            for number in range(OUTER):
                left = part[rows] != number
                weights = _chosen_fit(own[left], truth[left], part[rows][left])
                score[part == number] = every[part == number] @ weights
            found[column] = score
    return found


def _chosen_fit(x: np.ndarray, truth: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Weights at the strength whose inner cross-validation has the highest F1, ties to less."""
    names = np.unique(part)
    folds = [names[i::INNER] for i in range(min(INNER, len(names)))]
    best, best_f1 = STRENGTHS[0], -1.0
    for strength in STRENGTHS:
        guess = np.zeros(len(truth), dtype=bool)
        for fold in folds:
            out = np.isin(part, fold)
            guess[out] = x[out] @ _fit(x[~out], truth[~out], strength) > 0
        reached = f1((guess & truth).sum(), guess.sum(), truth.sum())
        if reached > best_f1 + 1e-12:
            best, best_f1 = strength, reached
    return _fit(x, truth, best)


def _fit(x: np.ndarray, truth: np.ndarray, strength: float) -> np.ndarray:
    """Weights of a logistic regression; its intercept is a constant column of the features."""
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():
        return np.zeros(x.shape[1])
    model = LogisticRegression(C=strength, class_weight="balanced", fit_intercept=False,
                               max_iter=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, truth).coef_[0]


def gain(
    truth: np.ndarray, dictionary: np.ndarray, model: np.ndarray, cluster: np.ndarray
) -> tuple[float, float]:
    """By how much is the model's F1 above the dictionary's, and how uncertain is that?

    Standard error by the jackknife over clusters: √((n − 1)/n Σ (dᵢ − d̄)²), dᵢ the difference
    without the i-th cluster.

    Source: Efron, B. & Stein, C. (1981), Annals of Statistics 9(3).
    """
    names, place = np.unique(cluster, return_inverse=True)
    n = len(names)
    if n < 2:
        return math.nan, math.nan

    def per_cluster(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights=values, minlength=n)

    coded = per_cluster(truth)
    differences = np.zeros(n + 1)
    for sign, found in ((-1, dictionary), (1, model)):
        both, n_found = per_cluster(truth & found), per_cluster(found)
        without = np.append(0.0, np.ones(n))
        tops = 2 * (both.sum() - without * np.append(0.0, both))
        sums = (coded + n_found).sum() - without * np.append(0.0, coded + n_found)
        with np.errstate(invalid="ignore"):
            differences += sign * np.where(sums > 0, tops / np.where(sums > 0, sums, 1), np.nan)
    left_out = differences[1:]
    error = math.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum())
    return float(differences[0]), error


#: How the two halves are called on a page.
HALF_LABELS = {
    "development": "development sentences, optimistic for the dictionary",
    "correction": "not seen while writing or learning",
}


def comparison(dictionary: Dictionary, found: Found, coded: pd.DataFrame) -> pd.DataFrame:
    """Where does the dictionary find frames better, where the model?

    Only development sentences choose; the other half is printed beside and decides nothing.

    Args:
        dictionary: the frames.
        found: what `find` returned.
        coded: what `coding.own` returned.

    Returns:
        One row a frame with a model and half; `error` is a jackknife over root blocks.
    """
    rows = []
    labels = {category.id: category.label for category in dictionary.categories}
    read = coded_with_frames(coded)
    for column, frame in enumerate(found.frames):
        if not found.learnt[column]:
            continue
        for half, called in HALF_LABELS.items():
            own = read[(read["half"] == half) & (read["unit"] >= 0)]
            truth, units = holds(own, frame), own["unit"].to_numpy()
            by = {
                "dictionary": found.dictionary[units, column], "model": found.model[units, column]
            }
            scores = {
                name: f1((truth & hit).sum(), hit.sum(), truth.sum()) for name, hit in by.items()
            }
            difference, error = gain(truth, *by.values(), own["cluster"].to_numpy())
            rows.append(
                {
                    "frame": labels[frame],
                    "half": called,
                    "n_coded": int(truth.sum()),
                    **scores,
                    "difference": difference,
                    "error": error,
                    "used": found.method(frame),
                }
            )
    return tables.result(rows, columns=COMPARISON, made_by="analysis.supervised.comparison")


def disagreements(
    corpus: Corpus,
    dictionary: Dictionary,
    matches: pd.DataFrame,
    found: Found,
    coded: pd.DataFrame,
) -> pd.DataFrame:
    """On which coded sentences do dictionary and model part, and what did the coders say?

    Returns:
        One row a sentence and frame, in the order of the texts; the dictionary's words are marked.
    """
    units, read = corpus.units, coded_with_frames(coded)
    read = read[read["unit"] >= 0]
    rows = []
    for column, category in enumerate(dictionary.categories):
        if not found.learnt[column]:
            continue
        spans = spans_of(matches, category.id)
        for truth, unit, side in zip(
            holds(read, category.id), read["unit"], read["half"], strict=True
        ):
            by = found.dictionary[unit, column], found.model[unit, column]
            if by[0] != by[1]:
                rows.append(
                    {
                        "sentence": tables.marked(units["text"].iloc[unit], spans.get(unit, ())),
                        "frame": category.label,
                        "dictionary": bool(by[0]),
                        "model": bool(by[1]),
                        "coded": bool(truth),
                        "half": side,
                        "evidence": [units["sentence_id"].iloc[unit]],
                    }
                )
    return tables.result(rows, columns=DISAGREEMENTS, made_by="analysis.supervised.disagreements")


def comparison_reading(dictionary: Dictionary, found: Found, table: pd.DataFrame) -> list[str]:
    """Which method is used for which frame, and why, in words."""
    if not found.learnt.any():
        return [
            "No model could be learnt: no frame has ten development sentences coded with it and "
            "ten without. The dictionary is used throughout."
        ]
    labels = [category.label for category in dictionary.categories]
    model = [label for label, chosen in zip(labels, found.chosen, strict=True) if chosen]
    learnt = [label for label, has in zip(labels, found.learnt, strict=True) if has]
    kept = table[table["half"] == HALF_LABELS["correction"]]
    better = int((kept["difference"] > 0).sum())
    return [
        f"A model could be learnt for {len(learnt)} of {len(labels)} frames "
        f"({', '.join(learnt)}); the others have fewer than {MIN_POSITIVES} development sentences. "
        f"It takes the dictionary's place for {', '.join(model) or 'none of them'}: only where its "
        "F1 on development sentences is higher by more than one standard error.",
        f"On the sentences that neither saw its F1 is higher for {better} of {len(kept)} frames; "
        "this was not used to choose.",
    ]
