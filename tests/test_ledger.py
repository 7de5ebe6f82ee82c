"""The clause ledger: planted truths, no call from its own label, agreement by hand."""

import json
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask
from small import SHIPPED, paragraphs, study_of

from analysis import charts_parts, corpus, ledger, ledger_model, ledger_trust, matching
from analysis.errors import BadParameter, BadStudy
from analysis.ledger_model import Pair
from analysis.study import load_study
from analysis.agreement import alpha

PEERS = json.loads((Path(__file__).parent / "peers" / "krippendorff.json").read_text("utf-8"))
BILATERAL = Pair("uk-fr-2015-08-20", "uk-fr-2022-11-14")


COUNTED: dict[int, tuple[pd.DataFrame, matching.Matching]] = {}


def counted(texts: corpus.Corpus) -> matching.Matching:
    """The counts of a corpus, made once for all labels set on it."""
    if id(texts.sentences) not in COUNTED:
        COUNTED[id(texts.sentences)] = (texts.sentences, matching.prepare(texts))
    return COUNTED[id(texts.sentences)][1]


def judged(texts: corpus.Corpus, pair: str = "") -> ledger.Ledger:
    return ledger.judge(texts, counted(texts), ledger.chosen_pairs(texts, pair))


@pytest.fixture(scope="module")
def shipped() -> corpus.Corpus:
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def made(shipped) -> ledger.Ledger:
    return judged(shipped)


def relabelled(texts: corpus.Corpus, labels: pd.DataFrame | None) -> corpus.Corpus:
    return replace(texts, study=replace(texts.study, ledger_labels=labels))


# --- planted ------------------------------------------------------------------------------

SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
COPIED, EDITED, ONLY = 14, 14, 24


def word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(SYLLABLES, size=3))


@cache
def planted() -> tuple[corpus.Corpus, dict[str, str]]:
    """Two statements that share copied and edited units, two others, and the truth by sentence."""
    rng = np.random.default_rng(3)
    vocabulary = [word(rng) for _ in range(900)]

    def fresh() -> list[str]:
        return list(rng.choice(vocabulary, size=14))

    def edited(words: list[str]) -> list[str]:
        changed = list(words)
        for place in range(1, len(words), 3):
            changed[place] = str(rng.choice(vocabulary))
        return changed

    copied, source = [fresh() for _ in range(COPIED)], [fresh() for _ in range(EDITED)]
    sides = {
        "a": [(copied, "kept"), (source, "reworded"), ([fresh() for _ in range(ONLY)], "dropped")],
        "b": [(copied, "inherited"), ([edited(words) for words in source], "inherited"),
              ([fresh() for _ in range(ONLY)], "new")],
    }
    texts, truth, rows = {}, {}, []
    for name, parts in sides.items():
        units = [(" ".join(words), label) for group, label in parts for words in group]
        units = [units[place] for place in rng.permutation(len(units))]
        texts[name] = paragraphs([text for text, _ in units])
        for number, (text, label) in enumerate(units):
            truth[f"{name}:b{number + 1}.s1"] = label
            if rng.random() < 0.5:
                rows.append(
                    {"unit": f"{name}:{number}.0", "statement_id": name,
                     "other_statement_id": "ab".replace(name, ""), "label": label,
                     "text": f"{text[:1].upper()}{text[1:]}.", "counterparts": ""}
                )
    for name in ("c", "d"):
        texts[name] = paragraphs([" ".join(fresh()) for _ in range(50)])
    study = replace(study_of(texts), ledger_labels=pd.DataFrame(rows))
    return corpus.build(study), truth


def test_planted_units_are_found():
    texts, truth = planted()
    table = ledger.ledger(judged(texts))
    found = {ids[0]: verdict for ids, verdict in zip(table["evidence"], table["verdict"])}
    unlabelled = table[table["source"] != "label"]
    assert set(found) == set(truth) and len(unlabelled) > 30
    names = [ids[0] for ids in unlabelled["evidence"]]
    assert np.mean([found[name] == truth[name] for name in names]) >= 0.95
    # Copied units are kept, edited ones reworded: the difference is a long shared run.
    assert all(found[name] == "kept" for name in names if truth[name] == "kept")
    assert not [name for name in names if truth[name] == "reworded" and found[name] == "kept"]


