"""Intervals of shares from blocks: known answers, independent slow versions, laws."""

import csv
import itertools
import math
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import inference
from analysis.inference import (
    Interval,
    Layout,
    _wilson,
    certified,
    combine,
    difference_shortfall,
    generator,
    layout,
    pair_shortfall,
    share_interval,
)


def test_effective_blocks_of_equal_blocks_is_their_number():
    shape = layout(np.full(20, 37))
    assert shape.blocks == 20
    assert shape.effective_blocks == pytest.approx(20)
    assert shape.largest_block == pytest.approx(0.05)
    assert shape.shortfall == ""


def test_effective_blocks_by_hand():
    # (1 + 2 + 3)² / (1 + 4 + 9) = 36 / 14
    assert layout(np.array([1, 2, 3])).effective_blocks == pytest.approx(36 / 14)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "no text"),
        ([0, 0], "no text"),
        ([10] * 14, "its passages are worth 14.0 equal ones, 15 are needed"),
        ([200] + [10] * 300, ""),
    ],
)
def test_shortfall(words, reason):
    assert layout(np.array(words)).shortfall == reason


def test_one_block_with_more_than_a_quarter_of_the_words():
    # Kish: 100 words in one block of 400 among 300 blocks of 1 keeps (400)²/(100²+300) = 15.5
    assert "25 %" in layout(np.array([101] + [1] * 299)).shortfall


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40))
def test_effective_blocks_lie_between_one_and_all(words):
    shape = layout(np.array(words))
    assert 1 - 1e-9 <= shape.effective_blocks <= len(words) + 1e-9


def test_wilson_bounds_by_hand():
    # Wilson 1927; 81 of 263, Newcombe 1998 (Statistics in Medicine 17), table I, method 3:
    # .2553 to .3662. Its own quantile: 1.959963985, for which Student's stands at these blocks.
    interval = _wilson(81 / 263, 263, stats.norm.ppf(0.975))
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


def test_design_effect_and_bounds_equal_the_exact_distribution_of_three_blocks():
    """All 27 redraws of three blocks, enumerated: an independent slow version."""
    hits, units = np.array([0, 1, 4]), np.array([2, 3, 5])
    drawn = [
        hits[list(chosen)].sum() / units[list(chosen)].sum()
        for chosen in itertools.product(range(3), repeat=3)
    ]
    interval, effect = share_interval(hits, units, rng=generator(1, "x"), n_boot=200_000)
    exact = np.var(drawn) * 3 / 2 / (0.5 * 0.5 / 10)
    assert interval.estimate == 0.5 and effect == pytest.approx(exact, rel=0.02)
    # Wilson's bounds solve (p − π)² = t² π (1 − π) / n, with n = 10 / effect and Student's t.
    t = stats.t.ppf(0.975, 2)
    for bound in (interval.low, interval.high):
        assert (0.5 - bound) ** 2 == pytest.approx(t**2 * bound * (1 - bound) * effect / 10)


def test_blocks_that_vary_less_than_by_chance_count_as_chance():
    """No more independent units than there are."""
    hits, units = np.full(20, 1), np.full(20, 4)
    interval, effect = share_interval(hits, units, rng=generator(1, "x"), n_boot=300)
    plain = _wilson(0.25, 80, stats.t.ppf(0.975, 19))
    assert effect == 0 and (interval.low, interval.high) == (plain.low, plain.high)


def test_one_block_has_no_bounds():
    interval, effect = share_interval(
        np.array([2]), np.array([5]), rng=generator(1, "x"), n_boot=200
    )
    assert interval.estimate == 0.4 and math.isnan(interval.low) and math.isnan(effect)


def test_nothing_found_is_bounded_by_blocks_not_by_sentences():
    # Clopper & Pearson 1934: 0 of 20 → upper 95 % bound 1 − 0.025^(1/20) = 0.16843
    interval, effect = share_interval(
        np.zeros(20), np.full(20, 7), rng=generator(1, "x"), n_boot=200
    )
    assert (interval.estimate, interval.low) == (0, 0)
    assert interval.high == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-12)
    assert math.isnan(effect)


