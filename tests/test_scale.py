"""Many statements: pools, samples, neighbours, shared wording, and what is kept of them."""

import dataclasses
import json
from itertools import combinations

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import corpus_of, paragraphs, study_of

from analysis import (
    commitments, corpus, description, framing, nearest, places, reuse_many, scale, segments, show,
    similarity, tables, vectors,
)
from analysis.bench import Bench, Target
from analysis.report import cited
from analysis.specification import Specification
from analysis.study_yaml import Contrast, Group

WORDS = (
    "boats borders crossings officers returns ports patrols smugglers networks asylum funding "
    "ministers beaches vessels engines camps judges courts visas trains tunnels ferries drones"
).split()


def many(n: int = 120, *, seed: int = 1) -> corpus.Corpus:
    """Statements of three groups; the first group deters in every sentence, the others never."""
    rng = np.random.default_rng(seed)
    texts, groups = {}, {"g0": [], "g1": [], "g2": []}
    for number in range(n):
        name, group = f"s{number:04d}", f"g{number % 3}"
        groups[group].append(name)
        verb = "deter" if group == "g0" else "count"
        texts[name] = paragraphs([
            f"We {verb} {' '.join(rng.choice(WORDS, 9))}" for _ in range(3)
        ])
    study = study_of(texts, dates={name: f"{2000 + i % 20}-05-01"
                                   for i, name in enumerate(texts)})
    of = {name: group for group, names in groups.items() for name in names}
    study = dataclasses.replace(
        study,
        statements=study.statements.assign(group=study.statements["statement_id"].map(of)),
        groups={g: Group(g, f"Group {g[1]}", tuple(names)) for g, names in groups.items()},
        contrasts=(Contrast("c", "c", tuple(groups["g0"]), tuple(groups["g1"]), "A", "B"),),
        findings=(),
    )
    return corpus.build(study)


def test_few_statements_are_left_alone():
    texts = corpus_of({"a": paragraphs(["one two"]), "b": paragraphs(["three four"])})
    assert scale.by_group(texts) is texts
    assert scale.sample(texts, seed=1) is texts
    assert scale.notice(texts, "rows") == []


def test_pools_keep_units_in_order_and_count_as_the_statements_together():
    texts = many()
    shown = scale.by_group(texts)
    assert list(shown.labels.values()) == ["Group 0", "Group 1", "Group 2"]
    pd.testing.assert_series_equal(shown.units["sentence_id"], texts.units["sentence_id"])
    assert len(shown.blocks) == 120 and shown.blocks["words"].sum() == texts.units["words"].sum()
    matches = framing.frame_matches(texts, framing.dictionary_of(texts))
    shares = framing.frame_shares(
        shown, framing.dictionary_of(texts), matches, seed=1, n_boot=99)
    held = np.zeros(len(texts.units), dtype=bool)
    held[matches.loc[matches["category"] == "deterrence", "row"]] = True
    owner = texts.units["group"].to_numpy()
    label = {c.id: c.label for c in framing.dictionary_of(texts).categories}["deterrence"]
    for group in ("g0", "g1"):
        row = shares[(shares["frame"] == label) & (shares["statement"] == f"Group {group[1]}")]
        assert row["share"].item() == held[owner == group].mean()
    assert held[owner == "g0"].all()


def test_structure_of_groups_is_that_of_their_statements():
    texts = many()
    table = description.structure(texts, scale.by_group(texts))
    each = description.structure(texts, texts).set_index("statement")
    group = pd.Series(texts.group_of)
    for row in table.itertuples():
        own = each.loc[group.index[group == row.statement]]
        assert row.words == own["words"].sum() and row.paragraphs == own["paragraphs"].sum()


def test_sides_of_a_contrast_become_two_texts():
    texts = many()
    sides = scale.by_sides(texts, texts.study.contrasts[0])
    assert list(sides.labels.values()) == ["A", "B"] and len(sides.blocks) == 80
    table = pd.DataFrame({"row": np.arange(len(texts.units))})
    moved = scale.rows(table, texts, sides)
    assert moved["row"].tolist() == list(range(len(sides.units)))
    assert set(sides.units["sentence_id"]) < set(texts.units["sentence_id"])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), most=st.integers(61, 110))
def test_a_sample_has_each_group_in_proportion_and_what_is_named(seed, most):
    study = SAMPLED
    named = {"s0001", "s0002"}
    found = scale.sampled(study, seed=seed, most=most)
    assert len(found.statements) == most and named <= set(found.statements["statement_id"])
    sizes = found.statements["group"].value_counts()
    assert sizes.max() - sizes.min() <= 1
    years = found.statements[found.statements["group"] == "g1"]["date"].value_counts()
    assert years.max() - years.min() <= 1
    again = scale.sampled(study, seed=seed, most=most)
    assert again.statements.equals(found.statements)
    assert list(found.texts) == found.statements["statement_id"].tolist()


