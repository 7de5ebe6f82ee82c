"""A study folder: what is read, and the one clear line for each thing that can be wrong."""

import hashlib
import os
import pickle
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from unprivileged import as_somebody

from analysis import study_yaml
from analysis.errors import BadStudy
from analysis.safe_yaml import YamlFile
from analysis.study import load_study
from analysis.study_files import find_study
from analysis.study_yaml import Absent, Contrast, Event, Group

SHIPPED = Path(__file__).parents[1] / "data" / "channel-2015-2024"

TEXTS = {
    "texts/a.txt": "The two governments will cooperate.\n",
    "texts/b.txt": "The five states note the rise in crossings.\n",
    "texts/c.txt": "Critics say the law is missing.\n",
}
STUDY = """\
title: Two statements
question: What do they say?
groups:
  two:
    label: Two states
    where: {format: bilateral}
  five:
    label: Five states
    statements: [b]
contrasts:
  - id: first
    label: Two or five
    a: two
    b: [b]
events:
  - {date: 2021-11-28, label: A meeting, source: statement b}
absent:
  - {date: 2020, title: An earlier one, issuer: Two states, source: statement a}
parameters:
  seed: 7
"""
FRAMES = (
    "version: '1'\ncitation: test\nlanguage: en\n"
    "frames: {crime: {label: Crime, terms: [smuggl*, no, 2015-08-20 x]}}\n"
)
CODED = "unit,statement_id,text,frames,commitment\na:1,a,The two governments will.,crime,3\n"
LEDGER = (
    "unit,statement_id,other_statement_id,text,label,counterparts\n"
    "a:1,a,b,The two governments will.,dropped,\n"
)


def sha(text: str | bytes) -> str:
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def statements_csv() -> str:
    a, b, c = (sha(text) for text in TEXTS.values())
    return (
        "id,file,title,date,format,genre,language,sha256\n"
        f"a,texts/a.txt,A,2020-01-31,bilateral,statement,en,{a}\n"
        f"b,texts/b.txt,B,2021-12,multilateral,statement,en,{b}\n"
        f"c,texts/c.txt,C,2022,civil,commentary,en,{c}\n"
    )


def write_study(folder: Path) -> Path:
    (folder / "texts").mkdir(parents=True)
    for name, text in TEXTS.items():
        (folder / name).write_bytes(text.encode())
    (folder / "study.yaml").write_bytes(STUDY.encode())
    (folder / "statements.csv").write_bytes(statements_csv().encode())
    (folder / "coded_sentences.csv").write_bytes(CODED.encode())
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path / "small")


Change = Callable[[Path], object]


def edit(name: str, old: str, new: str) -> Change:
    """Replace a piece that stands in the file once."""

    def change(folder: Path) -> None:
        text = (folder / name).read_bytes().decode()
        assert text.count(old) == 1, (name, old)
        (folder / name).write_bytes(text.replace(old, new).encode())

    return change


def table(old: str, new: str) -> Change:
    return edit("statements.csv", old, new)


def config(old: str, new: str) -> Change:
    return edit("study.yaml", old, new)


def write(name: str, data: str | bytes) -> Change:
    data = data if isinstance(data, bytes) else data.encode()
    return lambda folder: (folder / name).write_bytes(data)


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def both(*changes: Change) -> Change:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def retext(name: str, data: bytes) -> Change:
    """Change a text and record its new hash, so that only the text itself is at fault."""
    return both(write(name, data), table(sha(TEXTS[name]), sha(data)))


