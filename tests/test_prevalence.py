"""Corrected shares, permutations, joint occurrence, agreement tables: known answers and laws."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from planted import write_planted
from small import SHIPPED

from analysis import (
    badges,
    charts_cells,
    coding,
    coding_agreement,
    commitments,
    cooccurrence,
    corpus,
    frame_contrasts,
    framing,
    prevalence,
    rectify,
    supervised,
    validation,
)
from analysis.permutation import cohens_h, difference_p
from analysis.rectify import LEAST_ERRORS, Layout, Sample
from analysis.study import load_study


@pytest.fixture(scope="module")
def texts():
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def parts(texts):
    own = coding.own(texts)
    dictionary = badges.badged(texts, framing.dictionary_of(texts), own)
    matches = framing.frame_matches(texts, dictionary)
    return dictionary, matches, own, supervised.find(texts, dictionary, matches, own)


# --- the estimators -----------------------------------------------------------------------


def test_difference_estimate_by_hand():
    """Known share .4, four of 20 open units sampled in two blocks, one error: .4 + .8 · ¼ = .6."""
    sample = Sample(np.array([1, 0, 0, 0]), np.full(4, 0.2), np.array([7, 7, 9, 9]), 20)
    found = rectify.difference_estimate(0.4, sample)
    assert found.estimate == pytest.approx(0.6)
    # Blocks' weighted deviations from ¼ are ±.1; t of one degree of freedom is 12.706.
    estimated, least = 2 / 1 * (0.1**2 + 0.1**2), LEAST_ERRORS * 0.2**2
    reach = math.sqrt((12.7062**2 * estimated + 1.959964**2 * least) * (1 - 4 / 20))
    assert found.high - found.estimate == pytest.approx(reach, rel=1e-5)
    assert found.estimate - found.low == pytest.approx(reach, rel=1e-5)


def test_difference_estimate_is_unbiased_over_all_samples():
    """The mean over every sample of 2 of 6 equal blocks is the true share (law of the design)."""
    rng = np.random.default_rng(3)
    truth, found = rng.random((2, 6, 3)) < 0.4
    estimates = []
    for chosen in permutations(range(6), 2):
        rows = np.array(chosen)
        errors = (truth[rows].astype(float) - found[rows]).ravel()
        sample = Sample(errors, np.full(6, 1 / 6), np.repeat(rows, 3), 18)
        estimates.append(rectify.difference_estimate(found.mean(), sample).estimate)
    assert np.mean(estimates) == pytest.approx(truth.mean())


def test_a_sample_of_everything_is_certain():
    errors = np.array([1, 0, -1, 0])
    sample = Sample(errors, np.full(4, 0.25), np.arange(4), 4)
    found = rectify.difference_estimate(0.5, sample)
    assert found.low == found.estimate == found.high == 0.5
    one = rectify.difference_estimate(0.5, replace(sample, cluster=np.zeros(4)))
    assert math.isnan(one.low)


def test_no_error_met_is_no_certainty():
    sample = Sample(np.zeros(20), np.full(20, 0.04), np.repeat(np.arange(5), 4), 80)
    found = rectify.difference_estimate(0.3, sample)
    assert found.estimate == 0.3 and found.low < 0.3 < found.high


def test_rogan_gladen_known_answer():
    """Rogan & Gladen (1978): p = (t + β − 1) / (α + β − 1); .31 found, .9, .8: (.31 − .2)/.7."""
    truth = np.repeat([True, False], 50)
    found = np.concatenate([np.arange(50) < 45, np.arange(50) < 10])
    cluster = np.tile(np.arange(50), 2)
    interval, why = rectify.rogan_gladen(0.31, truth, found, cluster, units=1000)
    assert not why and interval.estimate == pytest.approx(0.11 / 0.7)
    # Law: it undoes the error exactly.
    share = 0.37 * 0.9 + 0.63 * 0.2
    again, _ = rectify.rogan_gladen(share, truth, found, cluster, units=1000)
    assert again.estimate == pytest.approx(0.37)


def test_rogan_gladen_is_refused():
    truth = np.repeat([True, False], [9, 50])
    cluster = np.arange(59)
    assert "fewer than 10" in rectify.rogan_gladen(0.3, truth, truth, cluster, units=99)[1]
    truth = np.repeat([True, False], 30)
    useless = np.tile([True, False], 30)
    assert "0.2" in rectify.rogan_gladen(0.5, truth, useless, np.arange(60), units=99)[1]


def test_intervals_only_where_the_simulation_kept_the_band():
    import csv
    from importlib.resources import files

    rows = list(csv.DictReader((files("analysis") / "prevalence.csv").open(encoding="utf-8")))
    for row in rows:
        if row["coverage"]:
            inside = 0.9 <= float(row["coverage"]) <= 0.99
            # Rounded to four digits: at a limit either is right.
            if row["coverage"] not in ("0.9000", "0.9900"):
                assert (row["certified"] == "yes") == inside, row
    cells = {}
    for row in rows:
        if row["estimator"] == "difference":
            key = int(row["blocks"]), int(row["kept"])
            cells[key] = cells.get(key, True) and row["certified"] == "yes"
    assert set(cells.values()) == {True, False}
    for (blocks, kept), passed in cells.items():
        assert (rectify.shortfall("difference", Layout(blocks, kept, 0.2)) == "") == passed
    assert "only 1 coded" in rectify.shortfall("difference", Layout(5, 1, 1.0))


# --- shares of a study --------------------------------------------------------------------


def write_coded(folder, *, every: bool, planted: float = 0.5):
    """A planted study, half of it coded; coders find the frame in a third more sentences."""
    study = write_planted(folder, deterrence={"a-2015": planted, "d-2024": 0.25})
    whole = corpus.build(load_study(study))
    lines = ["unit,statement_id,text,frames,commitment"]
    for row, unit in enumerate(whole.units.itertuples()):
        if every or row % 2:
            frame = "deterrence" if "deterring" in unit.text or row % 3 == 0 else ""
            lines.append(f"{row},{unit.statement_id},{unit.text},{frame},0")
    (study / "coded_sentences.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return corpus.build(load_study(study))


def corrected(texts):
    own = coding.own(texts)
    dictionary = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, dictionary)
    found = supervised.find(texts, dictionary, matches, own)
    return prevalence.shares(texts, dictionary, found, own), own, found


def test_where_everything_is_coded_the_corrected_share_is_the_coded_one(tmp_path):
    texts = write_coded(tmp_path / "s", every=True)
    table, own, _ = corrected(texts)
    for statement, label in texts.labels.items():
        row = table[(table["of"] == label) & (table["frame"] == "Deterrence")].iloc[0]
        truth = coding.holds(own[own["statement_id"] == statement], "deterrence").mean()
        assert row["corrected"] == pytest.approx(truth)
        assert row["raw"] != pytest.approx(truth)


def test_half_coded_the_error_is_taken_out_of_the_other_half(tmp_path):
    texts = write_coded(tmp_path / "s", every=False)
    table, own, found = corrected(texts)
    row = table[(table["kind"] == "all statements") & (table["frame"] == "Deterrence")].iloc[0]
    deterring = texts.units["text"].str.contains("deterring")
    truth = (deterring | (np.arange(len(texts.units)) % 3 == 0)).groupby(
        texts.units["statement_id"]).mean().mean()
    assert abs(row["corrected"] - truth) < abs(row["raw"] - truth)
    # By hand: development sentences as coded, the rest as found, plus the mean error of the kept.
    total = 0.0
    for statement in texts.labels:
        mine = own[own["statement_id"] == statement]
        member = (texts.units["statement_id"] == statement).to_numpy()
        seen = mine[mine["half"] == "development"]
        kept = mine[mine["half"] == "correction"]
        hit = found.dictionary[:, 0]
        rest = member.copy()
        rest[seen["unit"]] = False
        error = np.mean(coding.holds(kept, "deterrence").astype(float) - hit[kept["unit"]])
        total += (coding.holds(seen, "deterrence").sum() + hit[rest].sum() + rest.sum() * error
                  ) / member.sum()
    assert row["corrected"] == pytest.approx(total / len(texts.labels))


def test_recorded_probabilities_weigh_the_errors(tmp_path):
    texts = write_coded(tmp_path / "s", every=False)
    own = coding.own(texts)
    dictionary = framing.dictionary_of(texts)
    found = supervised.find(texts, dictionary, framing.frame_matches(texts, dictionary), own)
    plain = prevalence.shares(texts, dictionary, found, own)
    same = own.assign(probability=0.5)
    same.attrs = own.attrs
    pd.testing.assert_frame_equal(prevalence.shares(texts, dictionary, found, same), plain)
    # Sentences with an error were drawn twice as often: they count half.
    wrong = coding.holds(own, "deterrence") != found.dictionary[own["unit"], 0]
    often = own.assign(probability=np.where(wrong, 0.5, 0.25))
    often.attrs = own.attrs
    less = prevalence.shares(texts, dictionary, found, often)
    chosen = (plain["frame"] == "Deterrence") & (plain["kind"] == "all statements")
    moved = [abs((t["corrected"] - plain["raw"])[chosen].iloc[0]) for t in (plain, less)]
    assert 0 < moved[1] < moved[0]


def test_no_corrected_share_from_few_blocks(texts, parts):
    dictionary, _, own, found = parts
    table = prevalence.shares(texts, dictionary, found, own)
    few = table[table["blocks"] < prevalence.MIN_BLOCKS]
    assert len(few) and few["corrected"].isna().all() and (few["why"] != "").all()
    shown = table[table["low"].notna()]
    assert len(shown) and (shown["low"] <= shown["corrected"]).all()
    assert shown["corrected"].between(0, 1).all()
    assert "model coding" in table.attrs["columns"]["corrected"].label
    assert "model coding" in " ".join(prevalence.reading(texts, table, own))
    groups = table[table["kind"] == "group"]
    each = table[table["kind"] == "statement"].set_index(["of", "frame"])["raw"]
    for row in groups.itertuples():
        members = [label for label, group in texts.group_of.items() if group == row.of]
        assert row.raw == pytest.approx(np.mean([each[m, row.frame] for m in members]))


# --- permutations -------------------------------------------------------------------------


def test_permutation_p_equals_the_count_over_all_orders():
    """Six blocks in two texts: p of all 720 orders, by a slow version, within Monte Carlo error."""
    hits = np.array([3.0, 2, 3, 0, 1, 0])
    units = np.array([4.0, 3, 5, 4, 3, 2])
    owner = np.array([0, 0, 0, 1, 1, 1])

    def t(order):
        theta, variance = 0.0, 0.0
        for sign, rows in ((-1, order[:3]), (1, order[3:])):
            h, u = hits[list(rows)], units[list(rows)]
            p = h.sum() / u.sum()
            theta += sign * p
            variance += 3 / 2 * ((h - p * u) ** 2).sum() / u.sum() ** 2
        return abs(theta) / math.sqrt(variance) if variance else math.inf

    observed = t(range(6))
    exact = np.mean([t(order) >= observed - 1e-9 for order in permutations(range(6))])
    p = difference_p(hits[:, None], units, owner, np.array([-1.0, 1.0]),
                     rng=np.random.default_rng(1), permutations=4_000)
    assert p[0] == pytest.approx(exact, abs=0.03)
    turned = difference_p(hits[:, None], units, owner, np.array([1.0, -1.0]),
                          rng=np.random.default_rng(1), permutations=4_000)
    assert turned[0] == p[0]


def test_permutation_p_of_no_difference_and_of_one_block():
    weights, rng = np.array([-1.0, 1.0]), np.random.default_rng(1)
    hits, units, owner = np.zeros((6, 1)), np.ones(6), np.array([0, 0, 0, 1, 1, 1])
    assert difference_p(hits, units, owner, weights, rng=rng, permutations=99)[0] == 1
    lone = np.array([0, 0, 0, 0, 0, 1])
    assert np.isnan(difference_p(hits, units, lone, weights, rng=rng, permutations=99)[0])


def test_permutation_p_keeps_its_level():
    """300 data sets without a difference: at most one in ten below .05, never below 1/(B + 1)."""
    rng = np.random.default_rng(2)
    owner = np.repeat([0, 1], 12)
    small = []
    for _ in range(300):
        units = rng.integers(1, 5, 24).astype(float)
        hits = rng.binomial(units.astype(int), 0.3).astype(float)
        small.append(difference_p(hits[:, None], units, owner, np.array([-1.0, 1.0]),
                                  rng=rng, permutations=99)[0])
    assert np.mean(np.array(small) < 0.05) < 0.1 and min(small) >= 1 / 100


def test_cohens_h():
    """Cohen (1988), table 6.2.2: φ(.25) = 1.047, φ(.50) = 1.571."""
    assert cohens_h(0.25, 0.5) == pytest.approx(1.571 - 1.047, abs=1e-3)
    assert cohens_h(0.5, 0.25) == -cohens_h(0.25, 0.5) and cohens_h(0.3, 0.3) == 0


def test_a_planted_difference_survives_adjusting_and_no_other(tmp_path):
    study = write_planted(
        tmp_path / "s", deterrence={"a-2015": 0.6, "b-2022": 0.6},
        extra="contrasts:\n- {id: two-five, label: Two or five, a: bilateral, b: multilateral}\n",
    )
    texts = corpus.build(load_study(study))
    dictionary = framing.dictionary_of(texts)
    matches = framing.frame_matches(texts, dictionary)
    shares = framing.frame_shares(texts, dictionary, matches, seed=1, n_boot=200)
    table = frame_contrasts.contrasts(
        texts, dictionary, matches, shares, seed=1, permutations=499)
    by = table.set_index("frame")
    assert by.at["Deterrence", "p"] == 1 / 500 and by.at["Deterrence", "p_holm"] < 0.05
    assert by.at["Deterrence", "difference"] == pytest.approx(-0.6)
    assert by.at["Crime", "p"] == 1 and by.at["Crime", "difference"] == 0
    assert "1 after adjusting" in frame_contrasts.contrasts_reading(table)[-1]


# --- joint occurrence ---------------------------------------------------------------------


def test_exact_p_of_one_stratum_is_fishers():
    """Fisher (1935), the lady tasting tea: 3 of 4 right, two-sided .4857; and SciPy's test."""
    from scipy.stats import fisher_exact

    assert cooccurrence.exact_p(3, np.array([8]), np.array([4]), np.array([4])) == pytest.approx(
        34 / 70)
    for n, a, b, both in ((20, 7, 9, 5), (15, 3, 4, 0), (30, 12, 12, 9)):
        table = [[both, a - both], [b - both, n - a - b + both]]
        assert cooccurrence.exact_p(
            both, np.array([n]), np.array([a]), np.array([b])
        ) == pytest.approx(fisher_exact(table)[1])


