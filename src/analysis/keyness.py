"""Which words set two sides apart, how far, how evenly spread, and could it be the luck of a draft?

Words come in bunches: a passage that says "fence" says it again. A z above 1.96 is therefore no
test. What is asked instead: if the same passages had been dealt to the two sides at random, how
large would the largest |z| of all words have been?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from analysis import charts, charts_dots, contingency, names, tables, tokens, vectors
from analysis.corpus import Corpus
from analysis.inference import Z95, generator, layout
from analysis.sides import Sides, passages
from analysis.tables import Column

# Words that occur less often on both sides together are not compared: nothing can be seen of them.
MIN_COUNT = 3

# α₀: the prior counts as much as this many words, as much as a page; Monroe, Colaresi & Quinn set
# it near the length of a speech. The peers' `bg500`.
PRIOR_WORDS = 500

# An interval of a log ratio needs the word in this many passages of either side: with fewer, the
# redrawn passages leave it out too often (bench/log_ratio.md).
MIN_PASSAGES = 5

# METHODS: with at least so many statements a side, statements are dealt, not their passages.
MIN_DOCUMENTS = 20

# 95 % of dealings lie under the line; fewer than 20 different dealings cannot show a twentieth.
LEVEL, FEWEST_DEALINGS = 0.95, 20

# The most random dealings; their 95th percentile moves by about 2 % of itself.
MOST_DEALINGS = 1000

# Numbers held in memory at a time while dealing and redrawing.
CHUNK = 10_000_000

# Words of a side in the figure, and figures on the page: what a reader takes in.
WORDS_SHOWN, CONTRASTS_SHOWN = 8, 6

# A word in more sentences than this is about whole texts; its sentences are not listed.
MOST_EVIDENCE = 200

# One statement with more of a side's words than this speaks for the side.
ONE_VOICE = 0.6

FUNCTION, NAME = "function word", "name"
BEYOND, WITHIN, NO_LINE = "beyond the line", "within the line", "no line"

KEYNESS = {
    "contrast": Column("comparison", aside=True),
    "word": Column("word"),
    "side": Column("more on the side of"),
    "other": Column("than on the side of", aside=True),
    "z": Column("z of log-odds", "number"),
    "line": Column("line", "number"),
    "standing": Column("standing"),
    "dealt": Column("words with |z| > 1.96 in a random dealing, mean", "number", aside=True),
    "n_a": Column("times on the first side", "count"),
    "n_b": Column("on the second", "count"),
    "per_1000_a": Column("per 1,000 words, first", "number"),
    "per_1000_b": Column("second", "number"),
    "log_ratio": Column("log ratio", "number"),
    "low": Column("95 % from", "number"),
    "high": Column("to", "number"),
    "why_no_interval": Column("why no interval", aside=True),
    "g2": Column("G², signed", "number", aside=True),
    "chi2": Column("χ², signed", "number", aside=True),
    "passages_a": Column("passages with it on the first side", "count", aside=True),
    "passages_b": Column("passages with it on the second", "count", aside=True),
    "dp": Column("unevenness over passages (DP)", "number"),
    "kind": Column("kind"),
    "spellings": Column("spellings, first : second", aside=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Words of two sides, by part (passage, or statement where there are many).

    Attributes:
        matrix: (parts, V) counts, parts of the first side first.
        first: how many parts are of the first side.
        words: (V,) the words.
        sizes: (parts,) all words of each part.
        prior: (V,) α.
    """

    matrix: sparse.csr_array
    first: int
    words: np.ndarray
    sizes: np.ndarray
    prior: np.ndarray

    def sums(self) -> tuple[np.ndarray, np.ndarray, float, float]:
        a = np.asarray(self.matrix[: self.first].sum(axis=0)).ravel()
        b = np.asarray(self.matrix[self.first:].sum(axis=0)).ravel()
        return a, b, float(self.sizes[: self.first].sum()), float(self.sizes[self.first:].sum())


