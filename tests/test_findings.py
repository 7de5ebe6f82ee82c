"""Findings are judged by fixed rules, in every specification, and never dropped."""

from pathlib import Path

import numpy as np
import pytest
from planted import finding, write_planted

from analysis import corpus, findings, framing, limits, multiverse, similarity, vectors
from analysis.errors import BadStudy
from analysis.estimands import ESTIMANDS, Bench
from analysis.findings import (
    CONTRADICTED,
    INCONCLUSIVE,
    INSUFFICIENT,
    SUPPORTED,
    verdict,
)
from analysis.inference import Interval
from analysis.specification import CHOICES, DEFAULT, combinations, narrowed, options
from analysis.study import load_study

SHIPPED = Path(__file__).parents[1] / "data" / "channel-2015-2024"
NAN = float("nan")


@pytest.fixture(scope="module")
def shipped():
    return load_study(SHIPPED)


@pytest.fixture(scope="module")
def bench(shipped):
    return Bench(shipped, seed=1, n_boot=300, fold=True)


@pytest.fixture(scope="module")
def universes(shipped):
    return multiverse._computed(shipped, seed=1, n_boot=300, fold=True)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "store"))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.05, 0.30, SUPPORTED),
        (0.049, 0.30, INCONCLUSIVE),
        (-0.1, 0.05, INCONCLUSIVE),
        (-0.1, 0.049, CONTRADICTED),
        (-0.3, -0.1, CONTRADICTED),
        (NAN, NAN, INSUFFICIENT),
    ],
)
def test_verdicts(low, high, expected):
    assert verdict(Interval((low + high) / 2, low, high), smallest_effect=0.05) == expected


def planted(tmp_path, extra, **shares):
    study = load_study(write_planted(tmp_path / "s", extra=extra, **shares))
    return study, Bench(study, seed=1, n_boot=500, fold=True)


def judged(tmp_path, extra, **shares):
    study, bench = planted(tmp_path, extra, **shares)
    universes = multiverse.universes(study, seed=1, n_boot=500, fold=True)
    return findings.judged(study, bench, universes)


def test_a_planted_difference_is_supported_and_its_opposite_contradicted(tmp_path):
    opposite = {"frame": "deterrence", "more_in": "multilateral", "than_in": ["a-2015", "b-2022"]}
    table = judged(
        tmp_path,
        "findings:\n" + finding() + finding(id="opposite", arguments=opposite),
        deterrence={"a-2015": 0.6, "b-2022": 0.6, "c-2022": 0.05, "d-2024": 0.05},
    )
    assert table["verdict"].tolist() == [SUPPORTED, CONTRADICTED]
    assert table["estimate"].tolist() == pytest.approx([0.55, -0.55])
    assert "the opposite holds" in table["why"].iloc[1]
    assert (table["agree"] == table["specifications"]).all()


def test_nothing_planted_is_not_supported(tmp_path):
    shares = dict.fromkeys(["a-2015", "b-2022", "c-2022", "d-2024"], 0.3)
    assert judged(tmp_path, "findings:\n" + finding(), deterrence=shares)["verdict"].tolist() != [
        SUPPORTED
    ]


def change(direction: str) -> str:
    arguments = {
        "frame": "deterrence", "direction": direction,
        "pairs": [["a-2015", "b-2022"], ["c-2022", "d-2024"]],
    }
    return finding(id=direction, estimand="frame_change", arguments=arguments)


def test_a_claim_about_time_needs_both_formats(tmp_path):
    both = {"a-2015": 0.1, "b-2022": 0.6, "c-2022": 0.1, "d-2024": 0.7}
    table = judged(tmp_path, "findings:\n" + change("grows") + change("declines"),
                   deterrence=both)
    assert table["verdict"].tolist() == [SUPPORTED, CONTRADICTED]
    assert table["estimate"].tolist() == pytest.approx([0.5, -0.6])
    one = {"a-2015": 0.1, "b-2022": 0.6, "c-2022": 0.7, "d-2024": 0.1}
    table = judged(tmp_path / "second", "findings:\n" + change("grows"), deterrence=one)
    assert table["verdict"].tolist() == [CONTRADICTED]