def test_everything_found_mirrors_nothing_found():
    none, _ = share_interval(np.zeros(20), np.full(20, 3), rng=generator(1, "x"), n_boot=200)
    every, _ = share_interval(np.full(20, 3), np.full(20, 3), rng=generator(1, "x"), n_boot=200)
    assert every.low == pytest.approx(1 - none.high)
    assert every.high == 1


def test_no_units_is_undefined():
    interval, _ = share_interval(np.array([]), np.array([]), rng=generator(1, "x"))
    assert math.isnan(interval.estimate) and math.isnan(interval.low)


def test_same_seed_same_bounds_and_blocks_without_units_do_not_matter():
    hits, units = np.array([1, 0, 2, 3] * 5), np.array([2, 2, 3, 4] * 5)
    first = share_interval(hits, units, rng=generator(7, "a"), n_boot=300)
    again = share_interval(
        np.append(hits, 0), np.append(units, 0), rng=generator(7, "a"), n_boot=300
    )
    assert first == again
    assert first != share_interval(hits, units, rng=generator(8, "a"), n_boot=300)


def test_complement_flips_the_interval():
    hits, units = np.array([1, 0, 2, 3] * 6), np.array([2, 2, 3, 4] * 6)
    one, _ = share_interval(hits, units, rng=generator(3, "a"), n_boot=500)
    other, _ = share_interval(units - hits, units, rng=generator(3, "a"), n_boot=500)
    assert other.low == pytest.approx(1 - one.high)
    assert other.high == pytest.approx(1 - one.low)


def test_combination_of_a_difference_by_hand():
    # Zou, Huang & Zhang 2009, eq. 2: L = d − √((a−l_a)² + (u_b−b)²), U = d + √((u_a−a)² + (b−l_b)²)
    a, b = Interval(0.5, 0.4, 0.7), Interval(0.2, 0.1, 0.25)
    difference = combine([a, b], [1, -1])
    assert difference.estimate == pytest.approx(0.3)
    assert difference.low == pytest.approx(0.3 - math.hypot(0.1, 0.05))
    assert difference.high == pytest.approx(0.3 + math.hypot(0.2, 0.1))


shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted).map(
    lambda t: Interval(t[1], t[0], t[2])
)


@given(shares, shares)
def test_swapping_the_sides_flips_the_sign(a, b):
    one, other = combine([a, b], [1, -1]), combine([b, a], [1, -1])
    assert one.estimate == pytest.approx(-other.estimate)
    assert one.low == pytest.approx(-other.high)


@given(shares)
def test_one_part_is_itself(a):
    whole = combine([a], [1.0])
    assert (whole.low, whole.high) == (pytest.approx(a.low), pytest.approx(a.high))


def test_an_undefined_part_makes_the_bounds_undefined_not_the_estimate():
    nan = float("nan")
    whole = combine([Interval(0.5, nan, nan), Interval(0.1, 0, 0.2)], [0.5, 0.5])
    assert whole.estimate == pytest.approx(0.3)
    assert math.isnan(whole.low) and math.isnan(whole.high)


def test_weights_must_match():
    with pytest.raises(ValueError, match="2 estimates and 1 weights"):
        combine([Interval(0, 0, 0)] * 2, [1.0])


def test_coverage_of_a_known_share_with_clustered_blocks():
    """Beta-binomial blocks with a true share of .3: about 95 % of intervals hold it."""
    rng = np.random.default_rng(5)
    held = 0
    for run in range(400):
        p = rng.beta(3, 7, size=40)
        units = rng.integers(1, 5, size=40)
        hits = rng.binomial(units, p)
        interval, _ = share_interval(hits, units, rng=generator(run, "c"), n_boot=400)
        held += interval.low <= 0.3 <= interval.high
    # ± 3 Monte Carlo standard errors around the 90–99 % band that a certified layout must keep.
    assert 0.90 - 0.033 <= held / 400 <= 0.99