def keywords(
    corpus: Corpus, compared: list[Sides], *, fold: bool = True, seed: int, n_boot: int
) -> pd.DataFrame:
    """Which words set the two sides of each comparison apart?

    Words as written, in lower case, not stemmed. z and its prior: `contingency.log_odds`, α
    proportional to the word's frequency in all statements and both sides, Σα = `PRIOR_WORDS`.
    The line is the 95th percentile of the largest |z| of all compared words over random dealings
    of the same passages to two sides of the same numbers of passages: it answers for the number of
    words and for their coming in bunches at once. Log ratio: `contingency.log_ratio`, interval ± t
    standard errors of redrawn passages, where the word is in `MIN_PASSAGES` passages of either
    side and both sides have text enough. DP over the passages of both sides.

    Args:
        corpus: the statements in units.
        compared: the comparisons; one whose sides are in two languages is left out.
        fold: count spelling variants as one word.
        seed: of dealings and redrawn passages.
        n_boot: redrawn sets of passages; at most `MOST_DEALINGS` dealings.

    Returns:
        One row a comparison and word that occurs at least `MIN_COUNT` times on its sides, the most
        telling first; evidence: its sentences, up to `MOST_EVIDENCE`.

    Do not read the line as a statement about other texts, nor a word within it as shared.

    Source: Monroe, Colaresi & Quinn (2008); Westfall, P. & Young, S. (1993), Resampling-Based
    Multiple Testing, Wiley, on the largest statistic of redealt data.
    """
    rows = []
    if compared:
        raw = tokens.tokenise(corpus.units)
        words = tokens.fold(raw, tokens.spelling_variants(raw)) if fold else raw
    for sides in compared:
        if len(sides.languages(corpus)) == 1:
            rows += _rows(corpus, sides, raw, words, seed=seed, n_boot=n_boot)
    return tables.result(rows, columns=KEYNESS, made_by="analysis.keyness.keywords")


def _rows(corpus, sides: Sides, raw, words, *, seed: int, n_boot: int) -> list[dict]:
    counted = _count(corpus, sides, words)
    if counted is None:
        return []
    a, b, n_a, n_b = counted.sums()
    kept = np.flatnonzero(a + b >= MIN_COUNT)
    if not len(kept):
        return []
    _, z = contingency.log_odds(a, b, n_a, n_b, prior=counted.prior)
    line, dealt = _line(counted, kept, rng=generator(seed, "dealt", sides.label), n=n_boot)
    matrix = counted.matrix[:, kept]
    held = np.stack([np.bincount(part.indices, minlength=len(kept))
                     for part in (matrix[: counted.first], matrix[counted.first:])])
    errors, reason = _errors(counted, matrix, rng=generator(seed, "redrawn", sides.label),
                             n_boot=n_boot)
    ratio = contingency.log_ratio(a, b, n_a, n_b)[kept]
    g2, chi2 = (f(a, b, n_a, n_b)[kept] for f in
                (contingency.log_likelihood, contingency.chi_squared))
    dp = np.concatenate([
        contingency.deviation_of_proportions(own, counted.sizes)
        for own in _portions(matrix, len(counted.sizes))
    ])
    chosen = {word: place for place, word in enumerate(counted.words[kept])}
    about = _about(corpus, sides, raw, words, chosen)
    t = float(stats.t.ppf(0.975, min(counted.first, len(counted.sizes) - counted.first) - 1)) \
        if not reason else float("nan")
    rows = []
    for word, place in chosen.items():
        why = reason or _too_few(held[:, place])
        reach = float("nan") if why else t * errors[place]
        score, k = float(z[kept[place]]), kept[place]
        kind, spellings, evidence = about[word]
        side, other = (sides.a_label, sides.b_label)[:: 1 if score >= 0 else -1]
        rows.append(
            {
                "contrast": sides.label,
                "word": word,
                "side": side,
                "other": other,
                "z": score,
                "line": line,
                "dealt": dealt,
                "standing": NO_LINE if np.isnan(line) else BEYOND if abs(score) > line else WITHIN,
                "n_a": int(a[k]),
                "n_b": int(b[k]),
                "per_1000_a": 1000 * a[k] / n_a,
                "per_1000_b": 1000 * b[k] / n_b,
                "log_ratio": float(ratio[place]),
                "low": float(ratio[place]) - reach,
                "high": float(ratio[place]) + reach,
                "why_no_interval": why,
                "g2": float(g2[place]),
                "chi2": float(chi2[place]),
                "passages_a": int(held[0, place]),
                "passages_b": int(held[1, place]),
                "dp": float(dp[place]),
                "kind": kind,
                "spellings": spellings,
                "evidence": evidence,
            }
        )
    return sorted(rows, key=lambda row: (-abs(row["z"]), row["word"]))


def _too_few(held: np.ndarray) -> str:
    if held.min() >= MIN_PASSAGES:
        return ""
    return f"in {held.min()} passages of a side, {MIN_PASSAGES} are needed"