def test_exact_p_of_two_strata_by_counting():
    """Two strata of 4 and 5 units: all placements of the second property, counted."""
    sizes, n_a, n_b = np.array([4, 5]), np.array([2, 2]), np.array([2, 1])
    from itertools import combinations

    outcomes = [
        sum(x < 2 for x in first) + sum(x < 2 for x in second)
        for first, second in product(combinations(range(4), 2), combinations(range(5), 1))
    ]
    chance = {k: outcomes.count(k) / len(outcomes) for k in range(4)}
    for observed, own in chance.items():
        expected = sum(p for p in chance.values() if p <= own + 1e-12)
        assert cooccurrence.exact_p(observed, sizes, n_a, n_b) == pytest.approx(expected)


def test_expected_together_weighs_each_statement_by_itself(texts, parts):
    dictionary, matches, *_ = parts
    table = cooccurrence.cooccurrence(texts, dictionary, matches)
    own = texts.units["statement_id"] != "statewatch-2023-10"
    row = table.iloc[0]
    ids = {c.label: c.id for c in dictionary.categories}
    held = [own & texts.units.index.isin(matches.loc[matches["category"] == ids[row[side]], "row"])
            for side in ("first", "second")]
    assert row["observed"] == (held[0] & held[1]).sum() == len(row["evidence"])
    expected = sum(
        (held[0] & (texts.units["statement_id"] == s)).sum()
        * (held[1] & (texts.units["statement_id"] == s)).sum()
        / (texts.units["statement_id"] == s).sum()
        for s in texts.labels if s != "statewatch-2023-10"
    )
    assert row["expected"] == pytest.approx(expected)
    assert table.loc[table["expected"] < 5, "ratio"].isna().all()


