"""Files of a person's choosing: all of them written or none, never one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.errors import OutputProblem


def refuse_existing(paths: Iterable[Path]) -> None:
    """Refuse paths at which something is already.

    Raises:
        OutputProblem: one line each.
    """
    faults = [
        f"{path.name}: is there already and is not overwritten, for it may hold somebody's work: "
        "move it, or name another with --out"
        for path in paths
        if path.exists() or path.is_symlink()
    ]
    if faults:
        raise OutputProblem(faults)


def write(files: Mapping[Path, bytes]) -> None:
    """Write files, all or none of them; never over one that is there.

    Args:
        files: path → content.

    Raises:
        OutputProblem: one of them is there, or cannot be written.
    """
    refuse_existing(files)
    written: list[Path] = []
    for path, data in files.items():
        try:
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
        except BaseException as error:
            for other in written:
                other.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise OutputProblem(
                f"{path.name}: cannot be written ({(error.strerror or 'impossible').lower()}); "
                "name another place with --out"
            ) from error
