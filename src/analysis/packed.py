"""Very many texts in little memory, and lists whose items are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload


class Texts(Mapping[str, str]):
    """Id → text, held as UTF-8: a curly quote would else double the bytes of its whole text.

    >>> Texts({"a": "‘Stop the boats’"})["a"]
    '‘Stop the boats’'
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._held = texts._held.copy() if isinstance(texts, Texts) else {}
        if not isinstance(texts, Texts):
            for name, text in texts.items():
                self.add(name, text)

    def add(self, name: str, text: str) -> None:
        """Hold another text."""
        self._held[name] = text.encode("utf-8", "surrogatepass")

    def only(self, names: Sequence[str]) -> Texts:
        """Those of these ids, in this order."""
        found = Texts({})
        found._held = {name: self._held[name] for name in names}
        return found

    def __getitem__(self, name: str) -> str:
        return self._held[name].decode("utf-8", "surrogatepass")

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


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
