"""How fast are twenty topics fitted to 50,000 documents by NMF, and to 5,000 by LDA?

    python bench/speed_topics.py [--prose FOLDER]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import timing
from scipy import sparse
from timing import Way

from analysis import tokens, topic_blocks, topic_model, vectors

DOCUMENTS, DOCUMENTS_LDA, WORDS, TOPICS = 50_000, 5_000, 100, 20
# Rarer stems are in no topic's top words, and would only make matrices larger on all sides.
LEAST_DOCUMENTS = 10


def blocks_of(texts: list[str]) -> topic_blocks.Blocks:
    """Documents of `WORDS` words as counts of stems."""
    words = [text.split() for text in texts]
    own = [" ".join(w[i:i + WORDS]) for w in words for i in range(0, len(w), WORDS)][:DOCUMENTS]
    table = pd.DataFrame({"sentence_id": [str(i) for i in range(len(own))], "text": own})
    found = tokens.tokenise(table)
    found = found[~found["token"].isin(vectors.stop_words("en"))]
    counted = vectors.count(tokens.stem(found, ["en"] * len(found)), rows=len(own))
    many = np.bincount(counted.matrix.indices, minlength=len(counted.types)) >= LEAST_DOCUMENTS
    return topic_blocks.from_counts(
        counted.matrix[:, np.flatnonzero(many)], [f"s{i}" for i in range(len(own))],
        words=counted.types[many],
    )


def ours(blocks: topic_blocks.Blocks, kind: str):
    part = blocks.part
    return lambda: topic_model.solve(part, TOPICS, kind=kind)


def sklearns(name: str, matrix: sparse.csr_array, **options):
    from sklearn import decomposition

    model = getattr(decomposition, name)(n_components=TOPICS, random_state=0, **options)
    return lambda: model.fit_transform(matrix)


def gensims(blocks: topic_blocks.Blocks):
    from gensim.matutils import Sparse2Corpus
    from gensim.models import LdaModel

    bags = list(Sparse2Corpus(sparse.csr_matrix(blocks.counts), documents_columns=False))
    names = dict(enumerate(blocks.words.tolist()))
    return lambda: LdaModel(bags, TOPICS, names, random_state=0, passes=5)


def tomotopys(blocks: topic_blocks.Blocks):
    import tomotopy

    def run() -> None:
        model = tomotopy.LDAModel(k=TOPICS, seed=1)
        for words in blocks.documents:
            model.add_doc(words)
        model.train(200, workers=1)

    return run


def main() -> None:
    given = timing.arguments(__doc__)
    for which, texts in timing.inputs(given.prose, megabytes=35).items():
        blocks = blocks_of(texts)
        matrix = topic_blocks.tfidf(blocks.counts, blocks.idf)
        how = {"rounds": min(given.rounds, 3), "again": given.again}
        timing.compare(
            f"NMF, {TOPICS} topics of {matrix.shape[0]:,} documents", which, matrix.shape[0], "",
            {
                "ours": Way(lambda blocks=blocks: ours(blocks, "nmf")),
                "NMF": Way(lambda m=matrix: sklearns("NMF", m, init="nndsvda")),
                "MiniBatchNMF": Way(lambda m=matrix: sklearns("MiniBatchNMF", m, init="nndsvda")),
                "floor: twenty products": Way(lambda m=matrix: lambda: [
                    m @ np.ones((m.shape[1], TOPICS)) for _ in range(20)]),
            },
            **how,
        )
        counts = blocks.counts[:DOCUMENTS_LDA]
        few = topic_blocks.from_counts(
            counts, [f"s{i}" for i in range(counts.shape[0])], words=blocks.words)
        timing.compare(
            f"LDA, {TOPICS} topics of {counts.shape[0]:,} documents", which, counts.shape[0], "",
            {
                "ours": Way(lambda few=few: ours(few, "lda")),
                "LatentDirichletAllocation": Way(lambda few=few: sklearns(
                    "LatentDirichletAllocation", few.counts)),
                "gensim's LdaModel, 5 passes": Way(lambda few=few: gensims(few), needs="gensim"),
                "tomotopy's LDAModel, 200 sweeps": Way(lambda few=few: tomotopys(few),
                                                       needs="tomotopy"),
            },
            **how,
        )


if __name__ == "__main__":
    main()
