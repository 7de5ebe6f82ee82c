"""Where the shipped notebooks are, in a checkout or in an installation."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import StudyError

_PACKAGE = Path(__file__).resolve().parent


def notebooks_dir() -> Path:
    """The folder of the numbered notebooks: beside `src/` in a checkout, inside the wheel else."""
    for folder in (_PACKAGE.parent.parent / "notebooks", _PACKAGE / "_notebooks"):
        if folder.is_dir():
            return folder
    raise StudyError(
        "the notebooks are missing: neither a checkout's notebooks/ nor the installed package "
        "has them; install the package again"
    )


def package_dir() -> Path:
    """The folder of the package itself: its code is part of what a page was made from."""
    return _PACKAGE


def checkout_dir() -> Path | None:
    """The checkout that the package stands in; None in an installation."""
    folder = _PACKAGE.parent.parent
    return folder if (folder / "pyproject.toml").is_file() else None


def lock_file() -> Path | None:
    """The checkout's requirements.lock; None in an installation, which carries no lock."""
    path = _PACKAGE.parent.parent / "requirements.lock"
    return path if path.is_file() else None
