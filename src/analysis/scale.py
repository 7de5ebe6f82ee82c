"""Many statements: read group by group, or a sample of them, by a stated threshold.

Up to `MOST_STATEMENTS` statements nothing here changes anything. Beyond, a page cannot show a row a
statement, and methods made for reading closely cannot take all of them. So there are two further
forms of one corpus, with the same sentences under the same ids:

    by_group    one "text" a group (and genre and language) whose blocks are its statements: every
                question module then counts groups and redraws documents, not paragraphs
    sample      some statements of each group and year, whole: for what is read pair by pair
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.corpus import Corpus
from analysis.inference import generator
from analysis.packed import Texts
from analysis.study import Study
from analysis.study_yaml import Contrast, Group

# What a page can show a row each and compare pair by pair (1,770 pairs): figures end at 40 rows.
MOST_STATEMENTS = 60

# Groups that a page can show; with more, those with the fewest statements are taken together.
MOST_GROUPS = 12

# Statements on which findings are judged in all analyses. Of eight groups fifty each: an interval
# of a share is then a few points wide, and costs rise no more.
JUDGED = 400

# Statements from which topics are learnt, by mini-batches from a thousand on: planted topics of
# 5,000 documents were found again with cosines above .99 (docs/topics.md).
LEARNT = 5_000

# Statements in which names, words and commitments are read (some six million words), so that memory
# and time rise no more. Frames are counted in all.
READ = 20_000

# METHODS: from so many statements a group on, statements are redrawn; a sample keeps them.
LEAST_OF_GROUP = 20

# Ids of pools that no group of study.yaml names.
NO_GROUP, OTHERS = "no-group", "other-groups"


def many(study: Study) -> bool:
    """Has the study too many statements to show each?"""
    return len(study.statements) > MOST_STATEMENTS


def by_group(corpus: Corpus) -> Corpus:
    """The corpus with one text a group, its statements as blocks; itself if there are few.

    A redrawn block is then a redrawn statement (METHODS: documents are redrawn where groups have
    many), and what a table says of a "statement" it says of a group. Units keep their order and
    ids, so that whatever was found in the corpus's units stands at the same rows here. Sides of
    declared contrasts that are whole groups stay; other contrasts are left out (`by_sides` has
    them).
    """
    if not many(corpus.study):
        return corpus
    return _pooled(corpus, _pools(corpus.study))


def by_sides(corpus: Corpus, contrast: Contrast) -> Corpus:
    """The statements of one declared contrast with one text a side, its statements as blocks."""
    side = {i: "a" for i in contrast.a} | {i: "b" for i in contrast.b}
    facts = corpus.study.statements
    own = facts["statement_id"].map(side)
    pools = pd.DataFrame({"pool": own.fillna("").to_numpy(),
                          "label": own.map({"a": contrast.a_label, "b": contrast.b_label})
                          .fillna("").to_numpy(), "group": ""}, index=facts["statement_id"])
    pooled = _pooled(corpus, pools)
    contrasts = (dataclasses.replace(contrast, a=("a",), b=("b",)),)
    return dataclasses.replace(
        pooled, study=dataclasses.replace(pooled.study, contrasts=contrasts)
    )


def _pools(study: Study) -> pd.DataFrame:
    """Indexed by statement: id and label of its pool, and the group that the pool is."""
    facts = study.statements
    language = facts["language"].str.partition("-")[0].str.lower()
    sizes = facts["group"].value_counts()
    large = set(sizes.index[:MOST_GROUPS])
    group = facts["group"].where(facts["group"].isin(large), OTHERS)
    names = {"": "in no group", OTHERS: "other groups"} | {
        id: group.label for id, group in study.groups.items()
    }
    pool = group.replace("", NO_GROUP)
    label = group.map(names)
    if language.nunique() > 1:
        pool, label = pool + "." + language, label + " (" + language + ")"
    if facts["genre"].nunique() > 1:
        apart = facts["genre"].groupby(pool).transform("nunique") > 1
        pool = pool.where(~apart, pool + "." + facts["genre"])
        label = label.where(~apart, label + ", " + facts["genre"])
    return pd.DataFrame(
        {"pool": pool.to_numpy(), "label": label.to_numpy(),
         "group": group.where(group != OTHERS, "").to_numpy()},
        index=facts["statement_id"],
    )


def _pooled(corpus: Corpus, pools: pd.DataFrame) -> Corpus:
    """The corpus with each pool as one statement and each statement as one block of it."""
    facts = corpus.study.statements
    kept = pools[pools["pool"] != ""]
    of, declared = kept["pool"], list(corpus.study.groups)
    one = kept.drop_duplicates("pool")
    # In the order of study.yaml, what is in no group last.
    one = one.iloc[np.argsort([
        declared.index(group) if group in declared else len(declared) for group in one["group"]
    ], kind="stable")]
    order = one["pool"].tolist()
    statements = facts.set_index("statement_id").loc[one.index].reset_index().assign(
        statement_id=order, title=one["label"].to_numpy(), issuer=one["label"].to_numpy(),
        group=one["group"].to_numpy(), date="",
    )[list(facts)]
    groups = {
        id: Group(id, group.label, own)
        for id, group in corpus.study.groups.items()
        if (own := tuple(statements.loc[statements["group"] == id, "statement_id"]))
    }
    whole = {frozenset(group.statements): id for id, group in corpus.study.groups.items()
             if id in groups}
    contrasts = tuple(
        dataclasses.replace(c, a=groups[a].statements, b=groups[b].statements)
        for c in corpus.study.contrasts
        if (a := whole.get(frozenset(c.a))) and (b := whole.get(frozenset(c.b)))
    )
    study = dataclasses.replace(
        corpus.study, statements=statements, groups=groups, contrasts=contrasts
    )
    number = kept.groupby("pool", sort=False).cumcount() + 1
    return Corpus(
        study=study,
        blocks=_documents(corpus.blocks, of, number),
        sentences=_moved(corpus.sentences, of, number, dict(zip(order, statements["group"]))),
    )


def _documents(blocks: pd.DataFrame, of: pd.Series, number: pd.Series) -> pd.DataFrame:
    """One row a statement, as a block of its pool."""
    blocks = blocks[blocks["statement_id"].isin(of.index)]
    own = blocks.assign(words=blocks["words"].where(blocks["analysed"], 0))
    words = own.groupby("statement_id", sort=False)["words"].sum()
    read = own.groupby("statement_id", sort=False)["analysed"].any()
    return pd.DataFrame(
        {
            "statement_id": of[words.index].to_numpy(), "block": number[words.index].to_numpy(),
            "kind": "paragraph", "analysed": read.to_numpy(), "reason": "", "enumerator": "",
            "depth": 0, "parent": pd.array([pd.NA] * len(words), dtype="Int64"), "head": False,
            "start": 0, "end": 0, "words": words.to_numpy(), "text": "",
            "gaps": [()] * len(words),
        }
    )


def _moved(
    sentences: pd.DataFrame, of: pd.Series, number: pd.Series, group: dict[str, str]
) -> pd.DataFrame:
    """The sentences as those of their pool; their ids and order stay."""
    own = sentences[sentences["statement_id"].isin(of.index)]
    pool = own["statement_id"].map(of)
    block = own["statement_id"].map(number)
    return own.assign(
        statement_id=pool, block=block, group=pool.map(group),
        sentence=own.groupby("statement_id").cumcount() + 1,
    )


def sampled(study: Study, *, seed: int, most: int = MOST_STATEMENTS) -> Study:
    """The study with so many statements: of each group, and in it of each year, the same share.

    Of a small group at least `LEAST_OF_GROUP`, if it has them. Statements that study.yaml names one
    by one (in a finding, or as a side of a few) and those with coded sentences are kept, even
    where they alone are more. The study itself if it has no more.

    Args:
        study: a valid study.
        seed: of the draw.
        most: statements to keep.
    """
    facts = study.statements
    if len(facts) <= most:
        return study
    first = facts["statement_id"].isin(_named(study)).to_numpy()
    group, groups = pd.factorize(facts["group"])
    sizes = np.bincount(group)
    least = np.minimum(np.minimum(LEAST_OF_GROUP, sizes), most // len(groups))
    quotas = _quotas(sizes, np.maximum(least, np.bincount(group[first], minlength=len(sizes))), most)
    rng = generator(seed, "sample of statements")
    chosen = [np.flatnonzero(first)]
    order = np.lexsort((rng.permutation(len(facts)), facts["date"].str[:4].to_numpy()))
    for number, quota in enumerate(quotas):
        own = order[(group[order] == number) & ~first[order]]
        drawn = quota - int(first[group == number].sum())
        # Evenly spaced through the years, from a random start.
        places = (np.arange(drawn) + rng.random()) * len(own) / max(drawn, 1)
        chosen.append(own[places.astype(int)])
    return restricted(study, set(facts["statement_id"].to_numpy()[np.concatenate(chosen)]))


def _quotas(sizes: np.ndarray, least: np.ndarray, most: int) -> np.ndarray:
    """(groups,) how many of each: the same share of all, at least `least`, in all `most`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        low, high = (share, high) if np.maximum(share * sizes, least).sum() < most else (low, share)
    exact = np.maximum(low * sizes, least)
    quotas = np.floor(exact + 1e-9).astype(int)
    for place in np.argsort(quotas - exact, kind="stable")[:max(0, most - int(quotas.sum()))]:
        quotas[place] += quotas[place] < sizes[place]
    return quotas