# --- the validation page ------------------------------------------------------------------


def test_scores_of_both_kinds_of_sentences_are_kept_apart(texts, parts):
    dictionary, matches, own, found = parts
    table = validation.frame_scores(
        texts, dictionary, matches, found, own, seed=1, n_boot=200)
    counts = table.groupby("sentences")["n_coded"].sum()
    halves = own.groupby("half")["frames"].agg(lambda f: sum(map(len, f)))
    assert counts[coding.UNSEEN] == halves["correction"]
    assert counts[coding.DEVELOPMENT] == halves["development"]
    assert table.loc[table["n_coded"] < 10, "low"].isna().all()
    assert "optimistic" in coding.DEVELOPMENT
    wrong = validation.misread(texts, dictionary, matches, found, own)
    assert len(wrong) == sum(len(ids) for ids in table["evidence"])
    assert "not human-validated" in validation.worth(texts, table)
    said = " ".join(validation.who_coded(texts, own))
    assert "three passes of one language model" in said and "not human-validated" in said


def test_alphas_of_commitments_with_and_without_what_the_scale_leaves_out(texts, parts):
    dictionary, matches, own, found = parts
    table = coding_agreement.alphas(
        texts, dictionary, matches, found, own, commitments.read(texts), seed=1, n_boot=100)
    commitment = table[table["what"].str.startswith("Commitment")]
    whole = commitment[commitment["what"] == coding_agreement.COMMITMENT]["n"].tolist()
    without = commitment[commitment["what"] != coding_agreement.COMMITMENT]["n"].tolist()
    assert len(whole) == len(without) == 3
    assert all(a > b for a, b in zip(whole, without, strict=True))
    said = " ".join(coding_agreement.alphas_reading(texts, table))
    assert "not a reliability" in said


