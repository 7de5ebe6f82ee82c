"""Which stretches of words do two texts share, word for word or lightly edited?

Seeds, filter, alignment. A seed is a run of words that two texts share exactly; a seed that pure
chance would bring about starts nothing. Seeds in a row are chained and what lies between and
beside them is aligned by Smith and Waterman's algorithm (Biopython's), in bounded windows only.
Words are whole numbers here; `reuse` knows what they are words of.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log2

import numpy as np
from numpy.typing import NDArray

# Smith–Waterman scores of a word equal, replaced, left out or put in: the peers' (textreuse's).
EQUAL, REPLACED, MISSING = 2, -1, -1

# A window of words that stands in more places than this starts no search: it is a formula of the
# corpus, and pairs of places grow with the square. Runs through it are found from their other
# windows. 100 is the default of passim (D. A. Smith), which leaves out such 5-grams, too.
MOST_PLACES = 100

# Words on either side of a seed within which a passage goes on without another seed. Where 10 % of
# the words are edited, 40 of them hold five unedited ones in a row in all but 3 of 100,000 cases.
REACH = 40

# A stretch of equal words beyond a break belongs to the passage if chance would put it within that
# break's reach less than once in 2 to the power of this. Of 2, 4 and 6, tried on planted passages
# of 12 words: 2 adds stray words at the ends (precision down to .88 where only 24 words are in
# use, .97 at 4), 6 loses the ends of edited passages (recall there .92, .935 at 4).
MARGIN_BITS = 4.0

# A passage is listed if two texts of this length are expected to have fewer such coincidences than
# this, were words drawn one by one by their frequency. The customary 1 in 100.
MAX_EXPECTED = 0.01

# Windows that are sorted in one go, in memory: 4 million take 100 MB.
_SORTED = 4_000_000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, 2⁶⁴ / golden ratio: Knuth's multiplier


def exact_runs(
    types: NDArray[np.integer],
    texts: NDArray[np.integer],
    blocks: NDArray[np.integer],
    *,
    min_run: int,
    most_places: int = MOST_PLACES,
) -> NDArray[np.int64]:
    """Where do two texts have the same words in the same order, as far as they go?

    Every window of `min_run` words is numbered by its content and sorted; equal windows of
    different texts begin a run where the words before them differ. A run is maximal: a word more
    at either end would differ or lie in another block. Runs may overlap, and a passage that
    occurs twice is in two runs. Numbers of 64 bits are compared first, then the words: nothing
    false is found; two windows of one number, less than one chance in a million for four million
    words, might hide a run.

    Args:
        types: (tokens,) the word of each token as a whole number.
        texts: (tokens,) its text, in ascending order.
        blocks: (tokens,) its block; the tokens of one block stand together.
        min_run: words in the shortest run, at least 2.
        most_places: a window in more places starts no run.

    Returns:
        (runs × 3) first token on the side of the earlier text, the same on the side of the later
        one, number of words; sorted by length, longest first, then by place.
    """
    if len(types) < min_run:
        return np.empty((0, 3), dtype=np.int64)
    order, ends, names, frequent = _groups(types, blocks, min_run, most_places)
    types = types.astype(np.int32)
    first = np.append(True, blocks[1:] != blocks[:-1])
    starts = [
        _beginning(a, b, types, texts, first, frequent) for a, b in _pairs(order, ends)
    ]
    a, b = np.concatenate([np.empty((0, 2), dtype=np.int64), *starts]).T
    length = _whole_windows(a, b, min_run, names)
    length += _extension(a + length - 1, b + length - 1, 1, types, first)
    left = np.zeros(len(a), dtype=np.int64)
    cut = np.flatnonzero(frequent[a - 1] & (a > 0))
    left[cut] = _extension(a[cut], b[cut], -1, types, first)
    found = np.column_stack([a - left, b - left, length + left])
    found = found[np.lexsort((found[:, 1], found[:, 0], -found[:, 2]))]
    again = np.zeros(len(found), dtype=bool)
    again[1:] = (found[1:] == found[:-1]).all(axis=1)
    return found[~again]


def frequent_windows(
    types: NDArray[np.integer],
    blocks: NDArray[np.integer],
    *,
    min_run: int,
    most_places: int = MOST_PLACES,
) -> int:
    """How many different windows of words stand in too many places to start a search?"""
    if len(types) < min_run:
        return 0
    *_, names, frequent = _groups(types, blocks, min_run, most_places)
    return len(np.unique(names[frequent]))


def _hashes(types: NDArray[np.integer], length: int) -> NDArray[np.uint64]:
    """(tokens − length + 1,) a number for each window; equal windows have equal numbers."""
    mixed = types.astype(np.uint64)
    for shift in (30, 27, 31):  # as splitmix64 does: neighbouring numbers get unrelated bits
        mixed ^= mixed >> np.uint64(shift)
        mixed *= _MULTIPLIER
    size = len(types) - length + 1
    total = mixed[:size].copy()
    for offset in range(1, length):
        total *= _MULTIPLIER
        total += mixed[offset:offset + size]
    return total


def _groups(
    types: NDArray[np.integer], blocks: NDArray[np.integer], length: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """Places of windows that stand more than once, equal ones together.

    Returns:
        order: the places, group by group, ascending within a group.
        ends: (order,) where in `order` the place's group ends.
        names: (tokens,) a number for each window, the same for equal ones; negative where a
            window stands once or goes beyond its block.
        frequent: (tokens,) whether the window at a place stands in more than `most` places.
    """
    names = np.full(len(types), -1, dtype=np.int32)
    frequent = np.zeros(len(types), dtype=bool)
    orders, every_size, named = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)], 0
    for order, sizes in repeated(types, blocks, length):
        names[order] = np.repeat(np.arange(named, named + len(sizes), dtype=np.int32), sizes)
        named += len(sizes)
        frequent[order[np.repeat(sizes > most, sizes)]] = True
        orders.append(order[np.repeat(sizes <= most, sizes)])
        every_size.append(sizes[sizes <= most])
    sizes = np.concatenate(every_size)
    return np.concatenate(orders), np.repeat(np.cumsum(sizes), sizes), names, frequent


def repeated(
    types: NDArray[np.integer], blocks: NDArray[np.integer], length: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Which windows of words stand more than once, each within a block?

    Windows are numbered by their content and sorted. More than `_SORTED` are first dealt to files, by
    the remainder of their numbers, and sorted file by file: memory for the sort does not grow with
    the texts.

    Args:
        types: (tokens,) the word of each token as a whole number.
        blocks: (tokens,) its block; the tokens of one block stand together.
        length: words in a window.

    Yields:
        Places of windows, equal ones together, ascending within these; and how many are equal.
    """
    with contextlib.ExitStack() as held:
        for windows, places in _dealt(types, blocks, length, held):
            sort = np.argsort(windows, kind="stable")
            order, windows = places[sort], windows[sort]
            same = np.flatnonzero(windows[1:] == windows[:-1]) + 1
            for offset in range(length):
                same = same[types[order[same] + offset] == types[order[same - 1] + offset]]
            begins = np.ones(len(order), dtype=bool)
            begins[same] = False
            sizes = np.diff(np.append(np.flatnonzero(begins), len(order)))
            yield order[np.repeat(sizes > 1, sizes)], sizes[sizes > 1]


