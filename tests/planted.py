"""A small study with a known truth, written to a folder."""

import csv
import json
from pathlib import Path

import numpy as np

FILLER = (
    "ministers officials parties states measures matters points dates weeks rooms papers notes "
    "tables letters drafts pages lines words places plans steps views terms forms parts items"
).split()

#: The planted study's dictionary: one frame that is planted, one that never occurs.
FRAMES = """\
version: "1"
citation: planted
language: en
frames:
  deterrence: {label: Deterrence, terms: [deter*]}
  crime: {label: Crime, terms: [smuggl*]}
"""

STATEMENTS = {
    "a-2015": ("2015-01-01", "bilateral", "statement"),
    "b-2022": ("2022-01-01", "bilateral", "statement"),
    "c-2022": ("2022-02-01", "multilateral", "statement"),
    "d-2024": ("2024-01-01", "multilateral", "statement"),
}


def write_planted(
    folder: Path,
    *,
    deterrence: dict[str, float],
    crime: dict[str, float] | None = None,
    blocks: int = 40,
    extra: str = "",
    seed: int = 1,
) -> Path:
    """Write a study of four statements.

    Args:
        folder: where; made.
        deterrence: statement → share of its one-sentence paragraphs that hold the frame.
        crime: the same for the other frame.
        blocks: paragraphs a statement.
        extra: more lines of study.yaml, such as findings.
        seed: of the filler words.
    """
    rng = np.random.default_rng(seed)
    (folder / "texts").mkdir(parents=True)
    for name in STATEMENTS:
        paragraphs = []
        for block in range(blocks):
            words = list(rng.choice(FILLER, size=12))
            if block < round(deterrence.get(name, 0) * blocks):
                words[4] = "deterring"
            if block >= blocks - round((crime or {}).get(name, 0) * blocks):
                words[8] = "smugglers"
            paragraphs.append("The " + " ".join(words) + ".")
        (folder / "texts" / f"{name}.txt").write_text("\n\n".join(paragraphs) + "\n", "utf-8")
    with (folder / "statements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "file", "title", "date", "format", "genre", "language"])
        for name, (date, form, genre) in STATEMENTS.items():
            writer.writerow([name, f"texts/{name}.txt", f"Statement {name}", date, form, genre,
                             "en"])
    (folder / "frames.yaml").write_text(FRAMES, "utf-8")
    (folder / "study.yaml").write_text(
        "title: Planted\nquestion: Is it found?\ngroups:\n"
        "  bilateral: {label: Two, where: {format: bilateral}}\n"
        "  multilateral: {label: Five, where: {format: multilateral}}\n" + extra,
        "utf-8",
    )
    return folder


def finding(**changes) -> str:
    """One finding as a line of study.yaml (JSON is YAML)."""
    entry = {
        "id": "planted",
        "claim": "Deterrence is framed more in bilateral statements.",
        "estimand": "frame_difference",
        "arguments": {"frame": "deterrence", "more_in": "bilateral", "than_in": "multilateral"},
        "smallest_effect": 0.05,
        "rationale": "r",
        "declared": "before_texts",
        **changes,
    }
    return f"- {json.dumps(entry)}\n"