@pytest.mark.parametrize(
    "sizes, least, most, expected",
    [
        ([100, 100], [20, 20], 60, [30, 30]),
        ([1000, 30, 5], [20, 20, 5], 100, [75, 20, 5]),
        ([10, 10], [0, 9], 10, [1, 9]),
    ],
)
def test_quotas_are_shares_with_a_least(sizes, least, most, expected):
    assert scale._quotas(np.array(sizes), np.array(least), most).tolist() == expected


SAMPLED = dataclasses.replace(
    many().study, findings=({"arguments": {"closest": ["s0001", "s0002"]}},)
)


@pytest.mark.parametrize("weighting", ["equal", "words"])
def test_many_statements_of_a_side_are_redrawn_whole(weighting):
    study = many().study
    bench = Bench(study, seed=1, n_boot=400, n_boot_variants=400)
    spec = Specification(statement_weighting=weighting)
    ids = study.groups["g0"].statements
    for target in (Target("terms", "boats|ports"), Target("frame", "deterrence")):
        interval, (share,) = bench.side(spec, target, ids)
        single = [bench.share(spec, target, one) for one in ids]
        weights = [one.words for one in single] if weighting == "words" else None
        expected = np.average([one.interval.estimate for one in single], weights=weights)
        assert interval.estimate == pytest.approx(expected)
        assert interval.low < expected <= interval.high and share.layout.blocks == len(ids)
    few, shares = bench.side(spec, Target("frame", "deterrence"), ids[:3])
    assert len(shares) == 3 and np.isnan(few.low)


def test_nearest_statements_are_those_of_the_pairwise_page():
    texts = many(66)
    found = nearest.terms(texts)
    near = nearest.neighbours(found, seed=1)
    views = vectors.views(texts.units, texts.study.statements)
    pairs = similarity.statement_pairs(texts, views, seed=1, n_boot=2)
    best = pairs.iloc[0]
    row = nearest.closest(texts, found, near).iloc[0]
    assert row["pair"] == best["pair"]
    assert row["cosine"] == pytest.approx(best["cosine"], abs=1e-5)
    assert near.recall == 1.0 and near.search is None


def test_candidates_are_taken_only_with_enough_recall():
    found = nearest.terms(many(300))
    exact = nearest.neighbours(found, seed=1)
    near = nearest.neighbours(found, seed=1, exact=100)
    if near.search is None:
        assert (near.place == exact.place).all()
    else:
        assert (near.cosine >= exact.cosine - 1e-6).mean() >= 0.9
        assert near.recall >= 0.9


def test_group_means_are_those_of_all_pairs():
    texts = many(66)
    found = nearest.terms(texts)
    dense = found.matrix.toarray() @ found.matrix.toarray().T
    group = np.array([texts.group_of[texts.labels[i]] for i in found.ids])
    table = nearest.groups(texts, found).set_index(["first", "second"])
    for a, b in (("Group 0", "Group 0"), ("Group 0", "Group 1")):
        part = dense[np.ix_(group == a, group == b)]
        values = part[np.triu_indices(len(part), 1)] if a == b else part.ravel()
        assert table.loc[(a, b), "cosine"] == pytest.approx(values.mean(), abs=1e-5)
        assert table.loc[(a, b), "pairs"] == len(values)
        assert table.loc[(a, b), "low"] < values.mean() < table.loc[(a, b), "high"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=14), min_size=2, max_size=6))
def test_shared_words_are_those_of_windows_in_two_texts(texts):
    kind = np.array([word for text in texts for word in text], dtype=np.int32)
    text = np.repeat(np.arange(len(texts), dtype=np.int32), [len(t) for t in texts])
    shared, _ = reuse_many._windows(kind, text, 3)
    expected = np.zeros(len(kind), dtype=bool)
    begin = np.cumsum([0, *map(len, texts)])
    windows = [{tuple(t[i:i + 3]) for i in range(len(t) - 2)} for t in texts]
    for (i, own), (j, other) in combinations(enumerate(windows), 2):
        for side in (i, j):
            for place in range(len(texts[side]) - 2):
                if tuple(texts[side][place:place + 3]) in own & other:
                    expected[begin[side] + place:begin[side] + place + 3] = True
    assert shared.tolist() == expected.tolist()


def test_widespread_wording_finds_the_copy():
    texts = many(90)
    copied = "the parties will share intelligence on every engine sold along the coast this year"
    source = {**texts.study.texts}
    for name in ("s0003", "s0050"):
        source[name] += "\n" + paragraphs([copied])
    study = dataclasses.replace(texts.study, texts=source)
    found = reuse_many.widespread(corpus.build(study), min_run=8)
    assert found.leading == ["s0003", "s0050"] and found.pairs == 1
    assert found.table["shared"].sum() == 2 * len(copied.split())


