"""How fast are the ten nearest of 5,000 texts found, each compared with all?

    python bench/speed_cosine.py [--prose FOLDER]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import timing
from timing import Way

from analysis import cosine_search, tokens, vectors

TEXTS, WORDS, NEAREST = 5_000, 300, 10


def of_equal_length(texts: list[str]) -> list[str]:
    """Texts cut into pieces of `WORDS` words."""
    words = [text.split() for text in texts]
    return [" ".join(own[i:i + WORDS]) for own in words for i in range(0, len(own), WORDS)][:TEXTS]


def weighted(texts: list[str]):
    table = pd.DataFrame({"sentence_id": [str(i) for i in range(len(texts))], "text": texts})
    found = tokens.tokenise(table)
    found = tokens.stem(found, ["en"] * len(found))
    found = found[~found["token"].isin(vectors.stop_words("en"))]
    matrix = vectors.count(found, rows=len(texts)).matrix
    weights = vectors.idf(matrix, baseline_rows=np.ones(len(texts), dtype=bool))
    return vectors.unit_length(vectors.weigh(matrix, weights))


def peers(unit):
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=NEAREST + 1, metric="cosine", algorithm="brute")
    return lambda: search.fit(unit).kneighbors(unit)


def main() -> None:
    given = timing.arguments(__doc__)
    for which, texts in timing.inputs(given.prose, megabytes=14).items():
        unit = weighted(of_equal_length(texts))
        own = np.arange(unit.shape[0])
        timing.compare(
            f"{NEAREST} nearest of {unit.shape[0]:,} texts", which, unit.shape[0], "",
            {
                "ours": Way(lambda unit=unit, own=own: lambda: cosine_search.nearest(
                    unit, own, NEAREST)),
                "NearestNeighbors": Way(lambda unit=unit: peers(unit)),
                "floor: all products": Way(lambda unit=unit: lambda: (unit @ unit.T).nnz),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