# What the coverage study says: a table of its own, so that a new run changes no test.
HEADER = ("estimator,use,share,first_blocks,first_effective,first_largest,"
          "second_blocks,second_effective,second_largest,certified\n")
STUDIED = HEADER + """\
share,pages,0.05,10,10,0.1,,,,yes
share,pages,0.2,10,10,0.1,,,,yes
share,comparison,0.2,10,10,0.1,,,,no
share,pages,0.05,20,20,0.1,,,,no
share,pages,0.2,20,20,0.1,,,,yes
share,pages,0.05,40,40,0.1,,,,yes
share,pages,0.05,80,80,0.1,,,,yes
cosine,pages,,12,11.5,0.1,30,25,0.1,yes
cosine,pages,,30,25,0.1,30,25,0.1,no
cosine,pages,,60,50,0.1,60,50,0.1,yes
difference,pages,0.05 − 0.05,20,20,0.1,20,20,0.1,no
difference,pages,0.2 − 0.2,20,20,0.1,20,20,0.1,yes
difference,pages,0.5 − 0.5,20,20,0.1,20,20,0.1,yes
difference,pages,0.5 − 0.2,20,20,0.1,20,20,0.1,yes
"""


@pytest.fixture()
def studied(tmp_path, monkeypatch):
    (tmp_path / "coverage.csv").write_text(STUDIED, "utf-8")
    monkeypatch.setattr(inference, "files", lambda _: tmp_path)
    inference._studied.cache_clear()
    yield
    inference._studied.cache_clear()


def equal(blocks: float, estimator: str = "", largest: float = 0.1) -> Layout:
    return Layout(int(blocks), float(blocks), largest, estimator)


@pytest.mark.parametrize(
    ("blocks", "answer"),
    [
        (5, None),  # less text than was studied
        (10, True),
        (20, False),  # one of its cells failed
        (15, False),  # between a yes and a no
        (30, False),
        (40, True),
        (60, True),  # between two yeses
        (900, True),  # beyond the largest
    ],
)
def test_a_layout_between_two_studied_ones_needs_both(studied, blocks, answer):
    assert certified("share", equal(blocks)) is answer


def test_what_was_not_studied_keeps_the_general_limits(studied):
    assert certified("unheard of", equal(100)) is None
    why = "its passages are worth 14.0 equal ones, 15 are needed"
    assert equal(14, "unheard of").shortfall == why
    assert equal(16, "unheard of").shortfall == equal(16).shortfall == ""
    assert certified("share", equal(60, largest=0.3)) is None
    assert "30 %" in equal(60, "share", largest=0.3).shortfall


def test_certified_layouts_get_their_interval_back_and_others_lose_it(studied):
    assert equal(10).shortfall == "its passages are worth 10.0 equal ones, 15 are needed"
    assert equal(10, "share").shortfall == ""
    assert equal(20).shortfall == ""
    assert "fail the coverage study" in equal(20, "share").shortfall


def test_two_sides_that_were_studied_together_have_their_own_answer(studied):
    small, middle, large = Layout(12, 11.5, 0.1), equal(25), equal(50)
    assert certified("cosine", small, Layout(30, 25.0, 0.1)) is True
    assert certified("cosine", Layout(30, 25.0, 0.1), small) is True  # in either order
    assert certified("cosine", small, small) is None
    assert certified("cosine", large, large) is True
    assert certified("cosine", large, middle) is False  # 25 blocks failed against themselves
    why = pair_shortfall("cosine", ("A", large), ("B", middle))
    assert why.startswith("A: intervals of texts worth 50.0")
    assert "B: intervals of texts worth 25.0" in why
    assert pair_shortfall("cosine", ("A", small), ("B", Layout(30, 25.0, 0.1))) == ""
    assert pair_shortfall("cosine", ("A", small), ("B", small)).startswith(
        "A: its passages are worth 11.5"
    )