def _count(corpus: Corpus, sides: Sides, words: pd.DataFrame) -> _Counted | None:
    units = corpus.units
    documents = all(
        len(sides.statements(corpus, side)) >= MIN_DOCUMENTS for side in (sides.a, sides.b)
    )
    part = units["statement_id"] if documents else passages(corpus)
    row = words["row"].to_numpy(dtype=int)
    own = words[(sides.a | sides.b)[row]]
    at = own["row"].to_numpy(dtype=int)
    code, names_of_parts = pd.factorize(part, sort=True)
    second = len(names_of_parts)
    parts, rows = np.unique(np.where(sides.a, code, second + code)[at], return_inverse=True)
    first = int((parts < second).sum())
    if not 0 < first < len(parts):
        return None
    found = vectors.count(own[["token"]].assign(row=rows), rows=len(parts))
    background = vectors.baseline(units, corpus.study.statements) | sides.a | sides.b
    frequency = words["token"][background[row]].value_counts().reindex(found.types).to_numpy()
    return _Counted(
        matrix=sparse.csr_array(found.matrix), first=first, words=found.types,
        sizes=np.asarray(found.matrix.sum(axis=1)).ravel(),
        prior=PRIOR_WORDS * frequency / frequency.sum(),
    )


def _line(
    counted: _Counted, kept: np.ndarray, *, rng: np.random.Generator, n: int
) -> tuple[float, float]:
    """If the parts were dealt to the sides at random: the 95th percentile of the largest |z|, and
    how many |z| pass 1.96, on average; NaN where there are too few parts to deal.
    """
    parts, n = len(counted.sizes), min(n, MOST_DEALINGS)
    if _dealings(parts, counted.first) < FEWEST_DEALINGS:
        return float("nan"), float("nan")
    matrix, sizes = counted.matrix[:, kept], counted.sizes
    total = np.asarray(matrix.sum(axis=0)).ravel()
    alpha, rest = counted.prior[kept], PRIOR_WORDS
    largest, beyond = [], 0
    step = max(1, CHUNK // max(parts, len(kept)))
    for begin in range(0, n, step):
        dealt = np.zeros((min(step, n - begin), parts))
        for row in dealt:
            row[rng.permutation(parts)[: counted.first]] = 1
        a = np.asarray((matrix.T @ dealt.T).T) + alpha
        n_a = (dealt @ sizes)[:, None] + rest
        b, n_b = total + 2 * alpha - a, sizes.sum() + 2 * rest - n_a
        z = (np.log(a / (n_a - a)) - np.log(b / (n_b - b))) / np.sqrt(1 / a + 1 / b)
        largest.append(np.abs(z).max(axis=1))
        beyond += int((np.abs(z) > Z95).sum())
    return float(np.quantile(np.concatenate(largest), LEVEL)), beyond / n


def _dealings(parts: int, first: int) -> float:
    ways = 1.0
    for k in range(min(first, parts - first)):
        ways = ways * (parts - k) / (k + 1)
        if ways > 1e6:
            break
    return ways


def _errors(
    counted: _Counted, matrix: sparse.csr_array, *, rng: np.random.Generator, n_boot: int
) -> tuple[np.ndarray, str]:
    """Standard error of each word's log ratio over redrawn parts; why there is none, if so."""
    cuts = (slice(0, counted.first), slice(counted.first, None))
    for cut in cuts:
        why = layout(counted.sizes[cut]).shortfall
        if why:
            return np.full(matrix.shape[1], np.nan), why
    logs = []
    for cut in cuts:
        sizes = counted.sizes[cut]
        n = len(sizes)
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=n_boot).astype(float)
        words = (drawn @ sizes)[:, None]
        logs.append(np.concatenate([
            np.log2((drawn @ own + contingency.ABSENT) / words).var(axis=0, ddof=1) * n / (n - 1)
            for own in _portions(matrix[cut], max(n, n_boot))
        ]))
    return np.sqrt(logs[0] + logs[1]), ""


