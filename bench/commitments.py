"""How well do the rules for commitments do on sentences coded for the purpose?

    python bench/commitments.py            prints the table of commitments.md
    python bench/commitments.py --misses   lists the sentences of the tuned part that are misread

`development_commitments.csv` holds sentences of other issuers' statements (short quotations, with
their source) and sentences made up in their style, coded under the codebook before the rules were
tried on them. The rules were mended on the misses of the part `tuned`; the misses of `scored` were
not looked at.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from analysis import commitment_rules
from analysis.commitment_rules import head_of, judge

HERE = Path(__file__).parent


def alpha(pairs: list[tuple[int, int]]) -> float:
    """Krippendorff's alpha for two coders and ordinal codes.

    δ²(c, k) = (Σ n from c to k − (n_c + n_k) / 2)². Krippendorff, K. (2011), Computing
    Krippendorff's Alpha-Reliability, section E.
    """
    together = np.zeros((4, 4))
    for a, b in pairs:
        together[a, b] += 1
        together[b, a] += 1
    n = together.sum(axis=0)
    delta = np.zeros((4, 4))
    for c in range(4):
        for k in range(c + 1, 4):
            delta[c, k] = delta[k, c] = (n[c:k + 1].sum() - (n[c] + n[k]) / 2) ** 2
    return float(1 - (n.sum() - 1) * (together * delta).sum() / (np.outer(n, n) * delta).sum())


def main() -> None:
    rules = commitment_rules.default()
    with (HERE / "development_commitments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        # A sentence that ends in a colon heads a list, which the page finds by its layout.
        heads = row["text"].rstrip().endswith(":")
        head = head_of(rules, row["head"], genre=row["genre"]) if row["head"] else None
        found = judge(rules, row["text"], genre=row["genre"], head=head)
        row["found"] = 0 if heads else found.level
        row["rule"] = found.cue.rule.id if found.cue else ""
    if "--misses" in sys.argv:
        for row in rows:
            if row["part"] == "tuned" and int(row["level"]) != row["found"]:
                print(row["level"], row["found"], row["rule"], "|", row["head"], "|", row["text"])
        return
    print("| part | sentences | right | alpha (ordinal) |\n|---|---:|---:|---:|")
    for part in ("tuned", "scored"):
        pairs = [(int(row["level"]), row["found"]) for row in rows if row["part"] == part]
        right = sum(a == b for a, b in pairs)
        print(f"| {part} | {len(pairs)} | {right} | {alpha(pairs):.2f} |")


if __name__ == "__main__":
    main()
