"""The datasheet says what is in data/: every figure and every hash in it is held to the files."""

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

DATA = Path(__file__).parents[1] / "data"
SHIPPED = DATA / "channel-2015-2024"
README = (DATA / "README.md").read_text(encoding="utf-8")
PLAIN = " ".join(README.split())


def read(name: str) -> list[dict[str, str]]:
    with (SHIPPED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def section(title: str) -> str:
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def cells(title: str) -> dict[str, list[str]]:
    """The first table of a section: first cell → further cells, without backquotes."""
    rows = re.findall(r"^\| *(`?[^|`]+`?) *\|(.*)\|$", section(title), re.MULTILINE)
    return {
        first.strip(" `"): [cell.strip().replace("`", "") for cell in rest.split("|")]
        for first, rest in rows
    }


STATEMENTS = {row["id"]: row for row in read("statements.csv")}
WORDS = {
    id: len((SHIPPED / row["file"]).read_bytes().decode("utf-8-sig").split())
    for id, row in STATEMENTS.items()
}


def test_every_file_is_listed_with_its_hash() -> None:
    listed = cells("Every file")
    files = {
        path.relative_to(DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DATA.rglob("*")
        if path.is_file()
    }
    assert set(files) == set(listed) - {"file", "---"}
    hashed = {name: row[1] for name, row in listed.items() if row[1]}
    del hashed["file"], hashed["---"]
    assert hashed == {name: files[name] for name in hashed}
    # What is written here changes; whatever came from elsewhere has a hash.
    assert {Path(name).name for name in set(files) - set(hashed)} <= {
        "README.md", "study.yaml", "frames.yaml", "wording.yaml", "commitments.yaml",
    }  # fmt: skip


@pytest.mark.parametrize("id", STATEMENTS)
def test_lengths_and_dates(id: str) -> None:
    words, size, date, basis = cells("Composition")[id]
    assert words == f"{WORDS[id]:,}"
    assert size == f"{(SHIPPED / STATEMENTS[id]['file']).stat().st_size:,}"
    assert date == STATEMENTS[id]["date"]
    stated = STATEMENTS[id]["date_basis"] == "stated in the text"
    assert basis == ("stated in the text" if stated else "inferred, see statements.csv")


def test_totals() -> None:
    sizes = [(SHIPPED / row["file"]).stat().st_size for row in STATEMENTS.values()]
    assert cells("Composition")["all"][:2] == [f"{sum(WORDS.values()):,}", f"{sum(sizes):,}"]
    genres = Counter(row["genre"] for row in STATEMENTS.values())
    assert f"{len(STATEMENTS)} texts in English: {genres['statement']} joint statements" in PLAIN
    assert f"and {genres['commentary']} commentary" in PLAIN
    assert {row["language"] for row in STATEMENTS.values()} == {"en"}
    bilateral = [id for id, row in STATEMENTS.items() if row["format"] == "bilateral"]
    share = WORDS["uk-fr-2015-08-20"] / sum(WORDS[id] for id in bilateral)
    assert f"2015 alone holds {share:.0%}".replace("%", " %") + " of the bilateral words" in PLAIN


def test_what_is_not_recorded() -> None:
    rows = STATEMENTS.values()
    for column in ("retrieved", "host_or_drafter", "original_language", "translation_of"):
        assert not any(row[column] for row in rows)
    addressed = [id for id, row in STATEMENTS.items() if row["source_url"]]
    named = " and ".join(f"`{id}`" for id in addressed)
    assert f"recorded for {len(addressed)} of {len(STATEMENTS)}: {named}" in PLAIN
    first = (SHIPPED / STATEMENTS["uk-fr-2015-08-20"]["file"]).read_text("utf-8").splitlines()[0]
    assert first == "Ministère de l’Intérieur - Ministère de l’Intérieur du Royaume-Uni"
    texts = "".join((SHIPPED / row["file"]).read_text("utf-8") for row in rows)
    for misspelling in ("Cazenueve", "informatfion", "Tingrinya"):
        assert misspelling in README and misspelling in texts


@pytest.mark.parametrize("id", STATEMENTS)
def test_rights(id: str) -> None:
    licence, passed_on = cells("Rights")[id]
    cleared = STATEMENTS[id]["redistribution"] != "not cleared"
    assert passed_on == ("yes, on that default" if cleared else "**not cleared**")
    assert licence.startswith("not stated")
    assert STATEMENTS[id]["licence"].startswith("not stated in the text")
    assert ("Statewatch" in licence) == ("© Statewatch" in STATEMENTS[id]["licence"])


def test_coded_files() -> None:
    coded, labels = read("coded_sentences.csv"), read("ledger_labels.csv")
    pairs = read("equivalent_passages.csv")
    stated = cells("Coded files")
    assert stated["coded_sentences.csv"][0].startswith(f"{len(coded)} sentences")
    assert stated["ledger_labels.csv"][0].startswith(f"{len(labels)} sentences")
    for id, number in Counter(row["statement_id"] for row in coded).items():
        assert f"{number} of `{id}`" in PLAIN
    queries = {
        (row["query_statement"], row["query_starts_with"], row["partner_statement"])
        for row in pairs
    }
    topics = {row["topic"] for row in pairs}
    assert stated["equivalent_passages.csv"][0] == (
        f"{len(pairs)} pairs of passages that say the same, for {len(queries)} queries in "
        f"{len(topics)} topics"
    )
    ends = {
        (
            (row["query_statement"], row["query_starts_with"]),
            (row["partner_statement"], row["partner_starts_with"]),
        )
        for row in pairs
    }
    mirrored = sum((b, a) in ends for a, b in ends)
    assert f"{mirrored} of the {len(pairs)} stand in it in both directions" in PLAIN


def test_frames_are_the_majority_and_commitment_the_median() -> None:
    for row in read("coded_sentences.csv"):
        passes = [set(filter(None, row[f"coder_{i}"].split(";"))) for i in (1, 2, 3)]
        votes = Counter(frame for one in passes for frame in one)
        assert set(filter(None, row["frames"].split(";"))) == {f for f in votes if votes[f] > 1}
        assert int(row["commitment"]) == median(int(row[f"commitment_{i}"]) for i in (1, 2, 3))


def test_gaps() -> None:
    study = (SHIPPED / "study.yaml").read_text(encoding="utf-8")
    absent = study.split("\nabsent:\n")[1].split("\nparameters:")[0]
    assert f"under `absent`, {absent.count('  - date:')} that are known" in PLAIN