def test_a_model_that_is_used_replaces_the_words(texts, parts):
    dictionary, matches, _, found = parts
    column = found.frames.index("cooperation")
    chosen = np.zeros(len(found.frames), dtype=bool)
    chosen[column] = True
    model = np.zeros_like(found.model)
    model[[0, 5], column] = True
    swapped = replace(found, chosen=chosen, model=model)
    used = supervised.used_matches(texts, matches, swapped)
    assert set(used.loc[used["category"] == "cooperation", "row"]) == {0, 5}
    others = matches[matches["category"] != "cooperation"].reset_index(drop=True)
    kept = used[used["category"] != "cooperation"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, others, check_dtype=False)


def test_gain_by_jackknife():
    """Slow version: the difference of F1 without each cluster in turn."""
    rng = np.random.default_rng(5)
    truth, one, two = rng.random((3, 40)) < 0.4
    cluster = np.repeat(np.arange(10), 4)

    def difference(rows):
        def f(found):
            return 2 * (truth & found)[rows].sum() / (truth[rows].sum() + found[rows].sum())

        return f(two) - f(one)

    left = np.array([difference(cluster != c) for c in range(10)])
    expected = math.sqrt(9 / 10 * ((left - left.mean()) ** 2).sum())
    found = supervised.gain(truth, one, two, cluster)
    assert found == pytest.approx((difference(cluster >= 0), expected))


