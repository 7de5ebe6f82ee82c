"""Which likeness tells best what was carried over? Writes bench/ledger.md.

    python bench/ledger.py

The study's 122 labelled units (ledger_labels.csv) judge calls that did not see their labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import corpus, ledger_model, matching, vectors
from analysis.corpus import Corpus
from analysis.matching import Matching, View

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "data" / "channel-2015-2024"
DEFAULT = "default: units, unit to passage, passages"

# Random foldings of the sections, and random halves of the labels: means move by about .01 from
# one hundred to the next.
REPEATS = 100

#: Variant → which of the three comparisons count.
SCALES = {
    "units only": (0,),
    "units and unit to passage": (0, 1),
    "units and passages": (0, 2),
    DEFAULT: (0, 1, 2),
}


def plain(texts: Corpus, counted: Matching) -> Matching:
    """Smooth idf, no synonyms, compounds whole: what the ledger compared before."""
    seen = vectors.views(texts.units, texts.study.statements)
    owner = [counted.keys[place] for place in counted.block_of]

    def view(counts: vectors.Counts, weights: np.ndarray) -> View:
        return View(counts.matrix, vectors.add_up(counts.matrix, owner)[0], weights)

    return replace(
        counted,
        terms=view(seen.terms, seen.weights),
        characters=view(seen.characters, seen.character_weights),
    )


def variants(texts: Corpus) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name → the units of the labelled pairs, compared so."""
    counted, scales = matching.prepare(texts), ledger_model._scales
    labelled = ledger_model.labels(texts)

    def compared(prepared: Matching, chosen: tuple[int, ...]) -> pd.DataFrame:
        ledger_model._scales = lambda made: [scales(made)[place] for place in chosen]
        units = pd.concat(
            [ledger_model.compare(texts, prepared, pair)
             for pair in ledger_model.labelled_pairs(labelled)], ignore_index=True,
        )
        ledger_model._scales = scales
        return units

    yield "units only, smooth idf, no synonyms (first version)", compared(
        plain(texts, counted), (0,))
    yield "default, smooth idf, no synonyms", compared(plain(texts, counted), (0, 1, 2))
    for name, chosen in SCALES.items():
        yield name, compared(counted, chosen)


def called(texts: Corpus, units: pd.DataFrame, labelled: pd.DataFrame,
           section: np.ndarray) -> pd.DataFrame:
    known = ledger_model._with_labels(units, labelled, section)
    return ledger_model._called(known.assign(calibrated=True))


def kappas(units: pd.DataFrame, truth: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Of likeness alone and with counterparts' labels, on these units."""
    calls = units.set_index("row").loc[rows]
    return tuple(ledger_model.kappa(truth, calls[name].to_numpy(bool))
                 for name in ("alone", "carried"))


def judged(texts: Corpus, units: pd.DataFrame) -> Mapping[str, tuple[float, ...]]:
    labelled, section = ledger_model.labels(texts), ledger_model.sections(texts)
    rows, truth = labelled["row"].to_numpy(), labelled["carried"].to_numpy()
    names = np.unique(section[rows])
    blocks = (texts.units["statement_id"] + ":" + texts.units["block"].astype(str)).to_numpy()[rows]
    folded, halved = [], []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        fold = dict(zip(rng.permutation(names), np.arange(len(names)) % 4))
        grouped = np.array([f"fold {fold[name]}" if name in fold else name for name in section],
                           dtype=object)
        folded.append(kappas(called(texts, units, labelled, grouped), truth, rows))
        order = rng.permutation(np.unique(blocks))
        given = np.isin(blocks, order[: len(order) // 2])
        seen = called(texts, units, labelled[given], section)
        halved.append(kappas(seen, truth[~given], rows[~given]))
    return {
        "sections": kappas(called(texts, units, labelled, section), truth, rows),
        "folds": tuple(np.mean(folded, axis=0)) + (min(one for one, _ in folded),),
        "halves": tuple(np.mean(halved, axis=0)),
    }


def markdown(results: Mapping[str, Mapping[str, tuple[float, ...]]]) -> str:
    lines = [
        "# Ways of finding what was carried over",
        "",
        "Made by `bench/ledger.py`: Cohen's kappa (carried over or not) of calls on the 122 "
        "labelled units, made without their labels. *By sections*: each section called from the "
        f"labels of all others, as on the page. *Four folds*: mean of {REPEATS} random partitions "
        "of the sections into four, and the lowest. *Half*: labels of a random half of the blocks "
        f"judge the calls that the other half allows, mean of {REPEATS} halvings.",
        "*Alone*: likeness alone; *with labels*: a unit that a label of the other statement names "
        "is carried over.",
        "",
        "**None of these figures is held out.** About 60 variants were tried while looking at "
        "them, others than these too: coverage of a unit's content words, a model of pairs, latent "
        "dimensions, likeness within the pair, correction for hubs, cuts of .35 to .5; none of "
        "those did better by more than .02. The three comparisons were kept because they have a "
        "reason of their own (a sentence of one text may be a paragraph of the other) and raise "
        "the mean figures in every column. A difference of .05 is noise: one unit is about .02.",
        "",
        "| likeness | by sections: alone | with labels | four folds: alone | lowest | with labels "
        "| half: alone | with labels |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in results.items():
        (alone, both), (fold, fold_both, low), half = (
            found[key] for key in ("sections", "folds", "halves"))
        numbers = (alone, both, fold, low, fold_both, *half)
        label = f"**{name}**" if name == DEFAULT else name
        lines.append(f"| {label} | " + " | ".join(f"{value:.2f}" for value in numbers) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    texts = corpus.load(str(STUDY))
    page = markdown({name: judged(texts, units) for name, units in variants(texts)})
    (ROOT / "bench" / "ledger.md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