def test_too_little_text_is_said_and_the_finding_stays(tmp_path):
    table = judged(
        tmp_path, "findings:\n" + finding(), blocks=5,
        deterrence={"a-2015": 1, "b-2022": 1},
    )
    assert table["verdict"].tolist() == [INSUFFICIENT]
    assert np.isnan(table["low"].iloc[0]) and table["estimate"].iloc[0] == 1
    assert "equal ones, 15 are needed" in table["why"].iloc[0]
    assert table["agree"].tolist() == [0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimand": "frame_diference"}, "unknown estimand.*did you mean 'frame_difference'"),
        ({"arguments": {"frame": "crime"}}, "no argument 'more_in'; add it"),
        ({"arguments": {"frame": "crim", "more_in": "bilateral", "than_in": "multilateral"}},
         "frame: unknown frame 'crim'; did you mean 'crime'"),
        ({"arguments": {"frame": "crime", "more_in": "bi", "than_in": "multilateral"}},
         "more_in: unknown group 'bi'"),
        ({"arguments": {"frame": "crime", "more_in": ["a-2016"], "than_in": "multilateral"}},
         "more_in: unknown statement 'a-2016'; did you mean"),
        ({"arguments": {"frame": "crime", "more_in": "bilateral", "than_in": []}},
         "than_in: must list statements"),
        ({"arguments": {"frame": "crime", "more_in": "bilateral", "than_in": "multilateral",
                        "x": 1}}, "unknown argument 'x'"),
        ({"estimand": "most_similar_pair", "arguments": {"pair": ["a-2015", "a-2015"]}},
         "two different statement ids"),
        ({"estimand": "frame_change", "arguments": {
            "frame": "crime", "direction": "up", "pairs": [["a-2015", "b-2022"]]}},
         "direction: must be grows or declines, not 'up'"),
        ({"estimand": "frame_change", "arguments": {
            "frame": "crime", "direction": "grows", "pairs": []}}, "must be a list of pairs"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(tmp_path, changes, message):
    study, _ = planted(tmp_path, "findings:\n" + finding(**changes), deterrence={})
    with pytest.raises(BadStudy, match=message) as caught:
        findings.check(study)
    assert len(caught.value.faults) >= 1


def test_a_repeated_id_and_unknown_alternatives_are_refused_at_once(tmp_path):
    study, _ = planted(
        tmp_path,
        "findings:\n" + finding() + finding()
        + "alternatives:\n  unitt: {options: [block], reason: r}\n"
        "  unit: {options: [block, word], reason: r}\n",
        deterrence={},
    )
    with pytest.raises(BadStudy) as caught:
        findings.check(study)
    text = "\n".join(caught.value.faults)
    assert "'planted' stands twice" in text
    assert "unknown choice 'unitt'; did you mean 'unit'" in text
    assert "unknown option 'word'" in text and "the default 'sentence' is missing" in text


# ---------------------------------------------------------------- the multiverse


def test_choices_that_cannot_enter_are_not_varied_and_equal_ones_merged(shipped, universes):
    counts = universes.groupby("finding", sort=False).size().to_dict()
    # similarity: stems × weights × furniture, and the unit of idf only where there is an idf.
    # frames: unit × weights of units × furniture.
    assert counts == {"calais-most-similar": 12, "crime-grows": 8, "deterrence-bilateral": 8}
    for _, own in universes.groupby("finding"):
        assert own["is_default"].sum() == 1
        assert not own[list(CHOICES)].duplicated().any()


def test_the_default_specification_equals_the_other_pages(shipped, universes, bench):
    texts = corpus.build(shipped)
    frames = framing.dictionary_of(texts)
    shares = framing.frame_shares(
        texts, frames, framing.frame_matches(texts, frames), seed=1, n_boot=300
    )
    own = shares[shares["frame"] == "Deterrence and return"].set_index("statement")["share"]
    sides = {"UK–France": [], "Calais Group": [], "Statewatch": []}
    for label, share in own.items():
        sides[texts.group_of[label]].append(share)
    default = universes[universes["is_default"]].set_index("finding")["estimate"]
    assert default["deterrence-bilateral"] == pytest.approx(
        np.mean(sides["UK–France"]) - np.mean(sides["Calais Group"])
    )
    pairs = similarity.statement_pairs(
        texts, vectors.views(texts.units, shipped.statements), seed=1, n_boot=300
    )
    ranked = pairs[pairs["rank"].notna()].set_index("rank")["cosine"]
    assert default["calais-most-similar"] == pytest.approx(ranked[1] - ranked[2])


def test_narrowing_is_idempotent_and_keeps_the_default():
    spec = combinations(options({"unit": {"options": ["sentence", "block"], "reason": "r"}}))
    assert spec[0] == DEFAULT and len(spec) == 2
    for estimand in ESTIMANDS.values():
        for one in spec:
            once = narrowed(one, estimand.entering(one))
            assert narrowed(once, estimand.entering(once)) == once
        assert narrowed(DEFAULT, estimand.entering(DEFAULT)) == DEFAULT


def test_the_shared_table_is_computed_once_and_read_back_equal(shipped, monkeypatch):
    first = multiverse.universes(shipped, seed=1, n_boot=200, fold=True)
    monkeypatch.setattr(multiverse, "_computed", None)
    again = multiverse.universes(shipped, seed=1, n_boot=200, fold=True)
    assert first.equals(again)
    assert first.attrs == again.attrs


def test_another_seed_is_another_table(shipped, monkeypatch):
    multiverse.universes(shipped, seed=1, n_boot=200, fold=True)
    called = []
    real = multiverse._computed
    monkeypatch.setattr(multiverse, "_computed", lambda *a, **k: called.append(1) or real(*a, **k))
    multiverse.universes(shipped, seed=2, n_boot=200, fold=True)
    assert called


def test_words_change_with_the_numbers(universes, shipped):
    table = multiverse.robustness(shipped, universes)
    before = multiverse.robustness_reading(table)
    changed = universes.assign(estimate=universes["estimate"] * -1, low=-0.9, high=-0.5,
                               verdict=CONTRADICTED)
    changed.attrs = universes.attrs
    after = multiverse.robustness_reading(multiverse.robustness(shipped, changed))
    assert all(a != b for a, b in zip(before, after, strict=True))
    assert all("8 of 8" in text or "12 of 12" in text for text in after)


def test_passages_lead_to_sentences_of_the_named_side(shipped, bench):
    table = findings.passages(shipped, bench)
    ids = {label: i for i, label in bench.corpus(DEFAULT).labels.items()}
    assert len(table)
    for row in table.itertuples():
        statement = ids[row.side.split(" (")[0]]
        assert all(i.startswith(f"{statement}:") for i in row.evidence)
        assert len(row.evidence) == 1
    assert table.groupby(["claim", "side"]).size().max() <= 3


def test_limits_follow_the_corpus(shipped, tmp_path):
    named = limits.limits(corpus.build(shipped))["limit"].tolist()
    assert "Part of a longer series" in named and "Not human-validated" in named
    study, _ = planted(tmp_path, "", deterrence={})
    fewer = limits.limits(corpus.build(study))["limit"].tolist()
    assert "Part of a longer series" not in fewer and "Not human-validated" not in fewer
    assert "Commentary is not a sample of critics" not in fewer
    assert "Too few dates for a course over time" in fewer


def test_the_hash_of_the_set_changes_with_any_finding(shipped, tmp_path):
    one, _ = planted(tmp_path, "findings:\n" + finding(), deterrence={})
    two, _ = planted(tmp_path / "2", "findings:\n" + finding(smallest_effect=0.06), deterrence={})
    assert len({findings.set_hash(s) for s in (shipped, one, two)}) == 3
