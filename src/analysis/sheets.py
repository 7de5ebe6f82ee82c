"""Files that people fill in: named, and never written over one another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from analysis import new_files
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


def write(files: Mapping[Path, bytes], *, shared: Mapping[Path, bytes]) -> None:
    """Write sheets and what they share, all or none; never over one that is there.

    Args:
        files: path → content.
        shared: the same for files that other sheets have too; one that is there must hold this.

    Raises:
        OutputProblem: one of them is there, or cannot be written.
    """
    new_files.refuse_existing(files)
    new, faults = dict(files), []
    for path, data in shared.items():
        if not path.exists() and not path.is_symlink():
            new[path] = data
        elif not path.is_file() or path.read_bytes() != data:
            faults.append(
                f"{path.name}: is there already and is the key of other items (another study or "
                "seed, or topics that have changed); move it, or name another with --key"
            )
    if faults:
        raise OutputProblem(faults)
    new_files.write(new)