def test_counterparts_of_planted_units_are_the_planted_ones():
    texts, truth = planted()
    table = ledger.ledger(judged(texts))
    kept = table[table["verdict"] == "kept"]
    assert (kept["text"] == kept["counterpart"]).all() and len(kept) == COPIED


def test_a_label_stands_whatever_the_method_says():
    texts, truth = planted()
    labels = texts.study.ledger_labels
    wrong = labels["label"].map({"kept": "dropped"}).fillna(labels["label"])
    table = ledger.ledger(judged(relabelled(texts, labels.assign(label=wrong))))
    mine = table[(table["source"] == "label") & (table["method"] == "kept")]
    assert len(mine) and (mine["verdict"] == "dropped").all()


# --- no call from its own label -----------------------------------------------------------


def calls(made: ledger.Ledger) -> pd.DataFrame:
    return made.judged.units.set_index(["pair", "row"])[["probability", "alone", "carried"]]


def test_no_call_depends_on_a_label_of_its_section(shipped, made):
    """Turn all labels of a section round: no call on a unit of this section may move."""
    labels = shipped.study.ledger_labels
    turn = {"kept": "dropped", "reworded": "dropped", "dropped": "reworded",
            "inherited": "new", "new": "inherited"}
    units, before = made.judged.units, calls(made)
    moved = 0
    for section in list(dict.fromkeys(units.loc[units["label"] != "", "section"]))[::4]:
        inside = units[(units["section"] == section) & (units["label"] != "")]
        mine = ledger_model.labels(shipped)["row"].isin(inside["row"]).to_numpy()
        assert mine.sum() == len(inside)
        changed = labels.assign(
            label=labels["label"].map(turn).where(mine, labels["label"]),
            counterparts=labels["counterparts"].where(~mine, ""),
        )
        after = calls(judged(relabelled(shipped, changed)))
        keys = list(zip(inside["pair"], inside["row"]))
        pd.testing.assert_frame_equal(after.loc[keys], before.loc[keys])
        moved += not after.equals(before)
    assert moved


def test_without_counterparts_both_methods_are_one(shipped):
    labels = shipped.study.ledger_labels.assign(counterparts="")
    units = judged(relabelled(shipped, labels)).judged.units
    assert (units["alone"] == units["carried"]).all()


# --- the labels ---------------------------------------------------------------------------


def test_every_label_and_counterpart_of_the_shipped_study_finds_its_unit(shipped, made):
    assert (made.judged.lost, made.judged.unmatched) == (0, 0)
    labelled, units = ledger_model.labels(shipped).set_index("unit"), shipped.units

    def partners(unit: str) -> list[str]:
        return [units["sentence_id"][row] for row in labelled["partners"][unit]]

    # Read by hand: labelled units, numbers with a steady shift, numbers counted from the unit
    # before (the labels number this statement's section as one block).
    assert partners("uk-fr-2015-08-20:61.0") == ["uk-fr-2022-11-14:b9.s1"]
    assert partners("uk-fr-2022-11-14:08.0") == [
        "uk-fr-2015-08-20:b54.s1", "uk-fr-2015-08-20:b12.s3", "uk-fr-2015-08-20:b63.s1",
    ]
    assert partners("calais-group-2024-03-04:07.3") == [
        "calais-group-2022-12:b15.s4", "calais-group-2022-12:b15.s3",
    ]
    assert "Joint Intelligence Cell" in units["text"][labelled["partners"][
        "calais-group-2024-03-04:07.3"][0]]
    assert partners("calais-group-2024-03-04:14.0") == ["calais-group-2022-12:b17.s1"]


