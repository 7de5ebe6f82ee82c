"""Statements → their blocks and sentences as columns; of many statements in chunks that are kept.

A chunk is kept under the hash of its own texts and of the package, so that an interrupted run goes
on where it stopped, six notebooks read what one of them parted, and a statement that is added
costs its own chunk alone. Results do not depend on the chunks or on who computes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from analysis import fingerprint, segment, store, workers
from analysis.packed import Lazy
from analysis.word_arrays import count_words

# Below this, parting the texts takes less than a second and nothing is kept.
KEPT_FROM = 500

# Statements of a chunk: two or three seconds of work, 5 MB of what is kept.
CHUNK = 2_000

#: Columns of a block and of a sentence, as `part` returns them.
BLOCK = ("block", "kind", "reason", "enumerator", "depth", "parent", "head", "start", "end",
         "words", "text", "gaps")
SENTENCE = ("block", "sentence", "kind", "start", "end", "words", "text")

Columns = dict[str, dict[str, list]]


def part(statements: Sequence[tuple[str, str, str]]) -> Columns:
    """The blocks and sentences of statements, JSON values alone.

    Args:
        statements: id, text and language of each.

    Returns:
        `blocks` and `sentences`: column → values, `statement_id` and those of `BLOCK` and
        `SENTENCE`, in order of the source.
    """
    blocks: dict[str, list] = {name: [] for name in ("statement_id", *BLOCK)}
    sentences: dict[str, list] = {name: [] for name in ("statement_id", *SENTENCE)}
    for identifier, text, language in statements:
        hyphenated = segment.hyphenated_words(text)
        for block in segment.blocks(text, language=language):
            content = segment.read(text, block, hyphenated=hyphenated)
            _append(blocks, (
                identifier, block.number, block.kind, block.reason, block.enumerator,
                block.depth, block.parent, block.head, block.start, block.end, 0, content,
                [list(gap) for gap in block.gaps],
            ))
            whole = (block.start, block.end)
            for number, span in enumerate(
                segment.sentences(text, block, language=language), start=1
            ):
                sentence = content if span == whole else segment.read(
                    text, block, *span, hyphenated=hyphenated
                )
                _append(sentences, (
                    identifier, block.number, number, block.kind, *span, 0, sentence,
                ))
    for table in (blocks, sentences):
        table["words"] = count_words(table["text"]).tolist()
    return {"blocks": blocks, "sentences": sentences}


def _append(columns: dict[str, list], values: tuple) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)


def parted(
    statements: Sequence[tuple[str, str, str]],
    *,
    jobs: int = 0,
    scheduler: str = "",
    chunk: int = CHUNK,
) -> Iterator[Columns]:
    """`part` of all statements, chunk by chunk in order; from `KEPT_FROM` on each chunk is kept.

    Args:
        statements: id, text and language of each.
        jobs: processes; 0 for one a core.
        scheduler: address of a Dask scheduler, or "".
        chunk: statements of a chunk.
    """
    if len(statements) < KEPT_FROM:
        yield part(statements)
        return
    keys, fresh = prepare(statements, jobs=jobs, scheduler=scheduler, chunk=chunk)
    chunks = _chunks(statements, chunk)
    for place, key in enumerate(keys):
        text = None if place in fresh else store.load(key)
        # Whoever cleared the cache meanwhile, or broke a copy, costs its work again.
        yield fresh.pop(place, None) or (
            part(chunks[place]) if text is None else json.loads(text)
        )


def prepare(
    statements: Sequence[tuple[str, str, str]],
    *,
    jobs: int = 0,
    scheduler: str = "",
    chunk: int = CHUNK,
    on_chunk: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[list[str], dict[int, Columns]]:
    """Part the chunks that are not kept yet, and keep them.

    Args:
        statements, jobs, scheduler, chunk: as for `parted`.
        on_chunk: called with chunks done and chunks in all.

    Returns:
        The chunks' keys, and number → columns of those that could not be kept.
    """
    chunks = _chunks(statements, chunk)
    keys = [_key(own) for own in chunks]
    todo = [place for place, key in enumerate(keys) if not store.has(key)]
    done = len(chunks) - len(todo)
    on_chunk(done, len(chunks))
    fresh: dict[int, Columns] = {}
    tasks = Lazy(len(todo), lambda at: (chunks[todo[at]],))
    for at, columns in workers.done(part, tasks, jobs=jobs, scheduler=scheduler):
        place = todo[at]
        if not store.keep(keys[place], json.dumps(columns)):
            fresh[place] = columns
        done += 1
        on_chunk(done, len(chunks))
    return keys, fresh


def _chunks(statements: Sequence[tuple[str, str, str]], size: int) -> Lazy:
    """The statements, so many at a time."""
    return Lazy(
        -(-len(statements) // size), lambda place: statements[place * size:(place + 1) * size]
    )


def _key(statements: Sequence[tuple[str, str, str]]) -> str:
    return fingerprint.of({
        "name": "analysis.segments", "package": fingerprint.package(),
        "environment": fingerprint.environment(), "statements": statements,
    })