def test_a_model_learns_what_the_dictionary_misses(tmp_path):
    """A frame that coders give to a word that no term holds: the model is used, and is right."""
    texts = write_coded(tmp_path / "s", every=True, planted=0.5)
    study = texts.study
    coded = study.coded.copy()
    coded["frames"] = ["crime" if "tables" in text else "" for text in coded["text"]]
    texts = corpus.build(replace(study, coded=coded))
    _, own, found = corrected(texts)
    assert found.method("crime") == "model"
    kept = own[own["half"] == "correction"]
    truth = coding.holds(kept, "crime")
    assert (found.model[kept["unit"], 1] == truth).mean() > 0.9


# --- the picture --------------------------------------------------------------------------


def test_profile_marks_the_highest_and_hatches_the_unvalidated():
    table = pd.DataFrame(
        {"frame": ["A", "B (unvalidated)"] * 2, "text": ["x", "x", "y", "y"],
         "share": [0.2, 0.9, 0.5, 0.0]}
    )
    made = charts_cells.profile(
        table, row="frame", column="text", value="share", faint="(unvalidated)",
        column_groups={"x": "g", "y": "g"}, groups={"g": "#0b5fa5"}, title="t",
    )
    assert "x: A 20 %, B (unvalidated) 90 %." in made.alt
    assert made.svg.count("font-weight: 700") + made.svg.count("bold") >= 2
    assert "pattern" in made.svg
    empty = table.iloc[:0]
    assert charts_cells.profile(
        empty, row="frame", column="text", value="share", faint="", column_groups={}, groups={},
        title="t",
    ) is None




# --- the simulation -----------------------------------------------------------------------


