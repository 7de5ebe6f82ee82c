"""Do a topic's top words occur together, and are they its own?

The measures of Röder, Both & Hinneburg (2015) as gensim computes them, from one pass over the
documents; and exclusivity. Nothing here knows a study: words in, numbers out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

import numpy as np

from analysis import topic_model

Measure = Literal["u_mass", "mimno", "c_v", "c_npmi", "c_uci"]

# Words in a window, as in Röder et al. (2015), table 8, and gensim; the others count documents.
WINDOWS = {"c_v": 110, "c_npmi": 10, "c_uci": 10}

# Added to joint probabilities before their logarithm is taken (Röder et al. 2015; gensim).
EPSILON = 1e-12

# Words that are held at once as numbers: some 50 MB with all that is made from them.
CHUNK = 1_000_000

# Weight of exclusivity against frequency: the default of stm's `exclusivity`.
EXCLUSIVITY_WEIGHT = 0.7


def coherence(
    top_words: Sequence[Sequence[str]],
    documents: Iterable[Sequence[str]],
    *,
    measure: Measure,
    window: int | None = None,
) -> np.ndarray:
    """How much do a topic's top words occur together?

    With P(a) the share of windows that hold word a, P(a, b) the share of those that hold both,
    ε = 10⁻¹², and means over pairs of places in the list:

    - `c_uci`: mean of ln((P(a, b) + ε) / (P(a) P(b))), a ≠ b;
    - `c_npmi`: mean of npmi(a, b) = ln((P(a, b) + ε) / (P(a) P(b))) / −ln(P(a, b) + ε), a ≠ b;
    - `c_v`: mean over a of the cosine of (npmi(a, w))_w and (Σ_b npmi(b, w))_w, w every word;
    - `u_mass`: mean of ln((P(a, b) + ε) / P(b)), b before a in the list; windows are documents;
    - `mimno`: Σ ln((D(a, b) + 1) / D(b)), b before a, D numbers of documents: the origin of u_mass.

    A window starts at each word of a document as long as it fits; a shorter document, an empty
    one too, is one window. Equal to gensim 4.4, in these respects as well: words that no document
    holds are dropped from the list; a word that stands twice in a list counts twice; and a word
    leaves the windows with the first of its occurrences that does, though another may still be
    inside, until its next one enters (with windows of 110 words this makes frequent words rarer
    than they are).

    Args:
        top_words: of each topic, the most probable first; all are used (gensim takes 20 at most).
        documents: words of each; read once, so a generator will do.
        measure: see above.
        window: words in a window instead of `WINDOWS`; one as long as the longest document makes
            documents of `c_v`, `c_npmi` and `c_uci`. Not for `u_mass` and `mimno`.

    Returns:
        (topics,) values. NaN if fewer than two words are known; one known word has a c_v of 1, as
        in gensim, which means nothing.

    Raises:
        ValueError: an unknown measure, or a window that it does not take.

    Coherence over the fitted texts themselves says how often words meet there, not whether a
    reader sees a theme. Values of corpora with documents of other lengths are not comparable.

    Source: Röder, M., Both, A. & Hinneburg, A. (2015), Exploring the Space of Topic Coherence
    Measures, WSDM; Mimno, D. et al. (2011), Optimizing Semantic Coherence in Topic Models, EMNLP.

    >>> texts = [["boat", "sea"], ["boat", "sea"], ["tax"], ["boat", "tax"]]
    >>> coherence([["boat", "sea"], ["sea", "tax"]], texts, measure="mimno").round(3).tolist()
    [0.0, -0.693]
    """
    if measure not in get_args(Measure):
        raise ValueError(f"measure {measure!r}: known are {', '.join(get_args(Measure))}")
    if window is not None and (measure not in WINDOWS or window < 1):
        raise ValueError(f"measure {measure}: takes no window of {window}")
    counted = _counts(top_words, documents, window or WINDOWS.get(measure))
    return np.array([_VALUE[measure](*topic) for topic in counted], dtype=float)


def exclusivity(words: np.ndarray, *, top: int) -> np.ndarray:
    """Are a topic's top words its own, and not those of other topics as well?

    Mean over the topic's `top` most probable words of their FREX with a weight of .7 for
    exclusivity; stm prints the sum, `top` times as much.

    Args:
        words: (topics × stems) probabilities of words.
        top: number of words; all if there are fewer.

    Returns:
        (topics,) above 0 and at most 1. With a single topic every word is its own.

    Source: Bischof, J. & Airoldi, E. (2012), Summarizing topical content with word frequency and
    exclusivity, ICML; Roberts, M. et al. (2014), Structural Topic Models for Open-Ended Survey
    Responses, American Journal of Political Science 58(4).
    """
    frex = topic_model.frex(words, weight=EXCLUSIVITY_WEIGHT)
    chosen = topic_model.most_first(words)[:, :top]
    return np.take_along_axis(frex, chosen, axis=1).mean(axis=1)


def _counts(
    top_words: Sequence[Sequence[str]], documents: Iterable[Sequence[str]], window: int | None
) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Of each topic, its known words, how many windows hold both of two, and all windows."""
    number = {word: i for i, word in enumerate(dict.fromkeys(w for t in top_words for w in t))}
    lists = [np.array([number[word] for word in topic], dtype=int) for topic in top_words]
    joint = [np.zeros((len(own), len(own))) for own in lists]
    n = 0
    for ids, starts, lengths in _chunks(documents, number):
        reach = (lengths.max() if window is None else window) or 1
        # Windows are known by the place of their first word.
        last = starts + np.maximum(lengths - reach, 0)
        n += int((last - starts + 1).sum())
        held = _spans(ids, starts, last, reach, len(number))
        for own, total in zip(lists, joint, strict=True):
            total += _together([held[word] for word in own])
    found = []
    for own, total in zip(lists, joint, strict=True):
        known = total.diagonal() > 0
        found.append((own[known], total[np.ix_(known, known)], n))
    return found


