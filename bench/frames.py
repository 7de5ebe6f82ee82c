"""How well does the shipped dictionary find frames in sentences of other issuers?

    python bench/frames.py

Writes bench/frames.md. development_frames.csv holds sentences that one language model collected or
wrote and coded under codebook.md: those marked `tune` were looked at while the dictionary was
written, those marked `score` were coded before it was run on them and only scored.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pandas as pd
import yaml

from analysis import dictionary, tokens, validation

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"


def scored(coded: pd.DataFrame, frames: dictionary.Dictionary) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a frame with its counts and F1; and one row a difference."""
    units = coded.assign(sentence_id=[str(i) for i in range(len(coded))])
    words = tokens.tokenise(units)
    words = tokens.fold(words, tokens.spelling_variants(words))
    matches = dictionary.match(frames, words)
    truth = [set(filter(None, cell.split(";"))) for cell in coded["frames"]]
    rows, differences = [], []
    for category in frames.categories:
        found = set(matches.loc[matches["category"] == category.id, "row"])
        wanted = {row for row, own in enumerate(truth) if category.id in own}
        both = len(found & wanted)
        rows.append(
            {
                "frame": category.id,
                "coded": len(wanted),
                "found": len(found),
                "precision": both / len(found) if found else math.nan,
                "recall": both / len(wanted) if wanted else math.nan,
                "F1": validation.f1(both, len(found), len(wanted)),
            }
        )
        for row in sorted(found ^ wanted):
            own = matches[(matches["row"] == row) & (matches["category"] == category.id)]
            differences.append(
                (category.id, "not coded" if row in found else "not found",
                 "; ".join(own["term"]), coded["text"].iloc[row])
            )
    return pd.DataFrame(rows), pd.DataFrame(differences, columns=["frame", "what", "term", "text"])


def table(part: pd.DataFrame) -> list[str]:
    lines = ["| frame | coded | found | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.frame} | {row.coded} | {row.found} | {row.precision:.2f} | {row.recall:.2f} "
        f"| {row.F1:.2f} |"
        for row in part.itertuples()
    ]
    counted = part[part["coded"] >= validation.MIN_POSITIVES]
    return [*lines, "", f"Mean F1 of {len(counted)} frames with at least "
            f"{validation.MIN_POSITIVES} coded sentences: {counted['F1'].mean():.3f}.", ""]


def main() -> None:
    frames = dictionary.parse(
        yaml.safe_load((STUDY / "frames.yaml").read_text("utf-8")), file="frames.yaml"
    )
    own = pd.read_csv(ROOT / "bench" / "development_frames.csv", keep_default_na=False)
    lines = ["# The dictionary of frames on sentences of other issuers", "",
             "Made by `python bench/frames.py`. One language model collected or wrote these "
             "sentences and coded them; agreement with them is no human validation.", ""]
    for part, title in (("tune", "Looked at while the dictionary was written"),
                        ("score", "Coded before, only scored")):
        chosen = own[own["part"] == part].reset_index(drop=True)
        lines += [f"## {title}: {len(chosen)} sentences", "", *table(scored(chosen, frames)[0])]
    (ROOT / "bench" / "frames.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
