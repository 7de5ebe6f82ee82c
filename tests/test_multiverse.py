"""All defensible analyses of a finding: which there are, how they agree, what moves them."""

import numpy as np
import pandas as pd
import pytest
from planted import finding, write_planted

from analysis import estimands, multiverse, sensitivity, specification
from analysis.specification import CHOICES, DEFAULT, Specification, active, narrowed
from analysis.study import load_study
from analysis.verdicts import CONTRADICTED, INAPPLICABLE, INCONCLUSIVE, INSUFFICIENT, SUPPORTED

ALTERNATIVES = """\
alternatives:
  unit: {options: [sentence, block], reason: r}
  unit_weighting: {options: [equal, words], reason: r}
  statement_weighting: {options: [equal, words], reason: r}
  stemming: {options: [stems, words], reason: r}
  measure: {options: [cosine, jaccard], reason: r}
  term_weighting: {options: [tfidf, counts], reason: r}
exclusions:
  - {together: {unit: block, unit_weighting: words}, reason: paragraphs are even}
"""
CHANGE = {
    "id": "change", "claim": "It grows.", "estimand": "frame_change",
    "arguments": {"frame": "deterrence", "direction": "grows", "pairs": [["a-2015", "b-2022"]]},
}
PAIR = {
    "id": "pair", "claim": "They are most alike.", "estimand": "most_similar_pair",
    "arguments": {"pair": ["a-2015", "b-2022"]},
}
MADE = multiverse.settings(seed=1, n_boot=200, n_boot_variants=100)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return load_study(
        write_planted(
            tmp_path_factory.mktemp("study") / "s", blocks=20,
            deterrence={"a-2015": 0.1, "b-2022": 0.6, "c-2022": 0.1},
            extra="findings:\n" + finding() + finding(**CHANGE) + finding(**PAIR) + ALTERNATIVES,
        )
    )


