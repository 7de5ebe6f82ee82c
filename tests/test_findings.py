"""Findings are judged by fixed rules, in every analysis, and never dropped."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from planted import finding, write_planted

from analysis import (
    commitments,
    corpus,
    declarations,
    findings,
    framing,
    limits,
    multiverse,
    similarity,
    tokens,
    vectors,
    wording,
)
from analysis.bench import Bench, Target
from analysis.errors import BadStudy
from analysis.estimands import ESTIMANDS
from analysis.specification import DEFAULT
from analysis.study import load_study
from analysis.verdicts import CONTRADICTED, INSUFFICIENT, SUPPORTED

SHIPPED = Path(__file__).parents[1] / "data" / "channel-2015-2024"
FOUR = ["a-2015", "b-2022", "c-2022", "d-2024"]
N_BOOT = 300


@pytest.fixture(scope="module")
def shipped():
    return load_study(SHIPPED)


@pytest.fixture(scope="module")
def bench(shipped):
    return Bench(shipped, seed=1, n_boot=N_BOOT, n_boot_variants=200)


@pytest.fixture(scope="module")
def found(shipped, bench):
    return findings.estimates(shipped, bench)


@pytest.fixture(scope="module")
def texts(shipped):
    return corpus.build(shipped)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "store"))


MADE = multiverse.settings(seed=1, n_boot=500, n_boot_variants=200)


def planted(tmp_path, extra, **shares):
    study = load_study(write_planted(tmp_path / "s", extra=extra, **shares))
    return study, MADE.bench(study)


def judged(tmp_path, extra, **shares):
    study, bench = planted(tmp_path, extra, **shares)
    return findings.details(study, findings.estimates(study, bench)).set_index("id")


def claim(id, **changes):
    return finding(id=id, claim=f"{id}.", **changes)


def test_a_planted_difference_is_supported_and_its_opposite_contradicted(tmp_path):
    opposite = {"frame": "deterrence", "more_in": "multilateral", "than_in": FOUR[:2]}
    details = judged(
        tmp_path,
        "findings:\n" + claim("yes") + claim("no", arguments=opposite),
        deterrence={"a-2015": 0.6, "b-2022": 0.6, "c-2022": 0.05, "d-2024": 0.05},
    )
    assert details["verdict"].tolist() == [SUPPORTED, CONTRADICTED]
    assert details["estimate"].tolist() == pytest.approx([0.55, -0.55])
    assert "the opposite holds" in details["why"].iloc[1]


def test_nothing_planted_is_not_supported(tmp_path):
    details = judged(tmp_path, "findings:\n" + claim("x"), deterrence=dict.fromkeys(FOUR, 0.3))
    assert details["verdict"].tolist() != [SUPPORTED]


def change(direction: str) -> str:
    pairs = [["a-2015", "b-2022"], ["c-2022", "d-2024"]]
    return claim(direction, estimand="frame_change",
                 arguments={"frame": "deterrence", "direction": direction, "pairs": pairs})


def test_a_claim_about_time_needs_both_formats(tmp_path):
    both = {"a-2015": 0.1, "b-2022": 0.6, "c-2022": 0.1, "d-2024": 0.7}
    details = judged(tmp_path, "findings:\n" + change("grows") + change("declines"),
                        deterrence=both)
    assert details["verdict"].tolist() == [SUPPORTED, CONTRADICTED]
    assert details["estimate"].tolist() == pytest.approx([0.5, -0.6])
    one = {"a-2015": 0.1, "b-2022": 0.6, "c-2022": 0.7, "d-2024": 0.1}
    details = judged(tmp_path / "second", "findings:\n" + change("grows"), deterrence=one)
    assert details["verdict"].tolist() == [CONTRADICTED]


def test_a_claim_about_format_needs_the_closest_two_first(tmp_path):
    """All statements differ, the two that differ in little else do not."""
    arguments = {"frame": "deterrence", "more_in": "bilateral", "than_in": "multilateral"}
    near = claim("near", arguments={**arguments, "closest": ["b-2022", "c-2022"]})
    details = judged(
        tmp_path, "findings:\n" + claim("all", arguments=arguments) + near,
        deterrence={"a-2015": 1, "b-2022": 0.25, "c-2022": 0.25, "d-2024": 0},
    )
    assert details["verdict"].tolist()[0] == SUPPORTED
    assert details["verdict"].tolist()[1] != SUPPORTED
    assert details.loc["near", "estimate"] == pytest.approx(0)


def test_stable_is_shown_and_refuted(tmp_path):
    arguments = {"frame": "deterrence", "pairs": [["a-2015", "b-2022"]]}
    extra = "findings:\n" + claim("still", estimand="frame_stable", arguments=arguments,
                                  smallest_effect=0.3)
    same = dict.fromkeys(FOUR, 0.2)
    details = judged(tmp_path, extra, deterrence=same, blocks=60)
    assert details["verdict"].tolist() == [SUPPORTED]
    details = judged(tmp_path / "2", extra, deterrence={"a-2015": 0.3, "b-2022": 0.95})
    assert details["verdict"].tolist() == [CONTRADICTED]


def test_new_words_are_counted_exactly_and_say_so(tmp_path):
    def new(id, statement):
        return claim(id, estimand="new_in", smallest_effect=1,
                     arguments={"terms": ["smuggl*"], "statement": statement})

    details = judged(
        tmp_path, "findings:\n" + new("new", "c-2022") + new("old", "d-2024") + new("none", "b-2022"),
        deterrence={}, crime={"c-2022": 0.1, "d-2024": 0.2},
    )
    assert details["verdict"].tolist() == [SUPPORTED, CONTRADICTED, CONTRADICTED]
    assert details["estimate"].tolist() == [4, -4, 0]
    assert details["kind"].str.startswith("descriptive").all()
    assert details["low"].isna().all()
    assert "it stands in 4 earlier sentences" in details.loc["old", "why"]


def test_only_is_contradicted_by_one_verified_sentence_alone(tmp_path):
    """Uncoded sentences elsewhere leave it open, a coded one refutes it."""
    only = claim("only", estimand="only_in", smallest_effect=1, arguments={
        "frame": "crime", "only_in": "bilateral", "not_in": "multilateral"})
    folder = write_planted(tmp_path / "s", extra="findings:\n" + only, deterrence={},
                           crime={"a-2015": 0.2, "c-2022": 0.05})
    study = load_study(folder)
    estimate = findings.estimates(study, MADE.bench(study))["only"]
    assert estimate.weakest.low == pytest.approx(0.8) and estimate.weakest.high == 1
    hit = estimate.evidence["Five 2022-02"][0] if "Five 2022-02" in estimate.evidence else next(
        ids[0] for label, ids in estimate.evidence.items() if ids and ids[0].startswith("c-2022"))
    text = corpus.build(study).units.set_index("sentence_id")["text"][hit]
    (folder / "coded_sentences.csv").write_text(
        f'unit,statement_id,text,frames,commitment\nu,c-2022,"{text}",crime,0\n', "utf-8")
    study = load_study(folder)
    estimate = findings.estimates(study, MADE.bench(study))["only"]
    assert estimate.weakest.high < 1
    details = findings.details(study, {"only": estimate})
    assert details["verdict"].tolist() == [CONTRADICTED]


def test_too_little_text_is_said_and_the_finding_stays(tmp_path):
    study, bench = planted(
        tmp_path, "findings:\n" + claim("x"), blocks=5, deterrence={"a-2015": 1, "b-2022": 1}
    )
    found = findings.estimates(study, bench)
    details = findings.details(study, found)
    table = findings.judged(study, found, multiverse.compute(study, MADE, jobs=1))
    assert details["verdict"].tolist() == table["verdict"].tolist() == [INSUFFICIENT]
    assert np.isnan(details["low"].iloc[0]) and details["estimate"].iloc[0] == 1
    assert "equal ones, 15 are needed" in details["why"].iloc[0]
    assert table["robust"].tolist() == ["The one analysis gives no verdict"]


SIDES = {"more_in": "bilateral", "than_in": "multilateral"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimand": "frame_diference"}, "unknown estimand.*did you mean 'frame_difference'"),
        ({"arguments": {"frame": "crime"}}, "no argument 'more_in'; add it"),
        ({"arguments": {"frame": "crim", **SIDES}},
         "frame: unknown frame 'crim'; did you mean 'crime'"),
        ({"arguments": {"frame": "crime", **SIDES, "more_in": "bi"}},
         "more_in: unknown group 'bi'"),
        ({"arguments": {"frame": "crime", **SIDES, "more_in": ["a-2016"]}},
         "more_in: unknown statement 'a-2016'; did you mean"),
        ({"arguments": {"frame": "crime", **SIDES, "than_in": []}},
         "than_in: must list statements"),
        ({"arguments": {"frame": "crime", **SIDES, "x": 1}}, "unknown argument 'x'"),
        ({"arguments": {"frame": "crime", **SIDES, "closest": ["a-2015"]}},
         "closest: must be two different statement ids"),
        ({"estimand": "most_similar_pair", "arguments": {"pair": ["a-2015", "a-2015"]}},
         "two different statement ids"),
        ({"estimand": "frame_change", "arguments": {
            "frame": "crime", "direction": "up", "pairs": [["a-2015", "b-2022"]]}},
         "direction: must be grows or declines, not 'up'"),
        ({"estimand": "frame_change", "arguments": {
            "frame": "crime", "direction": "grows", "pairs": []}}, "must be a list of pairs"),
        ({"estimand": "new_in", "arguments": {"terms": ["***"], "statement": "a-2015"}},
         "terms: must list words or phrases"),
        ({"estimand": "naming_contrast", "arguments": {
            "list": "migratoin", "first": "illegal", "second": "irregular",
            "first_in": "bilateral", "second_in": "multilateral"}},
         "list: unknown list of wording.yaml 'migratoin'; did you mean 'migration'"),
        ({"estimand": "naming_contrast", "arguments": {
            "list": "migration", "first": "ilegal", "second": "irregular",
            "first_in": "bilateral", "second_in": "multilateral"}},
         "first: unknown name 'ilegal'; did you mean 'illegal'"),
        ({"estimand": "commitment_share_difference", "arguments": {"level": 4, **SIDES}},
         "level: must be 1 or 2 or 3, not '4'"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(tmp_path, changes, message):
    study, _ = planted(tmp_path, "findings:\n" + finding(**changes), deterrence={})
    with pytest.raises(BadStudy, match=message) as caught:
        declarations.check(study)
    assert len(caught.value.faults) >= 1


def test_all_faults_of_declaration_and_alternatives_come_at_once(tmp_path):
    study, _ = planted(
        tmp_path,
        "findings:\n" + finding() + finding()
        + "alternatives:\n  unitt: {options: [block], reason: r}\n"
        "  unit: {options: [block, word], reason: r}\n"
        "exclusions:\n  - together: {unit: sentence, unit_weighting: equal}\n    reason: r\n"
        "  - together: {unit: blok, unit_weighting: words}\n    reason: r\n",
        deterrence={},
    )
    with pytest.raises(BadStudy) as caught:
        declarations.check(study)
    text = "\n".join(caught.value.faults)
    assert "id 'planted' stands twice" in text and "claim 'Deterrence" in text
    assert "unknown choice 'unitt'; did you mean 'unit'" in text
    assert "unknown option 'word'" in text and "the default 'sentence' is missing" in text
    assert "would exclude the default analysis" in text and "unknown option 'blok'" in text


def test_the_hash_of_the_set_changes_with_any_finding(shipped, tmp_path):
    one, _ = planted(tmp_path, "findings:\n" + finding(), deterrence={})
    two, _ = planted(tmp_path / "2", "findings:\n" + finding(smallest_effect=0.06), deterrence={})
    hashes = {declarations.set_hash(study) for study in (shipped, one, two)}
    assert len(hashes) == 3
    assert declarations.set_hash(shipped)[:12] in declarations.declaration(shipped)
    assert "after reading these texts" in declarations.declaration(shipped)


# ------------------------------------- the default analysis is that of the other pages


def test_shares_are_those_of_the_page_on_framing(shipped, texts, bench, found):
    frames = framing.dictionary_of(texts)
    shares = framing.frame_shares(
        texts, frames, framing.frame_matches(texts, frames), seed=1, n_boot=N_BOOT
    )
    cells = {(r.frame, r.statement): r for r in shares.itertuples()}
    label = {category.id: category.label for category in frames.categories}
    for frame in ("crime", "deterrence", "humanitarian", "external", "law"):
        for identifier, name in texts.labels.items():
            page = cells[label[frame], name]
            own = bench.share(DEFAULT, Target("frame", frame), identifier).interval
            assert own.estimate == pytest.approx(page.share)
            assert own.low == pytest.approx(page.low) and own.high == pytest.approx(page.high)
    parts = found["deterrence-bilateral"].parts
    november, december = (cells[label["deterrence"], texts.labels[i]].share
                          for i in ("uk-fr-2022-11-14", "calais-group-2022-12"))
    assert parts[0].value == pytest.approx(november - december)


def test_likeness_is_that_of_the_page_on_similarity(shipped, texts, found):
    pairs = similarity.statement_pairs(
        texts, vectors.views(texts.units, shipped.statements), seed=1, n_boot=N_BOOT
    )
    ranked = pairs[pairs["rank"].notna()].set_index("rank")
    lead = found["calais-most-similar"].parts[0]
    assert lead.value == pytest.approx(ranked.at[2, "behind"])
    assert lead.low == pytest.approx(ranked.at[2, "behind_low"])
    cosine = pairs.set_index("pair")["cosine"]
    names = texts.labels
    near = cosine[f"{names['uk-fr-2015-08-20']} and {names['uk-fr-2022-11-14']}"]
    far = cosine[f"{names['uk-fr-2022-11-14']} and {names['calais-group-2022-12']}"]
    assert found["november-nearer-2015"].parts[0].value == pytest.approx(near - far)


def test_reuse_is_what_a_slow_count_of_five_word_sequences_gives(texts, found):
    """Slowly: words of the later statement in five-word sequences that the earlier one holds."""
    words = tokens.tokenise(texts.units)
    words = tokens.fold(words, tokens.spelling_variants(words))
    units = texts.units.iloc[words["row"].to_numpy(dtype=int)]
    blocks: dict[str, list[list[str]]] = {}
    keys = [units["statement_id"].to_numpy(), units["block"].to_numpy()]
    for (statement, _), own in words["token"].groupby(keys):
        blocks.setdefault(statement, []).append(own.tolist())
    grams = {
        statement: {tuple(b[i:i + 5]) for b in own for i in range(len(b) - 4)}
        for statement, own in blocks.items()
    }
    shares = []
    for earlier, later in combinations([i for i in texts.labels if "statewatch" not in i], 2):
        inside = sum(
            any(tuple(b[i:i + 5]) in grams[earlier] for i in range(max(0, at - 4), at + 1)
                if i + 5 <= len(b))
            for b in blocks[later] for at in range(len(b))
        )
        shares.append(inside / sum(map(len, blocks[later])))
    own = sorted(shares, reverse=True)
    assert shares[-1] == own[0]
    assert found["calais-reuse-largest"].parts[0].value == pytest.approx(own[0] - own[1])


def test_names_and_commitments_are_those_of_the_page_on_framing(texts, found, bench):
    uses = wording.occurrences(texts)
    for statement, name in (("uk-fr-2022-11-14", "illegal"), ("calais-group-2022-12", "irregular")):
        both = [wording.times_named(uses, list_id="migration", name=n, statements=(statement,))[0]
                for n in ("illegal", "irregular")]
        own = both[("illegal", "irregular").index(name)] / sum(both)
        label = f"the closest two, {texts.labels[statement]}"
        part = next(p for p in found["illegal-or-irregular"].parts if p.label == label)
        assert part.value == pytest.approx(own)
    levels = commitments.read(texts)
    for reading in ("unit", "list"):
        words = commitments.READINGS[reading]
        share = [
            commitments.share(texts, levels, level=3, statement=one, reading=reading, seed=1,
                              n_boot=N_BOOT).interval.estimate
            for one in ("uk-fr-2022-11-14", "calais-group-2022-12")
        ]
        part = next(p for p in found["bilateral-decides"].parts
                    if p.label == f"the closest two, {words}")
        assert part.value == pytest.approx(share[0] - share[1])


# ------------------------------------------------------------------ what a reader sees


def test_every_declared_finding_stands_in_every_table(shipped, found, bench):
    ids = [entry["id"] for entry in shipped.findings]
    assert len(ids) == 16 and list(found) == ids
    details = findings.details(shipped, found)
    assert details["id"].tolist() == ids
    claims = details["claim"].tolist()
    assert list(dict.fromkeys(findings.parts(shipped, found)["claim"])) == claims
    assert len(findings.reading(shipped, found)) == len(ids)
    passages = findings.passages(shipped, bench, found)
    names = {label: i for i, label in bench.reading(DEFAULT).corpus.labels.items()}
    marked = 0
    for row in passages.itertuples():
        statement = names[row.side.split(" (")[0].split(", ")[0]]
        assert len(row.evidence) == 1 and row.evidence[0].startswith(f"{statement}:")
        marked += len(row.sentence) > 1
    assert passages.groupby(["claim", "side"]).size().max() <= 3
    assert marked > 0.8 * len(passages)


def test_limits_follow_the_corpus(shipped, tmp_path):
    named = limits.limits(corpus.build(shipped))["limit"].tolist()
    assert "Part of a longer series" in named and "Not human-validated" in named
    study, _ = planted(tmp_path, "", deterrence={})
    fewer = limits.limits(corpus.build(study))["limit"].tolist()
    assert "Part of a longer series" not in fewer and "Not human-validated" not in fewer
    assert "Commentary is not a sample of critics" not in fewer
    assert "Too few dates for a course over time" in fewer


def test_every_estimand_says_what_it_needs():
    for name, estimand in ESTIMANDS.items():
        assert estimand.what and estimand.arguments and estimand.entering, name