def test_named_counterparts_agree_with_their_own_labels(made):
    """Where both ends are labelled, the label of one never contradicts the other's."""
    units = made.judged.units
    both = units[(units["label"] != "") & units["named"].map(bool)]
    assert len(both) == 20 and both["label"].isin(ledger_model.CARRIED).all()


def test_a_counterpart_that_names_nothing_is_counted(shipped):
    labels = shipped.study.ledger_labels.copy()
    first = labels.index[labels["counterparts"] != ""][0]
    labels.loc[first, "counterparts"] = "uk-fr-2022-11-14:99.0;nonsense"
    labels.loc[labels.index[-1], "text"] = "No such sentence."
    again = judged(relabelled(shipped, labels))
    assert (again.judged.lost, again.judged.unmatched) == (2, 1)
    confusion = ledger_trust.ledger_confusion(again, seed=1, n_boot=200)
    text = " ".join(ledger_trust.confusion_reading(again, confusion))
    assert "1 labelled texts are no unit of analysis here, and 2 counterparts" in text


def test_contradictions_are_refused(shipped):
    labels = shipped.study.ledger_labels.copy()
    labels.loc[0, "label"] = "new"
    with pytest.raises(BadStudy, match="'new' of 'uk-fr-2015-08-20:02.0'|makes"):
        judged(relabelled(shipped, labels))
    labels.loc[0, ["label", "other_statement_id"]] = ["dropped", "uk-fr-2015-08-20"]
    with pytest.raises(BadStudy, match="compared with its own statement"):
        judged(relabelled(shipped, labels))


# --- agreement ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PEERS)
def test_alpha_is_that_of_published_tables(name):
    """Krippendorff (2011), section C; the krippendorff package's own example."""
    codes = np.array(PEERS[name]["data"], dtype=object)
    assert alpha(codes) == pytest.approx(PEERS[name]["krippendorff_package"]["nominal"], abs=1e-12)
    assert alpha(codes) == pytest.approx(PEERS[name]["published"]["nominal"], abs=5e-4)


def test_alpha_equals_nltks(shipped):
    labels = shipped.study.ledger_labels
    codes = labels[["label_1", "label_2", "label_3"]].to_numpy().T
    rows = [(coder, unit, codes[coder, unit]) for coder in range(3) for unit in range(len(labels))]
    assert alpha(codes) == pytest.approx(AnnotationTask(data=rows).alpha(), abs=1e-12)
    table = ledger_trust.label_consistency(shipped)
    assert table["units"].sum() == len(labels) and table["alpha"].between(0.8, 1).all()
    assert "never reliability" in ledger_trust.consistency_reading(shipped, table)[0]


def test_alpha_at_its_ends():
    assert alpha(np.array([["a", "b"], ["a", "b"]])) == 1
    assert np.isnan(alpha(np.array([["a", "a"], ["a", "a"]])))
    assert np.isnan(alpha(np.array([["a", "", None]])))
    assert alpha(np.array([["a", "b"], ["b", "a"]])) == pytest.approx(-0.5)


def test_kappa_by_hand():
    """Cohen (1960): po = .7, pe = .5 · .6 + .5 · .4, so κ = .2 / .5."""
    truth = np.array([1] * 20 + [1] * 5 + [0] * 10 + [0] * 15, dtype=bool)
    called = np.array([1] * 20 + [0] * 5 + [1] * 10 + [0] * 15, dtype=bool)
    assert ledger_model.kappa(truth, called) == pytest.approx(0.4)
    assert ledger_model.kappa(truth, truth) == 1
    assert ledger_model.kappa(truth, ~truth) == pytest.approx(-1)
    assert np.isnan(ledger_model.kappa(truth | True, truth | True))
    doubled = ledger_model.kappa(truth, called, np.full(50, 2))
    assert doubled == pytest.approx(0.4)
    rows = [(0, i, str(a)) for i, a in enumerate(truth)]
    rows += [(1, i, str(a)) for i, a in enumerate(called)]
    assert ledger_model.kappa(truth, called) == pytest.approx(AnnotationTask(data=rows).kappa())


