"""Units of one statement set against those of another, and the calls that labels allow.

Below `ledger`, which says in words and tables what is found here. A *unit* is a sentence or list
item; it is *carried over* if the other statement says the same, kept or reworded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import gammaln

from analysis import vectors
from analysis.corpus import Corpus
from analysis.errors import MAX_LISTED, BadStudy, shown
from analysis.matching import Matching, View
from analysis.tokens import WORD
from analysis.unit_matching import matched_rows

EARLIER_LABELS, LATER_LABELS = ("kept", "reworded", "dropped"), ("inherited", "new")
CARRIED = frozenset({"kept", "reworded", "inherited"})

# The codebook asks for at most three counterparts.
MOST_COUNTERPARTS = 3

# The fewest words of a run that count as wording kept. Runs of units with units of an unrelated
# shipped statement reach 7 words ("within the framework set by international law").
VERBATIM_WORDS = 8

# The run must cover this much of one clause ("at least one clause of it recurs almost verbatim").
VERBATIM_SHARE = 2 / 3

# With fewer labels of either kind no model is fitted (METHODS: ten positives and ten negatives).
MIN_LABELS = 10

# Sections are what is left out and what is redrawn; with fewer neither says much.
MIN_SECTIONS = 5

# Weight of the penalty, scikit-learn's default: it was not tuned on these few labels.
PENALTY = 1.0

# Units of unrelated statements set against a pair, evenly spaced, at most: 2,000 sentences hold
# more chance matches than any statement has sentences.
MOST_UNRELATED = 2_000

COMPARED = ("pair", "side", "row", "matches", "score", "chance", "run", "run_row", "verbatim")

_CLAUSE_END = re.compile(r"[,;:()–—]|\s-\s")
_NUMBERED = re.compile(r"(?P<statement>.+):(?P<block>\d+)\.(?P<sentence>\d+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two statements of which the dates or the labels say which is the earlier."""

    earlier: str
    later: str


# --- labels -------------------------------------------------------------------------------


def labels(corpus: Corpus) -> pd.DataFrame:
    """The study's ledger labels, each with its unit of analysis and its counterparts'.

    Returns:
        The columns of ledger_labels.csv with `row` (−1: no such unit), `carried`, `partners`
        (rows of the counterparts that could be found, best first) and `lost` (how many could
        not); no rows if the study has no labels.

    Raises:
        BadStudy: a statement is labelled as the earlier and as the later of the same pair.
    """
    given = corpus.study.ledger_labels
    if given is None or given.empty:
        return pd.DataFrame(
            columns=["statement_id", "other_statement_id", "label", "row", "carried", "partners",
                     "lost"]
        )
    _refuse_contradictions(given)
    given = given.assign(row=matched_rows(given, corpus.units))
    names = [list(filter(None, cell.split(";"))) for cell in given["counterparts"]]
    find = _finder(given, corpus.units)
    of_other = [
        [row for row in map(find, ids) if row >= 0 and corpus.units["statement_id"][row] == other]
        for ids, other in zip(names, given["other_statement_id"], strict=True)
    ]
    return given.assign(
        carried=given["label"].isin(CARRIED),
        partners=of_other,
        lost=[len(ids) - len(rows) for ids, rows in zip(names, of_other, strict=True)],
    )


def _refuse_contradictions(given: pd.DataFrame) -> None:
    as_earlier = given["label"].isin(EARLIER_LABELS)
    seen: dict[frozenset[str], tuple[str, str]] = {}
    faults = []
    for row, earlier in zip(given.itertuples(), as_earlier, strict=True):
        ends = (row.statement_id, row.other_statement_id)
        pair = ends if earlier else ends[::-1]
        if ends[0] == ends[1]:
            faults.append(
                f"ledger_labels.csv: {shown(row.unit)} is compared with its own statement; name "
                "another in other_statement_id"
            )
        elif seen.setdefault(frozenset(pair), pair) != pair:
            faults.append(
                f"ledger_labels.csv: label {shown(row.label)} of {shown(row.unit)} makes "
                f"{shown(pair[0])} the earlier statement, other labels make it the later; "
                "correct one"
            )
    if faults:
        raise BadStudy(faults[:MAX_LISTED])