def link(name: str, target: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return change


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(BadStudy) as caught:
        load_study(folder)
    return list(caught.value.faults)


# --- what is read -----------------------------------------------------------------------


def test_small_study(folder: Path) -> None:
    study = load_study(folder)
    assert (study.name, study.path) == ("small", folder.resolve())
    assert (study.title, study.question) == ("Two statements", "What do they say?")
    assert study.description == ""
    assert study.texts == dict(zip("abc", TEXTS.values()))
    assert study.groups == {
        "two": Group("two", "Two states", ("a",)),
        "five": Group("five", "Five states", ("b",)),
    }
    assert study.contrasts == (
        Contrast("first", "Two or five", ("a",), ("b",), "Two states", "b"),
    )
    assert study.events == (Event("2021-11-28", "A meeting", "statement b"),)
    assert study.absent == (Absent("2020", "An earlier one", "Two states", "statement a"),)
    assert study.parameters == {"seed": 7}
    assert study.frames is None
    assert study.coded.to_dict("records") == [
        {"unit": "a:1", "statement_id": "a", "text": "The two governments will.",
         "frames": "crime", "commitment": "3"},
    ]
    assert study.ledger_labels is None
    assert study.warnings == ("in no group of study.yaml: c",)
    assert study.files == {
        name: sha((folder / name).read_bytes())
        for name in sorted([*TEXTS, "study.yaml", "statements.csv", "coded_sentences.csv"])
    }
    assert list(study.statements["group"]) == ["two", "five", ""]
    # A known column that the file lacks is there, and says "not recorded".
    assert list(study.statements["retrieved"]) == ["", "", ""]
    assert list(study.statements.columns[:3]) == ["statement_id", "file", "title"]


def test_shipped_study() -> None:
    study = load_study(SHIPPED)
    assert list(study.statements["statement_id"]) == [
        "uk-fr-2015-08-20", "uk-fr-2022-11-14", "calais-group-2022-12", "statewatch-2023-10",
        "calais-group-2024-03-04",
    ]  # fmt: skip
    assert {id: group.statements for id, group in study.groups.items()} == {
        "bilateral": ("uk-fr-2015-08-20", "uk-fr-2022-11-14"),
        "multilateral": ("calais-group-2022-12", "calais-group-2024-03-04"),
        "commentary": ("statewatch-2023-10",),
    }
    # The cleanest contrast of format comes first; a claim about time has one of each format.
    assert (study.contrasts[0].a, study.contrasts[0].b) == (
        ("uk-fr-2022-11-14",), ("calais-group-2022-12",)
    )  # fmt: skip
    assert [contrast.id for contrast in study.contrasts].count("time-bilateral") == 1
    assert len(study.absent) == 9
    assert all("2014" <= event.date <= "2024-12-31" for event in study.events)
    assert study.warnings == ()
    assert study.parameters == {}
    for row in study.statements.itertuples():
        assert study.files[row.file] == row.sha256
        assert study.texts[row.statement_id].encode() == (SHIPPED / row.file).read_bytes()


def test_shipped_sources_are_in_the_texts() -> None:
    """What study.yaml says of the texts can be read there."""
    texts = load_study(SHIPPED).texts
    early, late = texts["uk-fr-2015-08-20"], texts["calais-group-2024-03-04"]
    december = " ".join(texts["calais-group-2022-12"].split())
    commentary = texts["statewatch-2023-10"]
    for words in ("25-26 June 2015", "11 November 2015", "28 July 2015"):
        assert words in early
    assert "10 August" in early
    assert "November 28th 2021 following the tragic death of 27 migrants" in december
    assert "operation on 21 February" in late and "Custom Issues on 1 February" in late
    for words in ("launched last year, with Morocco and Niger", "coup at the end of July"):
        assert words in commentary


@pytest.mark.parametrize(
    "change",
    [
        retext("texts/a.txt", b"\xef\xbb\xbfBorders\r\nand seas\r\n"),
        both(
            write("statements.csv", "\ufeff" + statements_csv().replace("\n", "\r\n")),
            retext("texts/a.txt", b"Borders\r\nand seas\r\n"),
        ),
        both(
            write("study.yaml", "\ufeff" + STUDY.replace("\n", "\r\n")),
            retext("texts/a.txt", b"Borders\r\nand seas\r\n"),
        ),
        both(
            write("statements.csv", statements_csv().replace("\n", "\r")),
            retext("texts/a.txt", b"Borders\r\nand seas\r\n"),
        ),
    ],
    ids=["text", "csv", "yaml", "csv with old Mac newlines"],
)
def test_byte_order_mark_and_newlines(folder: Path, change: Change) -> None:
    change(folder)
    study = load_study(folder)
    assert study.texts["a"] == "Borders\r\nand seas\r\n"
    assert study.title == "Two statements"


def test_own_columns_and_folded_cells(folder: Path) -> None:
    table("title,date,format", "title,party,date,format")(folder)
    for id, cell in (("A", " Green "), ("B", '"Left,\r\n  new"'), ("C", "")):
        table(f",{id},2", f",{id},{cell},2")(folder)
    study = load_study(folder)
    assert list(study.statements["party"]) == ["Green", "Left, new", ""]
    assert list(study.statements.columns[-2:]) == ["party", "group"]


def test_undated_last_and_empty_rows_skipped(folder: Path) -> None:
    both(table("2020-01-31", ""), table("B,2021-12", "B,2021-12-01"))(folder)
    with (folder / "statements.csv").open("a") as file:
        file.write(",,,,,,,\n\n")
    study = load_study(folder)
    assert list(study.statements["statement_id"]) == ["b", "c", "a"]
    assert study.warnings[0] == (
        "no date in statements.csv, so last and outside every comparison over time: a"
    )


def test_warnings(folder: Path) -> None:
    write("texts/draft\n2.txt", "x")(folder)
    write("texts/c.txt", TEXTS["texts/b.txt"])(folder)
    table(f",{sha(TEXTS['texts/c.txt'])}", ",")(folder)
    study = load_study(folder)
    assert study.warnings == (
        "texts/c.txt: the same bytes as texts/b.txt; is one a copy?",
        "no sha256 in statements.csv; record it to notice later changes: c",
        "'texts/draft\\n2.txt': not in statements.csv, so not read; add a row, or remove it",
        "in no group of study.yaml: c",
    )


def test_everything_optional_left_out(folder: Path) -> None:
    write("study.yaml", "title: T\nquestion: Q\ncontrasts:\n  # none yet\n")(folder)
    remove("coded_sentences.csv")(folder)
    study = load_study(folder)
    assert (study.groups, study.contrasts, study.parameters) == ({}, (), {})
    assert set(study.statements["group"]) == {""}
    assert study.warnings == ()


def test_only_the_required_columns(folder: Path) -> None:
    lines = ["id,file,title,date,genre,language"]
    lines += [f"{id},texts/{id}.txt,T,2020,statement,en" for id in "abc"]
    write("statements.csv", "\n".join(lines))(folder)
    write("study.yaml", "title: T\nquestion: Q\n")(folder)
    study = load_study(folder)
    assert set(study.statements["sha256"]) == set(study.statements["format"]) == {""}
    assert study.warnings == (
        "no sha256 in statements.csv; record it to notice later changes: a, b, c",
    )


def test_the_dictionary_is_parsed(folder: Path) -> None:
    write("frames.yaml", FRAMES)(folder)
    study = load_study(folder)
    (category,) = study.frames.categories
    # YAML 1.1 would read False and a date.
    assert [term.phrase for term in category.terms] == ["smuggl*", "no", "2015-08-20 x"]
    assert study.files["frames.yaml"] == sha((folder / "frames.yaml").read_bytes())


DIC = "%\n1\tcrime\n%\nsmuggl*\t1\n:)\t1\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("liwc.dic", DIC),
        ("liwc.dicx", "DicTerm,crime\nsmuggl*,X\n"),
        ("quanteda.yml", "crime:\n- smuggl*\n"),
        ("own/frames.yaml", FRAMES),
    ],
)
def test_a_dictionary_of_another_form(folder: Path, name: str, data: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    write(name, data)(folder)
    config("question:", f"frames: {{file: {name}, language: en}}\nquestion:")(folder)
    study = load_study(folder)
    assert [category.id for category in study.frames.categories] == ["crime"]
    assert study.frames.categories[0].terms[0].phrase == "smuggl*"
    assert study.frames.language == "en" and name in study.files


def test_generic_frames_and_what_a_dictionary_makes_a_person_know(folder: Path) -> None:
    config("question:", "frames: generic\nquestion:")(folder)
    write("frames.yaml", FRAMES)(folder)
    study = load_study(folder)
    assert len(study.frames.categories) == 14
    assert "frames.yaml: not read, study.yaml names 'generic' in 'frames'" in study.warnings
    config("frames: generic", "frames: x.dic")(folder)
    write("x.dic", DIC)(folder)
    warnings = " ".join(load_study(folder).warnings)
    assert "does not say its language" in warnings and "left out: :)" in warnings
    config("frames: x.dic", "frames: {file: x.dic, language: fr}")(folder)
    assert any("is in fr: none is counted in a, b, c" in w for w in load_study(folder).warnings)


def test_a_study_crosses_processes(folder: Path) -> None:
    study = load_study(folder)
    copy = pickle.loads(pickle.dumps(study))
    assert copy.texts == study.texts and copy.statements.equals(study.statements)
    error = pickle.loads(pickle.dumps(BadStudy(["one", "two"])))
    assert error.faults == ("one", "two") and str(error) == "one\ntwo"


def test_groups_by_several_columns_and_values(folder: Path) -> None:
    config("where: {format: bilateral}", "where: {format: [bilateral, civil], date: 2022}")(folder)
    assert load_study(folder).groups["two"].statements == ("c",)


# --- what is wrong: each change, and all the lines it must give ---------------------------

ROW = "statements.csv, row"
GONE = sha("changed\n")
ID = "use lower-case letters, digits, '.', '_' and '-', a letter or digit at both ends"
DATE = "write a calendar date as YYYY, YYYY-MM or YYYY-MM-DD"

BAD: dict[str, tuple[Change, list[str]]] = {
    # files
    "no study.yaml": (
        remove("study.yaml"),
        ["study.yaml: there is no such file; known: 'coded_sentences.csv', 'statements.csv', "
         "'texts'"],
    ),
    "study.yml": (
        lambda folder: (folder / "study.yaml").rename(folder / "study.yml"),
        ["study.yaml: there is no such file; did you mean 'study.yml'?"],
    ),
    "no statements.csv": (
        remove("statements.csv"),
        ["statements.csv: there is no such file; known: 'coded_sentences.csv', 'study.yaml', "
         "'texts'"],
    ),
    "a folder for a file": (
        both(remove("statements.csv"), lambda folder: (folder / "statements.csv").mkdir()),
        ["statements.csv: is not a file; name a text file"],
    ),
    "absent text": (
        table("texts/b.txt", "texts/d.txt"),
        [f"{ROW} 3, column file: 'texts/d.txt': there is no such file; "
         "did you mean 'texts/c.txt' or 'texts/b.txt'?"],
    ),
    "absent folder of a text": (
        table("texts/b.txt", "textes/b.txt"),
        [f"{ROW} 3, column file: 'textes/b.txt': there is no such file; put it there, or "
         "correct the path"],
    ),
    "no file named": (
        table("texts/b.txt", ""),
        [f"{ROW} 3, column file: '': is empty; write the path of the text inside the study "
         "folder"],
    ),
    "path upwards": (
        table("texts/b.txt", "texts/../../b.txt"),
        [f"{ROW} 3, column file: 'texts/../../b.txt': leads out of the study folder; put a "
         "copy into it"],
    ),
    "path upwards, Windows": (
        table("texts/b.txt", r"..\b.txt"),
        [f"{ROW} 3, column file: '..\\\\b.txt': leads out of the study folder; put a copy "
         "into it"],
    ),
    "absolute path": (
        table("texts/b.txt", "/etc/passwd"),
        [f"{ROW} 3, column file: '/etc/passwd': is absolute; write the path from the study "
         "folder, such as texts/a.txt"],
    ),
    "absolute path, Windows": (
        table("texts/b.txt", "C:/b.txt"),
        [f"{ROW} 3, column file: 'C:/b.txt': is absolute; write the path from the study "
         "folder, such as texts/a.txt"],
    ),
    "backslash": (
        table("texts/b.txt", r"texts\b.txt"),
        [f"{ROW} 3, column file: 'texts\\\\b.txt': has a backslash; write folders with '/'"],
    ),
    "symlink out": (
        link("texts/b.txt", "/etc/passwd"),
        [f"{ROW} 3, column file: 'texts/b.txt': leads out of the study folder; put a copy "
         "into it"],
    ),
    "symlink out of study.yaml": (
        link("study.yaml", "/etc/passwd"),
        ["study.yaml: leads out of the study folder; put a copy into it"],
    ),
    "symlink loop": (
        link("texts/b.txt", "b.txt"),
        [rf"re:{ROW} 3, column file: 'texts/b.txt': cannot be read \(.*\); check the path and "
         "its permissions"],
    ),
    "symlink to nothing": (
        lambda folder: (folder / "frames.yaml").symlink_to("nothing.yaml"),
        ["re:frames.yaml: there is no such file; .*"],
    ),
    "a pipe, which would wait for ever": (
        both(remove("texts/b.txt"), lambda folder: os.mkfifo(folder / "texts/b.txt")),
        [f"{ROW} 3, column file: 'texts/b.txt': is not a file; name a text file"],
    ),
    "an endless path": (
        table("texts/b.txt", "x" * 5000),
        [rf"re:{ROW} 3, column file: 'x{{59}}…': cannot be read \(file name too long\); .*"],
    ),
    "one file for two": (
        both(table("texts/b.txt", "texts/./a.txt"),
             table(sha(TEXTS["texts/b.txt"]), sha(TEXTS["texts/a.txt"]))),
        [f"{ROW} 3, column file: 'texts/./a.txt': is the text of row 2, too; give each "
         "statement its own file"],
    ),
    # texts
    "changed text": (
        write("texts/b.txt", "changed\n"),
        [f"texts/b.txt: has changed: {ROW} 3, column sha256 records "
         f"{sha(TEXTS['texts/b.txt'])}, the file has {GONE}; restore it, or, if this is the "
         "text as retrieved, record its hash"],
    ),
    "no hash": (
        table(sha(TEXTS["texts/b.txt"]), "abc"),
        [f"{ROW} 3, column sha256: 'abc' is no SHA-256; write 64 hexadecimal digits (the "
         f"file's: {sha(TEXTS['texts/b.txt'])})"],
    ),
    "empty text": (
        retext("texts/b.txt", b""),
        ["texts/b.txt: is empty, there is no word in it; add the text, or remove row 3 of "
         "statements.csv"],
    ),
    "white space only": (
        retext("texts/b.txt", b"\xef\xbb\xbf \r\n\t\xc2\xa0 -- \n"),
        ["texts/b.txt: is empty, there is no word in it; add the text, or remove row 3 of "
         "statements.csv"],
    ),
    "Latin-1": (
        retext("texts/b.txt", "Line one\nMinistère\n".encode("cp1252")),
        ["texts/b.txt, line 2: not UTF-8: byte 0xE8 at offset 15 (from 0); convert it, if it "
         "comes from Windows: iconv -f cp1252 -t utf-8"],
    ),
    "Latin-1 behind a byte order mark": (
        retext("texts/b.txt", b"\xef\xbb\xbfMinist\xe8re\n"),
        ["texts/b.txt, line 1: not UTF-8: byte 0xE8 at offset 9 (from 0); convert it, if it "
         "comes from Windows: iconv -f cp1252 -t utf-8"],
    ),
    "UTF-16": (
        retext("texts/b.txt", "Borders".encode("utf-16")),
        ["texts/b.txt: is UTF-16, not UTF-8; convert it: iconv -f utf-16 -t utf-8"],
    ),
    "UTF-16 without a mark": (
        retext("texts/b.txt", "Borders, né à Calais".encode("utf-16-be")),
        ["texts/b.txt: is UTF-16BE, not UTF-8; convert it: iconv -f utf-16be -t utf-8"],
    ),
    "UTF-32": (
        retext("texts/b.txt", "Borders".encode("utf-32")),
        ["texts/b.txt: is UTF-32, not UTF-8; convert it: iconv -f utf-32 -t utf-8"],
    ),
    "NUL": (
        retext("texts/b.txt", b"Borders\nand\0seas"),
        ["texts/b.txt, line 2: NUL byte at offset 11 (from 0), so it is no plain text; save it "
         "as text (UTF-8)"],
    ),
    # rows
    "duplicate id": (
        table("\nc,", "\na,"),
        [f"{ROW} 4, column id: 'a' again (first in row 2); give each statement its own id"],
    ),
    "capital in id": (table("\nc,", "\nC,"), [f"{ROW} 4, column id: 'C' is no id; {ID}"]),
    "path in id": (table("\nc,", "\n../c,"), [f"{ROW} 4, column id: '../c' is no id; {ID}"]),
    "empty id": (table("\nc,", "\n,"), [f"{ROW} 4, column id: '' is no id; {ID}"]),
    "endless id": (
        table("\nc,", f"\n{'c' * 101},"),
        [f"{ROW} 4, column id: '{'c' * 59}…' is no id; {ID}"],
    ),
    "no title": (
        table(",C,", ",,"), [f"{ROW} 4, column title: is empty; write the statement's title"]
    ),
    "no such day": (
        table("2020-01-31", "2020-02-30"),
        [f"{ROW} 2, column date: '2020-02-30' is no date; {DATE}, or leave it empty"],
    ),
    "no such month": (
        table("2021-12", "2021-13"),
        [f"{ROW} 3, column date: '2021-13' is no date; {DATE}, or leave it empty"],
    ),
    "date the other way round": (
        table("2020-01-31", "31/01/2020"),
        [f"{ROW} 2, column date: '31/01/2020' is no date; {DATE}, or leave it empty"],
    ),
    "digits of another script": (
        table("C,2022", "C,２０２２"),
        [f"{ROW} 4, column date: '２０２２' is no date; {DATE}, or leave it empty"],
    ),
    "genre": (
        table("commentary", "comment"),
        [f"{ROW} 4, column genre: 'comment' is no genre; write statement or commentary"],
    ),
    "language": (
        table("commentary,en", "commentary,english"),
        [f"{ROW} 4, column language: 'english' is no language code; write en, fr, pt-BR …"],
    ),
    "one statement only": (
        table("multilateral,statement", "multilateral,commentary"),
        ["statements.csv: 1 statement(s) of genre 'statement', a comparison needs at least two; "
         "add rows"],
    ),
    "no rows": (
        both(write("statements.csv", "id,file,title,date,genre,language\n"),
             remove("coded_sentences.csv")),
        ["statements.csv: 0 statement(s) of genre 'statement', a comparison needs at least two; "
         "add rows"],
    ),
    "control character": (
        table(",C,", ",C\x07,"),
        [f"{ROW} 4, column title: control character U+0007; remove it"],
    ),
    # the table
    "short row": (
        table("b,texts/b.txt,B,", "b,texts/b.txt,"),
        [f"{ROW} 3: has 7 cells, the header 8; put cells that hold a comma in quotes, and write "
         "a comma for every empty cell"],
    ),
    "long row": (
        table(",B,", ",B, and more,"),
        [f"{ROW} 3: has 9 cells, the header 8; put cells that hold a comma in quotes, and write "
         "a comma for every empty cell"],
    ),
    "missing column": (
        both(table(",date,", ",day,"), table(",genre,", ",kind,")),
        ["statements.csv: no column 'date'; add or rename one (found: 'id', 'file', 'title', "
         "'day', 'format', 'kind', 'language', 'sha256')",
         "statements.csv: no column 'genre'; add or rename one (found: 'id', 'file', 'title', "
         "'day', 'format', 'kind', 'language', 'sha256')"],
    ),
    "double column": (
        table(",format,", ",title,"),
        ["statements.csv: 2 columns are called 'title'; keep one"],
    ),
    "nameless column": (
        table(",format,", ",,"),
        ["statements.csv: 1 column(s) without a name; name or remove them"],
    ),
    "taken column": (
        table(",format,", ",group,"),
        ["statements.csv: column 'group' is made by the study; rename yours"],
    ),
    "semicolons": (
        write("statements.csv", statements_csv().replace(",", ";")),
        ["statements.csv: is separated by semicolons; save it separated by commas"],
    ),
    "tabs": (
        write("statements.csv", statements_csv().replace(",", "\t")),
        ["statements.csv: is separated by tabs; save it separated by commas"],
    ),
    "open quote": (
        table(",B,", ',"B,'),
        ["re:statements.csv, line 4: not valid CSV .unexpected end of data.; check the quotes.*"],
    ),
    "empty table": (
        write("statements.csv", "\n,,\n"),
        ["statements.csv: is empty; write a header and one row each"],
    ),
    "table in Latin-1": (
        write("statements.csv", statements_csv().replace(",A,", ",Ministère,").encode("cp1252")),
        ["statements.csv, line 2: not UTF-8: byte 0xE8 at offset 68 (from 0); convert it, if it "
         "comes from Windows: iconv -f cp1252 -t utf-8"],
    ),
    # study.yaml: shape
    "empty": (
        write("study.yaml", "# nothing\n"),
        ["study.yaml, line 1: the file is empty; fill it in"],
    ),
    "null": (
        write("study.yaml", "~\n"), ["study.yaml, line 1: the file is empty; fill it in"]
    ),
    "a list": (
        write("study.yaml", "- title\n"),
        ["study.yaml: is not a mapping; write lines of 'key: value'"],
    ),
    "missing keys": (
        write("study.yaml", "description: x\n"),
        ["study.yaml: no key 'title'; add it (the study's title, in a line)",
         "study.yaml: no key 'question'; add it (the question the study asks, in a sentence)"],
    ),
    "misspelt key": (
        config("groups:", "group:"),
        ["study.yaml, line 3, group: unknown key; did you mean 'groups'?",
         "study.yaml, line 13, contrasts[1].a: unknown group 'two'; none is defined"],
    ),
    "a key of a later version": (
        config("parameters:\n", "wording: []\nparameters:\n"),
        ["study.yaml, line 19, wording: unknown key; did you mean 'coding'?"],
    ),
    "a finding and an alternative with faults": (
        config(
            "parameters:\n",
            "findings:\n- {id: x, claim: c, estimand: e, arguments: {}, smallest_effect: -1,\n"
            "   rationale: r, declared: later}\n"
            "alternatives: {unit: {options: [a, a], reason: r}}\n"
            "coding: {coders: robots, description: d}\nparameters:\n",
        ),
        ["re:study.yaml, line 20, findings\\[1\\].smallest_effect: is -1, must be more than 0 .*",
         "re:study.yaml, line 21, findings\\[1\\].declared: is 'later'; .*'before_texts'.*",
         "re:study.yaml, line 22, alternatives.unit.options: names something twice; .*",
         "re:study.yaml, line 23, coding.coders: is 'robots'; known: 'model', 'people' .*"],
    ),
    "wrong types": (
        both(config("title: Two statements", "title: 2015"),
             config("question: What do they say?", "question:"),
             config("  seed: 7", "  seed: [7]")),
        ["study.yaml, line 1, title: is a whole number, must be text (the study's title, in a "
         "line); put it in quotes",
         "study.yaml, line 2, question: is empty; write the question the study asks, in a "
         "sentence",
         "study.yaml, line 20, parameters.seed: is a list, must be text or a number or true or "
         "false (one value)"],
    ),
    "blank title": (
        config("title: Two statements", "title: '  '"),
        ["study.yaml, line 1, title: is empty; write the study's title, in a line"],
    ),
    "groups as a list": (
        config(STUDY[STUDY.index("groups:"):STUDY.index("contrasts:")], "groups: [two]\n"),
        ["study.yaml, line 3, groups: is a list, must be a mapping of keys to values (the groups "
         "of statements, by id)"],
    ),
    "group as text": (
        config("  five:\n    label: Five states\n    statements: [b]\n", "  five: states\n"),
        ["study.yaml, line 7, groups.five: is text, must be a mapping of keys to values (a "
         "group: label, and where or statements)"],
    ),
    "group with both": (
        config("    statements: [b]", "    statements: [b]\n    where: {format: civil}"),
        ["study.yaml, line 7, groups.five: needs exactly one of 'where' and 'statements'"],
    ),
    "group with neither": (
        config("    label: Five states\n    statements: [b]", "    lable: Five states"),
        ["study.yaml, line 7, groups.five: no key 'label'; add it (the name that tables and "
         "figures show)",
         "study.yaml, line 7, groups.five: needs exactly one of 'where' and 'statements'",
         "study.yaml, line 8, groups.five.lable: unknown key; did you mean 'label'?"],
    ),
    "no conditions": (
        config("{format: bilateral}", "{}"),
        ["study.yaml, line 6, groups.two.where: is empty; write columns of statements.csv and "
         "their values"],
    ),
    # study.yaml: references
    "unknown column": (
        config("{format: bilateral}", "{formate: bilateral}"),
        ["study.yaml, line 6, groups.two.where.formate: unknown column 'formate'; did you mean "
         "'format'?"],
    ),
    "unknown value": (
        config("{format: bilateral}", "{format: [bilatral]}"),
        ["study.yaml, line 6, groups.two.where.format: unknown value 'bilatral'; did you mean "
         "'bilateral' or 'multilateral'?"],
    ),
    "selects nothing": (
        config("{format: bilateral}", "{format: bilateral, genre: commentary}"),
        ["study.yaml, line 6, groups.two.where: no statement has all of these values; loosen the "
         "conditions"],
    ),
    "unknown statement": (
        config("statements: [b]", "statements:\n      - b\n      - uk-fr"),
        ["study.yaml, line 11, groups.five.statements[2]: unknown statement 'uk-fr'; known: 'a', "
         "'b', 'c'"],
    ),
    "in two groups": (
        both(config("statements: [b]", "statements: [a, b]"), config("b: [b]", "b: five")),
        ["study.yaml, line 7, groups.five: statement 'a' is in group 'two', too; leave it in "
         "one",
         "study.yaml, line 11, contrasts[1]: statement 'a' is on both sides; leave it on one"],
    ),
    "listed twice": (
        config("statements: [b]", "statements: [b, b]"),
        ["study.yaml, line 9, groups.five.statements: statement 'b' is listed 2 times; keep one"],
    ),
    "two labels alike": (
        config("label: Five states", "label: Two  states"),
        ["study.yaml, line 3, groups: 2 groups are labelled 'Two states'; tell them apart"],
    ),
    "group id": (
        config("  two:", "  Two states:"),
        [f"study.yaml, line 4, groups.'Two states': 'Two states' is no id; {ID}",
         "study.yaml, line 13, contrasts[1].a: unknown group 'two'; known: 'Two states', 'five'"],
    ),
    "unknown group": (
        config("    a: two", "    a: tow"),
        ["study.yaml, line 13, contrasts[1].a: unknown group 'tow'; did you mean 'two'?"],
    ),
    "statement for a group": (
        config("    a: two", "    a: a"),
        ["study.yaml, line 13, contrasts[1].a: 'a' is a statement, not a group; write it as a "
         "list: [a]"],
    ),
    "both sides": (
        config("    b: [b]", "    b: [b, a]"),
        ["study.yaml, line 11, contrasts[1]: statement 'a' is on both sides; leave it on one"],
    ),
    "empty side": (
        config("    b: [b]", "    b: []"),
        ["study.yaml, line 14, contrasts[1].b: is empty; write a group id, or a list of "
         "statement ids"],
    ),
    "contrast twice": (
        config("events:", "  - {id: first, label: L, a: [a], b: [c]}\nevents:"),
        ["study.yaml, line 15, contrasts[2].id: 'first' again; give each contrast its own id"],
    ),
    "contrast id": (
        config("id: first", "id: first/second"),
        [f"study.yaml, line 11, contrasts[1].id: 'first/second' is no id; {ID}"],
    ),
    "event's date": (
        config("2021-11-28", "2021-11-31"),
        [f"study.yaml, line 16, events[1].date: '2021-11-31' is no date; {DATE}"],
    ),
    "absent without a source": (
        config(", source: statement a", ""),
        ["study.yaml, line 18, absent[1]: no key 'source'; add it (where it is named or "
         "published)"],
    ),
    # study.yaml: YAML
    "key twice": (
        config("question:", "title: Again\nquestion:"),
        ["study.yaml, line 2: key 'title' again (first in line 1); keep one"],
    ),
    "a number for a key": (
        config("  seed: 7", "  7: seed"),
        ["study.yaml, line 20: a key is not text; put it in quotes"],
    ),
    "a list for a key": (
        config("  seed: 7", "  ? [seed]\n  : 7"),
        ["study.yaml, line 20: a key is not text; put it in quotes"],
    ),
    "tag": (
        config("seed: 7", "seed: !!python/object/apply:os.system [exit]"),
        ["study.yaml, line 20: tag 'tag:yaml.org,2002:python/object/apply:os.system' is refused, "
         "a study is plain data; remove it"],
    ),
    "anchors": (
        write("study.yaml", "a: &a [x, x]\nb: &b [*a, *a]\ntitle: *b\n"),
        ["study.yaml, line 1: anchor '&a' is refused; remove it",
         "study.yaml, line 2: anchor '&b' is refused; remove it",
         "study.yaml, line 2: alias '*a' is refused; write its value out",
         "study.yaml, line 3: alias '*b' is refused; write its value out"],
    ),
    "deep nesting": (
        write("study.yaml", "title: " + "[" * 5000),
        ["re:study.yaml, line 1: not valid YAML .nested more than 20 deep.; .*"],
    ),
    "indentation": (
        config("  seed: 7", "  seed: 7\n three: 3"),
        ["re:study.yaml, line 21: not valid YAML .*; check indentation .*"],
    ),
    "tab": (
        config("  seed: 7", "\tseed: 7"),
        ["re:study.yaml, line 20: not valid YAML .*; check indentation .spaces, no tabs.*"],
    ),
    "colon in text": (
        config("title: Two statements", "title: Two: statements"),
        ["re:study.yaml, line 1: not valid YAML .*put text that holds ': ' or ' #' in quotes"],
    ),
    "two documents": (
        config("question:", "---\nquestion:"),
        ["re:study.yaml, line 2: not valid YAML .*; .*"],
    ),
    "impossible escape": (
        config("title: Two statements", r'title: "\UFFFFFFFF"'),
        ["re:study.yaml, line 1: not valid YAML .*"],
    ),
    "surrogate escape": (
        config("title: Two statements", r'title: "\uD800"'),
        ["study.yaml, line 1: control character U+D800; remove it"],
    ),
    "bell": (
        config("title: Two statements", "title: Two\x07"),
        ["study.yaml, line 1: control character U+0007; remove it"],
    ),
    "too large": (
        write("study.yaml", b"# " + b"x" * 1_000_000),
        ["study.yaml: has 1,000,002 bytes, more than 1,000,000; split it"],
    ),
    "broken dictionary": (
        write("frames.yaml", "crime: [gang\n"),
        ["re:frames.yaml, line 2: not valid YAML .*"],
    ),
    "dictionary without its keys": (
        write("frames.yaml", "frames: {crime: {terms: [x]}}\nlanguage: en\n"),
        ["frames.yaml: no 'citation'; add it", "frames.yaml: no 'version'; add it"],
    ),
    "empty dictionary": (
        write("frames.yaml", ""),
        ["frames.yaml, line 1: the file is empty; fill it in"],
    ),
    # coded sentences
    "coded without a column": (
        edit("coded_sentences.csv", "frames,", ""),
        ["coded_sentences.csv: no column 'frames'; add or rename one (found: 'unit', "
         "'statement_id', 'text', 'commitment')"],
    ),
    "coded with an unknown frame": (
        both(write("frames.yaml", FRAMES), edit("coded_sentences.csv", "crime", "crme;crime")),
        ["coded_sentences.csv, row 2, column frames: unknown frame 'crme'; did you mean "
         "'crime'?"],
    ),
    "coded for a stranger": (
        edit("coded_sentences.csv", "a:1,a,", "a:1,d,"),
        ["coded_sentences.csv, row 2, column statement_id: unknown statement 'd'; known: 'a', "
         "'b', 'c'"],
    ),
    # labels of the clause ledger
    "ledger without a column": (
        write("ledger_labels.csv", LEDGER.replace(",label,", ",verdict,")),
        ["ledger_labels.csv: no column 'label'; add or rename one (found: 'unit', "
         "'statement_id', 'other_statement_id', 'text', 'verdict', 'counterparts')"],
    ),
    "ledger with an unknown label": (
        write("ledger_labels.csv", LEDGER.replace("dropped", "droped")),
        ["ledger_labels.csv, row 2, column label: unknown label 'droped'; did you mean "
         "'dropped'?"],
    ),
    "ledger of a stranger": (
        write("ledger_labels.csv", LEDGER.replace("a:1,a,b", "a:1,a,d")),
        ["ledger_labels.csv, row 2, column other_statement_id: unknown statement 'd'; known: "
         "'a', 'b', 'c'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input(folder: Path, case: str) -> None:
    change, expected = BAD[case]
    change(folder)
    found = faults_of(folder)
    assert len(found) == len(expected), found
    for fault, wanted in zip(found, expected):
        if wanted.startswith("re:"):
            assert re.fullmatch(wanted[3:], fault), fault
        else:
            assert fault == wanted
        assert len(fault.splitlines()) == 1


def test_all_faults_at_once(folder: Path) -> None:
    """Every file is looked at, whatever is wrong with the others."""
    both(
        table("2020-01-31", "yesterday"),
        table("texts/b.txt", "../b.txt"),
        config("    a: two", "    a: three"),
        edit("coded_sentences.csv", "commitment", "level"),
        write("frames.yaml", "[]"),
        write("texts/c.txt", b"\xff"),
    )(folder)
    found = faults_of(folder)
    starts = [
        "statements.csv, row 2, column date", "statements.csv, row 3, column file",
        "texts/c.txt: has changed", "texts/c.txt, line 1: not UTF-8", "study.yaml, line 13",
        "frames.yaml: is not a mapping", "coded_sentences.csv: no column 'commitment'",
    ]  # fmt: skip
    assert [next((s for s in starts if fault.startswith(s)), fault) for fault in found] == starts


def test_ledger_labels_are_read_and_hashed(folder: Path) -> None:
    write("ledger_labels.csv", LEDGER)(folder)
    study = load_study(folder)
    assert study.ledger_labels.to_dict("records") == [
        {"unit": "a:1", "statement_id": "a", "other_statement_id": "b",
         "text": "The two governments will.", "label": "dropped", "counterparts": ""},
    ]  # fmt: skip
    assert study.files["ledger_labels.csv"] == sha(LEDGER)


def test_many_faults_of_one_kind_are_cut(folder: Path) -> None:
    ids = ", ".join(f"x{number}" for number in range(30_000))
    config("statements: [b]", f"statements: [{ids}]")(folder)
    found = faults_of(folder)
    assert len(found) == 21
    assert found[-1].endswith("this and 29979 more statements are unknown")


@pytest.mark.parametrize("name", ["missing", "missing/study", "nul\0byte", "x" * 5000])
def test_no_such_folder(tmp_path: Path, name: str) -> None:
    (fault,) = faults_of(tmp_path / name)
    assert "study folder" in fault and len(fault.splitlines()) == 1


def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    (fault,) = faults_of(folder / "study.yaml")
    assert fault.endswith("is a file, not a folder; give the study's folder")


def test_a_socket_is_no_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "texts/b.txt").unlink()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("texts/b.txt")
        assert faults_of(folder)[0].endswith("is not a file; name a text file")


def test_a_large_text_is_read(folder: Path) -> None:
    data = b"Borders and seas.\r\n\n" * 2_500_000
    retext("texts/b.txt", data)(folder)
    assert len(load_study(folder).texts["b"]) == 50_000_000


# --- permissions: root reads everything, so leave root behind -----------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A study in a place that every user may enter (pytest's own folders are private)."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    yield write_study(parent / "small")
    for path in [parent, *parent.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(parent)


def faults_as_somebody(folder: Path) -> list[str]:
    return as_somebody(lambda: faults_of(folder))


@pytest.mark.parametrize(
    "name, expected",
    [
        ("study.yaml", "study.yaml: cannot be read (permission denied); check the path"),
        ("statements.csv", "statements.csv: cannot be read (permission denied); check the path"),
        ("frames.yaml", "frames.yaml: cannot be read (permission denied); check the path"),
        (
            "texts/b.txt",
            "statements.csv, row 3, column file: 'texts/b.txt': cannot be read "
            "(permission denied); check the path",
        ),
    ],
)
def test_unreadable_file(open_folder: Path, name: str, expected: str) -> None:
    (open_folder / "frames.yaml").write_text(FRAMES)
    (open_folder / name).chmod(0)
    (fault,) = faults_as_somebody(open_folder)
    assert fault == f"{expected} and its permissions"


def test_unreadable_folders(open_folder: Path) -> None:
    (open_folder / "texts").chmod(0)
    found = faults_as_somebody(open_folder)
    assert len(found) == 3 and all("(permission denied)" in fault for fault in found)
    open_folder.chmod(0)
    (fault,) = faults_as_somebody(open_folder)
    assert fault.endswith("the folder is not yours to read; chmod u+rx may help")


# --- finding a study ----------------------------------------------------------------------


def test_find_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDY_PATH", raising=False)
    mine = write_study(tmp_path / "data" / "mine")
    inner = tmp_path / "notebooks" / "deep"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert find_study("mine") == mine
    assert find_study(str(mine)) == mine
    assert find_study("../../data/mine") == mine
    # From anywhere, the checkout's own study is found by name.
    assert find_study("channel-2015-2024") == SHIPPED.resolve()
    # A report's folder that has the study's name is not the study.
    (inner / "mine").mkdir()
    assert find_study("mine") == mine
    monkeypatch.setenv("STUDY_PATH", str(SHIPPED))
    assert find_study("mine") == SHIPPED.resolve()


def test_find_study_explains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDY_PATH", raising=False)
    write_study(tmp_path / "data" / "manifestos")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadStudy) as caught:
        find_study("manifesto")
    assert caught.value.faults == (
        "'manifesto': there is no such study; did you mean 'manifestos'?",
    )
    for name in ("", "nul\0byte", "x" * 5000, "line\nbreak"):
        try:
            find_study(name)
        except BadStudy as error:
            assert len(str(error).splitlines()) == 1
    # A folder that is there but holds no study is left to load_study to explain.
    (tmp_path / "empty").mkdir()
    assert find_study("empty") == tmp_path / "empty"
    monkeypatch.setenv("STUDY_PATH", str(tmp_path / "gone"))
    with pytest.raises(BadStudy, match="from STUDY_PATH"):
        find_study("manifestos")


# --- YAML and its schema ------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, value",
    [
        ("no", "no"), ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("true", True),
        ("False", False), ("~", None), ("null", None), ("", None), ("007", "007"),
        ("0x1F", "0x1F"), ("12:30:00", "12:30:00"), ("1_000", "1_000"), ("-12", -12),
        ("+3", 3), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1.5e-3", 0.0015), (".inf", ".inf"),
        (".nan", ".nan"), ("2015-08-20", "2015-08-20"), ("1" * 19, "1" * 19), ("1.2.3", "1.2.3"),
        ("=", "="), ("<<", "<<"), ("'7'", "7"), ("1e999", "1e999"), ("e3", "e3"), (".", "."),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_look_like(text: str, value: object) -> None:
    """YAML 1.2's core schema (section 10.3.2), numbers in decimal only."""
    file = YamlFile(f"key: {text}\n", "x.yaml")
    assert file.faults == []
    assert file.value == {"key": value} and type(file.value["key"]) is type(value)


def test_schema_is_sound_and_every_key_explained() -> None:
    schema = study_yaml._schema()
    Draft202012Validator.check_schema(schema)
    handled = {
        "type", "properties", "additionalProperties", "required", "items", "minItems",
        "minProperties", "pattern", "oneOf", "enum", "exclusiveMinimum", "uniqueItems",
        "description", "$ref", "$defs", "$schema",
    }  # fmt: skip

    def walk(part: dict[str, object]) -> None:
        assert set(part) <= handled, part
        for name, inner in part.get("properties", {}).items():
            assert inner.get("description"), name
            walk(inner)
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                walk(part[key])
        for inner in part.get("$defs", {}).values():
            walk(inner)

    walk(schema)


# --- anything at all ----------------------------------------------------------------------

FILES = ["study.yaml", "statements.csv", "coded_sentences.csv", "texts/a.txt", "frames.yaml"]
PIECES = st.sampled_from(
    [b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\n", b"\r", b"\t", b'"', b"'", b",", b";", b":", b"- ",
     b"{", b"[", b"}", b"]", b"&a ", b"*a", b"!!int ", b"<<: ", b"? ", b"| ", b"> ", b"%YAML 9.9",
     b"---\n", b"...", b"\xe2\x80\xa8", b"\xc2\x85", b"\\uD800", b"null", b"1e999", b"..", b"/",
     b"a: a\n", b"  ", b"#", b"\x1b", b"\xf0\x9f\x98\x80", b"\xe2\x80\xae", b"two", b"b"]
)  # fmt: skip
MUTATION = st.tuples(
    st.sampled_from(FILES),
    st.floats(0, 1),
    st.integers(0, 12),
    st.one_of(PIECES, st.binary(max_size=8)),
)


@settings(
    max_examples=300, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(MUTATION, min_size=1, max_size=4), st.booleans())
def test_nothing_but_bad_study(
    tmp_path: Path, mutations: list[tuple[str, float, int, bytes]], hashed: bool
) -> None:
    folder = tmp_path / "fuzzed"
    shutil.rmtree(folder, ignore_errors=True)
    write_study(folder)
    (folder / "frames.yaml").write_text(FRAMES, "utf-8")
    if not hashed:
        write("statements.csv", re.sub("[0-9a-f]{64}", "", statements_csv()))(folder)
    for name, where, length, piece in mutations:
        data = (folder / name).read_bytes()
        start = int(where * len(data))
        (folder / name).write_bytes(data[:start] + piece + data[start + length :])
    try:
        lines = load_study(folder).warnings
    except BadStudy as error:
        lines = error.faults
        assert lines
    for line in lines:
        assert len(line.splitlines()) == 1
        line.encode()