def _dealt(
    types: NDArray[np.integer], blocks: NDArray[np.integer], length: int,
    held: contextlib.ExitStack,
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """Numbers and places of windows that lie in one block, equal numbers in one part, in order."""
    n = max(len(types) - length + 1, 0)
    parts = -(-n // _SORTED)
    files = [held.enter_context(tempfile.TemporaryFile()) for _ in range(parts)] if parts > 1 else []
    for start in range(0, n, _SORTED):
        stop = min(start + _SORTED, n)
        inside = np.flatnonzero(blocks[start:stop] == blocks[start + length - 1:stop + length - 1])
        windows = _hashes(types[start:stop + length - 1], length)[inside]
        if not files:
            yield windows, inside
            return
        part = windows % np.uint64(parts)
        for number, file in enumerate(files):
            own = part == number
            pairs = np.column_stack([windows[own], (inside[own] + start).astype(np.uint64)])
            file.write(pairs.tobytes())
    for file in files:
        file.seek(0)
        pairs = np.frombuffer(file.read(), dtype=np.uint64).reshape(-1, 2)
        yield pairs[:, 0], pairs[:, 1].astype(np.int64)


def _pairs(
    order: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of places of one group: neighbours first, then those two apart and so on."""
    active, step = np.arange(len(order)), 1
    while len(active := active[active + step < ends[active]]):
        yield order[active], order[active + step]
        step += 1


def _beginning(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    types: NDArray[np.integer],
    texts: NDArray[np.integer],
    first: NDArray[np.bool_],
    frequent: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """The pairs of places in different texts at which a run begins, or a part after a formula."""
    apart = texts[a] != texts[b]
    a, b = a[apart], b[apart]
    begins = first[a] | first[b] | (types[a - 1] != types[b - 1]) | frequent[a - 1]
    return np.column_stack([a[begins], b[begins]])


def _whole_windows(
    a: NDArray[np.int64], b: NDArray[np.int64], length: int, names: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(pairs,) words that are the same from here on, window by window.

    Windows overlap by a word, so that no step goes into another block unseen.
    """
    total = np.full(len(a), length, dtype=np.int64)
    active = np.arange(len(a))
    while len(active):
        x, y = a[active] + total[active] - 1, b[active] + total[active] - 1
        named = names[x]
        active = active[(named >= 0) & (named == names[y])]
        total[active] += length - 1
    return total


def _extension(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    step: int,
    types: NDArray[np.integer],
    first: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """(pairs,) how many more words are the same in this direction, within the blocks.

    Args:
        a, b: the places from which to go on, those of `a` before those of `b`.
        step: 1 to the right, −1 to the left.
        types: the words.
        first: whether a word is the first of its block.
    """
    length = np.zeros(len(a), dtype=np.int64)
    active, x, y = np.arange(len(a)), a, b
    while len(active):
        if step > 0:
            inside = y + 1 < len(types)
            active, x, y = active[inside], x[inside] + 1, y[inside] + 1
            goes_on = ~first[x] & ~first[y]
        else:
            inside = ~first[x] & ~first[y]
            active, x, y = active[inside], x[inside] - 1, y[inside] - 1
            goes_on = np.ones(len(x), dtype=bool)
        goes_on &= types[x] == types[y]
        active, x, y = active[goes_on], x[goes_on], y[goes_on]
        length[active] += 1
    return length


@cache
def _aligner(mode: str) -> object:
    # Imported here: pages that align nothing do not pay for its import.
    from Bio.Align import PairwiseAligner

    return PairwiseAligner(
        mode=mode, match_score=EQUAL, mismatch_score=REPLACED, gap_score=MISSING
    )


def smith_waterman(a: NDArray[np.integer], b: NDArray[np.integer]) -> int:
    """What is the best score of a local alignment of two sequences of words?

    score = 2 · equal − replaced − left out − put in, of the best stretch; 0 if nothing is shared.

    Args:
        a, b: words as whole numbers from 0.

    Source: Smith, T. F. & Waterman, M. S. (1981), Identification of Common Molecular Subsequences,
    Journal of Molecular Biology 147; computed by Biopython.
    """
    if not len(a) or not len(b):
        return 0
    return round(_aligner("local").score(_numbers(a), _numbers(b)))


def best_alignment(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int64]:
    """Which words stand against each other in a best local alignment?

    Args:
        a, b: as for `smith_waterman`.

    Returns:
        (equal words × 2) their places in `a` and in `b`, ascending.
    """
    return _equal_words(a, b, "local")


def _numbers(words: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.ascontiguousarray(words, dtype=np.int32)


def _equal_words(a: NDArray[np.integer], b: NDArray[np.integer], mode: str) -> NDArray[np.int64]:
    if not len(a) or not len(b) or (mode == "local" and not np.isin(a, b).any()):
        return np.empty((0, 2), dtype=np.int64)
    aligned = _aligner(mode).align(_numbers(a), _numbers(b))[0].aligned
    pairs = [
        np.column_stack([np.arange(*left), np.arange(*right)])
        for left, right in zip(*aligned, strict=True)
    ]
    found = np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs])
    return found[a[found[:, 0]] == b[found[:, 1]]]


@dataclass(frozen=True)
class Passage:
    """A stretch of words that stands in two texts, perhaps edited.

    Attributes:
        places: (equal words × 2) their places in the stream of tokens, the earlier text's and
            the later one's, ascending on both sides.
        expected: coincidences as strong as this that two texts of their length would have.
    """

    places: NDArray[np.int64]
    expected: float

    @property
    def sides(self) -> tuple[slice, slice]:
        """Its tokens in the one text and in the other."""
        (a, b), (a_end, b_end) = self.places[0], self.places[-1] + 1
        return slice(int(a), int(a_end)), slice(int(b), int(b_end))

    @property
    def equal(self) -> int:
        """Words that are the same on both sides."""
        return len(self.places)

    @property
    def longest_run(self) -> int:
        """Words of its longest stretch without a change."""
        return _longest_run(self.places)

    @property
    def columns(self) -> int:
        """Words of the alignment: equal, replaced, left out and put in."""
        return self.equal + int(_breaks(self.places).sum())

    @property
    def score(self) -> int:
        """Its Smith–Waterman score."""
        return _score(self.places)


def _breaks(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """(equal words − 1,) words replaced, left out or put in after each but the last."""
    return np.diff(places, axis=0).max(axis=1, initial=1) - 1


def _score(places: NDArray[np.int64]) -> int:
    return EQUAL * len(places) + MISSING * int(_breaks(places).sum())


def passages(
    types: NDArray[np.integer],
    texts: NDArray[np.integer],
    *,
    min_run: int,
    max_expected: float = MAX_EXPECTED,
    most_places: int = MOST_PLACES,
) -> list[Passage]:
    """Which passages stand in two texts, word for word or lightly edited, wherever they stand?

    Around runs of at least `min_run` equal words (seeds). Two seeds in the same order are one
    passage if an alignment gains by holding both; beyond its outer seeds a passage goes on as
    far as equal words outweigh the breaks between them. No two passages of two texts overlap on
    both sides; a passage that stands twice in a text is found twice. Blocks do not matter: what
    one text writes as a list the other may write as a sentence.

    expected = words of one text · words of the other · 2^−bits, where an equal word of relative
    frequency p in the corpus adds −log₂ p bits and a break of n words takes
    2 · log₂(n + 1) + `MARGIN_BITS`.

    Args:
        types: (tokens,) the word of each token as a whole number from 0; the numbers' order must
            not depend on the texts' order (alphabetical, say) for the result not to.
        texts: (tokens,) its text, in ascending order.
        min_run: words in the shortest seed, at least 2.
        max_expected: passages of which chance would bring more are left out.
        most_places: as for `exact_runs`.

    Returns:
        The passages, strongest score first, then by place.

    Not for text whose words are few and alike (lists of numbers, tables): chance is then not that
    of words drawn one by one.

    Source: Smith & Waterman (1981); Karlin, S. & Altschul, S. F. (1990), PNAS 87, on expected
    coincidences; Smith, D. A., Cordell, R. & Mullen, A. (2015), Computational Methods for
    Uncovering Reprinted Texts, American Literary History 27, on seeds and their limit.
    """
    seeds = exact_runs(types, texts, texts, min_run=min_run, most_places=most_places)
    if not len(seeds):
        return []
    counts = np.bincount(types)
    bits = np.log2(len(types) / counts[types])
    bounds = np.searchsorted(texts, np.arange(int(texts.max()) + 2))
    pairs = texts[seeds[:, :2]]
    order = np.lexsort((seeds[:, 1], seeds[:, 0], pairs[:, 1], pairs[:, 0]))
    seeds, pairs = seeds[order], pairs[order]
    begins = np.flatnonzero(np.append(True, (np.diff(pairs, axis=0) != 0).any(axis=1)))
    found = []
    for own, (i, j) in zip(np.split(seeds, begins[1:]), pairs[begins], strict=True):
        found += _of_two(types, bits, own, bounds[[i, i + 1]], bounds[[j, j + 1]], min_run,
                         max_expected)
    return sorted(found, key=lambda passage: (-passage.score, passage.places[0].tolist()))


def _of_two(
    types: NDArray[np.integer],
    bits: NDArray[np.float64],
    seeds: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    min_run: int,
    max_expected: float,
) -> list[Passage]:
    """The passages of two texts; the same whichever of them comes first."""
    sides = [types[first[0]:first[1]], types[second[0]:second[1]]]
    start = np.array([first[0], second[0]])
    flip = _after(*sides)
    turn = slice(None, None, -1 if flip else 1)
    a, b = sides[turn]
    two = _Two(a, b, bits[slice(*(first, second)[turn][0])], min_run)
    local = np.column_stack([(seeds[:, :2] - start)[:, turn], seeds[:, 2]])
    return [
        Passage(places[:, turn] + start, expected)
        for places in two.passages(local)
        if (expected := two.expected(places)) <= max_expected
    ]


def _after(a: NDArray[np.integer], b: NDArray[np.integer]) -> bool:
    """Is the first sequence after the second in the order of a dictionary?"""
    size = min(len(a), len(b))
    differ = np.flatnonzero(a[:size] != b[:size])
    return bool(a[differ[0]] > b[differ[0]]) if len(differ) else len(a) > len(b)


@dataclass(frozen=True)
class _Two:
    """Two texts' words, and the bits of those of the first."""

    a: NDArray[np.integer]
    b: NDArray[np.integer]
    bits: NDArray[np.float64]
    min_run: int

    def expected(self, places: NDArray[np.int64]) -> float:
        """How many coincidences as strong as these equal words chance would bring."""
        return float(2 ** (log2(len(self.a) * len(self.b)) - self._strength(places)))

    def _strength(self, places: NDArray[np.int64]) -> float:
        return float(self.bits[places[:, 0]].sum() - _cost(_breaks(places)).sum())

    def passages(self, seeds: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Equal words of each passage, none overlapping another on both sides."""
        runs = [
            np.arange(length)[:, None] + [x, y]
            for x, y, length in seeds[np.lexsort((seeds[:, 1], seeds[:, 0]))]
        ]
        runs = [run for run in runs if self.expected(run) <= 1]
        whole = [self._extended(chain) for chain in self._chains(runs)]
        whole.sort(key=lambda places: (-self._strength(places), places[0].tolist()))
        kept: list[NDArray[np.int64]] = []
        for places in whole:
            for other in kept:
                places = _outside(places, other)
            if _longest_run(places) >= self.min_run:
                kept.append(places)
        return kept

    def _chains(self, runs: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        """Runs in a row as one, where an alignment gains by holding both."""
        done: list[NDArray[np.int64]] = []
        open_: list[NDArray[np.int64]] = []
        for run in runs:
            near = [chain for chain in open_ if chain[-1, 0] + REACH >= run[0, 0]]
            done += [chain for chain in open_ if chain[-1, 0] + REACH < run[0, 0]]
            joined = [
                (_score(longer), -place, longer)
                for place, chain in enumerate(near)
                if (longer := self._joined(chain, run)) is not None
            ]
            if joined:
                _, place, longer = max(joined, key=lambda option: option[:2])
                near[-place] = longer
            else:
                near.append(run)
            open_ = near
        return done + open_

    def _joined(
        self, chain: NDArray[np.int64], run: NDArray[np.int64]
    ) -> NDArray[np.int64] | None:
        """The chain with the run behind it, None where a best alignment would not hold both."""
        end = chain[-1] + 1
        rest = run[(run >= end).all(axis=1)]
        if not len(rest) or (rest[0] - end > REACH).any():
            return None
        between = _equal_words(self.a[end[0]:rest[0, 0]], self.b[end[1]:rest[0, 1]], "global")
        longer = np.concatenate([chain, between + end, rest])
        gains = _score(longer) > max(_score(chain), _score(run))
        return longer if gains else None

    def _extended(self, chain: NDArray[np.int64]) -> NDArray[np.int64]:
        """The chain with what belongs to it on both sides."""
        x, y = chain[-1] + 1
        after = self._beyond(self.a[x:x + REACH], self.b[y:y + REACH], self.bits[x:x + REACH])
        x, y = chain[0]
        left, right = max(x - REACH, 0), max(y - REACH, 0)
        before = self._beyond(
            self.a[left:x][::-1], self.b[right:y][::-1], self.bits[left:x][::-1]
        )
        return np.concatenate([
            (chain[0] - 1 - before)[::-1], chain, chain[-1] + 1 + after
        ])

    @staticmethod
    def _beyond(
        a: NDArray[np.integer], b: NDArray[np.integer], bits: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Equal words that carry a passage on, counted from where its seeds end."""
        if not np.isin(a, b).any():
            return np.empty((0, 2), dtype=np.int64)
        # So many equal words before both that no best alignment does without them.
        anchor = np.full(REACH, max(a.max(), b.max()) + 1)
        size = len(anchor)
        found = _equal_words(np.append(anchor, a), np.append(anchor, b), "local")
        places = found[(found >= size).all(axis=1)] - size
        if not len(places):
            return places
        breaks = _breaks(np.concatenate([[[-1, -1]], places]))
        gain = np.cumsum(bits[places[:, 0]] - _cost(breaks))
        return places[: int(gain.argmax()) + 1] if gain.max() > 0 else places[:0]


def _cost(breaks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bits that a break takes: the choice of places on both sides, and the margin."""
    return np.where(breaks > 0, 2 * np.log2(breaks + 1) + MARGIN_BITS, 0)


def _longest_run(places: NDArray[np.int64]) -> int:
    if not len(places):
        return 0
    broken = np.flatnonzero(_breaks(places) > 0) + 1
    return int(np.diff(np.concatenate([[0], broken, [len(places)]])).max())


def _outside(places: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """The longest part of a passage that does not overlap another on both sides."""
    if not len(places) or not _overlap(places, other):
        return places
    parts = [
        part
        for side in (0, 1)
        for part in (
            places[places[:, side] < other[0, side]], places[places[:, side] > other[-1, side]]
        )
    ]
    return max(parts, key=len)


def _overlap(places: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    return bool((places[0] <= other[-1]).all() and (other[0] <= places[-1]).all())