@pytest.fixture(scope="module")
def runs(study, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_CACHE", str(tmp_path_factory.mktemp("cache")))
        return multiverse.compute(study, MADE, jobs=1)


def test_only_choices_that_enter_are_varied_and_equal_ones_merged(study, runs):
    counts = runs.universes.groupby("finding", sort=False).size().to_dict()
    # Shares: unit × weights of units less one that makes no sense, times weights of statements
    # where a side has several. Likeness: stems × (cosine: counts, or tf–idf by either unit;
    # Jaccard: no weights).
    assert counts == {"planted": 6, "change": 3, "pair": 2 * (3 + 1)}
    for _, own in runs.universes.groupby("finding"):
        assert own["is_default"].sum() == 1 and own["is_default"].iloc[0]
        assert not own[list(CHOICES)].duplicated().any()


def slow_distinct(available, entering, idle, excluded):
    """Every combination, told apart by what is active in it."""
    from itertools import product

    seen = set()
    for chosen in product(*available.values()):
        spec = Specification(**dict(zip(available, chosen, strict=True)))
        key = tuple((c, getattr(spec, c)) for c in active(spec, entering, idle))
        full = {c: CHOICES[c][0] for c in CHOICES} | dict(key)
        if not any(all(full[c] in listed for c, listed in t.items()) for t, _ in excluded):
            seen.add(key)
    return seen


def test_distinct_specifications_against_a_slow_version(study):
    available = specification.options(study.alternatives)
    excluded = specification.exclusions(study.exclusions)
    for entry in study.findings:
        name, arguments = entry["estimand"], entry["arguments"]
        entering, idle = estimands.entering(study, name, arguments), estimands.ESTIMANDS[name].idle
        found = specification.distinct(available, entering, idle, excluded)
        assert len(found) == len(slow_distinct(available, entering, idle, excluded))
        for spec in found:
            assert narrowed(spec, entering, idle) == spec


def test_another_default_is_the_first_and_is_kept():
    base = Specification(boilerplate="kept")
    found = specification.distinct(
        specification.options({}), ("boilerplate", "unit"), {}, (), base=base
    )
    assert found == [base]


def universes(verdicts, estimates, **choices):
    """Hand-made universes of one finding, the default first."""
    rows = []
    for place, (verdict, estimate) in enumerate(zip(verdicts, estimates, strict=True)):
        rows.append({
            "finding": "planted", "claim": "Deterrence is framed more in bilateral statements.",
            "is_default": place == 0,
            **{c: choices[c][place] if c in choices else multiverse.NOT_VARIED for c in CHOICES},
            "estimate": estimate, "low": np.nan, "high": np.nan, "smallest_effect": 0.05,
            "verdict": verdict, "why": "",
        })
    return pd.DataFrame(rows)


def test_agreement_weighs_every_option_and_every_choice_alike(study):
    """Five analyses by hand: the measure with three variants has no more say than the other."""
    own = universes(
        [SUPPORTED, SUPPORTED, INCONCLUSIVE, CONTRADICTED, SUPPORTED, INAPPLICABLE],
        [0.2, 0.3, 0.1, -0.1, 0.25, np.nan],
        measure=["cosine", "cosine", "cosine", "jaccard", "jaccard", "jaccard"],
        unit=["sentence", "block", "block", "sentence", "block", "block"],
    )
    runs = multiverse.Multiverse(MADE, own, [])
    one = type(study)(**{**vars(study), "findings": study.findings[:1]})
    table = multiverse.robustness(one, runs).iloc[0]
    assert (table["distinct"], table["inapplicable"], table["agree"]) == (6, 1, 3)
    # measure: cosine 2/3, jaccard 1/2 → .583; unit: sentence 1/2, block 2/3 → .583.
    assert table["agreement"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert table["worst_agreement"] == 0.5
    assert table["lowest"] == -0.1 and table["highest"] == 0.3
    # Alone: jaccard changes .2 to −.1, block to .3.
    assert table["mover"] == "measure of likeness: Jaccard"
    assert table["moved"] == pytest.approx(-0.3)
    listed = multiverse.disagreeing(one, runs)
    assert listed["verdict"].tolist() == [INCONCLUSIVE, CONTRADICTED]
    assert listed["differs"].tolist() == ["unit: block", "measure of likeness: Jaccard"]


def test_no_option_agrees_least_where_all_agree_alike(study):
    own = universes([SUPPORTED] * 4, [0.2, 0.3, 0.2, 0.3],
                    measure=["cosine", "cosine", "jaccard", "jaccard"],
                    unit=["sentence", "block", "sentence", "block"])
    one = type(study)(**{**vars(study), "findings": study.findings[:1]})
    table = multiverse.robustness(one, multiverse.Multiverse(MADE, own, [])).iloc[0]
    assert (table["agreement"], table["worst"]) == (1, multiverse.NO_OPTION)


def test_analyses_without_a_verdict_agree_with_nothing(study):
    own = universes([INSUFFICIENT, INSUFFICIENT, SUPPORTED], [0.1, 0.1, 0.2],
                    unit=["sentence", "block", "block"])
    one = type(study)(**{**vars(study), "findings": study.findings[:1]})
    table = multiverse.robustness(one, multiverse.Multiverse(MADE, own, [])).iloc[0]
    assert table["agree"] == 0 and table["without"] == 2 and np.isnan(table["agreement"])
    assert multiverse.agreement_in_words(table) == "1 of 3 analyses gives a verdict"


def test_words_follow_the_numbers(study, runs):
    table = multiverse.robustness(study, runs)
    before = multiverse.robustness_reading(study, table)
    flipped = runs.universes.assign(estimate=-runs.universes["estimate"], verdict=CONTRADICTED)
    flipped.attrs = runs.universes.attrs
    other = multiverse.robustness(study, multiverse.Multiverse(MADE, flipped, []))
    after = multiverse.robustness_reading(study, other)
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert all("agree" in text for text in after)
    assert "None" not in multiverse.headline(other)


def test_the_curve_of_many_analyses_draws_some_and_says_so():
    many = universes([SUPPORTED] * 300, np.linspace(0, 1, 300).tolist(),
                     unit=["sentence", "block"] * 150)
    chart = multiverse.curve(many)
    assert "(121 of them drawn)" in chart.title or "(120 of them drawn)" in chart.title
    assert "285 of 300 analyses" in chart.title and len(chart.svg) < 400_000


def test_what_hangs_on_one_block_or_term_is_named(study, runs):
    bench = MADE.bench(study)
    table = sensitivity.sensitivity(study, bench, runs)
    kinds = table[table["claim"].str.startswith("Deterrence")].set_index("change")["n"]
    # Four statements of twenty blocks; one term matches; each side has two statements.
    assert kinds.to_dict() == {
        "another seed": 10, "one term left out": 1, "one block left out": 80,
        "one statement left out": 4,
    }
    assert (table["same"] + table["without"] + table["other"] == table["n"]).all()
    flips = sensitivity.flips(study, bench, runs)
    assert len(flips) == table["other"].sum()
    term = flips[flips["change"] == "one term left out"]
    # Without its only term a frame is nowhere: whatever was found is gone.
    assert set(term["what"]) <= {"“deter*”"} and (term["estimate"] == 0).all()
    assert sensitivity.sensitivity_reading(table)[0].startswith(f"{table['n'].sum()} single")


def test_left_out_blocks_are_left_out(study):
    from analysis.bench import Change, Target

    bench = MADE.bench(study)
    target = Target("frame", "deterrence")
    whole = bench.share(DEFAULT, target, "b-2022")
    name = next(n for n in bench.reading(DEFAULT).block_names if n[0] == "b-2022")
    less = bench.changed(Change("block", name)).share(DEFAULT, target, "b-2022")
    assert (len(whole.rows), len(less.rows)) == (12, 11)
    assert less.interval.estimate == pytest.approx(11 / 19)
    assert bench.share(DEFAULT, target, "b-2022") is whole
    other = bench.changed(Change("block", name)).share(DEFAULT, target, "c-2022")
    assert other.interval.estimate == pytest.approx(2 / 20)
    gone = bench.changed(Change("term", ("deterrence", "deter*"))).share(DEFAULT, target, "b-2022")
    assert gone.interval.estimate == 0
