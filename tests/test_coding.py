"""Coded files: read, adjudicated, matched; halves that never overlap; sheets for people."""

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted import write_planted
from small import SHIPPED, corpus_of, found_and_coded

from analysis import (
    badges,
    cli,
    codesheet,
    coding,
    corpus,
    framing,
    halves,
    scoring,
    supervised,
)
from analysis.errors import BadParameter, BadStudy
from analysis.study import load_study

OWN = SHIPPED / "coded_sentences.csv"


@pytest.fixture(scope="module")
def texts():
    return corpus.build(load_study(SHIPPED))


@pytest.fixture(scope="module")
def parts(texts):
    return found_and_coded(texts)


def write(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


# --- halves -------------------------------------------------------------------------------


def test_half_is_the_parity_of_a_hash():
    for statement, root in (("uk-fr-2015-08-20", 4), ("a", 1), ("é", 12)):
        digest = hashlib.sha256(f"{statement}:{root}".encode()).digest()
        expected = ("development", "correction")[digest[0] % 2]
        assert halves.half(statement, root) == expected
    names = {halves.half("a", n) for n in range(20)}
    assert names == {"development", "correction"}


def test_a_list_and_its_head_are_in_one_half(texts):
    blocks = texts.blocks.set_index(["statement_id", "block"])
    roots = halves.root_blocks(texts)
    sides = halves.halves(texts)
    where = {key: (root, side) for key, root, side in zip(
        zip(texts.units["statement_id"], texts.units["block"], strict=True), roots, sides,
        strict=True)}
    nested = 0
    for (statement, block), found in where.items():
        parent = blocks.at[(statement, block), "parent"]
        if not pd.isna(parent):
            nested += 1
            assert where.get((statement, int(parent)), found) == found
            assert pd.isna(blocks.at[(statement, found[0]), "parent"])
    assert nested > 50


def test_nothing_is_learnt_from_the_correction_half(texts, parts):
    """Overlap is refused, and other codes in the correction half change no finding at all."""
    kept = np.flatnonzero(halves.halves(texts) == "correction")
    with pytest.raises(ValueError, match="correction half"):
        halves.refuse_correction(texts, [int(kept[0])])
    dictionary, matches, own, found = parts
    other = own.copy()
    other.attrs = own.attrs
    is_kept = (own["half"] == "correction").to_numpy()
    assert is_kept.sum() > 50
    other["frames"] = [
        frozenset(found.frames) - frames if side else frames
        for frames, side in zip(own["frames"], is_kept, strict=True)
    ]
    again = supervised.find(texts, dictionary, matches, other)
    assert found.learnt.any()
    assert (again.model == found.model).all() and (again.chosen == found.chosen).all()
    seen = supervised._development(own)
    assert not set(seen["unit"]) & set(kept)


def test_a_unit_is_never_read_by_a_model_that_learnt_from_its_block(texts, parts):
    """Turning a block's codes round changes nothing that is found in that block."""
    dictionary, matches, own, found = parts
    seen = supervised._development(own)
    cluster = seen["cluster"].value_counts().index[0]
    other = own.copy()
    other.attrs = own.attrs
    other["frames"] = [
        frozenset(found.frames) - frames if c == cluster else frames
        for frames, c in zip(own["frames"], own["cluster"], strict=True)
    ]
    again = supervised.find(texts, dictionary, matches, other)
    both = found.learnt & again.learnt
    mine = halves.clusters(texts) == cluster
    assert both.any() and (again.model[mine][:, both] == found.model[mine][:, both]).all()


# --- reading and adjudication -------------------------------------------------------------


def test_the_shipped_codes_are_the_majority_and_the_median_of_their_columns(texts):
    own = coding.own(texts)
    assert len(own) == 144 and len(own.attrs["coders"]) == 3
    assert [coding.majority(c) for c in own["by_coder"]] == own["frames"].tolist()
    assert [coding.median(c) for c in own["commitment_by_coder"]] == own["commitment"].tolist()


def test_several_files_are_adjudicated(texts, tmp_path):
    sentences = texts.units["text"][:3].tolist()
    files = []
    for name, codes in (("a", ["crime", "", "law;border"]), ("b", ["crime;law", "none", "law"]),
                        ("c", ["", "economic", "law"])):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["statement_id", "text", "frames", "commitment"])
            for number, (text, code) in enumerate(zip(sentences, codes, strict=True)):
                writer.writerow(["uk-fr-2015-08-20", text, code, (number + (name == "c")) % 4])
        files.append(tmp_path / f"{name}.csv")
    read = coding.read(files, texts)
    assert read.attrs["coders"] == ("a.csv", "b.csv", "c.csv")
    assert [sorted(f) for f in read["frames"]] == [["crime"], [], ["law"]]
    assert read["commitment"].tolist() == [0, 1, 2]
    assert [sorted(f) for f in coding.read(files[:1], texts)["frames"]] == [
        ["crime"], [], ["border", "law"]]
    # Two coders: more than half is both; between two levels the higher.
    two = coding.read([files[0], files[2]], texts)
    assert [sorted(f) for f in two["frames"]] == [[], [], ["law"]]
    assert two["commitment"].tolist() == [1, 2, 3]


