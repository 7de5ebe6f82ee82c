"""Parquet files: their columns and rows, whoever wrote them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

_MAGIC, _FOOTER = b"PAR1", 12


class NotParquet(ValueError):
    """The bytes are no sound Parquet file; the message says why."""


def columns(data: bytes) -> list[str]:
    """Names of the columns, in order.

    Raises:
        NotParquet: the bytes are none.
    """
    return list(_guarded(lambda: _open(data).schema.names))


def rows(data: bytes, names: Sequence[str]) -> Iterator[tuple]:
    """The cells of these columns, row by row, as Python values.

    Raises:
        NotParquet: a part of the file cannot be read.
    """
    place = {name: number for number, name in enumerate(columns(data))}
    reader = _open(data)
    while (batch := _guarded(lambda: next(reader, None))) is not None:
        yield from zip(*(
            _guarded(lambda name=name: [v.as_py() for v in batch.column(place[name])])
            for name in names
        ), strict=True)


def _open(data: bytes):
    from arro3.io import read_parquet

    # The reader trusts the length that the file's end states.
    stated = int.from_bytes(data[-8:-4], "little")
    if not (data[:4] == data[-4:] == _MAGIC and stated + _FOOTER <= len(data)):
        raise NotParquet("it is none, or cut off")
    return _guarded(lambda: read_parquet(io.BytesIO(data)))


def _guarded(made):
    try:
        return made()
    except (NotParquet, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # the reader's panics are no Exception
        raise NotParquet(" ".join(str(error).split())[:80]) from None