def _finder(given: pd.DataFrame, units: pd.DataFrame) -> Callable[[str], int]:
    """A function from a counterpart's id to its row among the units, −1 where it names none.

    An id is that of a labelled unit, or a sentence id, or `statement:block.sentence` in the
    numbering of the labels: then its place is counted from its labelled neighbours.
    """
    known = dict(zip(given["unit"], given["row"], strict=True))
    known |= {name: row for row, name in enumerate(units["sentence_id"])}
    anchors: dict[str, list[tuple[int, int, int]]] = {}
    for unit, row in zip(given["unit"], given["row"], strict=True):
        number = _NUMBERED.fullmatch(unit)
        if number and row >= 0:
            place = (int(number["block"]), int(number["sentence"]), int(row))
            anchors.setdefault(number["statement"], []).append(place)

    def find(identifier: str) -> int:
        number = _NUMBERED.fullmatch(identifier)
        if identifier in known or number is None:
            return known.get(identifier, -1)
        place = (int(number["block"]), int(number["sentence"]))
        return _counted(place, sorted(anchors.get(number["statement"], [])), units)

    return find


def _counted(
    place: tuple[int, int], anchors: list[tuple[int, int, int]], units: pd.DataFrame
) -> int:
    """The row of a unit known only by its number, from labelled units before and after it.

    Within a labelled block sentences are counted. Else the two numberings of blocks differ by
    the same on both sides, or the block follows the one before; −1 if neither is so, or if the
    result does not lie between its neighbours.
    """
    block, sentence = place
    before = [anchor for anchor in anchors if anchor[:2] < place][-1:]
    after = [anchor for anchor in anchors if anchor[:2] > place][:1]
    blocks = units["block"].to_numpy()
    shifts = {int(blocks[row]) - number for number, _, row in (*before, *after)}
    near = [anchor for anchor in (*before, *after) if anchor[0] == block]
    if near:
        row = near[0][2] + sentence - near[0][1]
    elif len(shifts) == 1:
        statement = units["statement_id"][(before or after)[0][2]]
        name = f"{statement}:b{block + shifts.pop()}.s{sentence + 1}"
        found = np.flatnonzero((units["sentence_id"] == name).to_numpy())
        row = int(found[0]) if len(found) else -1
    elif before and before[0][0] == block - 1:
        row = before[0][2] + 1 + sentence
    else:
        return -1
    inside = all(row > anchor[2] for anchor in before) and all(row < a[2] for a in after)
    return row if inside else -1


def labelled_pairs(labelled: pd.DataFrame) -> list[Pair]:
    """The pairs that have labels, in order of appearance; labels say which is the earlier."""
    found = {}
    for row in labelled.itertuples():
        ends = (row.statement_id, row.other_statement_id)
        found[Pair(*(ends if row.label in EARLIER_LABELS else ends[::-1]))] = None
    return list(found)


def sections(corpus: Corpus) -> np.ndarray:
    """(units,) the section of each unit: what stands under one heading.

    In a statement without headings inside it, a paragraph with the list that it introduces.
    """
    section_of: dict[tuple[str, int], str] = {}
    for statement, blocks in corpus.blocks.groupby("statement_id", sort=False):
        heading = (blocks["kind"] == "heading").to_numpy()
        analysed = blocks["analysed"].to_numpy()
        inside = heading[np.argmax(analysed):].any() if analysed.any() else False
        current = f"{statement}:b0"
        for row, is_heading in zip(blocks.itertuples(), heading, strict=True):
            if is_heading or not (inside or row.kind == "list_item"):
                current = f"{statement}:b{row.block}"
            section_of[statement, row.block] = current
    keys = zip(corpus.units["statement_id"], corpus.units["block"], strict=True)
    return np.array([section_of[key] for key in keys], dtype=object)


# --- likeness -----------------------------------------------------------------------------


