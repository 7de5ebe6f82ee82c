"""How well frames are found: recounted sentence by sentence, and what is said of it."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small import SHIPPED, found_and_coded

from analysis import badges, corpus, validation
from analysis.agreement import alpha, alpha_interval
from analysis.coding import DEVELOPMENT, UNSEEN
from analysis.study import load_study


@pytest.fixture(scope="module")
def texts():
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def parts(texts):
    return found_and_coded(texts)


@pytest.fixture(scope="module")
def scores(texts, parts):
    dictionary, matches, own, found = parts
    return validation.frame_scores(texts, dictionary, matches, found, own, seed=1, n_boot=200)


def slowly(parts, called: str, frame: str) -> list[tuple[bool, bool, int]]:
    """(coded, found, unit) of each coded sentence of a set, one by one."""
    _, matches, own, found = parts
    column = list(found.frames).index(frame)
    read = []
    for row in own.to_dict("records"):
        if row["half"] != {UNSEEN: "correction", DEVELOPMENT: "development"}[called]:
            continue
        hit = False
        for unit, begin, end in row["places"]:
            if found.chosen[column]:
                hit |= bool(found.model[unit, column])
                continue
            words = matches[(matches["row"] == unit) & (matches["category"] == frame)]
            hit |= any(a < end and b > begin for a, b in zip(words["start"], words["end"], strict=True))
        read.append((frame in row["frames"], hit, row["unit"]))
    return read


def test_scores_of_the_first_sentence_lead_to_it(texts, parts):
    dictionary, matches, own, found = parts
    category = dictionary.categories[0]
    wrong = next(unit for c, h, unit in slowly(parts, UNSEEN, category.id) if c != h)
    own = own.assign(unit=own["unit"].where(own["unit"] != wrong, 0))
    table = validation.frame_scores(texts, dictionary, matches, found, own, seed=1, n_boot=200)
    row = table[(table["frame"] == category.label) & (table["sentences"] == UNSEEN)].iloc[0]
    assert texts.units["sentence_id"].iloc[0] in row["evidence"]


def test_scores_sentence_by_sentence(texts, parts, scores):
    dictionary, *_ = parts
    labels = {c.label: c.id for c in dictionary.categories}
    assert len(scores) == 2 * len(labels)
    for row in scores.itertuples():
        read = slowly(parts, row.sentences, labels[row.frame])
        both = sum(coded and hit for coded, hit, _ in read)
        coded, hits = sum(c for c, _, _ in read), sum(h for _, h, _ in read)
        assert (row.n_coded, row.n_found) == (coded, hits)
        for value, top, of in ((row.precision, both, hits), (row.recall, both, coded),
                               (row.f1, 2 * both, hits + coded)):
            assert value == pytest.approx(top / of) if of else math.isnan(value)
        if coded >= 10 and 0 < both < coded + hits - both:
            assert row.low < row.f1 < row.high
        else:
            assert coded >= 10 or math.isnan(row.low)
        codes = np.array([[c for c, _, _ in read], [h for _, h, _ in read]], dtype=object)
        assert row.alpha == pytest.approx(alpha(codes), nan_ok=True)
        wrong = [texts.units["sentence_id"].iloc[unit] for c, h, unit in read if c != h and unit >= 0]
        assert list(row.evidence) == wrong


@pytest.mark.parametrize("first", [False, True])
def test_misread_sentences_one_by_one(texts, parts, first):
    """Also where the first sentence of the corpus is among them."""
    dictionary, matches, own, found = parts
    if first:
        wrong = next(unit for c, h, unit in slowly(parts, UNSEEN, dictionary.categories[0].id) if c != h)
        own = own.assign(unit=own["unit"].where(own["unit"] != wrong, 0))
        parts = dictionary, matches, own, found
    expected = []
    for category in dictionary.categories:
        for called in (UNSEEN, DEVELOPMENT):
            read = slowly(parts, called, category.id)
            expected += [
                (category.label, called, error, texts.units["sentence_id"].iloc[unit])
                for error, wanted in (("missed", (True, False)), ("wrongly found", (False, True)))
                for c, h, unit in read if (c, h) == wanted and unit >= 0
            ]
    table = validation.misread(texts, dictionary, matches, found, own)
    assert [(row.frame, row.sentences, row.error, *row.evidence) for row in table.itertuples()] == expected
    kinds = [error for _, _, error, _ in expected]
    said = validation.misread_reading(table)[0]
    assert said.startswith(
        f"{kinds.count('missed')} findings are missed and {kinds.count('wrongly found')} wrongly made")
    frames = [frame for frame, *_ in expected]
    most = max(frames, key=frames.count)
    assert f"most on {most} ({frames.count(most)} of {len(frames)})" in said
    assert validation.misread_reading(table.iloc[:0]) == [
        "No coded sentence is read otherwise than it was coded, or none was coded."]


def test_coded_sentences_of_each_statement_are_counted(texts, parts):
    own = parts[2].assign(unit=parts[2]["unit"].where(parts[2].index > 3, 0))
    own.loc[own.index[-1], "unit"] = -1
    table = validation.coded_table(texts, own)
    assert table["statement"].tolist() == list(texts.labels.values())
    for (statement, _), row in zip(texts.labels.items(), table.itertuples(), strict=True):
        mine = [r for r in own.to_dict("records") if r["statement_id"] == statement and r["unit"] >= 0]
        assert row.n_coded == len(mine)
        assert row.unseen == sum(r["half"] == "correction" for r in mine)
        assert row.seen == sum(r["half"] == "development" for r in mine)
        assert row.blocks == len({r["cluster"] for r in mine})
        assert row.n_units == (texts.units["statement_id"] == statement).sum()


@pytest.mark.parametrize(("span", "within"), [
    ((2, 5), False), ((4, 6), True), ((5, 9), True), ((8, 12), True), ((9, 12), False), ((0, 20), True),
])
def test_words_beside_a_piece_of_a_sentence_are_not_in_it(span, within):
    matches = pd.DataFrame([{"row": 0, "category": "f", "start": span[0], "end": span[1]}])
    found = SimpleNamespace(frames=("f", "g"), chosen=[False, False], model=None)
    coded = pd.DataFrame({"places": [[(0, 5, 9)], []]})
    assert validation.predicted(matches, found, coded).tolist() == [[within, False], [False, False]]


SCORED = pd.DataFrame(
    [
        ("A", UNSEEN, 10, 0.8, 0.5, math.nan, math.nan), ("B", UNSEEN, 30, 0.6, 0.75, 0.4, 0.7),
        ("C", UNSEEN, 9, 0.1, 0.2, math.nan, math.nan), ("A", DEVELOPMENT, 40, 0.9, 0.9, 0.8, 1.0),
        ("B", DEVELOPMENT, 12, 0.5, 0.9, 0.3, 0.6),
    ],
    columns=["frame", "sentences", "n_coded", "f1", "precision", "low", "high"],
)


def test_the_mean_is_of_frames_with_ten_sentences_of_the_set():
    assert validation.macro(SCORED, UNSEEN) == (pytest.approx(0.7), 2)
    assert validation.macro(SCORED, DEVELOPMENT) == (pytest.approx(0.7), 2)
    mean, n = validation.macro(SCORED[SCORED["frame"] == "C"], UNSEEN)
    assert math.isnan(mean) and n == 0


def test_how_well_frames_are_found_is_said_of_each_set(texts, parts):
    dictionary, _, own, _ = parts
    said = validation.scores_reading(texts, dictionary, SCORED, own)
    assert said[0] == (
        f"{UNSEEN[0].upper()}{UNSEEN[1:]}: mean F1 0.70 over the 2 frames with at least 10 coded "
        "sentences, best for A (0.80), worst for B (0.60, 0.40 to 0.70).")
    assert said[1] == (
        f"{DEVELOPMENT[0].upper()}{DEVELOPMENT[1:]}: mean F1 0.70 over the 2 frames with at least 10 "
        "coded sentences, best for A (0.90, 0.80 to 1.00), worst for B (0.50, 0.30 to 0.60).")
    few = badges.unvalidated(texts, own)
    names = [c.label for c in dictionary.categories if c.id in few]
    assert said[2] == f"Unvalidated, with fewer than 10 sentences {UNSEEN}: {', '.join(names)}."
    assert len(said) == 3 and names
    alone = validation.scores_reading(
        texts, dictionary, SCORED[SCORED["sentences"] == DEVELOPMENT], own)
    assert len(alone) == 2 and alone[0].startswith(DEVELOPMENT[0].upper())
    assert "every frame is unvalidated" in validation.scores_reading(
        texts, dictionary, SCORED.iloc[:0], own)[0]


def test_what_counts_are_worth_is_said_with_what_is_often_wrong(texts):
    said = validation.worth(texts, SCORED)
    assert "not human-validated" in said
    assert "mean F1 is 0.70 over 2 frames, the others are unvalidated; often wrong (precision " \
        "below 0.75) on A (0.50)." in said
    good = validation.worth(texts, SCORED.assign(precision=0.75))
    assert "often wrong" not in good
    none = validation.worth(texts, SCORED[SCORED["frame"] == "C"])
    assert none.endswith(f"no frame has 10 coded sentences {UNSEEN}.")


def test_a_figure_of_nothing_is_none(scores):
    assert validation.scores_chart(scores.assign(f1=math.nan)) is None
    mean, n = validation.macro(scores, UNSEEN)
    assert validation.scores_chart(scores).title.startswith(f"Mean F1 {mean:.2f} over the {n} frames")
    few = validation.scores_chart(scores.assign(n_coded=9))
    assert few.title == f"No frame has ten coded sentences {UNSEEN}"


def test_who_coded_is_said_and_counted(texts, parts):
    own = parts[2].assign(unit=parts[2]["unit"].where(parts[2].index > 3, 0))
    said = " ".join(validation.who_coded(texts, own))
    placed, kept = int((own["unit"] >= 0).sum()), int((own["half"] == "correction").sum())
    assert f"{placed} of {len(own)} coded sentences were found among the {len(texts.units)}" in said
    assert f"The codes of {kept} sentences were kept" in said
    assert f"with the other {len(own) - kept} in view" in said
    assert "No person has checked these codes" in said
    assert "no coded sentences" in validation.who_coded(texts, own.iloc[:0])[0]


class TestBoundsOfAlpha:
    codes = np.array([[0, 1, 2, 1, 0, 2, 1, 1, 0, 2], [0, 1, 1, 1, 0, 2, 2, 1, 0, 1]], dtype=object)
    clusters = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])

    def bounds(self, **changes):
        given = {"codes": self.codes, "cluster": self.clusters, "level": "ordinal", "n_boot": 400,
                 "rng": np.random.default_rng(3)} | changes
        codes, cluster = given.pop("codes"), given.pop("cluster")
        return alpha_interval(codes, cluster, **given)

    def test_they_are_those_of_redrawn_clusters(self):
        """Drawn again with the same seed: units of a cluster as often as it was drawn."""
        rng, drawn = np.random.default_rng(3), []
        for times in rng.multinomial(10, [0.1] * 10, size=400):
            units = np.repeat(np.arange(10), times)
            drawn.append(alpha(self.codes[:, units], level="ordinal"))
        known = [value for value in drawn if not math.isnan(value)]
        found = self.bounds(cluster=np.arange(10))
        assert (found.low, found.high) == pytest.approx(tuple(np.percentile(known, [2.5, 97.5])))

    def test_a_unit_with_one_code_belongs_to_no_cluster(self):
        codes = np.column_stack([self.codes, np.array([[2], [None]], dtype=object)])
        more = self.bounds(codes=codes, cluster=np.append(self.clusters, 5))
        assert more == self.bounds()

    def test_two_clusters_are_enough_and_one_is_not(self):
        two = self.bounds(cluster=np.repeat([0, 1], 5))
        assert two.low < two.high
        assert math.isnan(self.bounds(cluster=np.zeros(10, dtype=int)).low)

    def test_bounds_need_alpha_in_nine_of_ten_draws(self):
        """One of two clusters drawn twice leaves one code, and no alpha, in a quarter of draws."""
        codes = np.array([[0, 0, 0, 1], [0, 0, 0, 2]], dtype=object)
        cluster = np.array([0, 0, 1, 1])
        found = self.bounds(codes=codes, cluster=cluster, level="nominal")
        assert not math.isnan(found.estimate) and math.isnan(found.low)

    def test_no_unit_with_two_codes_has_neither_alpha_nor_bounds(self):
        codes = np.array([[0, 1, 2], [None, None, None]], dtype=object)
        found = self.bounds(codes=codes, cluster=np.arange(3))
        assert math.isnan(found.estimate) and math.isnan(found.low) and math.isnan(found.high)

    def test_disagreement_has_bounds_too(self):
        codes = np.array([[0, 1, 0, 1, 0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0, 1, 1, 0, 0]], dtype=object)
        found = self.bounds(codes=codes, level="nominal")
        assert found.low < found.estimate < 0 and found.low < found.high


def test_a_statement_of_which_nothing_was_coded_has_none(texts, parts):
    own = parts[2]
    first = own["statement_id"].iloc[0]
    table = validation.coded_table(texts, own[own["statement_id"] == first])
    for statement, row in zip(texts.labels, table.itertuples(), strict=True):
        assert (row.n_coded > 0) == (statement == first) == (row.blocks > 0)
        assert row.n_coded == row.seen + row.unseen
