"""Writes a synthetic study of N statements: real sentences, drawn anew; for measuring large runs.

    python bench/corpora.py FOLDER --statements 1000 --form parquet --prose /usr/share/doc

A statement has about 300 words in paragraphs and a list: sentences of the shipped study (so that
frames, names and commitments occur) and, if a folder of prose is given, as many of its plain-text
files, which bring the many rare words that resampled sentences lack. Issuers lean to sentences of
their own; every fifth statement repeats a passage of an earlier one, a few words changed. Seeded:
same arguments and files, same bytes.
"""

import argparse
import csv
import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np

from analysis import corpus

WORDS = 300
FIRST_YEAR, YEARS = 2000, 25
GROUPS = 8
# A statement in five repeats a passage of one of the last thousand.
REPEATS, REACH = 0.2, 1000
SUFFIXES = ("*.txt", "*.rst", "*.md", "*.pod", "README*", "NEWS*", "*.gz")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "channel-2015-2024"

STUDY = """\
title: "Synthetic study of {n} statements"
question: Does a study of {n} statements run whole?
{texts}groups:
{groups}contrasts:
  - {{id: early-late, label: First and last issuer, a: g0, b: g{last}}}
findings:
  - id: deterrence-first
    claim: Deterrence is framed more by the first issuer than by the last.
    estimand: frame_difference
    arguments: {{frame: deterrence, more_in: g0, than_in: g{last}}}
    smallest_effect: 0.05
    rationale: A synthetic claim.
    declared: after_texts
  - id: first-decides
    claim: More sentences of the first issuer are decisions.
    estimand: commitment_share_difference
    arguments: {{level: 3, more_in: g0, than_in: g{last}}}
    smallest_effect: 0.05
    rationale: A synthetic claim.
    declared: after_texts
alternatives:
  boilerplate: {{options: [aside, kept], reason: synthetic}}
  folding: {{options: [folded, written], reason: synthetic}}
  unit_weighting: {{options: [equal, words], reason: synthetic}}
  statement_weighting: {{options: [equal, words], reason: synthetic}}
"""


def prose(folder: Path) -> list[str]:
    """Sentences of the plain-text files below a folder, in order of file and place."""
    paths = sorted({path for suffix in SUFFIXES for path in folder.rglob(suffix)})
    found: dict[str, None] = {}
    for path in paths:
        try:
            data = path.read_bytes()
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        except (OSError, UnicodeDecodeError, EOFError):
            continue
        for paragraph in re.split(r"\n\s*\n", text):
            for sentence in SENTENCE.split(" ".join(paragraph.split())):
                words = sentence.split(" ")
                plain = sum(word.strip(",.;:()\"'").isalpha() for word in words)
                if 8 <= len(words) <= 40 and plain >= 0.85 * len(words) and sentence[-1] in ".!?":
                    found[sentence] = None
    return list(found)


def statements(n: int, *, own: list[str], other: list[str], seed: int):
    """Yields (group, date, text) of each statement."""
    rng = np.random.default_rng(seed)
    # Each issuer leans to sentences of its own, so that groups differ in what they say.
    leaning = [rng.permutation(len(own)) for _ in range(GROUPS)]
    recent: list[list[str]] = []
    for _ in range(n):
        group = int(rng.integers(GROUPS))
        year = FIRST_YEAR + int(rng.integers(YEARS))
        date = f"{year}-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
        chosen, words = [], 0
        while words < WORDS:
            if other and rng.random() < 0.5:
                sentence = other[int(rng.integers(len(other)))]
            else:
                place = min(int(rng.exponential(len(own) / 3)), len(own) - 1)
                sentence = own[leaning[group][place]]
            chosen.append(sentence)
            words += sentence.count(" ") + 1
        if recent and rng.random() < REPEATS:
            passage = recent[int(rng.integers(len(recent)))][1:4]
            chosen[1:4] = [_edited(sentence, rng) for sentence in passage]
        recent = [*recent[-REACH + 1:], chosen]
        yield f"g{group}", date, _laid_out(chosen, rng)


def _edited(sentence: str, rng: np.random.Generator) -> str:
    words = sentence.split(" ")
    if len(words) > 12:
        words.pop(int(rng.integers(3, len(words) - 2)))
    return " ".join(words)


def _laid_out(sentences: list[str], rng: np.random.Generator) -> str:
    parts, place = [], 0
    while place < len(sentences):
        size = int(rng.integers(1, 5))
        parts.append(" ".join(sentences[place:place + size]))
        place += size
    if len(parts) > 3:
        parts[-2:] = [f"- {part}" for part in parts[-2:]]
    return "Joint statement\n\n" + "\n\n".join(parts) + "\n"


def write(folder: Path, n: int, *, form: str, prose_folder: Path | None, seed: int) -> int:
    """Write the study; `form` is folder, csv, jsonl or parquet. Returns the bytes of its texts."""
    shipped = corpus.load(str(SHIPPED)).units
    own = [text for text in shipped["text"] if text.count(" ") >= 7]
    other = prose(prose_folder) if prose_folder else []
    folder.mkdir(parents=True)
    rows, texts = [], []
    for number, (group, date, text) in enumerate(statements(n, own=own, other=other, seed=seed)):
        name = f"s{number:06d}"
        rows.append({"id": name, "title": f"Statement {number}", "date": date,
                     "issuer": group, "genre": "statement", "language": "en"})
        texts.append(text)
    if form == "folder":
        for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
            row["file"] = f"texts/{number // 1000:03d}/{row['id']}.txt"
            path = folder / row["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    else:
        _write_column(folder / f"texts.{form}", [row["id"] for row in rows], texts)
    with (folder / "statements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for name in ("frames.yaml", "wording.yaml", "commitments.yaml"):
        if (SHIPPED / name).exists():
            shutil.copy(SHIPPED / name, folder / name)
    used = sorted({row["issuer"] for row in rows})
    groups = "".join(f"  {g}: {{label: Issuer {g[1:]}, where: {{issuer: {g}}}}}\n" for g in used)
    (folder / "study.yaml").write_text(STUDY.format(
        n=n, texts="" if form == "folder" else f"texts: texts.{form}\n", groups=groups,
        last=GROUPS - 1), "utf-8")
    return sum(len(text.encode()) for text in texts)


def _write_column(path: Path, ids: list[str], texts: list[str]) -> None:
    if path.suffix == ".parquet":
        from arro3.core import Array, DataType, Table
        from arro3.io import write_parquet

        columns = {"id": ids, "text": texts}
        write_parquet(Table({
            name: Array(values, type=DataType.string()) for name, values in columns.items()
        }), str(path))
    elif path.suffix == ".jsonl":
        lines = (json.dumps({"id": i, "text": t}) for i, t in zip(ids, texts, strict=True))
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([("id", "text"), *zip(ids, texts, strict=True)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--statements", type=int, default=1000)
    parser.add_argument("--form", choices=("folder", "csv", "jsonl", "parquet"), default="folder")
    parser.add_argument("--prose", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.folder, given.statements, form=given.form, prose_folder=given.prose,
          seed=given.seed)


if __name__ == "__main__":
    main()