@pytest.mark.parametrize(
    ("shares", "kept"),
    [
        ((0.01, 0.02), False), ((0.05, 0.1), False), ((0.2, 0.01), True), ((0.3, 0.3), True),
        ((0.95, 0.97), False), ((0.05, 0.95), False), ((0.05, 0.8), True),
    ],
)
def test_differences_of_rare_shares_are_withdrawn_where_they_failed(studied, shares, kept):
    assert (difference_shortfall([equal(20)], [equal(20)], shares) == "") is kept
    assert difference_shortfall([equal(20)] * 2, [equal(20)], shares) == ""  # groups: not studied


def test_the_shipped_table_certifies_what_the_docs_say():
    """METHODS: 90 to 99 % in every cell; the flag is that and nothing else."""
    path = Path(inference.__file__).with_name("coverage.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert (row["certified"] == "yes") == (0.90 <= float(row["coverage"]) <= 0.99)
        error = math.sqrt(float(row["coverage"]) * (1 - float(row["coverage"])) / int(row["runs"]))
        assert float(row["mc_error"]) == pytest.approx(error, abs=6e-5)
        assert int(row["runs"]) >= 2000
    assert {row["estimator"] for row in rows} == {
        "cosine", "gap", "jaccard", "share", "difference"
    }
    text = (path.parents[2] / "docs" / "coverage.md").read_text("utf-8")
    assert text.count("\n| ") >= len(rows)


def test_many_blocks_have_the_interval_of_redrawn_ones():
    rng = np.random.default_rng(3)
    units = rng.integers(1, 30, inference.LINEAR_FROM).astype(float)
    hits = rng.binomial(units.astype(int), rng.beta(2, 8, len(units)))
    quick, effect = inference.share_interval(hits, units, rng=rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "LINEAR_FROM", 10**9)
        drawn, other = inference.share_interval(hits, units, rng=rng, n_boot=4000)
    assert quick.estimate == drawn.estimate
    assert quick.high - quick.low == pytest.approx(drawn.high - drawn.low, rel=0.05)
    assert effect == pytest.approx(other, rel=0.1)


def test_the_limits_themselves_are_within():
    """METHODS: fewer than 15 effective blocks, or more than a quarter of the words in one."""
    assert layout(np.full(15, 10)).shortfall == ""
    assert Layout(40, 20.0, 0.25).shortfall == ""
    assert "25 %" in Layout(40, 20.0, 0.2501).shortfall


def test_a_quarter_of_the_words_is_certified_and_more_is_not(studied):
    assert certified("share", equal(60, largest=0.25)) is True
    assert certified("share", equal(60, largest=0.2501)) is None


def test_the_same_number_of_blocks_of_other_lengths_is_another_layout(studied):
    assert certified("share", Layout(20, 60.0, 0.1)) is True
    assert certified("share", Layout(21, 20.0, 0.1)) is False
    assert certified("share", Layout(10, 10.009, 0.1)) is True
    # Not one of those studied, so that it lies between two of them.
    assert certified("share", Layout(10, 10.012, 0.1)) is False
    assert certified("share", Layout(11, 10.0, 0.1)) is False


def test_a_share_that_was_studied_has_the_answer_of_its_own_cell():
    cells = {0.05: False, 0.2: True, 0.5: False}
    assert inference._verdict(cells, 0.2) is True
    assert inference._verdict(cells, 0.19) is False
    assert inference._verdict(cells, 0.21) is False
    assert inference._verdict({0.05: True, 0.2: True, 0.5: False}, 0.1) is True


def test_no_text_is_worth_no_block():
    shape = layout(np.array([]))
    assert (shape.blocks, shape.effective_blocks) == (0, 0.0) and math.isnan(shape.largest_block)


def test_blocks_of_one_unit_count():
    interval, effect = share_interval(
        np.array([1, 0] * 10), np.ones(20), rng=generator(1, "x"), n_boot=4000)
    assert interval.estimate == 0.5
    # Blocks of one unit are independent units: B / (B − 1) is left of the variance.
    assert effect == pytest.approx(1, rel=0.08)


def test_the_variance_is_that_of_the_draws_and_2000_are_drawn():
    """Drawn again with the same seed, one by one."""
    hits, units = np.array([1, 0, 2, 3, 0]), np.array([2, 2, 3, 4, 1])
    rng = generator(4, "x")
    shares = [
        drawn @ hits / (drawn @ units)
        for drawn in (rng.multinomial(5, [0.2] * 5) for _ in range(2000))
    ]
    _, effect = share_interval(hits, units, rng=generator(4, "x"))
    share = 6 / 12
    assert effect == pytest.approx(
        statistics.variance(shares) * 5 / 4 / (share * (1 - share) / 12), rel=1e-12)


def test_exact_bounds_by_hand():
    # Clopper & Pearson 1934: bounds at which 4 of 10, or fewer, or more, have a chance of 2.5 %.
    low, high = inference.clopper_pearson(4, 10, 0.025)
    assert stats.binom.sf(3, 10, low) == pytest.approx(0.025)
    assert stats.binom.cdf(4, 10, high) == pytest.approx(0.025)


def test_from_so_many_blocks_on_nothing_is_drawn():
    blocks = 500
    hits, units = np.tile([1, 0], blocks // 2), np.full(blocks, 2)
    share_interval(hits, units, rng=None)
    with pytest.raises(AttributeError):
        share_interval(hits[1:], units[1:], rng=None)


def test_holm_by_hand():
    # Holm 1979: .01 × 3, .03 × 2, and .04 × 1 may not fall below; NaN is no test.
    nan = float("nan")
    assert inference.holm([0.04, nan, 0.01, 0.03]) == pytest.approx([0.06, nan, 0.03, 0.06],
                                                                   nan_ok=True)
    assert inference.holm([0.6, 0.7]) == [1.0, 1.0]
    assert inference.holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_step_by_step(p):
    """An independent slow version: reject while the smallest is at most alpha over what is left."""
    adjusted = inference.holm(p)
    for alpha in (0.01, 0.05, 0.2):
        rejected = set()
        for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
            if p[place] * (len(p) - rank) > alpha:
                break
            rejected.add(place)
        assert {place for place, value in enumerate(adjusted) if value <= alpha} == rejected


class TestJointReach:
    gaps = np.random.default_rng(1).normal(size=(4000, 3))

    def test_of_one_gap_it_is_that_of_a_normal_distribution(self):
        assert inference.joint_reach(self.gaps[:, :1]) == stats.norm.ppf(0.975)

    def test_of_independent_gaps_it_is_sidak_s(self):
        # Šidák 1967: each at 1 − .95 ** (1 / 3), of both sides.
        sidak = stats.norm.ppf(1 - (1 - 0.95 ** (1 / 3)) / 2)
        assert inference.joint_reach(self.gaps) == pytest.approx(sidak, rel=0.03)

    def test_of_two_gaps_it_is_sidak_s_as_well(self):
        sidak = stats.norm.ppf(1 - (1 - 0.95 ** (1 / 2)) / 2)
        assert inference.joint_reach(self.gaps[:, :2]) == pytest.approx(sidak, rel=0.03)

    def test_neither_place_nor_unit_matters_nor_a_gap_that_never_moves(self):
        reach = inference.joint_reach(self.gaps)
        assert inference.joint_reach(self.gaps * [0.01, 1, 100] + [3, -50, 7]) == pytest.approx(reach)
        still = np.column_stack([np.full(len(self.gaps), 0.5), self.gaps])
        assert inference.joint_reach(still) == pytest.approx(reach)
        assert inference.joint_reach(still[:, :2]) == stats.norm.ppf(0.975)

    def test_by_a_loop(self):
        few = self.gaps[:200]
        largest = [
            max(abs(row[k] - few[:, k].mean()) / few[:, k].std(ddof=1) for k in range(3))
            for row in few
        ]
        assert inference.joint_reach(few) == pytest.approx(np.percentile(largest, 95))