def test_the_simulation_runs_again_to_the_same_figures():
    """One cell of bench/prevalence.py, with fewer runs: same twice, unbiased, near its level."""
    import importlib.util
    import sys

    path = SHIPPED.parent.parent / "bench" / "prevalence.py"
    spec = importlib.util.spec_from_file_location("bench_prevalence", path)
    bench = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = bench
    spec.loader.exec_module(bench)
    texts = [bench.Text(np.array([1, 2, 3, 4] * 12), 12, 12)]
    first, second = (bench.cell("x", texts, 0.2, (0.85, 0.95), 150) for _ in range(2))
    assert first == second
    difference = first[0]
    assert difference["estimator"] == "difference" and difference["given"] == 150
    assert 0.87 <= float(difference["coverage"]) <= 1
    assert abs(float(difference["bias"])) < 0.012
    truth, found, _, role = bench.draw(texts[0], 0.2, 0.85, 0.95, np.random.default_rng(1))
    assert set(role) == {0, 1, 2} and truth.shape == found.shape == (120,)


def test_texts_of_another_language_have_no_share(tmp_path):
    """A text in which no frame is looked for has no share of 0: it is not compared."""
    study = write_coded(tmp_path / "s", every=True).study
    other = study.statements.assign(
        language=["fr" if name == "a-2015" else "en" for name in study.statements["statement_id"]]
    )
    texts = corpus.build(replace(study, statements=other))
    table, *_ = corrected(texts)
    assert texts.labels["a-2015"] not in set(table["of"])
    assert not set(table["kind"]) & {"all statements"} and "statement" in set(table["kind"])
    dictionary = framing.dictionary_of(texts)
    pairs = cooccurrence.cooccurrence(
        texts, dictionary, framing.frame_matches(texts, dictionary))
    assert not [i for ids in pairs["evidence"] for i in ids if i.startswith("a-2015")]


def test_exact_p_of_a_large_stratum_by_whole_numbers():
    n, a, b, observed = 4_000, 1_300, 900, 330
    ways = [math.comb(a, k) * math.comb(n - a, b - k) for k in range(min(a, b) + 1)]
    expected = Fraction(sum(w for w in ways if w <= ways[observed]), sum(ways))
    found = cooccurrence.exact_p(observed, np.array([n]), np.array([a]), np.array([b]))
    assert found == pytest.approx(float(expected), rel=1e-9)


# --- which shares, of which units ----------------------------------------------------------


def test_targets_are_texts_groups_of_several_years_and_all(tmp_path):
    texts = corpus.build(load_study(write_planted(tmp_path / "s", deterrence={})))
    dictionary = framing.dictionary_of(texts)

    def asked(changed=texts):
        return {(t.kind, t.label): t.statements for t in prevalence.targets(changed, dictionary)}

    found = asked()
    assert found["year", "2022"] == ("b-2022", "c-2022") and found["year", "2015"] == ("a-2015",)
    assert {label for kind, label in found if kind == "year"} == {"2015", "2022", "2024"}
    assert found["all statements", "all statements"] == ("a-2015", "b-2022", "c-2022", "d-2024")
    assert len([kind for kind, _ in found if kind == "group"]) == 2

    def with_(**columns):
        table = texts.study.statements.assign(**columns)
        return replace(texts, study=replace(texts.study, statements=table))

    # One year is no comparison, nor is one statement "all"; an undated one has no year.
    assert not {k for k, _ in asked(with_(date="2022-01-01"))} & {"year"}
    one = asked(with_(genre=["statement", "commentary", "commentary", "commentary"]))
    assert not {k for k, _ in one} & {"year", "all statements"}
    two = asked(with_(genre=["statement", "statement", "commentary", "commentary"]))
    assert two["all statements", "all statements"] == ("a-2015", "b-2022")
    undated = asked(with_(date=["", "2022-01-01", "2022-02-01", "2024-01-01"]))
    assert {label for kind, label in undated if kind == "year"} == {"2022", "2024"}
    groups = {name: replace(group, statements=group.statements[:1])
              for name, group in texts.study.groups.items()}
    single = replace(texts, study=replace(texts.study, groups=groups))
    assert not [kind for kind, _ in asked(single) if kind == "group"]


@pytest.fixture
def handed(tmp_path, monkeypatch):
    """A planted study half of which is coded, its table, and what the estimators were asked."""
    asked = {"difference_estimate": [], "rogan_gladen": [], "shortfall": []}

    def watched(name, real):
        def call(*given, **named):
            asked[name].append((given, named))
            return real(*given, **named)

        return call

    for name in asked:
        monkeypatch.setattr(prevalence.rectify, name, watched(name, getattr(rectify, name)))
    texts = write_coded(tmp_path / "s", every=False)
    table, own, found = corrected(texts)
    return texts, table, own, found, asked


