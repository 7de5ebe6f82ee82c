"""Members of a zip file, bounded: how many, how large, how much larger than packed, where to."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from analysis.errors import shown
from analysis.importing.reading import MAX_FILE_BYTES, Unreadable

# A zip of 10,000 press releases is one; a million members are an attack or an accident.
MAX_MEMBERS = 20_000
# All members together, unpacked: a parliament's decade; it stands in memory one at a time.
MAX_TOTAL = 1_000_000_000
# Text packs 3 to 10 times, tables of numbers 20; bombs 1,000.
MAX_RATIO = 200
# Smaller members may pack well by chance: a megabyte of blanks harms nobody.
_FREE_BYTES = 1_000_000


class Zip:
    """An opened zip file.

    Raises:
        Unreadable: it is none, is encrypted, has too many members, or unpacks beyond the limits.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
            members = self._file.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable(f"is no sound zip file ({_said(error)}); pack it again") from None
        if len(members) > MAX_MEMBERS:
            raise Unreadable(
                f"holds {len(members):,} files, more than {MAX_MEMBERS:,}; split it"
            )
        total = sum(member.file_size for member in members)
        if total > MAX_TOTAL:
            raise Unreadable(f"unpacks to {total:,} bytes, more than {MAX_TOTAL:,}; split it")
        # Not `is_dir`, which fails where a name is empty.
        files = [member for member in members if not member.filename.endswith("/")]
        self._members = {member.filename: member for member in files}
        if len(self._members) < len(files):
            names = [member.filename for member in files]
            twice = next(name for name in names if names.count(name) > 1)
            raise Unreadable(f"holds several files called {shown(twice)}; pack it again")

    def names(self) -> list[str]:
        """The members' names, in order of the alphabet."""
        return sorted(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def problem(self, name: str) -> str:
        """Why a member is not to be unpacked; "" if it is."""
        member = self._members[name]
        if not name:
            return "has no name; pack it again"
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith(("/", "\\")) or ":" in (parts or ("",))[0]:
            return "leads out of the zip file by its name; rename it"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "is a link; pack the file itself"
        if member.flag_bits & 1:
            return "is encrypted; unpack it with its password first"
        if member.file_size > MAX_FILE_BYTES:
            return f"has {member.file_size:,} bytes, more than {MAX_FILE_BYTES:,}; split it"
        if member.file_size > max(_FREE_BYTES, MAX_RATIO * member.compress_size):
            return f"unpacks to more than {MAX_RATIO} times its size, as a zip bomb does; unpack it by hand"
        return ""

    def read(self, name: str) -> bytes:
        """A member's bytes.

        Raises:
            Unreadable: it is not to be unpacked (`problem`), or is damaged.
        """
        problem = self.problem(name)
        if problem:
            raise Unreadable(f"{shown(name)} in it {problem}")
        try:
            with self._file.open(self._members[name]) as stream:
                # The recorded size may lie.
                data = stream.read(self._members[name].file_size + 1)
        except (
            zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, ValueError, EOFError,
            NotImplementedError, RuntimeError,
        ) as error:
            raise Unreadable(f"{shown(name)} in it is damaged ({_said(error)})") from None
        if len(data) != self._members[name].file_size:
            raise Unreadable(f"{shown(name)} in it is not as long as recorded; pack it again")
        return data


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:80].lower() or type(error).__name__