def compare(corpus: Corpus, counted: Matching, pair: Pair) -> pd.DataFrame:
    """How like is each unit of both statements to its best match in the other one?

    What one text says in a sentence the other may say in two, or in a paragraph. So likeness is
    the mean of three best scores: of the unit among the other statement's units, of the unit among
    its passages, and of the unit's passage among its passages. Each score = (z(stem cosine) +
    z(character cosine)) / 2, where z counts standard deviations above the mean of the pair's units
    set against units (passages) of unrelated statements. `chance` is the same mean, of the best
    scores to be expected in as many units drawn from those.

    Args:
        corpus: the statements in units.
        counted: what `matching.prepare` returned.
        pair: the two statements.

    Returns:
        One row a unit, the earlier statement's first: `side`, `row`, `matches` (rows of the most
        alike units, best first), `score`, `chance` (NaN without unrelated statements), `run`
        (words of the longest run shared with the other statement, from `VERBATIM_WORDS` on),
        `run_row`, `verbatim`. A unit without a word to compare has no match, and NaN.

    Source: bench/ledger.md for what each of the three is worth.
    """
    owner = corpus.units["statement_id"].to_numpy()
    own = np.flatnonzero(owner == pair.earlier), np.flatnonzero(owner == pair.later)
    unrelated = np.flatnonzero(
        vectors.baseline(corpus.units, corpus.study.statements) & ~np.isin(owner, list(_ids(pair)))
    )
    if len(unrelated) > MOST_UNRELATED:
        spaced = np.linspace(0, len(unrelated) - 1, MOST_UNRELATED).round().astype(int)
        unrelated = unrelated[spaced]
    set_against = (np.concatenate(own), unrelated) if len(unrelated) else own
    scales = [
        [_Standard.of(one, other, *set_against) for one, other in sides]
        for sides in _scales(counted)
    ]
    parts = []
    for side, rows, others in (("earlier", *own), ("later", *own[::-1])):
        inside, chance = (
            [sum(view.scores(rows, against) for view in scale) / len(scale) for scale in scales]
            for against in (others, unrelated)
        )
        runs = _runs(corpus.units["text"], rows, others)
        parts += [
            {
                "pair": pair,
                "side": side,
                "row": int(row),
                "matches": _best(inside[0][place], others),
                "score": float(np.mean([_largest(grid[place]) for grid in inside])),
                "chance": float(
                    np.mean([expected_best(grid[place], len(others)) for grid in chance])
                ),
                **runs.get(int(row), {"run": 0, "run_row": -1, "verbatim": False}),
            }
            for place, row in enumerate(rows)
        ]
    return pd.DataFrame(parts, columns=COMPARED)


Rows = Callable[[np.ndarray], sparse.csr_array]


def _scales(counted: Matching) -> list[list[tuple[Rows, Rows]]]:
    """What is compared with what: units with units, units with passages, passages with passages.

    In each, stems and characters; a function gives the vectors of some units or their passages.
    """
    def passage(view: View) -> Rows:
        return lambda rows: view.weighed_blocks(counted.block_of[rows])

    each = [(view.weighed_units, passage(view)) for view in counted.views]
    return [
        [(unit, unit) for unit, _ in each], each, [(whole, whole) for _, whole in each]
    ]


