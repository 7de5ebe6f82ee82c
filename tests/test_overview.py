"""Many statements: groups and years, never a wall of cells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import SHIPPED, paragraphs, study_of

from analysis import charts_cells, corpus, overview, similarity, vectors
from analysis.study_yaml import Group

STOCKS = {
    stem: [f"{stem}{a}{b}ba" for a in "abcdefghijklmnopqrst" for b in "aeiou"]
    for stem in ("ko", "mu", "zi")
}


def many(n: int, years: int) -> corpus.Corpus:
    """n statements in three groups, each with words of its own and some of all."""
    rng, names = np.random.default_rng(1), list(STOCKS)
    texts, dates, groups = {}, {}, {}
    for i in range(n):
        stem = names[i % 3]
        own = [*STOCKS[stem], *STOCKS["ko"][:20]]
        texts[f"s{i:02d}"] = paragraphs([" ".join(rng.choice(own, 10)) for _ in range(5)])
        dates[f"s{i:02d}"] = f"{1990 + i % years}-01-{1 + i % 28:02d}"
        groups[f"s{i:02d}"] = stem
    study = study_of(texts, dates=dates)
    statements = study.statements.assign(group=study.statements["statement_id"].map(groups))
    members = {
        stem: Group(id=stem, label=stem.upper(),
                    statements=tuple(i for i in texts if groups[i] == stem))
        for stem in names
    }
    return corpus.build(replace(study, statements=statements, groups=members))


@pytest.fixture(scope="module")
def sixty():
    texts = many(60, 30)
    seen = vectors.views(texts.units, texts.study.statements)
    return texts, similarity.statement_pairs(texts, seen, seed=1, n_boot=200)


def test_sixty_statements_are_shown_as_groups(sixty):
    texts, pairs = sixty
    assert len(pairs) == 60 * 59 / 2 and len(similarity.leading(pairs)) == 40
    table = overview.cells(texts, pairs, seed=1, n_boot=200)
    assert len(table) == 6 and table["pairs"].sum() == len(pairs)
    # Each group's mean, slowly: from the pairs' own names.
    group = {label: name for label, name in texts.group_of.items()}
    for row in table.itertuples():
        own = [
            p.cosine for p in pairs.itertuples()
            if sorted(group[s] for s in p.pair.split(" and ")) == sorted([row.first, row.second])
        ]
        assert row.cosine == pytest.approx(np.mean(own)) and row.pairs == len(own)
        assert (row.lowest, row.highest) == (min(own), max(own))
        assert row.low < row.cosine < row.high
    within = table[table["first"] == table["second"]]["cosine"].min()
    assert within > table[table["first"] != table["second"]]["cosine"].max()
    (top,) = overview.headline(table)
    same = [p.cosine for p in pairs.itertuples()
            if len({group[s] for s in p.pair.split(" and ")}) == 1]
    assert f"of one group have a cosine of {np.mean(same):.2f}, two of different" in top
    said = " ".join(overview.overview_reading(table))
    assert "Mean cosine within groups: KO" in said and "nan" not in said
    assert overview.cells_title(table).startswith("Statements are most alike within")


def test_the_figure_of_sixty_has_six_cells(sixty):
    texts, pairs = sixty
    table = overview.cells(texts, pairs, seed=1, n_boot=200)
    chart = charts_cells.cells(table, row="first", column="second", value="cosine", unit="cosine",
                         title="t")
    assert chart.alt.count(" with ") == 7 and "KO with MU" in chart.alt
    wall = pairs.assign(a=[p.split(" and ")[0] for p in pairs["pair"]],
                        b=[p.split(" and ")[1] for p in pairs["pair"]])
    assert charts_cells.cells(wall, row="a", column="b", value="cosine", unit="cosine", title="t") is None


def test_years_are_taken_together_until_they_can_be_shown(sixty):
    texts, pairs = sixty
    table = overview.years(texts, pairs)
    assert table["years"].nunique() <= overview.MOST_PERIODS
    assert table["years"].iloc[0] == "1990–1991"
    year = {label: int(label.split()[1][:4]) for label in texts.labels.values()}
    first = [
        p.cosine for p in pairs.itertuples()
        if all(year[s] // 2 == 1990 // 2 for s in p.pair.split(" and "))
        and len({texts.group_of[s] for s in p.pair.split(" and ")}) == 2
    ]
    row = table[(table["years"] == "1990–1991") & (table["which"] == "between groups")].iloc[0]
    assert row["cosine"] == pytest.approx(np.mean(first)) and row["pairs"] == len(first)


def test_few_statements_are_shown_one_by_one():
    texts = corpus.load(str(SHIPPED))
    seen = vectors.views(texts.units, texts.study.statements)
    pairs = similarity.statement_pairs(texts, seen, seed=1, n_boot=200)
    table = overview.cells(texts, pairs, seed=1, n_boot=200)
    assert len(table) == 6 and overview.overview_reading(table) == overview.headline(table) == []
    ranked = pairs[pairs["rank"].notna()].set_index("pair")
    for row in table.itertuples():
        assert row.cosine == ranked.loc[f"{row.first} and {row.second}", "cosine"]
        assert row.low == ranked.loc[f"{row.first} and {row.second}", "low"]
    chart = charts_cells.cells(table, row="first", column="second", value="cosine", unit="cosine",
                         title=overview.cells_title(table))
    assert "0.48" in chart.svg and "UK–France 2015 with UK–France 2022: 0.42" in chart.alt


def test_groups_of_few_statements_have_no_interval():
    texts = many(24, 5)
    seen = vectors.views(texts.units, texts.study.statements)
    pairs = similarity.statement_pairs(texts, seen, seed=1, n_boot=200)
    table = overview.cells(texts, pairs, seed=1, n_boot=200)
    assert table["low"].isna().all()
    assert set(table["why_no_interval"]) == {"fewer than 20 statements in a group"}
    said = " ".join(overview.overview_reading(table))
    assert said.count("fewer than 20 statements in a group") == 1


def test_many_values_are_told_by_the_highest_and_the_lowest():
    names = list("abcdefghij")
    cells = pd.DataFrame([
        {"first": name, "second": name, "cosine": 0.1 + n / 100, "low": 0.05, "high": 0.3,
         "why_no_interval": ""} for n, name in enumerate(names)
    ])
    (said,) = overview.overview_reading(cells)
    assert said.endswith("groups: from j 0.19 (0.05 to 0.30) down to a 0.10 (0.05 to 0.30).")
    few = " ".join(overview.overview_reading(cells.head(2)))
    assert "b 0.11 (0.05 to 0.30); a 0.10 (0.05 to 0.30)" in few


def test_interval_of_a_group_equals_a_slow_bootstrap_of_statements(sixty):
    texts, pairs = sixty
    table = overview.cells(texts, pairs, seed=1, n_boot=200).set_index(["first", "second"])
    own = [label for label, name in texts.group_of.items() if name == "KO"]
    cosine = {frozenset(p.pair.split(" and ")): p.cosine for p in pairs.itertuples()}
    rng, means = np.random.default_rng(3), []
    for _ in range(300):
        drawn = rng.choice(own, len(own))
        means.append(np.mean([
            cosine[frozenset((a, b))] for i, a in enumerate(drawn) for b in drawn[:i] if a != b
        ]))
    row = table.loc[("KO", "KO")]
    assert row["high"] - row["cosine"] == pytest.approx(1.96 * np.std(means), rel=0.25)
