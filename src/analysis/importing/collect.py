"""Folders, files and zip files → files with their bytes; what is left out is named with its reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.errors import BadStudy, shown
from analysis.importing.reading import MAX_FILE_BYTES, Unreadable
from analysis.importing.zipped import Zip

# All files together stand in memory while a study is written.
MAX_TOTAL = 1_000_000_000
_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx", ".ds_store")


class Item(NamedTuple):
    """A file: how messages call it (its path inside what was given), its bytes."""

    name: str
    data: bytes


class Left(NamedTuple):
    """A file that does not become a document, and why (with what to do about it)."""

    name: str
    reason: str


def collect(paths: Sequence[Path]) -> tuple[list[Item], list[Left]]:
    """Which files are there to read?

    Args:
        paths: folders (read with their subfolders) and files, each once.

    Returns:
        Files in order of the paths and of their names; what could not be taken.

    Raises:
        BadStudy: a path does not exist, or there is more than fits.
    """
    faults = [
        f"{shown(path.name)}: there is no such file or folder; check the path"
        for path in paths if not os.path.lexists(path)
    ]
    if faults:
        raise BadStudy(faults)
    items: list[Item] = []
    left: list[Left] = []
    seen: dict[str, str] = {}
    total = 0
    for name, path in _files(paths, left):
        real = os.path.realpath(path)
        if real in seen:
            left.append(Left(name, f"is {shown(seen[real])} again; it was read once"))
            continue
        seen[real] = name
        try:
            found = list(_unpacked(name, _bytes(path), left))
        except Unreadable as error:
            left.append(Left(name, str(error)))
            continue
        items += found
        total += sum(len(item.data) for item in found)
        if total > MAX_TOTAL:
            raise BadStudy(
                f"{shown(name)}: with it, the files have more than {MAX_TOTAL:,} bytes; import "
                "them in parts (study new, then study add)"
            )
    return items, left


def _files(paths: Iterable[Path], left: list[Left]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if not path.is_dir():
            yield path.name, path
            continue
        for folder, folders, names in os.walk(path, onerror=_noted(path, left)):
            inside = Path(folder).relative_to(path)
            for name in sorted(folders):
                if _is_system(name):
                    folders.remove(name)
                elif os.path.islink(os.path.join(folder, name)):
                    left.append(Left((inside / name).as_posix(), "is a link to a folder, which is "
                                     "not followed; give the folder itself"))
            folders.sort()
            for name in sorted(names):
                shown_name = (inside / name).as_posix()
                if _is_system(name):
                    left.append(Left(shown_name, "is a hidden or temporary file of a program"))
                else:
                    yield shown_name, Path(folder) / name


def _noted(root: Path, left: list[Left]):
    def note(error: OSError) -> None:
        name = os.path.relpath(error.filename or root, root)
        left.append(Left(name, f"cannot be listed ({str(error.strerror).lower()})"))

    return note


def _is_system(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _SYSTEM


def _bytes(path: Path) -> bytes:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise Unreadable("is no file (a pipe or a device); give a file")
        if info.st_size > MAX_FILE_BYTES:
            raise Unreadable(f"has {info.st_size:,} bytes, more than {MAX_FILE_BYTES:,}; split it")
        return path.read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(getattr(error, "strerror", "") or "impossible path").lower()
        raise Unreadable(f"cannot be read ({reason}); check its permissions") from None


def _unpacked(name: str, data: bytes, left: list[Left]) -> Iterator[Item]:
    """A file, or the members of a zip file."""
    if not name.lower().endswith(".zip"):
        yield Item(name, data)
        return
    file = Zip(data)
    if not file.names():
        raise Unreadable("is an empty zip file; pack the documents again")
    for member in file.names():
        inner = f"{name}/{member}"
        problem = file.problem(member)
        if problem:
            left.append(Left(inner, problem))
        elif any(map(_is_system, member.split("/"))):
            left.append(Left(inner, "is a hidden or temporary file of a program"))
        elif member.lower().endswith(".zip"):
            left.append(Left(inner, "is a zip file inside a zip file; unpack it first"))
        else:
            try:
                yield Item(inner, file.read(member))
            except Unreadable as error:
                left.append(Left(inner, str(error)))
