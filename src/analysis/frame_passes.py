"""Words and dictionary terms of very many sentences: in chunks, on all cores or on a cluster.

Two passes: which words there are at all, from which spelling variants follow, and where the terms
of a dictionary stand. Of more than `AT_ONCE` sentences each chunk's result is kept under the hash
of all that it depends on, so that a run can make it beforehand, with others' help, and the notebook
only reads. Results do not depend on the chunks or on who computes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis import fingerprint, store, tokens, workers
from analysis.corpus import analysed_kinds, parted
from analysis.dictionary import Dictionary, match
from analysis.packed import Lazy
from analysis.study import Study
from analysis.word_arrays import read_words

# Sentences of a chunk, some million words: what a process of half a gigabyte holds while it
# matches them. Of fewer than this nothing is kept.
AT_ONCE = 40_000

#: Columns of what is found: numbers of the sentences, term by term.
COLUMNS = ("row", "category", "term", "start", "end")


class Sentences:
    """Sentences in chunks, held as UTF-8; a line break counts as a space."""

    def __init__(self) -> None:
        self._full: list[tuple[bytes, list[bool]]] = []
        self._texts: list[str] = []
        self._read: list[bool] = []

    def add(self, texts: Sequence[str], read: Sequence[bool]) -> None:
        """More sentences, and whether the dictionary's terms are looked for in each."""
        self._texts += [text.replace("\n", " ") for text in texts]
        self._read += read
        while len(self._texts) >= AT_ONCE:
            self._close(AT_ONCE)

    def _close(self, size: int) -> None:
        packed = "\n".join(self._texts[:size]).encode("utf-8", "surrogatepass")
        self._full.append((packed, self._read[:size]))
        del self._texts[:size], self._read[:size]

    def chunks(self) -> Lazy:
        """(texts, read) of each chunk."""
        if self._texts:
            self._close(len(self._texts))

        def chunk(place: int) -> tuple[list[str], list[bool]]:
            packed, read = self._full[place]
            return packed.decode("utf-8", "surrogatepass").split("\n"), read

        return Lazy(len(self._full), chunk)


def types(texts: Sequence[str], read: Sequence[bool]) -> dict[str, list]:
    """The different words of some sentences, in lower case."""
    return {"types": read_words(texts).types}


def places(
    texts: Sequence[str], read: Sequence[bool], dictionary: Dictionary, variants: Mapping[str, str],
    nested: bool,
) -> dict[str, list]:
    """Where the terms of a dictionary stand in some sentences.

    Args:
        texts, read: the sentences, and whether each is looked at.
        dictionary, nested: as for `dictionary.match`.
        variants: spelling → as which word it is counted.

    Returns:
        The columns `COLUMNS`, in the order of `dictionary.match`.
    """
    looked_at = [text if own else "" for text, own in zip(texts, read, strict=True)]
    words = tokens.tokenise(pd.DataFrame({"sentence_id": "", "text": looked_at}))
    words = tokens.fold(words, pd.DataFrame({"variant": variants.keys(), "folded": variants.values()}))
    found = match(dictionary, words, nested=nested)
    return {name: found[name].tolist() for name in COLUMNS}


def found(
    sentences: Sentences, dictionary: Dictionary, *, fold: bool, nested: bool = False, jobs: int = 1,
    scheduler: str = "", on_chunk: Callable[[int, int], None] = lambda done, of: None,
) -> list[dict[str, list]]:
    """Both passes over all chunks.

    Args:
        sentences: where to look.
        dictionary: the terms.
        fold: count spelling variants as one word before matching.
        nested: as for `dictionary.match`.
        jobs: processes; 0 for one a core.
        scheduler: address of a Dask scheduler, or "".
        on_chunk: called with chunks done and chunks in all, of both passes.

    Returns:
        What `places` returns, chunk by chunk; rows are numbered from 0 in each.
    """
    chunks = sentences.chunks()
    how = {"jobs": jobs, "scheduler": scheduler}
    variants: dict[str, str] = {}
    passes = 1 + fold
    if fold:
        seen = dict.fromkeys(
            form for own in _kept(types, chunks, (), {}, **how, on_chunk=lambda done, of: on_chunk(
                done, passes * of)) for form in own["types"]
        )
        table = tokens.spelling_variants(pd.DataFrame({
            "sentence_id": "", "token": pd.Series(list(seen), dtype=object),
            "language": tokens.DEFAULT_LANGUAGE,
        }))
        variants = dict(zip(table["variant"], table["folded"], strict=True))
    about = {
        "variants": sorted(variants.items()), "nested": nested, "lists": dict(dictionary.lists),
        "names": dictionary.names, "categories": [
            [c.id, [[t.phrase, t.unless, t.only_with, t.without] for t in c.terms]]
            for c in dictionary.categories
        ],
    }
    return _kept(places, chunks, (dictionary, variants, nested), about, **how,
                 on_chunk=lambda done, of: on_chunk(fold * of + done, passes * of))


def prepare(
    study: Study,
    *,
    include_boilerplate: bool,
    include_headings: bool,
    fold_spelling: bool,
    scheduler: str = "",
    on_chunk: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Match the frames of very many statements beforehand, on all cores, as `framing.frame_matches` will.

    Args:
        study: the study; nothing is done without frames, or with few sentences.
        include_boilerplate, include_headings, fold_spelling: as for the notebooks.
        scheduler: address of a running Dask scheduler, or "".
        on_chunk: called with chunks done and chunks in all.
    """
    if study.frames is None:
        return
    kinds = analysed_kinds(boilerplate=include_boilerplate, headings=include_headings)
    speaks = {
        identifier: study.frames.speaks(language) for identifier, language in zip(
            study.statements["statement_id"], study.statements["language"], strict=True)
    }
    sentences = Sentences()
    for part in parted(study):
        columns = part["sentences"]
        own = [
            (text, speaks[statement]) for statement, kind, text in zip(
                columns["statement_id"], columns["kind"], columns["text"], strict=True)
            if kind in kinds
        ]
        sentences.add([text for text, _ in own], [read for _, read in own])
    if len(sentences.chunks()) > 1:
        found(sentences, study.frames, fold=fold_spelling, jobs=0, scheduler=scheduler,
              on_chunk=on_chunk)


def _kept(
    made: Callable[..., dict[str, list]], chunks: Lazy, given: tuple, about: Mapping[str, Any], *,
    jobs: int, scheduler: str, on_chunk: Callable[[int, int], None],
) -> list[dict[str, list]]:
    """A function of each chunk, from what is kept as far as it is there."""
    if len(chunks) < 2:
        return [made(*chunk, *given) for chunk in chunks]
    same = fingerprint.of({
        "name": made.__qualname__, "package": fingerprint.package(),
        "environment": fingerprint.environment(), "about": about,
    })
    keys = [
        fingerprint.of({"same": same, "texts": texts, "read": read}) for texts, read in chunks
    ]
    results: list[dict[str, list] | None] = []
    for key in keys:
        text = store.load(key)
        results.append(None if text is None else json.loads(text))
    todo = [place for place, result in enumerate(results) if result is None]
    done = len(keys) - len(todo)
    on_chunk(done, len(keys))
    tasks = Lazy(len(todo), lambda at: (*chunks[todo[at]], *given))
    for at, result in workers.done(made, tasks, jobs=jobs, scheduler=scheduler):
        store.keep(keys[todo[at]], json.dumps(result))
        results[todo[at]] = result
        done += 1
        on_chunk(done, len(keys))
    return results
