"""`study copy`: a study → one's own version of it."""

from __future__ import annotations

import os
from pathlib import Path

from analysis.errors import OutputProblem, shown
from analysis.importing.create import refuse_taken, write_folder
from analysis.study import load_study


def copy(study: Path, folder: Path) -> int:
    """Write all files of a study to a new folder; byte for byte, never over anything.

    Hidden files and links are left behind.

    Args:
        study: a sound study folder.
        folder: the copy; must not exist, or be empty.

    Returns:
        How many files were copied.

    Raises:
        BadStudy: the study is at fault.
        OutputProblem: the folder is there already, is inside the study, or cannot be written.
    """
    loaded = load_study(study)
    refuse_taken(folder)
    if folder.resolve().is_relative_to(loaded.path):
        raise OutputProblem(f"{shown(folder)}: is inside the study itself; name a folder elsewhere")
    files: dict[str, bytes] = {}
    for parent, folders, names in os.walk(loaded.path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            try:
                files[path.relative_to(loaded.path).as_posix()] = path.read_bytes()
            except OSError as error:
                raise OutputProblem(
                    f"{shown(path.name)}: cannot be read ({str(error.strerror).lower()}); nothing "
                    "was copied"
                ) from None
    write_folder(folder, files)
    return len(files)
