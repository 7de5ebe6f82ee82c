"""Texts in one column: what is read, and what is told of a table at fault."""

import csv
import hashlib
import json

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from analysis.errors import BadStudy
from analysis.study import load_study

TEXTS = {"a": "One \"quoted\", text.\n\nNext block.\n", "b": "Zwei, ünd\r\nmore words.\n"}


def write(folder, form="csv", *, texts=TEXTS, named=None, rows=None, columns=("id", "text")):
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(
        f"title: T\nquestion: Q?\ntexts: {named or f'texts.{form}'}\n", "utf-8")
    header = ["id", "title", "date", "genre", "language", *({} if rows is None else rows)]
    with (folder / "statements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for name in TEXTS:
            more = [] if rows is None else [cells.get(name, "") for cells in rows.values()]
            writer.writerow([name, f"Title {name}", "2020-01-01", "statement", "en", *more])
    path = folder / f"texts.{form}"
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *texts.items()])
    elif form == "jsonl":
        path.write_text("".join(
            json.dumps(dict(zip(columns, pair))) + "\n" for pair in texts.items()), "utf-8")
    else:
        write_parquet(Table({
            columns[0]: Array(list(texts), type=DataType.string()),
            columns[1]: Array(list(texts.values()), type=DataType.string()),
        }), str(path))
    return folder


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_each_form_gives_the_same_texts(tmp_path, form):
    study = load_study(write(tmp_path / "s", form))
    assert study.texts == TEXTS
    digest = hashlib.sha256((tmp_path / "s" / f"texts.{form}").read_bytes()).hexdigest()
    assert study.files[f"texts.{form}"] == digest
    assert study.warnings == ()


def test_columns_can_be_named(tmp_path):
    folder = write(tmp_path / "s", named="{file: texts.csv, id: key, text: body}",
                   columns=("key", "body"))
    assert load_study(folder).texts == TEXTS


def test_a_long_text_is_read(tmp_path):
    texts = {**TEXTS, "a": "word " * 60_000}
    assert load_study(write(tmp_path / "s", texts=texts)).texts["a"] == texts["a"]


def test_a_recorded_hash_is_that_of_the_text(tmp_path):
    digest = hashlib.sha256(TEXTS["a"].encode()).hexdigest()
    load_study(write(tmp_path / "s", rows={"sha256": {"a": digest}}))
    with pytest.raises(BadStudy, match="row 3, column sha256: records"):
        load_study(write(tmp_path / "s", rows={"sha256": {"a": digest, "b": digest}}))


def test_texts_without_a_row_are_told(tmp_path):
    study = load_study(write(tmp_path / "s", texts={**TEXTS, "c": "More."}))
    assert study.warnings == ("texts.csv: not in statements.csv, so not read: c",)


def fault(folder) -> str:
    with pytest.raises(BadStudy) as error:
        load_study(folder)
    return "\n".join(error.value.faults)


def test_faults_say_where_and_what_to_do(tmp_path):
    folder = tmp_path / "s"
    assert "no column 'id'" in fault(write(folder, columns=("key", "text")))
    assert "row 3, column id: 'b' has no row in texts.csv" in fault(write(folder, texts={"a": "x"}))
    assert "the text of 'b' is empty" in fault(write(folder, texts={"a": "x", "b": " . "}))
    assert "ends in .parquet, .csv, .jsonl" in fault(write(folder, named="texts.xlsx"))
    assert "there is no such file" in fault(write(folder, named="other.csv"))
    assert "leads out of the study folder" in fault(write(folder, named="../texts.csv"))
    assert "texts.column: unknown key" in fault(write(folder, named="{file: texts.csv, column: x}"))


@pytest.mark.parametrize(
    "data, told",
    [
        (b"id,text\na,x\na,y\n", "row 3, column id: 'a' again"),
        (b"id,text\na,\"x\nb,y\n", "not valid CSV"),
        (b"id,text\na,x,z\n", "row 2: has 3 cells, the header 2"),
        (b"id,text\na,\xff\nb,y\n", "not UTF-8"),
        (b"", "no column 'id'"),
    ],
)
def test_a_csv_at_fault(tmp_path, data, told):
    folder = write(tmp_path / "s")
    (folder / "texts.csv").write_bytes(data)
    assert told in fault(folder)


@pytest.mark.parametrize(
    "data, told",
    [
        (b'{"id": "a", "text": "x"}\nnonsense\n', "line 2: not valid JSON"),
        (b'["a", "x"]\n', "line 1: is no object"),
        (b'{"id": "a"}\n', "no column 'text'"),
        (b'{"id": "a", "text": 7}\n{"id": "b", "text": "x"}\n', "row 1, column text: is no text"),
        (b'{"id": "a", "text": "x\\u0000"}\n', "holds a NUL"),
    ],
)
def test_jsonl_at_fault(tmp_path, data, told):
    folder = write(tmp_path / "s", "jsonl")
    (folder / "texts.jsonl").write_bytes(data)
    assert told in fault(folder)


def test_parquet_at_fault(tmp_path):
    folder = write(tmp_path / "s", "parquet")
    (folder / "texts.parquet").write_bytes(b"PAR1 nothing PAR1")
    assert "not valid Parquet" in fault(folder)
