"""Does this copy compute what it should? Other packages' values, and planted truths.

For a copy that somebody installed: no test suite is needed, nothing is read but the package's own
files, and the one study that is written is in a temporary folder.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

_VALUES = Path(__file__).with_name("self_test.json")

# Sums in another order differ in the last digits.
_ROUNDING = 1e-9

# quanteda.textstats adds an epsilon to every cell of G².
_EPSILON = 2e-5

# The planted topics are drawn, and found from forty blocks.
_TOPIC_SHORTFALL = 0.1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was computed and is known.

    Attributes:
        what: what was computed.
        known_from: who says what it should be.
        worst: the largest difference from that.
        allowed: how large it may be.
    """

    what: str
    known_from: str
    worst: float
    allowed: float

    @property
    def passed(self) -> bool:
        return bool(self.worst <= self.allowed)

    def line(self) -> str:
        """One line for a person."""
        word = "ok    " if self.passed else "FAILED"
        return (f"{word} {self.what} ({self.known_from}): off by {self.worst:.2g}, allowed "
                f"{self.allowed:.2g}")


def checks() -> Iterator[Check]:
    """All checks, one after the other."""
    values = json.loads(_VALUES.read_text("utf-8"))
    for peer in (_keyness, _likeness, _krippendorff, _coherence):
        yield from peer(values)
    for planted in (_terms, _commitments, _reuse, _topics, _study):
        yield planted()


def _worst(found: object, expected: object) -> float:
    """The largest difference; infinite where one is undefined and the other not."""
    a, b = (np.asarray(side, dtype=float) for side in (found, expected))
    gap = np.where(np.isnan(a) & np.isnan(b), 0.0, np.abs(a - b))
    return float(np.nan_to_num(gap, nan=np.inf).max())


def _keyness(values: dict) -> Iterator[Check]:
    from analysis import contingency

    a, b = (np.array(values[side], dtype=float) for side in ("first", "second"))
    cells = (a, b, a.sum(), b.sum())
    count = f"{len(a)} words"
    yield Check(f"G² of {count}", "quanteda.textstats",
                _worst(contingency.log_likelihood(*cells), values["g2"]), _EPSILON)
    yield Check(f"χ² of {count}", "quanteda.textstats",
                _worst(contingency.chi_squared(*cells), values["chi2"]), _ROUNDING)
    yield Check(f"weighted log-odds of {count}", "ConvoKit",
                _worst(contingency.log_odds(*cells, prior=0.01)[1], values["log_odds_z"]),
                _ROUNDING)


def _likeness(values: dict) -> Iterator[Check]:
    from analysis import likeness, vectors

    counts = sparse.csr_array(np.array([values["first"], values["second"]], dtype=float))
    known = values["likeness"]
    for what, peer, found, expected in (
        ("cosine of counts", "SciPy", vectors.cosines(counts, counts)[0, 1],
         known["count cosine"]),
        ("Jaccard similarity", "quanteda.textstats", likeness.jaccard(counts)[0, 1],
         known["boolean jaccard"]),
        ("Jensen–Shannon distance", "SciPy", 1 - likeness.jensen_shannon(counts)[0, 1],
         known["prop jensenshannon_distance_base_2"]),
    ):
        yield Check(f"{what} of two statements", peer, _worst(found, expected), _ROUNDING)


def _krippendorff(values: dict) -> Iterator[Check]:
    from analysis import agreement

    known = values["krippendorff"]
    codes = np.array(known["data"], dtype=float)
    for level, expected in known["alpha"].items():
        yield Check(f"{level} alpha", "Krippendorff 2011, by the package krippendorff",
                    _worst(agreement.alpha(codes, level=level), expected), _ROUNDING)


def _coherence(values: dict) -> Iterator[Check]:
    from analysis.coherence import coherence

    known = values["coherence"]
    documents, topics = ([text.split() for text in known[name]] for name in ("documents", "topics"))
    for measure, expected in known["values"].items():
        window = None if measure == "u_mass" else known["window"]
        found = coherence(topics, documents, measure=measure, window=window)
        yield Check(f"{measure} of {len(topics)} topics", "gensim", _worst(found, expected),
                    _ROUNDING)


# ------------------------------------------------------------------ planted truths

_SENTENCE = "They will dismantle the networks’ boats, not the network of rail links."


def _terms() -> Check:
    """Terms of a dictionary are found at their characters, and excluded ones are not."""
    import pandas as pd

    from analysis import dictionary, tokens

    words = dictionary.parse(
        {"version": "1", "citation": "planted", "language": "en", "frames": {
            "crime": {"label": "Crime", "terms": [
                {"match": "network*", "unless": "network of rail"}, "dismantl*"]}}},
        file="self-test",
    )
    units = pd.DataFrame({"sentence_id": ["s"], "text": [_SENTENCE]})
    found = dictionary.match(words, tokens.tokenise(units))
    here = set(zip(found["start"], found["end"], strict=True))
    truth = {(_SENTENCE.index(word), _SENTENCE.index(word) + len(word))
             for word in ("dismantle", "networks")}
    return Check("places of planted terms", "known", float(len(here ^ truth)), 0)