def test_the_estimators_are_handed_the_units_they_are_for(handed):
    texts, table, own, found, asked = handed
    n, seen = len(texts.units), (own["half"] == "development").sum()
    kept = own[own["half"] == "correction"]
    # Once a frame and no more: over all statements together.
    assert len(asked["rogan_gladen"]) == 2
    (share, truth, hits, _), named = asked["rogan_gladen"][0]
    assert named == {"units": n} and len(truth) == len(kept)
    assert (truth == coding.holds(kept, "deterrence")).all()
    assert (hits == found.dictionary[kept["unit"], 0]).all()
    whole = table[(table["kind"] == "all statements") & (table["frame"] == "Deterrence")].iloc[0]
    assert share == pytest.approx(whole["raw"])
    assert whole["n_coded"] == len(own) and whole["n_units"] == n
    samples = [given[1] for given, _ in asked["difference_estimate"]]
    assert n - seen in {sample.population for sample in samples}
    each = {(own["statement_id"] == s).sum() for s in texts.labels}
    assert set(table.loc[table["kind"] == "statement", "n_coded"]) == each
    layouts = [given[1] for given, _ in asked["shortfall"]]
    assert {layout.blocks for layout in layouts} >= {n, n // 4}
    assert all(0 < layout.largest <= 1 for layout in layouts)
    # Every block of the planted study is one sentence, so that of k kept ones each holds 1/k.
    lone = [layout for layout in layouts if layout.blocks == n // 4]
    assert lone and all(layout.largest == pytest.approx(1 / layout.kept) for layout in lone)


def test_only_single_statements_lead_to_their_sentences(handed):
    texts, table, _, found, _ = handed
    for row in table.itertuples():
        named = [s for s, label in texts.labels.items() if label == row.of]
        if row.kind != "statement":
            assert row.evidence == []
            continue
        mine = (texts.units["statement_id"] == named[0]) & found.dictionary[
            :, 0 if row.frame == "Deterrence" else 1]
        assert row.evidence == texts.units.loc[mine, "sentence_id"].tolist()


def test_a_share_by_words_weighs_statements_by_their_words(texts, parts):
    dictionary, _, own, found = parts
    table = prevalence.shares(texts, dictionary, found, own).set_index(["of", "frame"])
    words = texts.units.groupby("statement_id")["words"].sum()
    for group in texts.study.groups.values():
        if len(group.statements) < 2:
            continue
        for category in dictionary.categories:
            each = [table.at[(texts.labels[s], category.label), "raw"] for s in group.statements]
            weights = [words[s] for s in group.statements]
            assert table.at[(group.label, category.label), "by_words"] == pytest.approx(
                np.average(each, weights=weights))


@pytest.mark.parametrize(("blocks", "given"), [(10, True), (9, False)])
def test_ten_coded_blocks_are_needed(tmp_path, blocks, given):
    study = write_planted(tmp_path / "s", deterrence={"a-2015": 0.5})
    whole = corpus.build(load_study(study))
    units = whole.units[whole.units["statement_id"] == "a-2015"].head(blocks)
    lines = ["unit,statement_id,text,frames,commitment"]
    lines += [f"{n},a-2015,{unit.text},deterrence,0" for n, unit in enumerate(units.itertuples())]
    (study / "coded_sentences.csv").write_text("\n".join(lines) + "\n", "utf-8")
    table, *_ = corrected(corpus.build(load_study(study)))
    row = table[(table["kind"] == "statement") & (table["frame"] == "Deterrence")].iloc[0]
    assert row["blocks"] == blocks and math.isnan(row["corrected"]) != given
    assert row["why"].startswith("9 coded blocks, 10 are needed") != given


def test_pooled_rates_have_bounds_only_where_the_simulation_kept_them(handed, monkeypatch):
    texts, table, own, found, _ = handed
    everywhere = table[table["kind"] != "all statements"]
    assert everywhere[["pooled", "pooled_low"]].isna().all(axis=None)
    assert not everywhere["why"].str.contains("pooled").any()
    dictionary = framing.dictionary_of(texts)
    for said in ("fails", ""):
        monkeypatch.setattr(
            rectify, "shortfall", lambda name, shape, said=said: said)
        monkeypatch.setattr(rectify, "rogan_gladen", lambda *_, **__: (
            rectify.Interval(1.2, -0.1, 1.4), ""))
        row = prevalence.shares(texts, dictionary, found, own).query(
            "kind == 'all statements'").iloc[0]
        # Nothing lies outside 0 and 1.
        assert row["pooled"] == 1
        bounds = (row["pooled_low"], row["pooled_high"])
        assert bounds == (0, 1) if not said else all(map(math.isnan, bounds))
        assert ("by pooled error rates: fails" in row["why"]) == bool(said)
    monkeypatch.setattr(rectify, "rogan_gladen", lambda *_, **__: (
        rectify.Interval(math.nan, math.nan, math.nan), "too few"))
    row = prevalence.shares(texts, dictionary, found, own).query(
        "kind == 'all statements'").iloc[0]
    assert "by pooled error rates: too few" in row["why"] and math.isnan(row["pooled"])


# --- in words ------------------------------------------------------------------------------


def told(*rows):
    """A table of corrected shares: frame, kind, of, raw, corrected, low, high, why."""
    names = ("frame", "kind", "of", "raw", "corrected", "low", "high", "why")
    rows = [dict(dict.fromkeys(prevalence._COLUMNS, 0), **dict(zip(names, row, strict=True)))
            for row in rows]
    from analysis import tables

    return tables.result(rows, columns=prevalence._COLUMNS, made_by="tests")


nan = math.nan
TOLD = [
    ("Crime", "statement", "One", 0.2, 0.3, 0.2, 0.4, ""),
    ("Law", "statement", "One", 0.2, 0.3, 0.1, 0.4, ""),
    ("Crime", "statement", "Two", 0.4, 0.3, 0.2, 0.4, ""),
    ("Law", "statement", "Two", 0.41, 0.3, 0.2, 0.4, ""),
    ("Crime", "statement", "Three", 0.19, 0.3, 0.2, 0.4, ""),
    ("Crime", "statement", "Four", 0.1, nan, nan, nan, "4 coded blocks, 10 are needed"),
    ("Crime", "all statements", "all", 0.1, nan, nan, nan,
     "4 coded blocks, 10 are needed; by pooled error rates: one coded block"),
]


def test_shares_at_a_bound_lie_within_and_others_are_named(texts):
    coded = pd.DataFrame({"probability": [1.0]})
    said = prevalence.reading(texts, told(*TOLD), coded)
    assert said[0] == ("Each frame's share as counted lies within the interval of its corrected "
                       "share: One.")
    assert said[1] == ("Two: the share as counted lies outside for Law, counted 41 %, corrected "
                       "30 % (20 to 40).")
    assert said[2].startswith("Three: the share as counted lies outside for Crime, counted 19 %")
    assert said[3] == ("No interval of a corrected share: Four, all (4 coded blocks, 10 are "
                       "needed).")
    assert said[-1].startswith("Corrected shares are corrected towards model coding")
    made = prevalence.chart(texts, prevalence.sure(told(*TOLD)))
    assert made.title == "2 of 5 shares as counted lie outside the corrected interval"
    unknown = prevalence.reading(texts, told(*TOLD), coded.assign(probability=nan))
    assert "assumes coded blocks representative" in unknown[-2]


def test_many_texts_are_counted_and_the_last_ones_named(texts):
    many = [("Crime", "statement", f"T{n:02}", 0.5, 0.3, 0.2, 0.4, "") for n in range(30)]
    many += [("Crime", "statement", f"U{n:02}", 0.5, nan, nan, nan, "few") for n in range(21)]
    said = prevalence.reading(texts, told(*many), pd.DataFrame({"probability": [1.0]}))
    named = [line.split(":")[0] for line in said if line.startswith("T")]
    assert named == [f"T{n:02}" for n in range(10, 30)]
    assert "No interval of a corrected share: 21 (few)." in said


def test_a_year_of_one_statement_is_not_shown_twice():
    rows = [("Crime", "statement", "One", 0.2, 0.3, 0.2, 0.4, ""),
            ("Crime", "year", "2015", 0.2, 0.3, 0.2, 0.4, ""),
            ("Crime", "year", "2022", 0.2, 0.35, 0.2, 0.4, ""),
            ("Crime", "group", "G", 0.2, 0.3, 0.2, 0.4, ""),
            ("Crime", "statement", "Two", 0.2, nan, nan, nan, "few")]
    assert prevalence.sure(told(*rows))["of"].tolist() == ["One", "2022", "G"]