def test_the_method_agrees_with_labels_that_it_did_not_see(made):
    """Slack below what is reached: .83 with counterparts' labels, .73 by likeness alone."""
    table = ledger_trust.ledger_confusion(made, seed=1, n_boot=400)
    both, alone = table.iloc[0], table.iloc[1]
    assert both["kappa"] >= 0.78 and alone["kappa"] >= 0.65
    counts = table[["both", "only_label", "only_method", "neither"]].sum(axis=1)
    assert (counts == table["n"]).all() and both["n"] == 122
    assert (table["low"] <= table["kappa"]).all() and (table["kappa"] <= table["high"]).all()
    differing = both["only_label"] + both["only_method"]
    assert len(both["evidence"]) == differing
    again = ledger_trust.ledger_confusion(made, seed=1, n_boot=400)
    assert (again["low"] == table["low"]).all()


# --- corrected shares ---------------------------------------------------------------------


def simulated(rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """Units in 20 sections, a third carried over, a method that misses 40 % and invents 10 %."""
    section = np.repeat(np.arange(20), 12)
    true = rng.random(240) < 0.35
    carried = np.where(true, rng.random(240) < 0.6, rng.random(240) < 0.1)
    labelled = (np.arange(240) // 6) % 2 == 0
    label = np.where(labelled, np.where(true, "reworded", "dropped"), "")
    return pd.DataFrame(
        {"side": "earlier", "section": section, "label": label, "carried": carried}
    ), float(true.mean())


def test_corrected_shares_find_a_known_truth():
    rng = np.random.default_rng(11)
    errors, naive, covered = [], [], []
    for _ in range(150):
        units, truth = simulated(rng)
        found = ledger_trust._corrected(units, "earlier", rng=rng, n_boot=200)
        called = np.where(
            units["label"] != "", ledger_model.truth(units), units["carried"].to_numpy()
        )
        errors.append(found["corrected"] - truth)
        naive.append(called.mean() - truth)
        covered.append(found["low"] <= truth <= found["high"])
    assert abs(np.mean(errors)) < 0.006 < 0.02 < abs(np.mean(naive))
    assert np.mean(covered) >= 0.9


def test_few_labels_are_refused():
    units, _ = simulated(np.random.default_rng(2))
    few = units.assign(label=units["label"].where(units["section"] < 4, ""))
    found = ledger_trust._corrected(few, "earlier", rng=np.random.default_rng(1), n_boot=50)
    assert found["note"].startswith("not corrected: ") and np.isnan(found["corrected"])
    assert ledger_model.shortfall(few.assign(label="")) == "no labels"
    narrow = units.assign(section=units["section"] % 3)
    assert "sections" in ledger_model.shortfall(narrow)
    assert ledger_model.shortfall(units) == ""


def test_shares_with_all_units_labelled_are_the_labels():
    units, _ = simulated(np.random.default_rng(4))
    full = units.assign(label=np.where(units["carried"], "reworded", "dropped"))
    full.loc[0, "carried"] = ~full.loc[0, "carried"]
    found = ledger_trust._corrected(full, "earlier", rng=np.random.default_rng(1), n_boot=50)
    share = (full["label"] == "reworded").mean()
    assert found["corrected"] == found["low"] == found["high"] == pytest.approx(share)


# --- likeness -----------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=7), st.integers(1, 7))
def test_expected_best_is_the_mean_over_all_draws(values, number):
    values = np.array(values, dtype=float)
    number = min(number, len(values))
    draws = [max(draw) for draw in combinations(values, number)]
    assert ledger_model.expected_best(values, number) == pytest.approx(np.mean(draws))


def test_expected_best_at_its_ends():
    assert np.isnan(ledger_model.expected_best(np.array([]), 3))
    assert np.isnan(ledger_model.expected_best(np.array([np.nan]), 3))
    assert ledger_model.expected_best(np.array([1.0, 4.0]), 9) == 4


def test_a_copy_has_its_source_as_best_match_far_above_chance():
    texts, truth = planted()
    found = ledger_model.compare(texts, counted(texts), Pair("a", "b")).set_index("row")
    names = texts.units["sentence_id"]
    kept = [row for row in found.index if truth[names[row]] == "kept"]
    for row in kept:
        assert texts.units["text"][found["matches"][row][0]] == texts.units["text"][row]
        assert found["score"][row] > found["chance"][row] + 2
        assert found["run"][row] == 14 and found["verbatim"][row]
    assert found["score"].notna().all() and found["chance"].notna().all()


def test_likeness_equals_a_slow_version():
    """Words and character runs unit by unit and block by block; two blocks of two sentences."""
    texts = corpus.build(study_of({
        "a": "Ports are guarded. Returns go on.\n\nTrade grows.\n",
        "b": "Guards watch ports. Fish are rare.\n\nGuards return. Ports grow.\n",
        "c": "Fish quotas shrink. Boats rust.\n\nTrade falls.\n",
        "d": "Harbours are open.\n\nRain falls on guards. Rust spreads.\n",
    }))
    made, units = counted(texts), texts.units
    key = list(zip(units["statement_id"], units["block"]))

    def vector(view, rows):
        row = sum(view.units[[place]].toarray()[0] for place in rows)
        return np.where(row > 0, (1 + np.log(np.maximum(row, 1))) * view.weights, 0)

    def cosine(view, kind, i, j):
        one, other = (
            vector(view, [place] if what == "unit" else
                   [n for n, own in enumerate(key) if own == key[place]])
            for what, place in zip(kind, (i, j))
        )
        return one @ other / np.linalg.norm(one) / np.linalg.norm(other)

    owner = units["statement_id"].to_numpy()
    pair, apart = np.flatnonzero(np.isin(owner, ["a", "b"])), np.flatnonzero(
        np.isin(owner, ["c", "d"]))
    found = ledger_model.compare(texts, made, Pair("a", "b")).set_index("row")
    for row in pair:
        others = [n for n in pair if owner[n] != owner[row]]
        best, chance = [], []
        for kind in (("unit", "unit"), ("unit", "passage"), ("passage", "passage")):
            z, far = 0, 0
            for view in made.views:
                base = np.array([cosine(view, kind, i, j) for i in pair for j in apart])
                z = z + (np.array([cosine(view, kind, row, j) for j in others]) - base.mean()
                         ) / base.std() / 2
                far = far + (np.array([cosine(view, kind, row, j) for j in apart]) - base.mean()
                             ) / base.std() / 2
            best.append(z.max())
            chance.append(np.mean([max(draw) for draw in combinations(far, len(others))]))
        assert found["score"][row] == pytest.approx(np.mean(best), abs=1e-9)
        assert found["chance"][row] == pytest.approx(np.mean(chance), abs=1e-9)


def test_commentary_moves_no_score(shipped, made):
    study = shipped.study
    table = study.statements
    genre = table["genre"] == "commentary"
    texts = {
        name: text.replace("smugglers", "smugglers cooperation police") if commentary else text
        for (name, text), commentary in zip(study.texts.items(), genre, strict=True)
    }
    other = judged(corpus.build(replace(study, texts=texts)))
    left, right = (m.judged.units[["score", "chance", "probability"]] for m in (made, other))
    np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), rtol=1e-9)