def _named(study: Study) -> set[str]:
    """Statements that study.yaml names one by one, and those with coded sentences or labels."""
    ids, found = set(study.statements["statement_id"]), set()

    def look(value: object) -> None:
        if isinstance(value, str):
            found.update({value} & ids)
        elif isinstance(value, dict):
            for part in value.values():
                look(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                look(part)

    look(study.findings)
    whole = {group.statements for group in study.groups.values()}
    look([side for c in study.contrasts for side in (c.a, c.b) if side not in whole])
    for table in (study.coded, study.ledger_labels):
        if table is not None:
            found.update(table["statement_id"])
    return found


def restricted(study: Study, ids: set[str]) -> Study:
    """The study with these statements alone; sides that lose all of theirs go with them."""

    def own(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in ids)

    facts = study.statements
    coded, labels = (
        None if table is None else table[table["statement_id"].isin(ids)].reset_index(drop=True)
        for table in (study.coded, study.ledger_labels)
    )
    return dataclasses.replace(
        study,
        statements=facts[facts["statement_id"].isin(ids)].reset_index(drop=True),
        texts=Texts(study.texts).only([name for name in study.texts if name in ids]),
        groups={id: dataclasses.replace(group, statements=chosen)
                for id, group in study.groups.items() if (chosen := own(group.statements))},
        contrasts=tuple(
            dataclasses.replace(c, a=own(c.a), b=own(c.b))
            for c in study.contrasts if own(c.a) and own(c.b)
        ),
        coded=coded, ledger_labels=labels,
    )


def sample(corpus: Corpus, *, seed: int, most: int = MOST_STATEMENTS) -> Corpus:
    """The corpus of `sampled`'s statements; itself if it has no more."""
    study = sampled(corpus.study, seed=seed, most=most)
    return corpus if study is corpus.study else part(corpus, study.statements["statement_id"])


def part(corpus: Corpus, ids: Iterable[str]) -> Corpus:
    """The corpus of these statements alone."""
    ids = set(ids)
    return Corpus(
        study=restricted(corpus.study, ids),
        blocks=corpus.blocks[corpus.blocks["statement_id"].isin(ids)].reset_index(drop=True),
        sentences=corpus.sentences[corpus.sentences["statement_id"].isin(ids)]
        .reset_index(drop=True),
    )


def few(corpus: Corpus) -> list[str]:
    """What a part for many statements says where they are few: one sentence; else nothing."""
    if many(corpus.study):
        return []
    return [
        f"Left out here: each statement is shown above, and this part is for studies of more than "
        f"{MOST_STATEMENTS}."
    ]


def notice(corpus: Corpus, what: str, *, sampled: Corpus | None = None) -> list[str]:
    """What a page does because the statements are many: one sentence; nothing if they are few.

    Args:
        corpus: all statements.
        what: what stands for a group, or rests on the sample; the sentence's subject.
        sampled: the sample, if it is one that `what` rests on.
    """
    number = len(corpus.study.statements)
    if not many(corpus.study) or sampled is corpus:
        return []
    if sampled is None:
        return [
            f"{number:,} statements, more than {MOST_STATEMENTS}: {what} stands for a group of "
            "them, its blocks are its statements, and an interval redraws these."
        ]
    return [
        f"Of {number:,} statements {what} rest on a sample of {len(sampled.study.statements):,}, "
        "drawn at random of each group and year in proportion; those that study.yaml names come "
        "first."
    ]


def pool_of(corpus: Corpus, shown: Corpus) -> dict[str, str]:
    """Id of each statement → id of the text that it is in `shown`, which is the corpus or its
    `by_group`."""
    if shown is corpus:
        return {identifier: identifier for identifier in corpus.labels}
    first = ~corpus.sentences["statement_id"].duplicated().to_numpy()
    return dict(zip(
        corpus.sentences["statement_id"][first], shown.sentences["statement_id"][first],
        strict=True,
    ))


def rows(table: pd.DataFrame, corpus: Corpus, part: Corpus) -> pd.DataFrame:
    """The rows of a table about the corpus's units that are about units of a part of it.

    Args:
        table: has `row`, the unit's place in `corpus.units`.
        corpus: all statements.
        part: some of its statements, such as `sample` or `by_sides` gives.

    Returns:
        The same columns, `row` the place in `part.units`.
    """
    if part is corpus:
        return table
    kept = corpus.units["sentence_id"].isin(part.units["sentence_id"]).to_numpy()
    place = np.cumsum(kept) - 1
    own = table[kept[table["row"].to_numpy(dtype=int)]]
    return own.assign(row=place[own["row"].to_numpy(dtype=int)]).reset_index(drop=True)


def moved(table: pd.DataFrame, corpus: Corpus, shown: Corpus) -> pd.DataFrame:
    """A table about statements and their blocks, told of the groups and their statements.

    Args:
        table: has `statement_id`, and may have `block`.
        corpus: all statements.
        shown: `by_group` of it.
    """
    if shown is corpus:
        return table
    first = ~corpus.sentences["statement_id"].duplicated().to_numpy()
    number = dict(zip(
        corpus.sentences["statement_id"][first], shown.sentences["block"][first], strict=True
    ))
    block = {"block": table["statement_id"].map(number)} if "block" in table else {}
    return table.assign(statement_id=table["statement_id"].map(pool_of(corpus, shown)), **block)