_BINDING = {
    "We will open a joint centre in Calais.": 3,
    "The ministers intend to strengthen their cooperation.": 2,
    "The meeting took place in Brussels.": 0,
}


def _commitments() -> Check:
    """Sentences whose strength of commitment nobody would dispute."""
    from analysis.commitment_rules import default, judge

    rules = default()
    found = [judge(rules, text).level for text in _BINDING]
    return Check("commitment of planted sentences", "known", _worst(found, list(_BINDING.values())),
                 0)


def _reuse() -> Check:
    """A passage copied from one text of random words into another is found, word for word."""
    from analysis import alignment

    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 500, 400), rng.integers(0, 500, 400)
    second[200:230] = first[50:80]
    found = alignment.passages(
        np.concatenate([first, second]), np.repeat([0, 1], 400), min_run=5
    )
    places = {(int(a), int(b) - 400) for passage in found for a, b in passage.places}
    truth = {(50 + n, 200 + n) for n in range(30)}
    return Check("words of a planted passage", "known", float(len(places ^ truth)), 0)


def _topics() -> Check:
    """Three planted topics are found again."""
    from analysis import topic_blocks, topic_model

    rng = np.random.default_rng(1)
    truth = rng.dirichlet(np.full(120, 0.05), 3)
    mixture = rng.dirichlet(np.full(3, 0.1), 40)
    counts = np.array([rng.multinomial(60, share @ truth) for share in mixture], dtype=float)
    known = np.flatnonzero((counts > 0).sum(axis=0) >= 2)
    blocks = topic_blocks.from_counts(counts[:, known], np.sort(np.resize(list("abcd"), 40)))
    found = topic_model.matched(truth[:, known], topic_model.fit(blocks, n_topics=3).words)
    return Check("planted topics (1 − cosine)", "known", float(1 - found.min()), _TOPIC_SHORTFALL)


_FILLER = "ministers officials parties points weeks papers notes tables letters drafts".split()
_SHARES = {"a": 0.6, "b": 0.5, "c": 0.1, "d": 0.0}
_BLOCKS = 40


def _study() -> Check:
    """A study with a planted difference of shares, from its files to its finding's estimate."""
    from analysis import findings, multiverse
    from analysis.study import load_study

    with tempfile.TemporaryDirectory(prefix="study-self-test-") as folder:
        root = Path(folder)
        _write(root)
        study = load_study(root)
        made = multiverse.settings(seed=1, n_boot=200, n_boot_variants=100)
        found = findings.estimates(study, made.bench(study))["planted"]
    expected = (0.6 + 0.5) / 2 - (0.1 + 0.0) / 2
    return Check("planted difference of a study's shares", "known",
                 _worst([part.value for part in found.parts], expected), _ROUNDING)


def _write(root: Path) -> None:
    rng = np.random.default_rng(1)
    (root / "texts").mkdir()
    with (root / "statements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "file", "title", "date", "format", "genre", "language"])
        for place, (name, share) in enumerate(_SHARES.items()):
            writer.writerow([name, f"texts/{name}.txt", f"Statement {name}", f"20{15 + place}-01-01",
                             "bilateral" if name in "ab" else "multilateral", "statement", "en"])
            blocks = []
            for block in range(_BLOCKS):
                words = list(rng.choice(_FILLER, size=10))
                words[4] = "deterring" if block < round(share * _BLOCKS) else words[4]
                blocks.append(f"The {' '.join(words)}.")
            (root / "texts" / f"{name}.txt").write_text("\n\n".join(blocks) + "\n", "utf-8")
    (root / "frames.yaml").write_text(
        'version: "1"\ncitation: planted\nlanguage: en\n'
        "frames:\n  deterrence: {label: Deterrence, terms: [deter*]}\n", "utf-8",
    )
    finding = {
        "id": "planted", "claim": "It is framed more in bilateral statements.",
        "estimand": "frame_difference",
        "arguments": {"frame": "deterrence", "more_in": "two", "than_in": "five"},
        "smallest_effect": 0.05, "rationale": "planted", "declared": "before_texts",
    }
    (root / "study.yaml").write_text(
        "title: Planted\nquestion: Is it found?\ngroups:\n"
        "  two: {label: Two, where: {format: bilateral}}\n"
        "  five: {label: Five, where: {format: multilateral}}\n"
        f"findings:\n- {json.dumps(finding)}\n", "utf-8",
    )