def test_order_of_labels_does_not_matter(shipped, made):
    turned = judged(relabelled(shipped, shipped.study.ledger_labels.iloc[::-1].reset_index(
        drop=True)))
    left = made.judged.units.sort_values(["row"])[["score", "alone", "carried", "label"]]
    right = turned.judged.units.sort_values(["row"])[["score", "alone", "carried", "label"]]
    pd.testing.assert_frame_equal(
        left.reset_index(drop=True), right.reset_index(drop=True), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "covered"),
    [
        ("First, they agreed to work together as near neighbours, again.", 1, 9, True),
        ("They agreed to work together as near neighbours and to share more of it.", 3, 8, False),
        ("One (two three four) five six seven eight nine ten.", 1, 4, True),
        ("", 0, 0, False),
    ],
)
def test_a_run_covers_a_clause(text, start, end, covered):
    assert ledger_model.covers_clause(text, start, end) is covered


# --- tables and words ---------------------------------------------------------------------


def test_the_ledger_of_the_shipped_study(shipped, made):
    table, summary = ledger.ledger(made), ledger.ledger_summary(made)
    assert len(table) == 129 + 30 + 40 + 29
    labelled = table[table["source"] == "label"]
    assert labelled["verdict"].value_counts().to_dict() == {
        "dropped": 73, "inherited": 17, "new": 16, "reworded": 14, "kept": 2,
    }
    assert (table["verdict"] != "").all() and (table["method"] != "").all()
    known = set(shipped.units["sentence_id"])
    for ids, places in zip(table["evidence"], table["counterpart_place"], strict=True):
        assert set(ids) <= known and len(ids) == 1 + len(places.split("; "))
    assert summary.groupby(["pair", "side"])["share"].sum().tolist() == pytest.approx([1] * 4)
    assert (summary[["by_label", "by_counterpart", "by_method"]].sum(axis=1)
            == summary["units"]).all()
    shares = ledger_trust.ledger_shares(made, seed=1, n_boot=400)
    assert (shares["note"] == "").all()
    assert (shares["low"] <= shares["corrected"]).all()
    assert (shares["corrected"] <= shares["high"]).all()
    text = " ".join(ledger.ledger_reading(made, summary, shares))
    assert "of 129 sentences and list items of the earlier statement" in text
    confusion = ledger_trust.ledger_confusion(made, seed=1, n_boot=400)
    assert "kappa 0.8" in ledger.headline(made, summary, confusion)


