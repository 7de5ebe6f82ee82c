"""Very many texts in little memory, and lists whose items are made when they are asked for."""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload


# Texts of more bytes than this lie in a file without a name, which ends with the process.
IN_MEMORY = 2**26


class Texts(Mapping[str, str]):
    """Id → text, held as UTF-8: a curly quote would else double the bytes of its whole text.

    Up to `IN_MEMORY` bytes in memory, more in a passing file.

    >>> Texts({"a": "‘Stop the boats’"})["a"]
    '‘Stop the boats’'
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        # Of a text in memory its bytes, of one in the file its start and length.
        self._held: dict[str, bytes | tuple[int, int]] = {}
        self._size, self._file = 0, None
        if isinstance(texts, Texts):
            self._held |= texts._held
            self._size, self._file = texts._size, texts._file
        else:
            for name, text in texts.items():
                self.add(name, text)

    def add(self, name: str, text: str) -> None:
        """Hold another text."""
        data = text.encode("utf-8", "surrogatepass")
        self._size += len(data)
        self._held[name] = data
        if self._file is not None:
            self._held[name] = self._file.append(data)
        elif self._size > IN_MEMORY:
            self._file = _File()
            for own, bytes_ in self._held.items():
                self._held[own] = self._file.append(bytes_)

    def only(self, names: Sequence[str]) -> Texts:
        """Those of these ids, in this order."""
        found = Texts({})
        found._held = {name: self._held[name] for name in names}
        found._size = sum(len(own) for own in found._held.values() if isinstance(own, bytes))
        found._file = self._file
        return found

    def __getitem__(self, name: str) -> str:
        held = self._held[name]
        data = held if isinstance(held, bytes) else self._file.read(*held)
        return data.decode("utf-8", "surrogatepass")

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __reduce__(self) -> tuple:
        # A copy for another process has no part in the file.
        return Texts, (dict(self),)


class _File:
    """A file without a name that only grows; several holders may read it and add to it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()
        self._lock = threading.Lock()

    def append(self, data: bytes) -> tuple[int, int]:
        with self._lock:
            start = self._file.seek(0, os.SEEK_END)
            self._file.write(data)
            self._file.flush()
        return start, len(data)

    def read(self, start: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            # A place of its own: forked processes share that of the file.
            return os.pread(self._file.fileno(), length, start)
        with self._lock:
            self._file.seek(start)
            return self._file.read(length)


def release() -> None:
    """Give the system back what was freed, where the C library would keep it (GNU's does)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


class Lazy(Sequence[Any]):
    """Items that are made anew whenever they are asked for.

    >>> Lazy(4, lambda place: place * place)[1:3]
    [1, 4]
    """

    def __init__(self, length: int, item: Callable[[int], Any]) -> None:
        self._length, self._item = length, item

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place):
        places = range(self._length)[place]
        return [self._item(p) for p in places] if isinstance(place, slice) else self._item(places)