def _portions(matrix: sparse.csr_array, rows: int) -> Iterator[np.ndarray]:
    """(parts, some of V) the columns in order, so many at a time that `rows` of them are `CHUNK`
    numbers."""
    columns, step = matrix.tocsc(), max(1, CHUNK // rows)
    for begin in range(0, matrix.shape[1], step):
        yield columns[:, begin:begin + step].toarray(order="C")


def _about(corpus: Corpus, sides: Sides, raw, words, chosen: dict[str, int]) -> dict[str, tuple]:
    """Word → its kind, its spellings on either side, and the sentences that hold it."""
    row = words["row"].to_numpy(dtype=int)
    own = (sides.a | sides.b)[row] & words["token"].isin(list(chosen)).to_numpy()
    language = sides.languages(corpus)[0]
    in_sides = (sides.a | sides.b)[row]
    masked = np.zeros(len(words), dtype=bool)
    masked[in_sides] = names.masked(words[in_sides].reset_index(drop=True), language)
    table = pd.DataFrame(
        {
            "word": words["token"].array[own].astype(object),
            "written": raw["token"].array[own].astype(object),
            "name": masked[own],
            "first": sides.a[row[own]],
            "sentence": words["sentence_id"].to_numpy()[own],
        }
    )
    about = {}
    for word, part in table.groupby("word", sort=False):
        kind = NAME if part["name"].mean() > 0.5 else ""
        if word in vectors.stop_words(language):
            kind = FUNCTION
        sentences = list(dict.fromkeys(part["sentence"]))
        about[word] = (
            kind, _spellings(part), sentences if len(sentences) <= MOST_EVIDENCE else []
        )
    return about


def _spellings(part: pd.DataFrame) -> str:
    """Each spelling with its counts on the two sides; empty if there is only one."""
    forms = sorted(set(part["written"]))
    if len(forms) < 2:
        return ""
    counts = part.groupby("written")["first"].agg(["sum", "size"])
    return ", ".join(
        f"{form} {counts.at[form, 'sum']} : {counts.at[form, 'size'] - counts.at[form, 'sum']}"
        for form in forms
    )


def leading(table: pd.DataFrame) -> pd.DataFrame:
    """What a figure shows: the most telling words of either side of the first comparisons.

    Function words and names of `names.yaml` are left out; the whole table holds them.
    """
    content = table[table["kind"] == ""]
    contrasts = list(dict.fromkeys(table["contrast"]))[:CONTRASTS_SHOWN]
    picked = []
    for contrast in contrasts:
        own = content[content["contrast"] == contrast]
        picked += [own[own["z"] > 0].head(WORDS_SHOWN),
                   own[own["z"] < 0].head(WORDS_SHOWN).iloc[::-1]]
    chosen = pd.concat(picked).reset_index(drop=True) if picked else table.iloc[:0].copy()
    chosen.attrs = table.attrs
    return chosen


def reading(corpus: Corpus, compared: list[Sides], table: pd.DataFrame) -> list[str]:
    """How many words stand beyond the line, what to expect by chance, and whose words they are."""
    if not compared:
        return ["No comparison is declared, and there are too many statements to set each "
                "against the others: no words are compared."]
    said = []
    for sides in compared:
        own = table[table["contrast"] == sides.label]
        if len(sides.languages(corpus)) > 1:
            said.append(f"{sides.label}: withheld, the sides are in different languages.")
        elif own.empty:
            said.append(f"{sides.label}: no word occurs {MIN_COUNT} times on these sides.")
        else:
            said.append(f"{sides.label}: {_standing(own)}{_voices(corpus, sides)}")
    return said


def _standing(own: pd.DataFrame) -> str:
    line, n = own["line"].iloc[0], len(own)
    naive = int((own["z"].abs() > Z95).sum())
    if np.isnan(line):
        return (f"{n} words; insufficient evidence, the sides have too few passages to deal out "
                "again.")
    beyond = own[own["standing"] == BEYOND]
    named = "; ".join(
        f"{side}: {', '.join(part['word'].head(WORDS_SHOWN))}"
        for side, part in beyond.groupby("side", sort=False)
    )
    text = f" ({named})" if named else ""
    return (
        f"of {n} words, {len(beyond)} stand{'s' * (len(beyond) == 1)} beyond the line of |z| = "
        f"{line:.1f}, which the largest of all words passes in 5 % of random dealings{text}. "
        f"|z| > 1.96 would name {naive}; a random dealing names {own['dealt'].iloc[0]:.1f} on "
        "average."
    )


def _voices(corpus: Corpus, sides: Sides) -> str:
    """Which side is mostly one statement, where a side has several."""
    words = corpus.units["words"]
    parts = []
    for label, side in ((sides.a_label, sides.a), (sides.b_label, sides.b)):
        by = words[side].groupby(corpus.units["statement_id"][side]).sum()
        if len(by) > 1 and by.max() / by.sum() > ONE_VOICE:
            parts.append(
                f" {corpus.labels[by.idxmax()]} has {100 * by.max() / by.sum():.0f} % of the "
                f"words of {label}: its words are the side's."
            )
    return "".join(parts)


def title(part: pd.DataFrame) -> str:
    """The message of one comparison's figure."""
    beyond = part[part["standing"] == BEYOND]
    if part["line"].isna().all():
        return "Insufficient evidence: words in order of z, no line"
    if beyond.empty:
        return "No word stands beyond what random dealing of the passages yields"
    return "Beyond the line: " + "; ".join(
        f"{', '.join(own['word'])} ({side})" for side, own in beyond.groupby("side", sort=False)
    )


def chart(part: pd.DataFrame) -> charts.Chart | None:
    """The figure of one comparison: its leading words by z, and the line.

    Args:
        part: the rows of `leading` of one comparison.
    """
    row = part.iloc[0]
    first, second = (row["side"], row["other"])[:: 1 if row["z"] >= 0 else -1]
    return charts_dots.opposed_words(
        part, word="word", value="z", line="line", sides=(first, second),
        unit="z of log-odds; shaded: within the line", title=title(part),
    )