@dataclass(frozen=True)
class _Standard:
    """Cosines of one kind in standard deviations above their mean with unrelated units."""

    one: Rows
    other: Rows
    mean: float
    deviation: float

    @classmethod
    def of(cls, one: Rows, other: Rows, rows: np.ndarray, against: np.ndarray) -> _Standard:
        return cls(one, other, *_moments(vectors.cosines(one(rows), other(against))))

    def scores(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(rows × others)."""
        cosines = vectors.cosines(self.one(rows), self.other(others))
        return (cosines - self.mean) / self.deviation


def _ids(pair: Pair) -> tuple[str, str]:
    return pair.earlier, pair.later


def _moments(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    deviation = float(known.std()) if len(known) else 0.0
    # The same cosine for all tells nothing apart and adds 0.
    return (float(known.mean()), deviation) if deviation > 0 else (0.0, np.inf)


def _best(scores: np.ndarray, others: np.ndarray) -> list[int]:
    order = np.argsort(-scores, kind="stable")[:MOST_COUNTERPARTS]
    return [int(others[place]) for place in order if np.isfinite(scores[place])]


def _largest(scores: np.ndarray) -> float:
    known = scores[np.isfinite(scores)]
    return float(known.max()) if len(known) else float("nan")


def expected_best(values: np.ndarray, number: int) -> float:
    """The largest of `number` values drawn without replacement, on average.

    Σ over k of v₍ₖ₎ · C(k − 1, m − 1) / C(N, m), with the values in ascending order; of fewer
    values than are to be drawn, the largest. NaN without values.

    >>> round(expected_best(np.array([1.0, 2.0, 3.0]), 2), 6)
    2.666667
    """
    values = np.sort(values[np.isfinite(values)])
    if not len(values) or not number:
        return float("nan")
    n, m = len(values), min(number, len(values))
    k = np.arange(m, n + 1)
    logs = gammaln(k) - gammaln(k - m + 1) - gammaln(m) - (
        gammaln(n + 1) - gammaln(n - m + 1) - gammaln(m + 1)
    )
    weights = np.exp(logs)
    return float(values[m - 1:] @ weights / weights.sum())


def _runs(texts: pd.Series, rows: np.ndarray, others: np.ndarray) -> dict[int, dict[str, object]]:
    """The longest run of words each unit shares with a unit of the other statement, if any.

    Only runs of `VERBATIM_WORDS` words or more; case and punctuation do not count.
    """
    words = {row: _words(texts[row]) for row in (*rows, *others)}
    windows: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for other in others:
        for start in range(len(words[other]) - VERBATIM_WORDS + 1):
            window = tuple(words[other][start:start + VERBATIM_WORDS])
            windows.setdefault(window, []).append((int(other), start))
    found: dict[int, dict[str, object]] = {}
    for row in rows:
        for start in range(len(words[row]) - VERBATIM_WORDS + 1):
            window = tuple(words[row][start:start + VERBATIM_WORDS])
            for other, place in windows.get(window, ()):
                length = _length(words[row][start:], words[other][place:])
                verbatim = covers_clause(texts[row], start, start + length)
                held = found.get(int(row), {"run": 0, "verbatim": False})
                if (verbatim, length) > (held["verbatim"], held["run"]):
                    found[int(row)] = {"run": length, "run_row": other, "verbatim": verbatim}
    return found


def _words(text: str) -> list[str]:
    return [match.group().lower() for match in WORD.finditer(text)]


def _length(a: list[str], b: list[str]) -> int:
    for place, (one, other) in enumerate(zip(a, b)):
        if one != other:
            return place
    return min(len(a), len(b))


def covers_clause(text: str, start: int, end: int) -> bool:
    """Whether words `start` to `end` of a text are most of one of its clauses.

    Clauses end at commas, semicolons, colons, brackets and dashes.
    """
    ends = [match.start() for match in _CLAUSE_END.finditer(text)]
    clause = np.array([np.searchsorted(ends, word.start()) for word in WORD.finditer(text)])
    inside = np.zeros(len(clause), dtype=bool)
    inside[start:end] = True
    shares = [inside[clause == number].mean() for number in np.unique(clause[start:end])]
    return bool(max(shares, default=0.0) >= VERBATIM_SHARE)


# --- calls --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """Units of pairs of statements, what is labelled and what the method says.

    Attributes:
        units: one row a unit and pair: the columns of `compare`, `section`, `label` ("" if
            none), `agreed` (passes that gave the label), `passes`, `partners` (rows of labelled
            counterparts), `named` (rows of labelled units of the other statement that name this
            one as counterpart), `alone` (carried over by likeness alone), `carried` (by likeness,
            or because a label names it) and `probability` (of the latter, where no label names
            it); for labelled units all three come from a model that saw no label of their
            section. Nothing is called in pairs that are not `calibrated`, that is, labelled.
        reason: why there is no model, and no call; empty if there is one.
        lost: counterparts of labels that name no unit.
        unmatched: labels whose text is no unit.
    """

    units: pd.DataFrame
    reason: str
    lost: int
    unmatched: int


def judge(corpus: Corpus, counted: Matching, pairs: list[Pair]) -> Judged:
    """What became of each unit of these pairs, by label and by method?

    The method is a logistic regression on the score, the score expected by chance and the side,
    fitted to the labels of all pairs, with a cut that calls as many of them carried over as are
    labelled so. A labelled unit's call comes from the labels of all other sections. Labels work
    both ways: a unit that a label of the other statement names as counterpart is carried over,
    whatever its score, and the others are judged by a model of units that no label names.

    Args:
        corpus: the statements in units.
        counted: what `matching.prepare` returned.
        pairs: those wanted; labelled pairs are added, since the model needs them.
    """
    labelled = labels(corpus)
    known = labelled_pairs(labelled)
    wanted = list(dict.fromkeys([*pairs, *known]))
    compared = [compare(corpus, counted, pair) for pair in wanted]
    units = pd.concat(compared, ignore_index=True) if wanted else pd.DataFrame(columns=COMPARED)
    units = _with_labels(units, labelled, sections(corpus))
    units["calibrated"] = units["pair"].isin(known)
    reason = shortfall(units)
    return Judged(
        units=units.assign(probability=np.nan, alone=False, carried=False)
        if reason else _called(units),
        reason=reason,
        lost=int(labelled["lost"].sum()) if len(labelled) else 0,
        unmatched=int((labelled["row"] < 0).sum()) if len(labelled) else 0,
    )


def _with_labels(units: pd.DataFrame, labelled: pd.DataFrame, section: np.ndarray) -> pd.DataFrame:
    own: dict[tuple[Pair, int], object] = {}
    named: dict[tuple[Pair, int], list[int]] = {}
    for record in labelled.itertuples():
        ends = (record.statement_id, record.other_statement_id)
        pair = Pair(*(ends if record.label in EARLIER_LABELS else ends[::-1]))
        if record.row < 0:
            continue
        own[pair, record.row] = record
        if record.carried:
            for partner in record.partners:
                named.setdefault((pair, partner), []).append(record.row)
    keys = list(zip(units["pair"], units["row"], strict=True))
    passes = [name for name in labelled.columns if re.fullmatch(r"label_\d+", name)]
    records = [own.get(key) for key in keys]
    return units.assign(
        section=section[units["row"].to_numpy(dtype=int)],
        label=[record.label if record else "" for record in records],
        agreed=[
            sum(getattr(record, name) == record.label for name in passes) if record else 0
            for record in records
        ],
        passes=len(passes),
        partners=[list(record.partners) if record else [] for record in records],
        named=[named.get(key, []) for key in keys],
    )


def truth(units: pd.DataFrame) -> np.ndarray:
    """(units,) whether each unit is labelled as carried over."""
    return units["label"].isin(CARRIED).to_numpy()


def shortfall(units: pd.DataFrame) -> str:
    """Why labels of these units are too few to judge by, in plain words; empty if they are not."""
    labelled = units[units["label"] != ""]
    carried = int(truth(labelled).sum())
    found = labelled["section"].nunique()
    if not len(labelled):
        return "no labels"
    if min(carried, len(labelled) - carried) < MIN_LABELS:
        return (
            f"{carried} labels carried over and {len(labelled) - carried} not, {MIN_LABELS} of "
            "each are needed"
        )
    if found < MIN_SECTIONS:
        return f"labels in {found} sections, {MIN_SECTIONS} are needed"
    return ""


def _called(units: pd.DataFrame) -> pd.DataFrame:
    x, y, section = _features(units), truth(units), units["section"].to_numpy()
    labelled, calibrated = (units["label"] != "").to_numpy(), units["calibrated"].to_numpy()
    known = np.isfinite(x).all(axis=1)
    section_of = dict(zip(units["row"], section, strict=True))
    namers = [{section_of[row] for row in rows} for rows in units["named"]]
    named = np.array([bool(names) for names in namers])
    probability, likely = np.full(len(units), np.nan), np.zeros((2, len(units)), dtype=bool)
    for left_out in (None, *dict.fromkeys(section[labelled])):
        asked = ~labelled if left_out is None else labelled & (section == left_out)
        asked = asked & calibrated & known
        # Whom the section's own labels name must not tell either.
        elsewhere = np.array([bool(names - {left_out}) for names in namers])
        for method, fitted in enumerate((labelled, labelled & ~elsewhere)):
            fitted = fitted & known & (section != left_out)
            if asked.any() and len(set(y[fitted])) == 2:
                found, cut = _fit(x[fitted], y[fitted], x[asked])
                likely[method, asked] = found >= cut
                probability[asked] = found
    verbatim = (units["verbatim"] & calibrated).to_numpy()
    return units.assign(
        probability=np.where(named, np.nan, probability),
        alone=likely[0] | verbatim,
        carried=likely[1] | verbatim | named,
    )


def _features(units: pd.DataFrame) -> np.ndarray:
    """Score, side, and chance, which is left out where a study has no unrelated statement."""
    columns = [units["score"], units["side"] == "later"]
    if units["chance"].notna().any():
        columns.append(units["chance"])
    return np.column_stack(columns).astype(float)


def _fit(x: np.ndarray, y: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, float]:
    """Probabilities of the units asked about, and the cut that keeps the labels' share."""
    # Imported here: its import takes longer than most pages take to compute.
    from sklearn.linear_model import LogisticRegression

    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation[deviation == 0] = 1
    # Newton's steps: three columns need no more, and their bits do not hang on threads.
    model = LogisticRegression(C=PENALTY, solver="newton-cholesky").fit((x - mean) / deviation, y)
    fitted = np.sort(model.predict_proba((x - mean) / deviation)[:, 1])
    return model.predict_proba((asked - mean) / deviation)[:, 1], float(fitted[-y.sum()])


# --- agreement ----------------------------------------------------------------------------


def kappa(truth: np.ndarray, called: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Cohen's kappa of two yes–no judgements: agreement beyond that of their shares.

    κ = (pₒ − pₑ) / (1 − pₑ); NaN where pₑ = 1 or nothing was judged.

    Args:
        truth: (n,) labels.
        called: (n,) calls.
        weights: (n,) how often each counts.

    Source: Cohen, J. (1960), Educational and Psychological Measurement 20(1).
    """
    weights = np.ones(len(truth)) if weights is None else weights
    total = weights.sum()
    if total == 0:
        return float("nan")
    a, b = weights @ truth / total, weights @ called / total
    observed = weights @ (truth == called) / total
    expected = a * b + (1 - a) * (1 - b)
    return float((observed - expected) / (1 - expected)) if expected < 1 else float("nan")
