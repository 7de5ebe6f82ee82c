"""Teaching: solutions hold the study's numbers; what exercises say is so; thirty sheets."""

import re

import numpy as np
import pytest
import teaching_values as values

from analysis import cli, codesheet, coding

EXERCISES = (values.ROOT / "docs" / "teaching" / "exercises.md").read_text("utf-8")


def test_solutions_hold_what_the_study_gives():
    text = values.SOLUTIONS.read_text("utf-8")
    of = values.values()
    assert {name for _, name in values.VALUE.findall(text)} == set(of)
    assert values.written(text, of) == text, "run: python tests/teaching_values.py"


def test_every_exercise_is_graded_and_solved():
    asked = re.findall(r"^\*\*(\d+) \(([ABC])\)", EXERCISES, re.MULTILINE)
    assert [number for number, _ in asked] == [str(n) for n in range(1, 11)]
    assert {grade for _, grade in asked} == set("ABC")
    solved = re.findall(r"^\*\*(\d+)\.\*\*", values.SOLUTIONS.read_text("utf-8"), re.MULTILINE)
    assert solved == [number for number, _ in asked]


@pytest.mark.parametrize(("sentence", "frame", "coded"), [
    (values.IMBALANCES, "economic", False), (values.PORTS, "border", True),
])
def test_the_misread_sentences_are_misread(sentence, frame, coded):
    units = values.texts().units
    row = units.index[units["sentence_id"] == sentence][0]
    codes = coding.own(values.texts()).set_index("unit").loc[row]
    assert (frame in codes["frames"]) is coded and (row in values.found(frame)) is not coded
    assert codes["half"] == "development", "the correction half is for nobody who writes rules"
    assert f"{units.at[row, 'text']}\n" in EXERCISES


def test_the_missed_sentence_was_found_for_another_frame():
    units = values.texts().units
    assert units.index[units["sentence_id"] == values.PORTS][0] in values.found("crime")


def test_the_table_of_codes_is_the_one_computed():
    rows = dict(re.findall(r"^\| (Ada|Ben) \| (.*) \|$", EXERCISES, re.MULTILINE))
    codes = {name: tuple(map(int, row.split(" | "))) for name, row in rows.items()}
    assert codes == {"Ada": values.ADA, "Ben": values.BEN}


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Thirty filled sheets: all code by one rule, half of them otherwise on two sentences."""
    folder = tmp_path_factory.mktemp("sheets")
    corpus, matches = values.texts(), values.matches()
    units = corpus.units["text"].tolist()
    first = codesheet.draw(corpus, matches, n=40, coder="coder-01", seed=1)["text"].tolist()
    divided = sorted(first)[:2]
    paths = []
    for number in range(1, 31):
        name = f"coder-{number:02}"
        sheet = codesheet.draw(corpus, matches, n=40, coder=name, seed=1)
        frames = ["crime" if units.index(text) in values.found("crime") else "none"
                  for text in sheet["text"]]
        sheet["frames"] = [
            "law;pressure" if text in divided[:1] and number % 2 else
            "law" if text in divided[1:] and number <= 5 else frame
            for text, frame in zip(sheet["text"], frames, strict=True)
        ]
        sheet["commitment"] = 1
        paths.append(folder / f"codesheet-{name}.csv")
        paths[-1].write_bytes(codesheet.sheet_bytes(sheet))
    return paths, divided


def test_thirty_sheets_are_merged_and_the_divided_sentences_named(sheets, capsys):
    paths, divided = sheets
    command = ["validate", str(values.STUDY), "--coded", *map(str, paths)]
    assert cli.main(command) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("40 coded sentences, 40 found among the units of analysis.")
    alphas = re.search(r"among the 30 coders, alpha .*: (.*)", printed)[1]
    by_frame = dict(re.findall(r"(\w+) ([−\d.–]+)", alphas))
    assert by_frame["border"] == "–" and -0.1 < float(by_frame["law"].replace("−", "-")) < 0.8
    assert "2 sentences divide the coders; to discuss first:" in printed
    lines = printed.split("to discuss first:\n")[1].splitlines()
    assert divided[0] in lines[0] and lines[0].endswith("of 30]") and "law 15" in lines[0]
    assert divided[1] in lines[1] and "law 5" in lines[1]


def test_disagreement_is_the_chance_that_two_coders_differ(sheets):
    from itertools import combinations

    from analysis.divided import divided

    paths, _ = sheets
    coded = coding.read(paths, values.texts())
    frames = [c.id for c in values.texts().study.frames.categories]
    for row in divided(coded, frames).itertuples():
        codes = coded.loc[coded["text"] == row.text, "by_coder"].iloc[0]
        slow = np.mean([len(a ^ b) for a, b in combinations(codes, 2)])
        assert row.disagreement == pytest.approx(slow)


def test_links_of_the_docs_lead_somewhere():
    for path in [*(values.ROOT / "docs").rglob("*.md"), values.ROOT / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), (path.name, target)