@settings(max_examples=15, deadline=None)
@given(chunk=st.integers(1, 9))
def test_parts_do_not_depend_on_chunks(chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "KEPT_FROM", 1)
        patch.setattr(segments.store, "has", lambda key: False)
        patch.setattr(segments.store, "keep", lambda key, content: False)
        parts = list(segments.parted(STATEMENTS, jobs=1, chunk=chunk))
    whole = segments.part(STATEMENTS)
    for table in ("blocks", "sentences"):
        for name, values in whole[table].items():
            assert [v for part in parts for v in part[table][name]] == values


STATEMENTS = corpus._texts(many(8).study)


def test_a_kept_part_is_read_and_a_broken_one_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path))
    monkeypatch.setattr(segments, "KEPT_FROM", 1)
    first = list(segments.parted(STATEMENTS, jobs=1, chunk=3))
    entries = sorted(path for path in tmp_path.iterdir() if path.suffix != ".lock")
    assert len(entries) == 3
    entries[0].write_text("broken")
    monkeypatch.setattr(segments.workers, "done", lambda *_, **__: iter(()))
    assert list(segments.parted(STATEMENTS, jobs=1, chunk=3)) == first
    json.dumps(first)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(8, 60))
def test_evidence_is_bounded_and_counted(sizes, most):
    evidence = [[f"a:b{n}.s{i}" for i in range(size)] for n, size in enumerate(sizes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "MOST_EVIDENCE", most)
        kept, left_out = tables._bounded(evidence)
    if sum(sizes) <= most:
        assert kept == evidence and left_out == []
        return
    assert most - len(sizes) < sum(map(len, kept)) <= most
    for ids, own, left in zip(evidence, kept, left_out, strict=True):
        assert len(own) + left == len(ids) and bool(own) == bool(ids)
        assert own == [identifier for identifier in ids if identifier in set(own)]


def test_statements_that_cells_lead_to_get_pages():
    table = {"display": "table", "evidence": [["a:b1.s1", "b:b1.s1"], ["b:b2.s1"]]}
    unlinked = {"display": "table", "evidence": [[f"c:b1.s{n}" for n in range(9)]],
                "left_out": [100]}
    hidden = {"display": "none", "evidence": [["d:b1.s1"]]}
    assert cited.statements([table, unlinked, hidden]) == ["b", "a"]
    assert cited.statements([table], most=1) == ["b"]


def test_unread_statements_have_no_level():
    texts = many(90)
    some = scale.sample(texts, seed=1, most=70)
    every, part = commitments.read(texts), commitments.read(texts, only=some)
    read = texts.units["statement_id"].isin(list(some.labels)).to_numpy()
    assert 0 < read.sum() < len(read)
    pd.testing.assert_frame_equal(part[read], every[read])
    assert part.loc[~read, "level"].isna().all()
    assert set(part.loc[~read, "rule"]) == {commitments.UNREAD}


def shown_by(notebook, texts, monkeypatch, **given):
    """Tables and sentences that a notebook's cells show, run in this process on a corpus."""
    bundles: list[dict] = []
    monkeypatch.setattr(show, "_display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(corpus, "load", lambda *_, **__: texts)
    scope: dict[str, object] = {"__name__": "__main__"}
    for cell in nbformat.read(places.notebooks_dir() / f"{notebook}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, notebook, "exec"), scope)
            if "parameters" in cell.metadata.get("tags", ()):
                scope |= given
    found = {b[tables.TABLE_MIME]["name"]: b[tables.TABLE_MIME] for b in bundles
             if tables.TABLE_MIME in b}
    return found, json.dumps([b[tables.PROSE_MIME] for b in bundles if tables.PROSE_MIME in b])


def test_words_and_commitments_of_very_many_statements_rest_on_a_sample(monkeypatch):
    texts = many(150)
    monkeypatch.setattr(scale, "READ", 90)
    found, said = shown_by("4_framing", texts, monkeypatch, n_boot=200)
    assert "Of 150 statements names and words rest on a sample of 90" in said
    assert "Of 150 statements commitments rest on a sample of 90" in said
    # Frames are counted in all of them.
    assert sum(row[1] for row in found["block_layouts"]["rows"]) == len(texts.units)
    own = scale.sample(texts, seed=1, most=90)
    names = [column["name"] for column in found["commitment_profile"]["columns"]]
    rows = [dict(zip(names, row)) for row in found["commitment_profile"]["rows"]]
    assert sum(row["n_units"] for row in rows
               if row["reading"] == commitments.READINGS["unit"]) == len(own.units)
