"""Zip files that are the same bytes whenever and wherever they are made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

# The earliest time a zip can hold: no clock is read.
_TIME = (1980, 1, 1, 0, 0, 0)

# An ordinary file that its owner may write and all may read, as Unix writes it, on every system.
_UNIX, _MODE = 3, 0o100644 << 16


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, in order of their paths.

    Args:
        files: path with forward slashes → content.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The files of a zip, path → content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