def _chunks(
    documents: Iterable[Sequence[str]], number: dict[str, int]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Numbers of words (−1: of no topic), and where documents start and how long they are."""
    ids: list[int] = []
    lengths: list[int] = []
    for document in documents:
        ids.extend([number.get(word, -1) for word in document])
        lengths.append(len(document))
        if len(ids) >= CHUNK:
            yield _arrays(ids, lengths)
            ids, lengths = [], []
    if lengths:
        yield _arrays(ids, lengths)


def _arrays(ids: list[int], lengths: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sizes = np.array(lengths)
    return np.array(ids, dtype=np.int32), np.cumsum(sizes) - sizes, sizes


def _spans(
    ids: np.ndarray, starts: np.ndarray, last: np.ndarray, reach: int, n_words: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each word, the first and the last window of each span of windows that hold it.

    An occurrence at p enters with window p − reach + 1, or the document's first. It leaves after
    the window that starts at the first occurrence from there on, which may be an earlier one.
    """
    places = np.flatnonzero(ids >= 0)
    order = places[np.argsort(ids[places], kind="stable")]
    bounds = np.searchsorted(ids[order], np.arange(n_words + 1))
    found = []
    for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
        own = order[begin:end]
        # Empty documents start where the next one does; the last of these holds the word.
        document = np.searchsorted(starts, own, side="right") - 1
        enters = np.maximum(own - reach + 1, starts[document])
        leaves = own[np.searchsorted(own, enters)]
        found.append((enters, np.minimum(leaves, last[document])))
    return found


def _together(spans: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(words × words) numbers of windows that spans of both words cover."""
    n = len(spans)
    word = np.repeat(np.arange(n), [len(enters) for enters, _ in spans])
    if not len(word):
        return np.zeros((n, n))
    enters = np.concatenate([enters for enters, _ in spans])
    gone = np.concatenate([last for _, last in spans]) + 1
    times, step = np.unique(np.concatenate([enters, gone]), return_inverse=True)
    change = np.bincount(
        step * n + np.concatenate([word, word]),
        weights=np.repeat([1.0, -1.0], len(word)),
        minlength=len(times) * n,
    ).reshape(len(times), n)
    present = (np.cumsum(change, axis=0) > 0)[:-1].astype(float)
    # Whole numbers far below 2⁵³, so that the order of the sums is no matter.
    return present.T @ (present * np.diff(times)[:, None])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _earlier(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of all pairs of places a, b with b before a: joint numbers, and those of b."""
    a, b = np.tril_indices(len(joint), -1)
    return joint[a, b], joint[b, b]


def _u_mass(words: np.ndarray, joint: np.ndarray, n: int) -> float:
    both, given = _earlier(joint)
    return _mean(np.log((both / n + EPSILON) / (given / n)))


def _mimno(words: np.ndarray, joint: np.ndarray, n: int) -> float:
    both, given = _earlier(joint)
    return float(np.log((both + 1) / given).sum()) if both.size else float("nan")


def _pmi(joint: np.ndarray, n: int) -> np.ndarray:
    single = joint.diagonal() / n
    return np.log((joint / n + EPSILON) / (single[:, None] * single[None, :]))


def _npmi(joint: np.ndarray, n: int) -> np.ndarray:
    return _pmi(joint, n) / -np.log(joint / n + EPSILON)


def _c_uci(words: np.ndarray, joint: np.ndarray, n: int) -> float:
    return _mean(_pmi(joint, n)[~np.eye(len(joint), dtype=bool)])


def _c_npmi(words: np.ndarray, joint: np.ndarray, n: int) -> float:
    return _mean(_npmi(joint, n)[~np.eye(len(joint), dtype=bool)])


def _c_v(words: np.ndarray, joint: np.ndarray, n: int) -> float:
    # A word that stands twice has one coordinate, in which both are added up.
    _, first, times = np.unique(words, return_index=True, return_counts=True)
    own = _npmi(joint, n)[:, first] * times
    whole = own.sum(axis=0)
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(whole)
    cosines = np.divide(own @ whole, lengths, out=np.full(len(own), np.nan), where=lengths > 0)
    return _mean(cosines)


_VALUE = {"u_mass": _u_mass, "mimno": _mimno, "c_v": _c_v, "c_npmi": _c_npmi, "c_uci": _c_uci}
