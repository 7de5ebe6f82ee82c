"""A study's texts under every specification, each part made once: what estimands stand on."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import (
    coding,
    commitments,
    comparison,
    dictionary,
    framing,
    likeness,
    supervised,
    voice,
    wording,
)
from analysis.comparison import Likeness
from analysis.corpus import Corpus, build
from analysis.dictionary import Dictionary
from analysis.inference import (
    Interval, Layout, combine, generator, layout, share_interval, share_intervals,
)
from analysis.specification import DEFAULT, Specification
from analysis.study import Study
from analysis.verdicts import LEVEL_WITHIN

NAN = float("nan")

# Ways to count that are kept at a time: names kept and masked, as one claim needs both, and one
# more of each. Each may hold forty megabytes of redrawn texts.
RECENT = 4

# METHODS: with at least so many statements a side, statements are redrawn, not their blocks.
MANY_STATEMENTS = 20


@dataclass(frozen=True, slots=True)
class Target:
    """What a unit may hold: a frame of the dictionary, or one of some terms.

    Attributes:
        kind: `frame`, `terms` or `commitment`.
        name: the frame's id, the terms joined, the reading of commitments.
    """

    kind: str
    name: str

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(self.name.split("|")) if self.kind == "terms" else ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a sensitivity analysis alters: one block, one term, one statement, or the seed.

    Attributes:
        kind: `block`, `term`, `statement` or `seed`; "" for nothing.
        what: (statement id, block number), (category, phrase), statement id, seed.
    """

    kind: str = ""
    what: object = None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a statement holds a target.

    Attributes:
        interval: of the share, bounds NaN where the layout falls short.
        within: the same at the level for claims of stability.
        layout: the blocks it rests on.
        rows: positions of the units that hold it.
        words: words of all units that were counted.
    """

    interval: Interval
    within: Interval
    layout: Layout
    rows: tuple[int, ...]
    words: int


class Reading:
    """One way to read the texts: what is set aside, and whether spelling variants are one word."""

    def __init__(self, corpus: Corpus, *, fold: bool) -> None:
        self.corpus, self.fold = corpus, fold
        self._matches: dict[object, pd.DataFrame] = {}

    @cached_property
    def pairs(self) -> likeness.Pairs:
        return likeness.Pairs(self.corpus)

    @cached_property
    def words(self) -> likeness.Words:
        return likeness.read(self.corpus, fold=self.fold)

    @cached_property
    def statement(self) -> np.ndarray:
        """(units,) position of each unit's statement."""
        place = {identifier: i for i, identifier in enumerate(self.corpus.labels)}
        return self.corpus.units["statement_id"].map(place).to_numpy(dtype=int)

    @cached_property
    def block(self) -> np.ndarray:
        """(units,) number of each unit's block, through all texts, as `Words.block` counts."""
        units = self.corpus.units
        keys = list(zip(units["statement_id"], units["block"], strict=True))
        number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        return np.array([number[key] for key in keys], dtype=int)

    @cached_property
    def block_names(self) -> list[tuple[str, int]]:
        """(statement id, block number in its statement) of each number of `block`."""
        units = self.corpus.units
        keys = zip(units["statement_id"], (int(b) for b in units["block"]), strict=True)
        return list(dict.fromkeys(keys))

    @cached_property
    def block_words(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Statement id → number and words of each of its blocks that are analysed."""
        own = self.corpus.blocks[self.corpus.blocks["analysed"]]
        return {
            name: (part["block"].to_numpy(dtype=int), part["words"].to_numpy())
            for name, part in own.groupby("statement_id", sort=False)
        }

    @cached_property
    def reported(self) -> np.ndarray:
        """(units,) whether a unit reports what somebody else says."""
        return voice.reported(self.corpus)

    def matches(self, words: Dictionary) -> pd.DataFrame:
        """Where the dictionary's terms stand."""
        key = tuple(category.id for category in words.categories), words.version
        if key not in self._matches:
            self._matches[key] = framing.frame_matches(self.corpus, words, fold=self.fold)
        return self._matches[key]

    @cached_property
    def coded(self) -> pd.DataFrame:
        """The study's coded sentences that are units of analysis."""
        coded = coding.own(self.corpus)
        return coded[coded["unit"] >= 0]

    @cached_property
    def named(self) -> pd.DataFrame:
        """Where the names of wording.yaml stand."""
        return wording.occurrences(self.corpus, fold=self.fold)


class Bench:
    """A study's texts under every specification.

    Args:
        study: the study.
        base: the default analysis: that of the other pages with the same parameters.
        seed: of all resamples.
        n_boot: resamples behind each interval of the default analysis.
        n_boot_variants: the same for every other analysis.
    """

    def __init__(
        self, study: Study, *, base: Specification = DEFAULT, seed: int, n_boot: int,
        n_boot_variants: int,
    ) -> None:
        self.study, self.base, self.seed = study, base, seed
        self.n_boot, self.n_boot_variants = n_boot, n_boot_variants
        self.change, self.evidence = Change(), True
        self.kept: dict[tuple, object] = {}
        self.recent: dict[tuple, object] = {}

    def changed(self, change: Change) -> Bench:
        """The same bench with one thing altered; what that does not touch is shared."""
        other = copy.copy(self)
        other.change = change
        if change.kind == "seed":
            other.seed = int(change.what)
        return other

    def once(self, key: tuple, make) -> object:
        """What `make` returns, made once for this key."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def lately(self, key: tuple, make) -> object:
        """As `once`, but only the last few results are kept: they hold redrawn texts."""
        if key not in self.recent:
            while len(self.recent) >= RECENT:
                self.recent.pop(next(iter(self.recent)))
            self.recent[key] = make()
        return self.recent[key]

    def resamples(self, spec: Specification) -> int:
        """Resamples of an interval; one claim may need the default analysis with names masked."""
        same = replace(spec, masking=self.base.masking) == self.base
        default = same and self.change.kind in ("", "seed")
        return self.n_boot if default else self.n_boot_variants

    def reading(self, spec: Specification) -> Reading:
        text = spec.boilerplate, spec.headings
        corpus = self.once(("corpus", *text), lambda: build(
            self.study, boilerplate=spec.boilerplate == "kept", headings=spec.headings == "in"
        ))
        fold = spec.folding == "folded"
        return self.once(("reading", *text, fold), lambda: Reading(corpus, fold=fold))

    @cached_property
    def frames(self) -> Dictionary:
        return framing.dictionary_of(self.reading(self.base).corpus)

    # ------------------------------------------------------------ likeness

    def likeness(self, spec: Specification) -> Likeness:
        """The texts to compare, by this specification's words and weights."""
        reading = self.reading(spec)
        text = (spec.boilerplate, spec.headings, spec.folding)
        counted = (*text, spec.masking, spec.stop_words, spec.stemming, spec.ngrams,
                   spec.measure == "characters")
        found = self.lately(counted, lambda: comparison.terms(reading.words, spec))
        weighed = (spec.measure in ("cosine", "characters"), spec.term_weighting == "counts",
                   spec.unit, spec.min_df)
        weighs = self.once(
            ("weights", *counted, *weighed),
            lambda: comparison.weights(found, spec, reading.block),
        )
        return Likeness(found, weighs, spec, list(reading.corpus.labels), self.dropped(reading))

    def equal_length(self, spec: Specification) -> int:
        """Words drawn from each text where texts are compared at equal length."""
        reading = self.reading(spec)
        return likeness.equal_length(reading.words, reading.pairs.statements)

    def dropped(self, reading: Reading) -> int:
        """Number of the block that is left out, −1 if none is."""
        if self.change.kind != "block" or self.change.what not in reading.block_names:
            return -1
        return reading.block_names.index(self.change.what)

    def text_layout(self, spec: Specification, statement: str) -> tuple[str, Layout]:
        """A statement's label and the blocks that a likeness of it rests on."""
        reading = self.reading(spec)
        dropped = -1
        if self.change.kind == "block" and self.change.what[0] == statement:
            dropped = self.change.what[1]
        numbers, words = reading.block_words[statement]
        return reading.corpus.labels[statement], layout(words[numbers != dropped])

    # ------------------------------------------------------------ shares

    def hits(self, spec: Specification, target: Target) -> tuple[np.ndarray, np.ndarray]:
        """(units,) which units hold the target, and which were looked at."""
        touched = self.change if self.change.kind in ("block", "term") else None
        text = spec.boilerplate, spec.headings, spec.folding
        key = ("hits", *text, spec.instrument, target, touched)
        return self.once(key, lambda: self._hits(spec, target))

    def _hits(self, spec: Specification, target: Target) -> tuple[np.ndarray, np.ndarray]:
        reading = self.reading(spec)
        size = len(reading.statement)
        hit, seen = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
        if target.kind == "frame" and spec.instrument == "coded":
            coded = coding.coded_with_frames(reading.coded)
            seen[:] = False
            seen[coded["unit"].to_numpy(dtype=int)] = True
            hit[coded.loc[coding.holds(coded, target.name), "unit"].to_numpy(dtype=int)] = True
        elif target.kind == "frame" and spec.instrument == "model":
            found = self.model(spec)
            hit |= found.model[:, found.frames.index(target.name)]
        else:
            hit[self.rows(spec, target)] = True
        if (dropped := self.dropped(reading)) >= 0:
            seen &= reading.block != dropped
        return hit & seen, seen

    def model(self, spec: Specification) -> supervised.Found:
        """Which units hold which frames by the models that were learnt from coded sentences."""
        reading = self.reading(replace(spec, folding=self.base.folding))
        key = ("model", spec.boilerplate, spec.headings)
        return self.once(key, lambda: supervised.find(
            reading.corpus, self.frames, reading.matches(self.frames), coding.own(reading.corpus)
        ))

    def inapplicable(self, spec: Specification, target: Target) -> str:
        """Why the target cannot be counted under a specification; empty if it can."""
        if target.kind != "frame" or spec.instrument == "dictionary":
            return ""
        coded = coding.coded_with_frames(self.reading(spec).coded)
        if coded.empty:
            return "no sentence of the study is coded"
        if spec.instrument == "model":
            found = self.model(spec)
            if not found.learnt[found.frames.index(target.name)]:
                return "too few coded sentences to learn the frame from"
        return ""

    def rows(self, spec: Specification, target: Target) -> np.ndarray:
        """Positions of the units in which the target's terms stand."""
        return self.matches(spec, target)["row"].unique().astype(int)

    def matches(self, spec: Specification, target: Target) -> pd.DataFrame:
        """Where the target's terms stand."""
        words = self.frames
        name = target.name
        if target.kind == "terms":
            words, name = term_list(target.terms), "terms"
        found = self.reading(spec).matches(words)
        found = found[found["category"] == name]
        if self.change.kind == "term" and self.change.what[0] == target.name:
            found = found[found["term"] != self.change.what[1]]
        return found

    def share(
        self, spec: Specification, target: Target, statement: str, *, part: str = "all"
    ) -> Share:
        """Which share of a statement's units holds the target, as `framing.frame_share`?

        Args:
            spec: the specification.
            target: what is looked for.
            statement: id of the statement.
            part: `all` units, those in the issuer's `own` voice, or those that are `reported`.
        """
        touched = self.change.kind == "term" and self.change.what[0] == target.name
        touched |= self.change.kind == "block" and self.change.what[0] == statement
        key = (
            "share", spec.boilerplate, spec.headings, spec.folding, spec.unit,
            spec.unit_weighting, spec.instrument, target, statement, part, self.seed,
            self.resamples(spec), self.change if touched else None,
        )
        return self.once(key, lambda: self._share(spec, target, statement, part))

    def _share(self, spec: Specification, target: Target, statement: str, part: str) -> Share:
        reading = self.reading(spec)
        hit, seen = self.hits(spec, target)
        own = seen & (reading.statement == list(reading.corpus.labels).index(statement))
        if part != "all":
            own &= reading.reported == (part == "reported")
        rows = np.flatnonzero(own)
        words = reading.corpus.units["words"].to_numpy()[rows]
        number, block = np.unique(reading.block[rows], return_inverse=True)
        hit_rows = hit[rows]
        hit, weight = hit_rows.astype(float), np.ones(len(rows))
        in_block = np.bincount(block, words, len(number))
        if spec.unit == "block":
            hit = np.minimum(np.bincount(block, hit, len(number)), 1)
            words, block, weight = in_block, np.arange(len(number)), np.ones(len(number))
        if spec.unit_weighting == "words":
            weight = words
        hits = np.bincount(block, hit * weight, len(number))
        units = np.bincount(block, weight, len(number))
        shape = self._share_layout(spec, statement, part, in_block)
        if self._withheld(spec, target, statement):
            none = Interval(NAN, NAN, NAN)
            return Share(none, none, Layout(0, 0.0, NAN), (), int(words.sum()))
        name = target.name if part == "all" else f"{target.name} {part}"
        both, _ = share_intervals(
            hits, units, rng=generator(self.seed, name, statement), n_boot=self.resamples(spec),
            levels=(0.95, LEVEL_WITHIN),
        )
        if shape.shortfall:
            both = [Interval(interval.estimate, NAN, NAN) for interval in both]
        held = tuple(rows[hit_rows].tolist())
        return Share(both[0], both[1], shape, held, int(words.sum()))

    def _withheld(self, spec: Specification, target: Target, statement: str) -> bool:
        """Whether the text is in another language than the dictionary's, so that no word counts."""
        if target.kind != "frame" or spec.instrument == "coded":
            return False
        return statement in framing.withheld(self.reading(spec).corpus)

    def _share_layout(
        self, spec: Specification, statement: str, part: str, in_block: np.ndarray
    ) -> Layout:
        """Blocks of the whole statement as the page counts them, or of the part that is seen."""
        if part == "all" and spec.instrument != "coded":
            return replace(self.text_layout(spec, statement)[1], estimator="share")
        return layout(in_block, estimator="share")

    def side(
        self, spec: Specification, target: Target, statements: Sequence[str], *,
        part: str = "all", within: bool = False,
    ) -> tuple[Interval, list[Share]]:
        """The mean share of some statements, each weighing the same or by its words.

        Of `MANY_STATEMENTS` or more, one share: that of the side, its statements redrawn.
        """
        if len(statements) >= MANY_STATEMENTS:
            share = self.documents(spec, target, tuple(statements), part)
            return (share.within if within else share.interval), [share]
        shares = [self.share(spec, target, one, part=part) for one in statements]
        parts = [share.within if within else share.interval for share in shares]
        weights = np.ones(len(shares))
        if spec.statement_weighting == "words":
            weights = np.array([share.words for share in shares], dtype=float)
        return combine(parts, (weights / weights.sum()).tolist()), shares

    def documents(
        self, spec: Specification, target: Target, statements: tuple[str, ...], part: str
    ) -> Share:
        """The share of many statements together, with statements as what is redrawn."""
        key = ("documents", spec, target, statements, part, self.seed, self.resamples(spec),
               self.change)
        return self.once(key, lambda: self._documents(spec, target, statements, part))

    def _documents(
        self, spec: Specification, target: Target, statements: tuple[str, ...], part: str
    ) -> Share:
        reading = self.reading(spec)
        hit, seen = self.hits(spec, target)
        place = self._places(reading, statements)[reading.statement]
        own = seen & (place >= 0)
        if part != "all":
            own &= reading.reported == (part == "reported")
        rows = np.flatnonzero(own)
        words = reading.corpus.units["words"].to_numpy()[rows].astype(float)
        held, place, weight = hit[rows].astype(float), place[rows], np.ones(len(rows))
        if spec.unit == "block":
            number, block = np.unique(reading.block[rows], return_inverse=True)
            held = np.minimum(np.bincount(block, held, len(number)), 1)
            words = np.bincount(block, words, len(number))
            place = place[np.unique(block, return_index=True)[1]]
            weight = np.ones(len(number))
        if spec.unit_weighting == "words":
            weight = words
        n = len(statements)
        hits = np.bincount(place, held * weight, n)
        units = np.bincount(place, weight, n)
        name = target.name if part == "all" else f"{target.name} {part}"
        length = np.bincount(place, words, n)
        both = [
            self._of_documents(spec, hits, units, length, (name, *statements), level)
            for level in (0.95, LEVEL_WITHIN)
        ]
        shape = layout(length, estimator="share")
        if shape.shortfall:
            both = [Interval(interval.estimate, NAN, NAN) for interval in both]
        return Share(both[0], both[1], shape, tuple(rows[hit[rows]].tolist()), int(words.sum()))

    @staticmethod
    def _places(reading: Reading, statements: tuple[str, ...]) -> np.ndarray:
        """(texts,) the place of each text among these statements, −1 if it is not there."""
        place = {name: number for number, name in enumerate(statements)}
        return np.array([place.get(name, -1) for name in reading.corpus.labels])

    def _of_documents(
        self, spec: Specification, hits: np.ndarray, units: np.ndarray, words: np.ndarray,
        names: tuple[str, ...], level: float,
    ) -> Interval:
        """Interval of a share over statements that weigh the same, or by their words."""
        known = units > 0
        shares = np.divide(hits, units, out=np.zeros(len(units)), where=known)
        weight = known * (words if spec.statement_weighting == "words" else 1.0)
        # Together as many units as there are, dealt out by weight.
        weight = weight * units.sum() / max(weight.sum(), 1e-12)
        return share_interval(
            shares * weight, weight, rng=generator(self.seed, *names), n_boot=self.resamples(spec),
            level=level,
        )[0]

    # ------------------------------------------------------------ commitments

    def committed(self, spec: Specification, least: int) -> np.ndarray:
        """(units,) which units bind the parties at least so strongly.

        As coded where a unit was, else by the study's rules.
        """
        key = ("binding", spec.boilerplate, spec.headings)
        return self.once(key, lambda: self._binding(spec)) >= least

    def _binding(self, spec: Specification) -> np.ndarray:
        """(units,) commitment, −1 where the rules do not read the language."""
        found = self.levels(spec)["level"].fillna(-1).to_numpy(dtype=float)
        known = self.reading(spec).coded
        known = known[known["commitment"].notna()]
        found[known["unit"].to_numpy(dtype=int)] = known["commitment"].to_numpy(dtype=float)
        return found

    def levels(self, spec: Specification) -> pd.DataFrame:
        """What `commitments.read` finds in these units."""
        key = ("levels", spec.boilerplate, spec.headings)
        return self.once(key, lambda: commitments.read(self.reading(spec).corpus))

    def level_share(
        self, spec: Specification, level: int, statement: str, reading: str
    ) -> commitments.LevelShare:
        """Which share of a statement has this level of commitment, in one reading?"""
        change = self.change if self.change.kind == "block" else Change()
        touched = change.kind == "block" and change.what[0] == statement
        key = ("level", spec.boilerplate, spec.headings, level, statement, reading, self.seed,
               self.resamples(spec), change if touched else None)
        return self.once(key, lambda: self._level_share(spec, level, statement, reading))

    def level_side(
        self, spec: Specification, level: int, statements: Sequence[str], reading: str
    ) -> list[commitments.LevelShare]:
        """`level_share` of each statement; of `MANY_STATEMENTS` or more one, of all together."""
        if len(statements) < MANY_STATEMENTS:
            return [self.level_share(spec, level, one, reading) for one in statements]
        key = ("levels of many", spec, level, tuple(statements), reading, self.seed,
               self.resamples(spec), self.change)
        return [self.once(key, lambda: self._level_side(spec, level, tuple(statements), reading))]

    def _level_side(
        self, spec: Specification, level: int, statements: tuple[str, ...], reading: str
    ) -> commitments.LevelShare:
        read = self.reading(spec)
        table = self.once(("pieces", spec.boilerplate, spec.headings, reading), lambda: (
            commitments.pieces(read.corpus, self.levels(spec), reading=reading)
        ))
        own = table[table["statement_id"].isin(statements)]
        if self.change.kind == "block":
            gone = self.change.what
            own = own[(own["statement_id"] != gone[0]) | (own["block"] != gone[1])]
        order = {name: number for number, name in enumerate(statements)}
        place = own["statement_id"].map(order).to_numpy(dtype=int)
        held, n = (own["level"] == level).to_numpy(), len(statements)
        length = np.array([read.block_words[one][1].sum() for one in statements], dtype=float)
        interval = self._of_documents(
            spec, np.bincount(place, held, n), np.bincount(place, minlength=n).astype(float),
            length, (reading, str(level), *statements), 0.95,
        )
        shape = layout(length, estimator="share")
        if shape.shortfall:
            interval = Interval(interval.estimate, NAN, NAN)
        evidence = list(dict.fromkeys(own["sentence_id"][held]))
        return commitments.LevelShare(interval, NAN, shape, evidence, len(own))

    def _level_share(
        self, spec: Specification, level: int, statement: str, reading: str
    ) -> commitments.LevelShare:
        corpus = self.reading(spec).corpus
        text = (spec.boilerplate, spec.headings, reading)
        every = self.once(("candidates", *text), lambda: (
            commitments.candidates(corpus, self.levels(spec), reading=reading)
        ))
        own, blocks = self.once(("candidates", *text, statement), lambda: (
            every[every["statement_id"] == statement],
            commitments.redrawn_blocks(corpus, statement, reading),
        ))
        if self.change.kind == "block" and self.change.what[0] == statement:
            gone = self.change.what[1]
            own, blocks = (table[table["from_block"] != gone] for table in (own, blocks))
        return commitments.share_of_pieces(
            commitments.merged(own), blocks, level=level, statement=statement, reading=reading,
            seed=self.seed, n_boot=self.resamples(spec),
        )

    def coded_as(
        self, spec: Specification, target: Target, least: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(units,) which units were coded, and which with the frame and that commitment."""
        reading = self.reading(spec)
        size = len(reading.statement)
        coded, held = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        if target.kind == "frame":
            known = coding.coded_with_frames(reading.coded)
            known = known[known["commitment"].notna()]
            rows = known["unit"].to_numpy(dtype=int)
            coded[rows] = True
            held[rows] = coding.holds(known, target.name) & (
                known["commitment"].to_numpy(dtype=float) >= least
            )
        return coded, held


def term_list(terms: Sequence[str]) -> Dictionary:
    """A dictionary of these terms alone."""
    return dictionary.parse(
        {
            "version": "|".join(terms), "citation": "declared with the finding", "language": "",
            "frames": {"terms": {"label": "terms", "definition": "", "terms": list(terms)}},
        },
        file="study.yaml: terms",
    )
