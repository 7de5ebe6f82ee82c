"""How well does the shipped dictionary find frames in sentences of other issuers?

    python bench/frames.py

Writes bench/frames.md. development_frames.csv holds sentences of other joint statements, press
releases and commentaries, most of them quoted from public pages (`source`), some written for this
set. One language model collected, wrote and coded them under codebook.md, the same that wrote the
dictionary: agreement with them is no human validation. `part` says what was known of a sentence:

    tune     coded first, its errors read while the dictionary was written
    score    coded before the dictionary was written, which is by the same hand; errors read later
    unseen   collected and coded when a first dictionary stood, errors read after its first score
    final    the same, one round later
    last     collected and coded when the dictionary of the first round stood; errors read later
    third    collected and coded before the second round; its errors were read in that round
    check    collected and coded in the middle of the second round; errors read after a first score
    check2   the same, later in that round, after `fourth` had been scored
    fourth   collected and coded before the second round; its errors were never read
    fifth    written in the style of other issuers, avoiding their set phrases, and coded before the
             third round; its errors were read in that round
    sixth    the same; its errors were read after the first terms of that round were written
    seventh  the same, after these; its errors were read later
    eighth   the same, last; its errors were read after its first score and a last revision made
    ninth    collected and coded in the fifth round in six sets, each before it was scored; the
             errors of each were read before the next was collected

Before the second round those who revised the dictionary had seen once, for each frame, precision,
recall and F1 on the correction half of coded_sentences.csv: no sentence of it, but which frames
missed too much and which found too much. Before the third they knew F1 there: crime .96,
humanitarian .91, pressure .88, cooperation .84, external .73, law .73. When it had ended they
looked once more: version 3 does no better there than version 2 (mean .84 both; law .72, external
.73), though it does on wording that is new to both. Figures for the correction half are no
untouched test since then.

A fourth round read 926 further sentences, which are not kept here: frames.md says what it and the
fifth reached.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pandas as pd
import yaml

from analysis import agreement, coding, dictionary, tokens

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"

FOURTH = [
    "| set | sentences | frames | version 3 | version 4 as it then was | version 4 |",
    "|---|---|---|---|---|---|",
    "| 1 | 163 | 8 | 0.830 | 0.830 | 0.879 |",
    "| 2 | 165 | 8 | 0.851 | 0.852 | 0.889 |",
    "| 3 | 123 | 6 | 0.856 | 0.864 | 0.912 |",
    "| 4 | 130 | 9 | 0.840 | 0.839 | 0.878 |",
    "| 5 | 127 | 7 | 0.844 | 0.846 | 0.896 |",
    "| 6 | 131 | 9 | 0.786 | 0.789 | 0.823 |",
    "| 7 | 87 | 5 | 0.839 | 0.846 | 0.859 |",
]

FIFTH = [
    "| set | sentences | frames | version 4 | version 5 as it then was | version 5 |",
    "|---|---|---|---|---|---|",
    "| 1 | 56 | 3 | 0.897 | 0.897 | 0.927 |",
    "| 2 | 98 | 6 | 0.831 | 0.831 | 0.874 |",
    "| 3 | 77 | 8 | 0.868 | 0.875 | 0.906 |",
    "| 4 | 70 | 6 | 0.876 | 0.882 | 0.905 |",
    "| 5 | 91 | 5 | 0.800 | 0.802 | 0.819 |",
    "| 6 | 75 | 5 | 0.804 | 0.806 | 0.806 |",
]

PARTS = {
    "ninth": "Collected and coded in the fifth round; the first scores are in the table above, those "
             "below were reached after the errors had been read and are optimistic",
    "eighth": "Written and coded late in the third round. When first scored the dictionary of the "
              "second round reached 0.711 over 3 frames, that of the third 0.817; errors were read "
              "after that, so that the figures below are optimistic",
    "seventh": "Written and coded in the third round. When first scored that of the second "
               "round reached 0.658 over 4 frames, that of the third as it then was 0.720; errors "
               "were read after that, so that the figures below are optimistic",
    "sixth": "Written and coded before the third round. When first scored the dictionary of the "
             "second round reached 0.693 over 2 frames, that of the third as it then was 0.846; "
             "errors were read after that",
    "fifth": "Written and coded before the third round. When first scored the dictionary of the "
             "second round reached 0.713 over 4 frames; errors were read in that round, so the "
             "figures below are optimistic",
    "fourth": "Collected and coded before the second round; errors never read. The dictionary of "
              "the first round reached 0.851 over the same 7 frames, that of the second 0.884 when "
              "first scored; terms were revised once more after that (see check2)",
    "check2": "Coded late in the second round; errors read after a first score of 0.887 over 7 "
              "frames; the figures below are optimistic",
    "check": "Coded in the middle of the second round; errors read after a first score of 0.894 "
             "over 5 frames; the figures below are optimistic",
    "third": "Coded before the second round; errors read in it after a first score of 0.860 over "
             "8 frames; the figures below are optimistic",
    "last": "Errors read in the second round, after a first score of 0.891 over 3 frames; the "
            "figures below are optimistic",
    "final": "Errors read after a first score of 0.874 over 4 frames; the figures below are "
             "optimistic",
    "unseen": "Errors read after a first score of 0.877 over 8 frames; the figures below are "
              "optimistic",
    "score": "Coded before the dictionary was written, by the same hand; errors read later",
    "tune": "Errors read while the dictionary was written",
}


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
                "F1": agreement.f1(both, len(found), len(wanted)),
            }
        )
        for row in sorted(found ^ wanted):
            own = matches[(matches["row"] == row) & (matches["category"] == category.id)]
            differences.append(
                (category.id, "not coded" if row in found else "not found",
                 "; ".join(own["term"]), coded["text"].iloc[row])
            )
    return pd.DataFrame(rows), pd.DataFrame(differences, columns=["frame", "what", "term", "text"])


def written(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def table(part: pd.DataFrame) -> list[str]:
    lines = ["| frame | coded | found | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.frame} | {row.coded} | {row.found} | {written(row.precision)} "
        f"| {written(row.recall)} | {written(row.F1)} |"
        for row in part.itertuples()
    ]
    counted = part[part["coded"] >= coding.MIN_POSITIVES]
    return [*lines, "", f"Mean F1 of {len(counted)} frames with at least "
            f"{coding.MIN_POSITIVES} coded sentences: {counted['F1'].mean():.3f}.", ""]


def main() -> None:
    frames = dictionary.parse(
        yaml.safe_load((STUDY / "frames.yaml").read_text("utf-8")), file="frames.yaml"
    )
    own = pd.read_csv(ROOT / "bench" / "development_frames.csv", keep_default_na=False)
    lines = [
        "# The dictionary of frames on sentences of other issuers",
        "",
        "Made by `python bench/frames.py`, which says where the sentences come from. One language "
        "model collected, wrote and coded them; agreement with them is no human validation.",
        "",
        "The dictionary was revised in five rounds. Before the second, those who revised it had "
        "seen once, for each frame, precision, recall and F1 on the correction half of "
        "coded_sentences.csv, and no sentence of it. So the correction half is no untouched test "
        "of this dictionary. Of `fourth`, below, they saw the same figures once and no error; the "
        "first scores of `check` and `check2` are those of sentences nobody had seen.",
        "",
        "Before the third round F1 on the correction half was known (crime .96, humanitarian .91, "
        "pressure .88, cooperation .84, external .73, law .73). `fifth` to `eighth` were then "
        "written to avoid the set phrases of such texts, and coded before they were scored: they "
        "are harder than real statements, and their first scores say how the dictionary does on "
        "wording it does not know. When the third round had ended the correction half was looked "
        "at once more, frame by frame: version 3 reaches a mean F1 of .84 there over 6 frames, as "
        "version 2 did (law .72 after .73, external .73 as before).",
        "",
        "On 47 sentences of six further public statements (of the Portuguese presidency and of Malta "
        "2021, of the Council 2002 and 2016, of three interior ministers in Paris 2017, of the G7 "
        "2024, of the United Kingdom and Albania 2022), coded before they were scored and not kept "
        "here, version 3 reached .863 at first sight over 3 frames, version 2 .852; four terms were "
        "mended after that.",
        "",
        "In the fourth round 926 sentences of some seventy further public texts were coded in seven "
        "sets (ministers' conclusions and declarations 2006 to 2025, statements of the United Kingdom "
        "with Bulgaria, Serbia, Slovenia, Türkiye and Iraq, British ministers in parliament and in "
        "the press on Calais, commentaries of Statewatch and others), each before it was scored; they "
        "are not kept here. Before that, the one who coded them had coded the 73 development "
        "sentences anew, all but eight without having seen any of their codes: eleven codes in ten "
        "sentences differ, six of them cooperation that the coders had not given; the further sets "
        "were coded more strictly on cooperation for that.",
        "",
        *FOURTH,
        "",
        "Since the sentences are not kept this table cannot be made again from here, as little as the "
        "first scores of the sets below. `as it then was` is the dictionary after the errors of the sets above had been read. What "
        "was learnt from one set hardly helps with the next: word lists seem to have reached what "
        "they can do here. When the round had ended the correction half was looked at once: version "
        "4 reaches a mean F1 of .851 over 6 frames, version 3 .839 (law .75 after .72, humanitarian "
        ".95 after .91, the others as before); over the nine frames with at least five sentences "
        "both reach .838. By mistake the writer had also seen four sentences of that half, in a list "
        "of sentences that divide the coders, two of them with the frame law; no term was made for "
        "them. Among the public pages that were looked through stood the beginnings of three of the "
        "study's own texts, without codes; no sentence was taken from them.",
        "",
        "The fifth round read six sets of public texts that none of the others had read (the part "
        "`ninth`), among them reports of the House of Commons, speeches, letters of volunteers and "
        "articles of treaties; whole sets were coded at a stretch, more hastily than before.",
        "",
        *FIFTH,
        "",
        "On all 467 together version 4 reached .810 over ten frames at first sight (crime .92, "
        "humanitarian .87, cooperation .86, border .84, law .82, resources .81, deterrence .77, "
        "external .76, economic .73, pressure .72). Again one set hardly helped with the next. "
        "Version 5 takes those who speak in a text (“the Meeting noted”) and further names for no "
        "evidence and has an entry of plainer words for most frames. In the shipped study not one "
        "sentence has other frames than by version 4, so that its scores there are the same.",
        "",
    ]
    for part, standing in PARTS.items():
        chosen = own[own["part"] == part].reset_index(drop=True)
        lines += [f"## {part}: {len(chosen)} sentences", "", f"{standing}.", "",
                  *table(scored(chosen, frames)[0])]
    lines += [f"## All {len(own)} sentences", "", "As optimistic as the parts.", "",
              *table(scored(own, frames)[0])]
    (ROOT / "bench" / "frames.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