def test_a_pair_without_labels_has_scores_and_no_verdict(shipped):
    other = judged(shipped, "calais-group-2022-12 / uk-fr-2022-11-14")
    assert other.pairs == (Pair("uk-fr-2022-11-14", "calais-group-2022-12"),)
    table, summary = ledger.ledger(other), ledger.ledger_summary(other)
    assert len(table) == 30 + 40 and len(summary) == 0
    for column in ("verdict", "method", "alone"):
        assert set(table[column]) == {""}
    assert set(table["source"]) == {"uncalibrated"}
    assert table["probability"].isna().all() and table["score"].notna().sum() > 60
    shares = ledger_trust.ledger_shares(other, seed=1, n_boot=50)
    text = ledger.ledger_reading(other, summary, shares)[0]
    assert "uncalibrated (no labels for this pair)" in text
    assert "uncalibrated" in ledger.headline(
        other, summary, ledger_trust.ledger_confusion(other, seed=1, n_boot=50)
    )
    assert charts_parts.flow(
        summary, panel="pair", side="side", part="verdict", value="units",
        joined=ledger.CARRIED, title=ledger.flow_title(other, summary),
    ) is None


def test_a_study_without_labels_or_with_few_says_so(shipped):
    bare = judged(relabelled(shipped, None))
    assert bare.pairs == (
        Pair("uk-fr-2022-11-14", "calais-group-2022-12"), BILATERAL,
        Pair("calais-group-2022-12", "calais-group-2024-03-04"),
    )
    assert bare.judged.reason == "no labels" and bare.calibrated == []
    consistency = ledger_trust.label_consistency(bare.corpus)
    assert len(consistency) == 0
    assert "no labels" in ledger_trust.consistency_reading(bare.corpus, consistency)[0]
    confusion = ledger_trust.ledger_confusion(bare, seed=1, n_boot=50)
    assert "no labels" in ledger_trust.confusion_reading(bare, confusion)[0]

    few = judged(relabelled(shipped, shipped.study.ledger_labels.head(30)))
    table = ledger.ledger(few)
    assert few.judged.reason == "1 labels carried over and 29 not, 10 of each are needed"
    assert set(table["source"]) == {"label", "uncalibrated"}
    assert set(table.loc[table["source"] == "uncalibrated", "verdict"]) == {""}