def test_faults_of_a_file_are_named_together(texts, tmp_path):
    path = write(tmp_path / "f.csv", "statement_id,text,frames,commitment",
                 "uk-fr-2015,They met.,crime,0", "uk-fr-2015-08-20,They met.,crimes,7")
    with pytest.raises(BadStudy) as caught:
        coding.read([path, tmp_path / "none.csv"], texts)
    said = "\n".join(caught.value.faults)
    for part in ("row 2, column statement_id: unknown statement 'uk-fr-2015'",
                 "row 3, column frames: unknown frame 'crimes'; did you mean 'crime'?",
                 "row 3, column commitment: '7'", "there is no such file"):
        assert part in said, said
    ragged = write(tmp_path / "r.csv", "statement_id,text,frames,commitment",
                   "uk-fr-2015-08-20,They met.,crime")
    with pytest.raises(BadStudy) as caught:
        coding.read([ragged], texts)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["r.csv, row 2"]
    with pytest.raises(BadStudy, match="no column 'frames'"):
        coding.read([write(tmp_path / "g.csv", "statement_id,text", "uk-fr-2015-08-20,x")], texts)


# --- validate --coded ---------------------------------------------------------------------


def validate(capsys, *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["validate", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_json_has_the_declared_keys_and_no_nan(capsys):
    code, out, _ = validate(capsys, SHIPPED, "--coded", OWN, "--json")
    found = json.loads(out, parse_constant=lambda c: pytest.fail(c))
    assert code == 0
    assert set(found) == {
        "n", "matched", "unmatched", "macro_f1", "macro_frames", "frames", "commitment"}
    assert found["n"] == found["matched"] == 144 and found["unmatched"] == []
    assert set(found["frames"]["crime"]) == {
        "method", "n", "precision", "recall", "f1", "f1_low", "f1_high", "alpha"}
    assert set(found["commitment"]) == {"n", "alpha", "low", "high"}
    assert found["macro_frames"] == [f for f, v in found["frames"].items() if v["n"] >= 10]
    mean = np.mean([found["frames"][f]["f1"] for f in found["macro_frames"]])
    assert found["macro_f1"] == pytest.approx(mean, abs=1e-5)
    assert found["frames"]["economic"]["f1_low"] is None


def test_text_in_no_unit_counts_as_nothing_found_and_is_listed(tmp_path, capsys):
    text = "Smugglers are criminals whom nobody ever mentioned in this statement."
    path = write(tmp_path / "f.csv", "statement_id,text,frames,commitment",
                 f"uk-fr-2015-08-20,{text},crime,3")
    code, out, _ = validate(capsys, SHIPPED, "--coded", path, "--json")
    found = json.loads(out)
    assert code == 0 and found["matched"] == 0
    assert found["unmatched"] == [{"row": 2, "statement_id": "uk-fr-2015-08-20", "text": text}]
    assert found["frames"]["crime"]["recall"] == 0 and found["frames"]["crime"]["f1"] == 0
    assert found["frames"]["law"]["f1"] is None and found["macro_f1"] is None


def test_a_statement_that_is_not_there_is_refused(tmp_path, capsys):
    path = write(tmp_path / "f.csv", "statement_id,text,frames", "elsewhere,They met.,crime")
    code, out, err = validate(capsys, SHIPPED, "--coded", path, "--json")
    assert code == 1 and not out and "unknown statement 'elsewhere'" in err


def test_the_file_is_only_scored(texts, tmp_path):
    """Nonsense codes in FILE change its scores and nothing that is found."""
    rows = list(csv.DictReader(OWN.open(encoding="utf-8")))
    for row in rows:
        row["frames"] = "economic"
    with (tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    honest, wrong = (
        scoring.score_files(texts, [path], None, seed=1, n_boot=200)
        for path in (OWN, tmp_path / "f.csv")
    )
    assert wrong.methods == honest.methods
    said = "\n".join(scoring.reading(honest))
    assert "144 coded sentences" in said and "unvalidated" in said and "nan" not in said
    for frame, one in honest.frames.items():
        assert wrong.frames[frame].n_found == one.n_found
    assert wrong.frames["economic"].n == 144 and honest.own == 144


def test_codes_kept_from_those_who_write_rules_are_not_listed(texts, tmp_path):
    """Of the study's own codes none of the correction half is printed; new codes are, whole."""
    own = coding.own(texts)
    hidden = set(own.loc[own["half"] == "correction", "text"])
    split = [len(set(given)) > 1 for given in own["by_coder"]]
    kept = own.loc[split, "half"].eq("correction").sum()
    said = scoring.reading(scoring.score_files(texts, [OWN], None, seed=1, n_boot=50))
    assert kept and not any(text in line for text in hidden for line in said)
    assert f"further sentences that divide them ({kept})" in "\n".join(said)

    rows = list(csv.DictReader(OWN.open(encoding="utf-8")))
    for row in rows:
        row.update(coder_1="economic", coder_2="", coder_3="")
    with (tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    scored = scoring.score_files(texts, [tmp_path / "f.csv"], None, seed=1, n_boot=50)
    said = "\n".join(scoring.reading(scored))
    assert "144 sentences divide the coders" in said and "Kept from" not in said


def test_a_dictionary_alone_is_scored_too(tmp_path, capsys):
    study = write_planted(tmp_path / "s", deterrence={"a-2015": 0.5})
    whole = corpus.build(load_study(study))
    own = whole.units[whole.units["statement_id"] == "a-2015"]
    with (tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["statement_id", "text", "frames"])
        for text in own["text"]:
            writer.writerow(["a-2015", text, "deterrence" if "deterring" in text else ""])
    code, out, _ = validate(capsys, study, "--coded", tmp_path / "f.csv", "--json")
    found = json.loads(out)
    assert code == 0 and found["n"] == 40 and found["frames"]["deterrence"]["f1"] == 1
    assert found["frames"]["deterrence"]["f1_low"] < 1
    assert found["frames"]["deterrence"]["method"] == "dictionary"
    assert found["commitment"]["n"] == 0 and found["commitment"]["alpha"] is None


def test_a_part_of_a_unit_has_the_frames_of_that_part(tmp_path):
    """Two coded sentences in one unit: each is scored by the words that stand in it."""
    texts = corpus_of({"a": "The smugglers were arrested; the ministers will return in May.\n"})
    study = replace(texts.study, frames=load_study(SHIPPED).frames)
    texts = corpus.build(study)
    path = write(tmp_path / "f.csv", "statement_id,text,frames",
                 "a,The smugglers were arrested;,crime", "a,the ministers will return in May.,")
    scored = scoring.score_files(texts, [path], None, seed=1, n_boot=100)
    crime = scored.frames["crime"]
    assert (crime.n, crime.n_found, crime.n_both) == (1, 1, 1)


# --- badges -------------------------------------------------------------------------------


def test_frames_without_ten_unseen_sentences_are_called_unvalidated(texts):
    own = coding.own(texts)
    dictionary = framing.dictionary_of(texts)
    kept = own[own["half"] == "correction"]
    few = {c.id for c in dictionary.categories if coding.holds(kept, c.id).sum() < 10}
    assert set(texts.study.frames.developed_on) == set(texts.study.texts)
    assert badges.unvalidated(texts, own) == few and few
    labels = {c.id: c.label for c in badges.badged(texts, dictionary, own).categories}
    for category in dictionary.categories:
        assert labels[category.id].endswith("(unvalidated)") == (category.id in few)
    nothing = own.iloc[:0]
    nothing.attrs = own.attrs
    assert len(badges.unvalidated(texts, nothing)) == len(dictionary.categories)


# --- sheets -------------------------------------------------------------------------------


def sheet_of(texts, **options) -> pd.DataFrame:
    matches = framing.frame_matches(texts, framing.dictionary_of(texts))
    return codesheet.draw(texts, matches, **{"n": 60, "coder": "Anna", "seed": 1, **options})


def test_a_sheet_is_stratified_blind_and_the_same_for_each_coder(texts):
    anna, ben = sheet_of(texts), sheet_of(texts, coder="Ben")
    assert tuple(anna.columns) == codesheet.COLUMNS and len(anna) == 60
    assert set(anna["text"]) == set(ben["text"]) and anna["text"].tolist() != ben["text"].tolist()
    assert set(anna["inclusion_probability"]) == {f"{60 / len(texts.units):.6g}"}
    assert not anna[["frames", "commitment", "note"]].to_numpy().any()
    drawn = anna["statement_id"].value_counts()
    for statement, n in texts.units["statement_id"].value_counts().items():
        assert abs(drawn[statement] - 60 * n / len(texts.units)) < 1
    assert sheet_of(texts, seed=2)["text"].tolist() != anna["text"].tolist()


def test_over_all_draws_every_unit_is_as_likely(texts):
    matches = framing.frame_matches(texts, framing.dictionary_of(texts))
    counts = np.zeros(len(texts.units))
    for seed in range(300):
        counts[codesheet.sampled(texts, matches, n=60, seed=seed)] += 1
    expected = 300 * 60 / len(texts.units)
    assert counts.sum() == 300 * 60
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


def test_a_filled_sheet_is_read_back(texts, tmp_path):
    sheet = sheet_of(texts, n=12)
    sheet.loc[:3, "frames"] = ["crime;law", "none", "border", ""]
    sheet.loc[:3, "commitment"] = ["3", "0", "2", "1"]
    (tmp_path / "anna.csv").write_bytes(codesheet.sheet_bytes(sheet))
    read = coding.read([tmp_path / "anna.csv"], texts)
    assert read.attrs["coders"] == ("Anna",) and len(read) == 4
    assert [None if f is None else sorted(f) for f in read["frames"]] == [
        ["crime", "law"], [], ["border"], None]
    assert read["commitment"].tolist() == [3, 0, 2, 1]
    assert (read["unit"] >= 0).all()
    assert np.allclose(read["probability"], 12 / len(texts.units), atol=1e-6)


def test_an_empty_sheet_is_no_coding(texts, tmp_path):
    sheet = sheet_of(texts, n=5)
    (tmp_path / "a.csv").write_bytes(codesheet.sheet_bytes(sheet))
    with pytest.raises(BadStudy, match="no sentence of it is coded"):
        coding.read([tmp_path / "a.csv"], texts)


def test_a_sheet_runs_nothing(texts):
    sheet = sheet_of(texts, n=3)
    sheet.loc[0, "text"] = "=cmd|' /C calc'!A0"
    assert b"'=cmd" in codesheet.sheet_bytes(sheet)


def test_a_sheet_that_cannot_be_drawn(texts):
    with pytest.raises(BadParameter) as caught:
        sheet_of(texts, n=10_000, coder="../anna")
    assert len(caught.value.faults) == 2


def test_the_command_writes_a_sheet(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["codesheet", str(SHIPPED), "--n", "5", "--coder", "Anna B."]
    assert cli.main(arguments) == 0
    assert "5 sentences to code" in capsys.readouterr().out
    assert (tmp_path / "codesheet-anna-b.csv").is_file()
    instructions = (tmp_path / "codesheet-anna-b.txt").read_text("utf-8")
    assert "none" in instructions and "crime: Organised crime" in instructions
    before = (tmp_path / "codesheet-anna-b.csv").read_bytes()
    assert cli.main(arguments) == 1
    assert (tmp_path / "codesheet-anna-b.csv").read_bytes() == before
    assert "not overwritten" in capsys.readouterr().err
