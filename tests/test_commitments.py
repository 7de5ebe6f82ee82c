"""Levels of commitment: language cases, planted commitments, layouts, the file of rules."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from planted import write_planted
from small import SHIPPED, corpus_of, study_of

from analysis import (
    commitment_clauses, commitment_profile, commitment_rules, commitments, corpus,
)
from analysis.errors import BadStudy
from analysis.safe_yaml import YamlFile
from analysis.study import load_study

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases" / "commitments.json").read_text("utf-8"))
RULES = commitment_rules.default()
TEXT = (SHIPPED / commitment_rules.FILE).read_text("utf-8")


def test_cases_are_many_and_told_apart():
    assert len(CASES) >= 60
    assert len({(case["head"], case["text"]) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['label']}: {case['text'][:40]}")
def test_language_case(case, request):
    if "known_failure" in case:
        request.applymarker(pytest.mark.xfail(reason=case["known_failure"], strict=True))
    genre = case["genre"]
    head = commitment_rules.head_of(RULES, case["head"], genre=genre) if case["head"] else None
    found = commitment_rules.judge(RULES, case["text"], genre=genre, head=head)
    assert found.level == case["level"]


def test_the_study_ships_the_packages_rules():
    package = Path(commitment_rules.__file__).with_name(commitment_rules.FILE)
    assert package.read_text("utf-8") == TEXT


PLANTED = (
    "The border is long and the winter was cold.",
    "The parties note the work of the police.",
    "The parties are determined to act.",
    "The parties will open a centre in Dover.",
)
CUES = ("", "note", "are determined to", "will")


def test_planted_commitments_are_found_at_their_offsets():
    texts = corpus_of({"a": "\n\n".join(PLANTED), "b": "\n\n".join(reversed(PLANTED))})
    found = commitments.read(texts)
    assert found["level"].tolist() == [0, 1, 2, 3, 3, 2, 1, 0]
    assert found["cue"].tolist() == [*CUES, *reversed(CUES)]
    for row, text in zip(found.itertuples(), texts.units["text"], strict=True):
        assert text[row.cue_start:row.cue_end] == row.cue
    assert found["row"].tolist() == list(range(8))
    assert found["sentence_id"].tolist() == texts.units["sentence_id"].tolist()


def test_an_item_takes_its_heads_words_and_says_where_they_stand():
    texts = corpus_of(
        {"a": "The parties have decided:\n\n(i) to open a centre in Dover;\n\n"
              "(ii) to consider a joint helpline; and\n\n"
              "(iii) France will second ten officers.\n",
         "b": "Nothing was decided here.\n"}
    )
    found = commitments.read(texts)
    assert found["rule"].tolist()[:4] == [commitments.LIST_HEAD, "decided", "decided", "will"]
    assert found["level"].tolist() == [0, 3, 2, 3, 0]
    assert found["applicable"].tolist()[0] is False
    head = texts.units["text"].iloc[0]
    for row in found[found["from_head"]].itertuples():
        assert row.cue_sentence == texts.units["sentence_id"].iloc[0]
        assert head[row.cue_start:row.cue_end] == row.cue == "have decided:"


def test_another_language_is_withheld_with_a_notice():
    texts = corpus_of({"a": "Les parties ouvriront un centre.", "b": PLANTED[3]},
                      languages={"a": "fr"})
    found = commitments.read(texts)
    assert found["level"].isna().tolist() == [True, False]
    assert not found["applicable"].iloc[0] and found["rule"].iloc[0] == commitments.WITHHELD
    assert "Withheld for A 2010" in commitments.notice(texts)[1]
    assert len(commitments.notice(corpus_of({"a": PLANTED[3], "b": PLANTED[2]}))) == 1


def test_a_studys_own_rules_go_first():
    own = YamlFile(TEXT.replace("match: [will, shall]", "match: [zap]"), "commitments.yaml")
    study = replace(study_of({"a": "The parties zap a centre.", "b": PLANTED[3]}),
                    commitments=commitment_rules.parse(own))
    assert commitments.read(corpus.build(study))["level"].tolist() == [3, 0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("language: en", "langage: en", "langage: unknown key; "
         "did you mean 'language'?"),
        ("    level: 3\n    grade: decision\n", "    level: 4\n    grade: decision\n",
         "rules[1].level: is '4'"),
        ("match: [will, shall]", "match: []", "rules[1].match: is empty"),
        ("match: [will, shall]", 'match: ["<nuon_will>"]',
         "rules[1].match[1]: unknown list 'nuon_will'; did you mean 'noun_will'?"),
        ("match: [will, shall]", 'match: ["~"]', "rules[1].match[1]: '~' has no word in it"),
        ("match: [will, shall]", 'match: ["will [~] do"]', "'will [~] do' has a gap or a comma in brackets"),
        ("lets: [expressed_resolve]", "lets: [expresed_resolve]", "unknown rule"),
        ("  - id: will_not", "  - id: will", "2 rules are called 'will'"),
        ("  we: [we, they", "  we: [<we>, they", "unknown list 'we (it holds itself)'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_faults_are_told_with_line_and_remedy(old, new, fault):
    assert old in TEXT
    file = YamlFile(TEXT.replace(old, new, 1), "commitments.yaml")
    assert commitment_rules.parse(file) is None
    assert any(fault in line and "line" in line for line in file.faults), file.faults


def test_a_study_folder_with_faulty_rules_is_refused_with_all_faults(tmp_path):
    folder = write_planted(tmp_path / "s", deterrence={"a-2015": 0.5})
    (folder / "commitments.yaml").write_text(
        TEXT.replace("match: [will, shall]", "match: []")
        .replace("  - id: will_not", "  - id: will_not\n    colour: red"), "utf-8"
    )
    with pytest.raises(BadStudy) as caught:
        load_study(folder)
    assert len(caught.value.faults) == 2
    for fault, told in zip(caught.value.faults, ("match: is empty", "unknown key"), strict=True):
        assert told in fault and fault.startswith("commitments.yaml, line ")
    (folder / "commitments.yaml").write_text(TEXT, "utf-8")
    assert load_study(folder).commitments.language == "en"
    (folder / "commitments.yaml").unlink()
    assert load_study(folder).commitments is RULES


def test_reading_is_deterministic_and_pure():
    texts = corpus_of({"a": "\n\n".join(PLANTED), "b": PLANTED[1]})
    before = texts.units.copy()
    pd.testing.assert_frame_equal(commitments.read(texts), commitments.read(texts))
    pd.testing.assert_frame_equal(texts.units, before)


# --- profiles -----------------------------------------------------------------------------

PROSE = "The parties have decided to open an office in Dover and to fund 20 officers."
LIST = (
    "The parties have decided:\n\n(i) to open an office in Dover;\n\n(ii) to fund 20 officers.\n"
)


def counts(texts, reading: str) -> list[list[int]]:
    levels = commitments.read(texts)
    pieces = commitments.pieces(texts, levels, reading=reading)
    return [
        sorted(pieces.loc[pieces["statement_id"] == name, "level"])
        for name in texts.study.statements["statement_id"]
    ]


def test_layout_moves_the_count_by_unit_and_not_by_verb_or_list():
    texts = corpus_of({"a": PROSE, "b": LIST})
    assert counts(texts, "unit") == [[3], [0, 3, 3]]
    assert counts(texts, "clause") == [[3, 3], [3, 3]]
    assert counts(texts, "list") == [[3], [3]]


def test_a_measure_taken_is_none_where_only_what_looks_forward_counts():
    texts = corpus_of({"a": "France has put in place a centre.", "b": "France will open one."})
    assert counts(texts, "unit") == [[3], [3]]
    assert counts(texts, "prospective") == [[0], [3]]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("The parties noted the report, and committed to tackle this.", [1, 2]),
        ("They agreed to open a centre, to fund 20 officers and to explore joint patrols.",
         [3, 3, 2]),
        ("They will open a centre, deploy 40 officers and strengthen exchange of views.",
         [3, 3, 2]),
        ("They will deploy teams to drive down numbers and to save lives.", [3]),
        ("The border is long.", [0]),
    ],
)
def test_sentences_are_parted_at_their_verbs(text, levels):
    found = commitment_rules.judge(RULES, text)
    parts = commitment_clauses.clauses(RULES, text, found)
    assert [clause.level for clause in parts] == levels
    assert max(levels) == found.level
    assert all(0 <= c.start < c.end <= len(text) for c in parts)


def test_profile_counts_every_piece_once_and_share_is_its_own_cell():
    texts = corpus_of({"a": "\n\n".join(PLANTED * 6), "b": LIST})
    levels = commitments.read(texts)
    table = commitments.profile(texts, levels, seed=1, n_boot=200)
    by_level = table[[f"level_{n}" for n in range(4)]].sum(axis=1)
    assert by_level.tolist() == table["n_units"].tolist()
    assert table["share"].tolist() == pytest.approx((table["level_3"] / by_level).tolist())
    one = commitments.share(texts, levels, level=3, statement="a", seed=1, n_boot=200)
    row = table.iloc[0]
    assert (one.interval.estimate, one.interval.low) == (row["share"], row["low"])
    assert one.evidence == row["evidence"] and one.units == row["n_units"] == 24
    short = commitments.share(texts, levels, level=3, statement="b", seed=1, n_boot=200)
    assert short.layout.shortfall and pd.isna(short.interval.low)


def test_shares_of_all_levels_sum_to_one():
    texts = corpus_of({"a": "\n\n".join(PLANTED), "b": PROSE})
    levels = commitments.read(texts)
    for reading in commitments.READINGS:
        shares = [
            commitments.share(texts, levels, level=n, statement="a", reading=reading, seed=1,
                              n_boot=50).interval.estimate
            for n in range(4)
        ]
        assert sum(shares) == pytest.approx(1)


def test_profile_says_whether_readings_agree_and_never_ranks_a_commentary():
    texts = corpus_of(
        {"a": PROSE, "b": PLANTED[0], "c": LIST}, commentaries=("c",)
    )
    table = commitments.profile(texts, commitments.read(texts), seed=1, n_boot=50)
    said = " ".join(commitment_profile.profile_reading(table))
    assert "All 4 readings rank the statements alike" in said and "C 2012" not in said
    assert commitment_profile.profile_title(table).startswith("A 2010 has the greatest share")
    assert "insufficient evidence: 4" in said


def test_levels_at_a_glance_are_shares_of_all_units_and_ties_are_told():
    texts = corpus.build(load_study(SHIPPED))
    levels = commitments.read(texts)
    table = commitments.profile(texts, levels, readings=["unit"], seed=1, n_boot=200)
    glance = commitment_profile.at_a_glance(texts, levels, table)
    assert glance["evidence"].map(len).tolist() == glance["n"].tolist()
    assert (glance.groupby("statement")["share"].sum() - 1).abs().max() < 1e-12
    assert glance.groupby("statement")["n"].sum().sum() == len(texts.units)
    decided = glance[glance["level"] == "3 decision"].set_index("statement")["share"]
    assert decided.to_dict() == table.set_index("statement")["share"].to_dict()
    assert list(dict.fromkeys(glance["level"]))[0] == "3 decision"
    tied = pd.DataFrame({"level": ["3 decision", "2 intention"] * 2,
                         "statement": ["a", "a", "b", "b"], "share": [0.5, 0.5, 0.75, 0.25]})
    assert commitment_profile.glance_title(tied) == (
        "“decision” leads in b; no level leads alone in a"
    )


def test_a_commentary_only_reports():
    texts = corpus_of({"a": PROSE, "b": "We will act.", "c": "States should act, it says."},
                      commentaries=("c",))
    table = commitment_profile.speech(texts, commitments.read(texts))
    assert table["reported"].tolist() == [1, 0, 1]
    assert table["declared"].tolist() == [0, 1, 0]
    assert "1 of 1" in commitment_profile.speech_reading(table)[0]


def test_without_a_text_in_the_language_of_the_rules_the_page_says_so():
    texts = corpus_of({"a": "Un centre ouvrira.", "b": "Rien."}, languages={"a": "fr", "b": "fr"})
    levels = commitments.read(texts)
    table = commitments.profile(texts, levels, seed=1, n_boot=50)
    assert table.empty
    assert commitment_profile.profile_reading(table) == [commitment_profile.NOTHING_READ]
    assert commitment_profile.speech_reading(commitment_profile.speech(texts, levels))


def test_figures_of_the_bench_are_what_its_script_prints(capsys, monkeypatch):
    bench = HERE.parent / "bench"
    monkeypatch.setattr("sys.argv", ["commitments.py"])
    runpy.run_path(str(bench / "commitments.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert printed in (bench / "commitments.md").read_text("utf-8")


def test_alpha_of_the_bench_is_krippendorffs():
    """Known answer: the ordinal example with ranks 1 to 4 of two coders, worked by hand.

    Pairs (0,0), (3,3), (0,3): n = 3, 3; δ²(0,3) = (6 − 3)² = 9; observed 2 · 9, expected 2 · 9 · 9;
    alpha = 1 − 5 · 18 / 162 = 4/9.
    """
    alpha = runpy.run_path(str(HERE.parent / "bench" / "commitments.py"))["alpha"]
    assert alpha([(0, 0), (3, 3), (0, 3)]) == pytest.approx(4 / 9)
    assert alpha([(0, 0), (1, 1), (3, 3)]) == 1


# ---------------------------------------------------------------- boundaries that mutants found


def test_narration_and_list_heads_are_not_what_the_scale_is_for():
    texts = corpus_of({
        "a": "The ministers met in Calais.\n\nWe will:\n\n(i) open a centre;\n\n(ii) meet.\n",
        "b": "Boats are seen.\n\nWe will open a centre.\n\nWe note this.\n"})
    found = commitments.read(texts)
    narrating = [row.applicable for row in found.itertuples() if row.rule and row.rule in {
        rule.id for rule in RULES.rules if rule.narration}]
    assert narrating and not any(narrating)
    assert found["applicable"].tolist() == [False, False, True, True, True, True, True]
    assert found["level"].tolist()[:4] == [0, 0, 3, 3]


def test_where_the_head_itself_decides_its_items_need_no_verb():
    for text, settled in (("We will put in place:", True), ("We will support:", False),
                          ("We are committed to establish:", False),
                          ("We note that they put in place:", False)):
        head = commitment_rules.head_of(RULES, text)
        assert head.settles == settled
        if settled:
            item = "closer contact of translators"
            assert commitment_rules.judge(RULES, item, head=head).level == 3


NESTED = ("We have decided:\n\n(i) on the following:\n\n(a) to open a centre in Dover;\n\n"
          "(b) to fund 40 patrols;\n\n(ii) to meet in May.\n")


def test_an_item_below_a_head_that_binds_nobody_hangs_on_the_head_above():
    found = commitments.read(corpus_of({"a": NESTED, "b": "Nothing.\n"}))
    assert found["level"].tolist() == [0, 0, 3, 3, 3, 0]
    items = found[found["level"] == 3]
    assert items["from_head"].all() and set(items["cue"]) == {"have decided:"}
    assert set(items["cue_sentence"]) == {found["sentence_id"].iloc[0]}


def test_only_in_the_list_reading_do_items_go_with_the_head_of_their_outermost_list():
    texts = corpus_of({"a": NESTED, "b": "Nothing.\n"})
    by_list = commitments.redrawn_blocks(texts, "a", "list")
    assert by_list["block"].nunique() < len(by_list)
    for reading in set(commitments.READINGS) - {"list"}:
        own = commitments.redrawn_blocks(texts, "a", reading)
        assert own["block"].tolist() == own["from_block"].tolist() == by_list["from_block"].tolist()
    levels = commitments.read(texts)
    whole = commitments.pieces(texts, levels, reading="list")
    assert set(whole.loc[whole["statement_id"] == "a", "block"]) <= set(by_list["block"])


def test_the_notice_says_whose_rules_they_are(tmp_path):
    own = corpus.build(load_study(SHIPPED))
    assert commitments.notice(own)[0].startswith("Read by the study's rules, version ")
    other = corpus.build(load_study(write_planted(tmp_path / "s", deterrence={})))
    assert commitments.notice(other)[0].startswith("Read by the package's rules, version ")


def test_the_first_of_equally_strong_words_is_the_cue():
    text = "We will open a centre and we will fund patrols."
    found = commitment_rules.judge(RULES, text)
    assert (found.level, text[found.cue.start:found.cue.end]) == (3, "will")
    assert found.cue.start == text.index("will")


def test_a_condition_takes_back_what_is_to_come_and_not_what_was_done():
    judge = commitment_rules.judge
    assert judge(RULES, "If needed, we will set up a unit.").level == 2
    assert judge(RULES, "If needed, we have set up a unit in Calais.").level == 3


def test_an_item_with_an_intention_of_its_own_keeps_it():
    head = commitment_rules.head_of(RULES, "The two governments will:")
    judge = commitment_rules.judge
    assert judge(RULES, "France should open a centre.", head=head).level == 2
    assert judge(RULES, "open a centre", head=head).level == 3


@pytest.mark.parametrize(("text", "parts"), [
    ("We will open a centre in Calais and fund patrols.",
     [("We will open a centre in Calais", 3), (" and fund patrols.", 3)]),
    # "travel" governs nothing: it is no verb of its own.
    ("We agreed to meet and travel.", [("We agreed to meet and travel.", 3)]),
    ("We will (1) open a centre, (2) fund patrols and (3) support the port.",
     [("We will (1) open a centre, ", 3), ("(2) fund patrols and ", 3), ("(3) support the port.", 2)]),
    ("Boats are seen.", [("Boats are seen.", 0)]),
    # What follows without a verb of the rules belongs to the clause before, also behind ";".
    ("They agreed (i) to open a centre; (ii) to support the police.",
     [("They agreed (i) to open a centre; ", 3), ("(ii) to support the police.", 2)]),
    # A sum counts for the verb that has it.
    ("We agreed to support the port with £5m and to support the police.",
     [("We agreed to support the port with £5m", 3), (" and to support the police.", 2)]),
    ("We agreed to support the police and to support the port with £5m.",
     [("We agreed to support the police", 2), (" and to support the port with £5m.", 3)]),
])
def test_coordinated_verbs_have_places_and_levels_of_their_own(text, parts):
    found = commitment_rules.judge(RULES, text)
    made = commitment_clauses.clauses(RULES, text, found)
    assert [(text[clause.start:clause.end], clause.level) for clause in made] == parts


def test_a_further_sentence_of_an_item_stands_alone():
    texts = corpus_of({"a": "We will:\n\n(i) open a centre. The centre stands in Dover.\n\n"
                            "(ii) fund patrols. To open a port. Boats are seen.\n",
                       "b": "Nothing.\n"})
    found = commitments.read(texts)
    assert found["level"].tolist() == [0, 3, 0, 3, 3, 0, 0]
    silent = found[found["rule"] == ""]
    assert (silent[["cue_start", "cue_end"]] == 0).all(axis=None) and len(silent) >= 2


def test_a_list_is_no_piece_with_a_sentence_before_its_head():
    texts = corpus_of({"a": "We met.\n\nWe spoke. We will:\n\n(i) open a centre;\n\n(ii) meet.\n",
                       "b": "Nothing.\n"})
    found = commitments.pieces(texts, commitments.read(texts), reading="list")
    own = found[found["statement_id"] == "a"]
    assert own["level"].tolist() == [0, 0, 3] and own["block"].tolist() == [1, 2, 2]


@pytest.mark.parametrize(("text", "levels"), [
    # Alone, a clause has the level of its sentence, with its condition.
    ("If needed, we will set up a unit.", [2]),
    # What stands before the first verb is specific for that verb alone.
    ("A joint unit will support the port and help the police.", [3, 2]),
    # Verbs of another form are not coordinated with the first.
    ("We will open a centre, funding patrols and supporting the port.", [3]),
    # A verb that governs nothing is a noun.
    ("We agreed to fund patrols and support for ports.", [3]),
    # A comma alone begins a purpose; "or" coordinates as "and" does.
    ("We agreed to open a centre, to support the police.", [3]),
    ("We will open a centre or support the police.", [3, 2]),
])
def test_which_verbs_are_coordinated(text, levels):
    made = commitment_clauses.clauses(RULES, text, commitment_rules.judge(RULES, text))
    assert [clause.level for clause in made] == levels


def test_an_item_that_binds_by_its_own_words_is_parted_by_them():
    head = commitment_rules.head_of(RULES, "The two governments will:")
    text = "France should open a centre."
    found = commitment_rules.judge(RULES, text, head=head)
    (clause,) = commitment_clauses.clauses(RULES, text, found, head=head)
    assert (clause.level, clause.start, clause.end) == (2, 0, len(text))


def test_an_item_that_hangs_on_its_head_is_parted_from_its_first_letter_on():
    head = commitment_rules.head_of(RULES, "The two governments will:")
    text = "open a centre and support the police"
    found = commitment_rules.judge(RULES, text, head=head)
    made = commitment_clauses.clauses(RULES, text, found, head=head)
    assert [(text[clause.start:clause.end], clause.level) for clause in made] == [
        ("open a centre", 3), (" and support the police", 2)]


def test_items_hang_on_the_last_clause_of_their_head_that_binds():
    text = "We have decided to open a centre; we note:"
    head = commitment_rules.head_of(RULES, text)
    assert (head.level, text[head.cue.start:head.cue.end]) == (1, "note")


@pytest.mark.parametrize(("text", "level"), [
    ("We agreed to improve the port with £5m on 3 May 2024.", 3),
    # The figures of a date are no quantity.
    ("We agreed to improve the port on 3 May 2024.", 2),
    ("We agreed to improve the port.", 2),
])
def test_a_sum_beside_a_date_is_a_quantity(text, level):
    assert commitment_rules.judge(RULES, text).level == level


@pytest.mark.parametrize("head", ["They did not agree to:", "Ministers should:", "They want to:"])
def test_items_under_a_verb_that_waits_are_no_past_tense(head):
    """"Set up" and "put" are their own past; under "should:" they are what should be done."""
    texts = corpus_of({"a": f"{head}\n\n- set up a fund of £5m; and\n\n- put in place two centres."})
    levels = commitments.read(texts)
    found = [level for level, rule in zip(levels["level"], levels["rule"], strict=True)
             if rule != commitments.LIST_HEAD]
    assert found == ([0, 0] if "not" in head else [2, 2])
    profile = commitments.profile(texts, levels, seed=1, n_boot=50)
    assert set(profile["level_3"]) == {0}


def test_what_an_item_tells_of_besides_is_done_under_any_head():
    texts = corpus_of({"a": "Ministers should:\n\n- keep it open: the UK has put in place £5m; and\n\n- "
                            "set up a fund."})
    assert commitments.read(texts)["level"].tolist()[1:] == [3, 2]
