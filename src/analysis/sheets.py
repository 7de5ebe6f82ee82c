"""Files that people fill in: named, and never written over one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.errors import BadParameter, OutputProblem, shown

_NAME = re.compile(r"\w(?:[\w .-]{0,38}[\w.])?")


def coder_faults(coder: str) -> list[str]:
    """What is wrong with the name of a coder or reader: one line, or none."""
    if _NAME.fullmatch(coder):
        return []
    return [
        f"--coder {shown(coder)}: write a name of at most 40 letters, digits, spaces, dots or "
        "hyphens"
    ]


def check_coder(coder: str) -> None:
    """Refuse what is no name of a coder or reader.

    Raises:
        BadParameter: the name, and what one may hold.
    """
    if faults := coder_faults(coder):
        raise BadParameter(faults)


def file_name(kind: str, coder: str) -> str:
    """A sheet's name, if none is given.

    >>> file_name("topicsheet", "Anna B.")
    'topicsheet-anna-b.csv'
    """
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', coder.lower()).strip('-') or 'coder'}.csv"


def refuse_existing(paths: Iterable[Path]) -> None:
    """Refuse paths at which something is already.

    Raises:
        OutputProblem: one line each.
    """
    faults = [
        f"{path.name}: is there already; it may hold answers, so it is not overwritten: move it, "
        "or name another with --out"
        for path in paths
        if path.exists() or path.is_symlink()
    ]
    if faults:
        raise OutputProblem(faults)


def write(files: Mapping[Path, bytes], *, shared: Mapping[Path, bytes] | None = None) -> None:
    """Write files, all or none of them; never over one that is there.

    Args:
        files: path → content.
        shared: the same for files that other sheets have too; one that is there must hold this.

    Raises:
        OutputProblem: one of them is there, or cannot be written.
    """
    refuse_existing(files)
    new, faults = dict(files), []
    for path, data in (shared or {}).items():
        if not path.exists() and not path.is_symlink():
            new[path] = data
        elif not path.is_file() or path.read_bytes() != data:
            faults.append(
                f"{path.name}: is there already and is the key of other items (another study or "
                "seed, or topics that have changed); move it, or name another with --key"
            )
    if faults:
        raise OutputProblem(faults)
    written: list[Path] = []
    for path, data in new.items():
        try:
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
        except OSError as error:
            for other in written:
                other.unlink(missing_ok=True)
            raise OutputProblem(
                f"{path.name}: cannot be written ({(error.strerror or 'impossible').lower()}); "
                "name another place with --out"
            ) from error
