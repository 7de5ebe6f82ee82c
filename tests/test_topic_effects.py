"""Shares by date and group: published slopes, corpora redrawn one by one, laws, coverage."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.inference import generator
from analysis.topic_effects import EFFECTS, MIN_DOCUMENTS, YEAR, effects, effects_reading, year

COLUMNS = [*EFFECTS, "evidence"]


def corpus(y, years=None, groups=None, issuers=None):
    """Shares of one topic and of the rest, and the statements they belong to."""
    n = len(y)
    names = [f"d{place:04d}" for place in range(n)]
    shares = pd.DataFrame({"one": y, "rest": 1 - np.asarray(y)}, index=names)
    statements = pd.DataFrame(
        {
            "statement_id": names,
            "date": [str(value) for value in years] if years is not None else "",
            "group": groups if groups is not None else "",
            "issuer": issuers if issuers is not None else "",
        }
    )
    return shares, statements


def drawn(seed, n=30, *, per=1, slope=0.01, difference=0.1):
    """Two groups of n documents with noise, `per` of one issuer and date with noise in common."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(["a", "b"], n)
    years = rng.integers(2010, 2021, size=2 * n // per).repeat(per)
    shared = rng.normal(0, 0.03, size=2 * n // per).repeat(per) if per > 1 else 0
    mean = 0.3 + slope * (years - 2015) + difference * (groups == "b") + shared
    y = rng.beta(4 * mean, 4 * (1 - mean))
    issuers = np.arange(2 * n) // per
    return corpus(y, years, groups, [f"i{k}" for k in issuers] if per > 1 else None)


def row(table, topic, term):
    return table[(table["topic"] == topic) & (table["term"] == term)].iloc[0]


def test_a_published_slope():
    """Anscombe, F. J. (1973), The American Statistician 27(1), set I: slope .5001, R² .667.

    Each point twice, which leaves the line where it is, as shares in hundredths.
    """
    x = np.tile([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], 2)
    y = np.tile([8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68], 2) / 100
    table = effects(*corpus(y, 2000 + x), seed=1, n_boot=500)
    assert table.columns.tolist() == COLUMNS
    assert row(table, "one", YEAR)["estimate"] == pytest.approx(0.5000909, abs=1e-6)
    assert table["n"].tolist() == [22, 22]


def peers_corpus():
    i = np.arange(88)
    c = i // 2
    years = 2010 + (7 * c) % 11
    y = ((13 * i * i + 5 * i + 3 * c) % 97) / 300 + 0.01 * (years + 0.5 - 2015) + 0.1 * (c % 2)
    return corpus(y, years, np.array(["a", "b"])[c % 2], [f"i{k}" for k in c])


def test_coefficients_and_errors_are_those_of_statsmodels():
    """statsmodels 0.15, OLS(y, [1, year, b]).fit(cov_type="cluster", use_correction=False):

    coefficients .01232955 and .11439394, standard errors .00345366 and .02012594 for 44 clusters.
    """
    table = effects(*peers_corpus(), seed=1, n_boot=20_000)
    for term, estimate, error in ((YEAR, 1.232955, 0.345366), ("b − a", 11.439394, 2.012594)):
        found = row(table, "one", term)
        assert found["estimate"] == pytest.approx(estimate, abs=1e-5)
        width = 2 * stats.t.ppf(0.975, 41) * error * math.sqrt(44 / 41)
        # Redrawn clusters against the sandwich: they differ by terms of order 1/44.
        assert found["high"] - found["low"] == pytest.approx(width, rel=0.08)
        assert (found["n"], found["n_independent"]) == (88, 44)


def test_groups_alone_differ_by_their_means():
    y = np.r_[np.linspace(0.1, 0.3, 20), np.linspace(0.4, 0.8, 30), np.linspace(0, 0.2, 25)]
    groups = ["a"] * 20 + ["b"] * 30 + ["c"] * 25
    table = effects(*corpus(y, groups=groups), seed=1, n_boot=4000)
    assert table["term"].tolist() == [YEAR, "b − a", "c − a"] * 2
    assert table["estimate"].iloc[1:3].tolist() == pytest.approx([40, -10])
    assert math.isnan(table["estimate"].iloc[0])
    assert table["why_no_interval"].iloc[0] == "insufficient evidence: fewer than 3 dates"
    # Standard error of a difference of means: √(s²/n + s²/n), s² with n below.
    error = 100 * math.sqrt(np.var(y[:20]) / 20 + np.var(y[20:50]) / 30)
    width = table["high"].iloc[1] - table["low"].iloc[1]
    assert width == pytest.approx(2 * stats.t.ppf(0.975, 72) * error * math.sqrt(75 / 72), rel=0.06)


def test_the_interval_is_that_of_corpora_redrawn_one_by_one():
    shares, statements = drawn(3, 50, per=2)
    table = effects(shares, statements, seed=5, n_boot=300)
    rng, clusters = generator(5, "effects"), sorted(set(statements["issuer"]))
    years = np.array([year(date) for date in statements["date"]])
    x = np.column_stack([np.ones(100), years, statements["group"] == "b"]).astype(float)
    y, found = shares["one"].to_numpy(), []
    for chosen in rng.integers(len(clusters), size=(300, len(clusters))):
        rows = [i for c in chosen for i in np.flatnonzero(statements["issuer"] == clusters[c])]
        found.append(np.linalg.lstsq(x[rows], 100 * y[rows], rcond=None)[0])
    n = len(clusters)
    reach = np.std(found, axis=0, ddof=1) * np.sqrt(n / (n - 3)) * stats.t.ppf(0.975, n - 3)
    for place, term in ((1, YEAR), (2, "b − a")):
        own = row(table, "one", term)
        assert own["high"] - own["estimate"] == pytest.approx(reach[place], rel=1e-8)
        assert own["estimate"] - own["low"] == pytest.approx(reach[place], rel=1e-8)


def test_differences_of_shares_that_sum_to_one_sum_to_nothing():
    table = effects(*drawn(1), seed=1, n_boot=200)
    assert table.groupby("term")["estimate"].sum().tolist() == pytest.approx([0, 0], abs=1e-10)
    one, rest = (row(table, topic, "b − a") for topic in ("one", "rest"))
    assert (one["low"], one["high"]) == pytest.approx((-rest["high"], -rest["low"]))


def test_swapped_groups_swap_the_sign():
    shares, statements = drawn(2)
    first = effects(shares, statements, seed=1, n_boot=200, groups={"a": "A", "b": "B"})
    other = effects(shares, statements, seed=1, n_boot=200, groups={"b": "B", "a": "A"})
    one, turned = row(first, "one", "B − A"), row(other, "one", "A − B")
    assert one["estimate"] == pytest.approx(-turned["estimate"])
    assert (one["low"], one["high"]) == pytest.approx((-turned["high"], -turned["low"]))
    assert row(first, "one", YEAR)["low"] == pytest.approx(row(other, "one", YEAR)["low"])


def test_the_order_of_rows_is_no_matter_and_a_rerun_is_the_same():
    shares, statements = drawn(4, 50, per=2)
    first = effects(shares, statements, seed=1, n_boot=200)
    turned = effects(shares[::-1], statements[::-1], seed=1, n_boot=200)
    again = effects(shares, statements, seed=1, n_boot=200)
    assert first.equals(again) and first.equals(turned)
    assert not first.equals(effects(shares, statements, seed=2, n_boot=200))


def test_documents_of_one_issuer_and_date_are_one():
    """Every document copied four times tells no more than once."""
    shares, statements = drawn(5)
    statements["issuer"] = statements["statement_id"]
    copies = pd.concat([shares.set_axis([f"{n}-{k}" for n in shares.index]) for k in range(4)])
    owners = pd.concat(
        [statements.assign(statement_id=[f"{n}-{k}" for n in shares.index]) for k in range(4)]
    )
    one = effects(shares, statements, seed=1, n_boot=300)
    four = effects(copies, owners, seed=1, n_boot=300)
    assert four["n"].iloc[0] == 240 and four["n_independent"].iloc[0] == 60
    bounds = ["estimate", "low", "high"]
    assert four[bounds].to_numpy() == pytest.approx(one[bounds].to_numpy(), rel=0.2)
    alone = effects(copies, owners.assign(issuer=""), seed=1, n_boot=300)
    widths = [(table["high"] - table["low"]).iloc[0] for table in (one, alone)]
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.2)
    # Parts of one document are one as well.
    parts = effects(pd.concat([shares] * 4), statements, seed=1, n_boot=300)
    assert parts["n_independent"].iloc[0] == 60


def test_uncertain_shares_make_wider_intervals():
    shares, statements = drawn(6)
    noise = np.random.default_rng(1).normal(0, 0.3, size=(50, *shares.shape))
    sure = effects(shares, statements, seed=1, n_boot=500)
    same = effects(
        shares, statements, seed=1, n_boot=500, draws=np.stack([shares.to_numpy()] * 1)
    )
    unsure = effects(shares, statements, seed=1, n_boot=500, draws=shares.to_numpy() + noise)
    assert same.equals(sure)
    assert (unsure["estimate"] == sure["estimate"]).all()
    assert ((unsure["high"] - unsure["low"]) > (sure["high"] - sure["low"])).all()
    # Draws follow their documents whatever the order of rows.
    turned = effects(shares[::-1], statements, seed=1, n_boot=500,
                     draws=(shares.to_numpy() + noise)[:, ::-1])
    assert turned.equals(unsure)


def test_the_bounds_hold_the_truth():
    """Of 240 simulated corpora of 20 documents a group; .95 ± 3 standard errors of .014."""
    held = np.zeros(2)
    for seed in range(240):
        table = effects(*drawn(seed, MIN_DOCUMENTS), seed=seed, n_boot=200)
        for place, (term, truth) in enumerate(((YEAR, 1.0), ("b − a", 10.0))):
            found = row(table, "one", term)
            held[place] += found["low"] <= truth <= found["high"]
    assert (held / 240 > 0.908).all() and (held / 240 < 0.992).all()


def reasons(*given, **options):
    table = effects(*given, seed=1, n_boot=200, **options)
    undefined = table["why_no_interval"] != ""
    assert table.loc[undefined, ["estimate", "low", "high"]].isna().all(axis=None)
    assert table.loc[~undefined, ["estimate", "low", "high"]].notna().all(axis=None)
    own = table[table["topic"] == "one"]
    return dict(zip(own["term"], own["why_no_interval"], strict=True))


def test_too_few_documents_are_insufficient_evidence():
    y = np.linspace(0.1, 0.6, 45)
    years = 2000 + np.arange(45) % 9
    small = ["a"] * 5 + ["b"] * 20 + ["c"] * 20
    why = reasons(*corpus(y, years, small))
    assert why.pop("a − b") == (
        "insufficient evidence: 20 independent documents are needed, there are fewer (a: 5)"
    )
    assert why == {YEAR: "", "c − b": ""}
    why = reasons(*corpus(y[:4], years[:4], small[3:7]))
    assert why[YEAR].endswith("(a: 2, b: 2)") and why["b − a"].endswith("(a: 2, b: 2)")
    assert reasons(*corpus(y[:19], years[:19]))[YEAR].endswith("there are fewer (19)")
    # Twenty documents of two issuers' days are two.
    issuers = ["x"] * 10 + ["z"] * 10
    assert reasons(*corpus(y[:20], [2001] * 20, None, issuers))[YEAR].endswith("fewer (2)")


def test_what_date_and_group_cannot_tell():
    y = np.linspace(0.1, 0.6, 60)
    groups = ["a", "b", "c"] * 20
    apart = "insufficient evidence: date and groups cannot be told apart"
    assert set(reasons(*corpus(y, [2001, 2002, 2003] * 20, groups)).values()) == {apart}
    why = reasons(*corpus(y, [2001, 2002] * 30, groups))
    assert why == {
        YEAR: "insufficient evidence: fewer than 3 dates", "b − a": "", "c − a": "",
    }
    years = [2001 + place if place < 20 else "" for place in range(60)]
    why = reasons(*corpus(y, years, groups))
    assert why[YEAR] == "insufficient evidence: too few documents have a date (20 of 60)"
    assert why["b − a"] == ""
    few = [2001] * 58 + [2002, 2003]
    why = reasons(*corpus(y, few))
    assert why[YEAR] == "insufficient evidence: too few documents tell date and groups apart"
    constant = reasons(*corpus(np.full(60, 0.25), [2001, 2002, 2003] * 20))
    assert constant[YEAR] == "insufficient evidence: the share is the same in all documents"


def test_documents_without_a_share_are_left_out():
    shares, statements = drawn(7)
    shares.iloc[3] = np.nan
    assert effects(shares, statements, seed=1, n_boot=200)["n"].unique().tolist() == [59]


def test_no_topics_no_documents_no_columns():
    shares, statements = drawn(8)
    assert effects(shares.iloc[:, :0], statements, seed=1, n_boot=200).empty
    table = effects(shares.iloc[:0], statements, seed=1, n_boot=200)
    assert table["why_no_interval"].str.startswith("insufficient evidence: 20").all()
    bare = effects(shares, statements[["statement_id", "group"]], seed=1, n_boot=200)
    assert bare["why_no_interval"].tolist()[:2] == ["insufficient evidence: fewer than 3 dates", ""]


def test_bad_input_is_refused():
    shares, statements = drawn(9)
    with pytest.raises(ValueError, match="shares of 'd0000', which is not among"):
        effects(shares, statements[1:], seed=1, n_boot=200)
    with pytest.raises(ValueError, match=r"draws of shape \(3, 60\) for shares of shape"):
        effects(shares, statements, seed=1, n_boot=200, draws=np.zeros((3, 60)))


def test_dates_are_read_to_the_day():
    assert year("2016-12-31") == pytest.approx(2016 + 365.5 / 366)
    assert year("2015-01-01") == pytest.approx(2015 + 0.5 / 365)
    assert math.isnan(year(""))
    assert year("2015-06") < year("2015") < year("2015-07-03")


def test_the_reading_follows_the_table():
    table = effects(*drawn(10, 200, difference=0.3), seed=1, n_boot=200)
    said = effects_reading(table)
    assert any(text.startswith("one, b − a:") for text in said)
    assert "of 4 intervals leave out 0; about 0.2 would" in said[0]
    turned = table.assign(low=-1.0, high=1.0)
    assert effects_reading(turned)[0].startswith("0 of 4") and len(effects_reading(turned)) == 1
    few = effects_reading(effects(*drawn(11, 5), seed=1, n_boot=200))
    assert len(few) == 2 and all("insufficient evidence" in text for text in few)
