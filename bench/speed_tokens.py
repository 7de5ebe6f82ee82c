"""How fast are words counted, their offsets kept?

    python bench/speed_tokens.py [--prose FOLDER]

Same words on both sides: scikit-learn's CountVectorizer is given our pattern.
"""

from __future__ import annotations

import pandas as pd
import timing
from timing import Way

from analysis import tokens, vectors


def ours(texts: list[str]):
    table = pd.DataFrame({"sentence_id": [str(i) for i in range(len(texts))], "text": texts})
    return lambda: vectors.count(tokens.tokenise(table), rows=len(texts)).matrix.sum()


def peers(texts: list[str], pattern: str | None):
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer() if pattern is None else CountVectorizer(token_pattern=pattern)
    return lambda: counter.fit_transform(texts).sum()


def gensims(texts: list[str]):
    from gensim.corpora import Dictionary
    from gensim.utils import simple_preprocess

    def run() -> None:
        dictionary = Dictionary()
        for text in texts:
            dictionary.doc2bow(simple_preprocess(text), allow_update=True)

    return run


def floor(texts: list[str]):
    return lambda: sum(len(tokens.WORD.findall(text)) for text in texts)


def main() -> None:
    given = timing.arguments(__doc__)
    for which, whole in timing.inputs(given.prose, megabytes=12).items():
        texts = [part for text in whole for part in text.split("\n\n")]
        timing.compare(
            "tokenise and count, offsets kept", which, sum(map(len, texts)) / 1e6, "MB",
            {
                "ours": Way(lambda texts=texts: ours(texts)),
                "CountVectorizer, same words": Way(
                    lambda texts=texts: peers(texts, tokens.WORD.pattern)),
                "CountVectorizer, its own words": Way(lambda texts=texts: peers(texts, None)),
                "gensim's Dictionary": Way(lambda texts=texts: gensims(texts), needs="gensim"),
                "floor: the pattern alone": Way(lambda texts=texts: floor(texts)),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