def test_two_statements_alone_have_no_chance_to_compare_with():
    texts, truth = planted()
    study = texts.study
    two = study.statements["statement_id"].isin(["a", "b"])
    alone = corpus.build(
        replace(
            study, statements=study.statements[two].reset_index(drop=True),
            texts={name: study.texts[name] for name in ("a", "b")},
        )
    )
    table = ledger.ledger(judged(alone))
    assert table["chance"].isna().all()
    found = dict(zip((ids[0] for ids in table["evidence"]), table["verdict"]))
    assert np.mean([found[name] == verdict for name, verdict in truth.items()]) >= 0.9


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("uk-fr-2015-08-20", "is no pair"),
        ("uk-fr-2015-08-20/uk-fr-2015-08-20", "is no pair"),
        ("uk-fr-2015-08-20/uk-fr-2022", "no statement 'uk-fr-2022'; did you mean"),
        ("uk-fr-2015-08-20/statewatch-2023-10", "no statement 'statewatch-2023-10'"),
    ],
)
def test_wrong_pairs_are_refused(shipped, pair, message):
    with pytest.raises(BadParameter, match=message):
        ledger.chosen_pairs(shipped, pair)


def test_dates_must_tell_which_is_earlier():
    texts = corpus.build(study_of({"a": "One word here.\n", "b": "One more there.\n"},
                                  dates={"a": "2020", "b": "2020-05-01"}))
    with pytest.raises(BadParameter, match="do not tell which is the earlier"):
        ledger.chosen_pairs(texts, "a/b")


def test_two_dated_statements_are_the_pair():
    one, other = "Patrols guard ports.\n", "Guards patrol harbours.\n"
    assert ledger.chosen_pairs(corpus.build(study_of({"a": one, "b": other}))) == [Pair("a", "b")]
    undated = study_of({"a": one, "b": other}, dates={"a": "", "b": ""})
    assert ledger.chosen_pairs(corpus.build(undated)) == []


def test_a_study_without_labels_and_contrasts_asks_for_a_pair():
    texts = corpus.build(study_of({name: f"One word {name}here.\n" for name in "abc"}))
    empty = judged(texts)
    tables = (
        ledger.ledger(empty), ledger.ledger_summary(empty),
        ledger_trust.ledger_shares(empty, seed=1, n_boot=50),
        ledger_trust.ledger_confusion(empty, seed=1, n_boot=50),
    )
    assert [len(table) for table in tables] == [0] * 4
    assert "name a pair" in ledger.ledger_reading(empty, *tables[1:3])[0]
    assert "uncalibrated" in ledger.headline(empty, tables[1], tables[3])


def test_sections_stand_under_headings(shipped):
    section = pd.Series(ledger_model.sections(shipped), index=shipped.units["sentence_id"])
    assert section["uk-fr-2015-08-20:b17.s1"] == section["uk-fr-2015-08-20:b14.s1"]
    assert section["uk-fr-2015-08-20:b25.s1"] != section["uk-fr-2015-08-20:b23.s2"]
    assert section.nunique() >= 16
    texts, _ = planted()
    assert len(set(ledger_model.sections(texts))) == len(texts.units)


def test_the_flow_picture_says_its_numbers(made):
    summary = ledger.ledger_summary(made)
    chart = charts_parts.flow(
        summary, panel="pair", side="side", part="verdict", value="units",
        joined=ledger.CARRIED, title=ledger.flow_title(made, summary),
    )
    for row in summary.itertuples():
        assert f"{row.units} {row.verdict}" in chart.alt
        assert f">{row.verdict} {row.units}<" in chart.svg
    assert chart.title.startswith("Dropped by the later statement: ")
