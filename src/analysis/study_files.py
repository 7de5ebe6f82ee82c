"""The files of a study folder: read inside it only, hashed, decoded; CSV tables as rows.

`study.py` uses this for its folder, `equivalence.py` for a file of judgements. Nothing here raises
for a file that is missing, unreadable or malformed: the fault is noted, so that all of them can be
told at once.
"""

import codecs
import csv
import hashlib
import io
import os
import re
import stat
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from analysis.errors import BadStudy, shown, some, suggest

# A book has 1 MB, a parliament's year about 50; beyond this it is no statement.
MAX_TEXT_BYTES = 100_000_000
# The last two break a line as a newline does.
CONTROL_PATTERN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def find_study(name_or_path: str) -> Path:
    """Which folder is meant by a study's name or path?

    The first of: the folder in the environment variable STUDY_PATH (a run sets it for its
    notebooks); the path itself; data/NAME in the working directory or a folder above it;
    data/NAME in the checkout that holds this package.

    Args:
        name_or_path: "channel-2015-2024", or a path to a study folder.

    Returns:
        The absolute path of a folder that holds a study.yaml, or of the folder named by
        STUDY_PATH or by the path itself, which load_study then explains.

    Raises:
        BadStudy: if there is no such folder.
    """
    given = os.environ.get("STUDY_PATH")
    if given:
        return _existing(Path(given), f"{shown(given)} (from STUDY_PATH)")
    itself = Path(name_or_path)
    candidates = [itself]
    parents = [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    if itself.name == name_or_path:
        candidates += [parent / "data" / name_or_path for parent in parents]
    for place in candidates:
        if os.path.isfile(place / "study.yaml"):
            return place.resolve()
    studies = [name for parent in parents for name in visible_names(parent / "data")]
    advice = suggest(name_or_path, studies) if studies else "give the folder's path"
    return _existing(itself, shown(name_or_path), advice)


def _existing(path: Path, named: str, advice: str = "give a study folder's path") -> Path:
    if not os.path.lexists(path):
        raise BadStudy(f"{named}: there is no such study; {advice}")
    return path.resolve()


class Folder:
    """The files of one study: read inside it only, and what is wrong with them.

    Args:
        path: the folder; if it is none, the one fault is noted at once.

    Attributes:
        root: the folder, absolute, links resolved.
        faults, warnings: one line each, in the order in which they were noted.
        files: path in the study → SHA-256 of its bytes, for every file that was read.
    """

    def __init__(self, path: Path) -> None:
        self.root = path
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.files: dict[str, str] = {}
        try:
            self.root = path.resolve()
            if not stat.S_ISDIR(self.root.stat().st_mode):
                self.fault(f"{shown(path)}: is a file, not a folder; give the study's folder")
            elif not os.access(self.root, os.R_OK | os.X_OK):
                self.fault(f"{shown(path)}: the folder is not yours to read; chmod u+rx may help")
        except FileNotFoundError:
            self.fault(f"{shown(path)}: there is no such study folder; check the path")
        except (OSError, RuntimeError, ValueError) as error:
            self.fault(f"{shown(path)}: the study folder cannot be read ({_reason(error)})")

    def fault(self, line: str) -> None:
        self.faults.append(line)

    def has(self, name: str) -> bool:
        return os.path.lexists(self.root / name)

    def read(self, name: str, place: str, *, limit: int = MAX_TEXT_BYTES) -> bytes | None:
        """Read a file of the study; None, and one fault at `place`, if that cannot be."""
        try:
            path = (self.root / name).resolve()
            problem = self._problem(path, limit)
            data = b"" if problem else path.read_bytes()
        except FileNotFoundError:
            problem = f"there is no such file; {self._nearest(name)}"
        except (OSError, RuntimeError, ValueError) as error:
            problem = f"cannot be read ({_reason(error)}); check the path and its permissions"
        if problem:
            self.fault(f"{place}: {problem}")
            return None
        self.files[PurePosixPath(name).as_posix()] = hashlib.sha256(data).hexdigest()
        return data

    def _problem(self, path: Path, limit: int) -> str:
        if not path.is_relative_to(self.root):
            return "leads out of the study folder; put a copy into it"
        info = path.stat()
        # A pipe or a device could be read for ever.
        if not stat.S_ISREG(info.st_mode):
            return "is not a file; name a text file"
        if info.st_size > limit:
            return f"has {info.st_size:,} bytes, more than {limit:,}; split it"
        return ""

    def decode(self, data: bytes, name: str) -> str | None:
        """Decode UTF-8, with or without a byte order mark; None, and one fault, if it is not."""
        encoding = _wide_encoding(data)
        if encoding:
            self.fault(
                f"{name}: is {encoding.upper()}, not UTF-8; convert it: "
                f"iconv -f {encoding} -t utf-8"
            )
            return None
        try:
            text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.fault(
                f"{name}, line {line}: not UTF-8: byte 0x{data[error.start]:02X} at offset "
                f"{error.start:,} (from 0); convert it, if it comes from Windows: "
                "iconv -f cp1252 -t utf-8"
            )
            return None
        if "\0" in text:
            start = data.index(b"\0")
            line = data.count(b"\n", 0, start) + 1
            self.fault(
                f"{name}, line {line}: NUL byte at offset {start:,} (from 0), so it is no "
                "plain text; save it as text (UTF-8)"
            )
            return None
        return text

    def _nearest(self, name: str) -> str:
        beside = PurePosixPath(name).parent
        names = [(beside / other).as_posix() for other in visible_names(self.root / beside)]
        return suggest(name, names) if names else "put it there, or correct the path"


def _reason(error: Exception) -> str:
    # Resolving a link to itself raises a RuntimeError before Python 3.13.
    if isinstance(error, RuntimeError):
        return "it links to itself"
    return str(getattr(error, "strerror", None) or "impossible path").lower()


def _wide_encoding(data: bytes) -> str:
    """Name UTF-16 or UTF-32 by its byte order mark, or UTF-16 by its zero bytes; else ""."""
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return encoding
    # Latin script in UTF-16 has a zero in nearly every second byte and in no other.
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if max(even, odd) * 4 > len(data) and min(even, odd) == 0:
        return "utf-16le" if odd else "utf-16be"
    return ""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file's rows, under the numbers a spreadsheet gives them.

    Attributes:
        rows: number, and column → cell; a row of the wrong length is filled up or cut.
        ragged: the numbers of these rows, which are not worth further faults.
    """

    rows: list[tuple[int, dict[str, str]]]
    ragged: set[int]


def read_table(
    folder: Folder, name: str, required: Collection[str], *, taken: Collection[str] = ()
) -> Table | None:
    """Read a CSV file; None, and its faults noted, if it is no table with these columns.

    Args:
        folder: takes the faults.
        name: the file's path in the study.
        required: columns that must be there.
        taken: columns that must not be there.
    """
    data = folder.read(name, name)
    text = None if data is None else folder.decode(data, name)
    if text is None:
        return None
    header = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if separator in header and "," not in header:
            folder.fault(f"{name}: is separated by {called}; save it separated by commas")
            return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    # Groups, issuers and genres stand in many rows; each is held once.
    once: dict[str, str] = {}
    try:
        records = [
            (number, [once.setdefault(cell, cell) for cell in map(_folded, cells)])
            for number, cells in enumerate(reader, 1)
        ]
    except csv.Error as error:
        folder.fault(
            f"{name}, line {reader.line_num}: not valid CSV ({error}); check the quotes: a cell "
            'with a comma, a quote or a line break stands in "…", quotes in it are doubled'
        )
        return None
    # A spreadsheet leaves rows of empty cells behind; there is nothing in them to lose.
    records = [(number, cells) for number, cells in records if any(cells)]
    if not records:
        folder.fault(f"{name}: is empty; write a header and one row each")
        return None
    (_, columns), *body = records
    if not _check_header(folder, name, columns, required, taken):
        return None
    rows, ragged = [], set()
    for number, cells in body:
        if len(cells) != len(columns):
            folder.fault(
                f"{name}, row {number}: has {len(cells)} cells, the header {len(columns)}; put "
                "cells that hold a comma in quotes, and write a comma for every empty cell"
            )
            ragged.add(number)
        row = dict.fromkeys(columns, "") | dict(zip(columns, cells))
        rows.append((number, row))
        for column, cell in row.items():
            control = CONTROL_PATTERN.search(cell)
            if control:
                folder.fault(
                    f"{name}, row {number}, column {column}: control character "
                    f"U+{ord(control[0]):04X}; remove it"
                )
    return Table(rows, ragged)


def _folded(cell: str) -> str:
    return " ".join(re.split(r"[ \t\r\n]+", cell)).strip()


def _check_header(
    folder: Folder,
    name: str,
    columns: list[str],
    required: Collection[str],
    taken: Collection[str],
) -> bool:
    before = len(folder.faults)
    for column in (column for column in required if column not in columns):
        folder.fault(f"{name}: no column {shown(column)}; add or rename one ({_listed(columns)})")
    for column, times in Counter(columns).items():
        if not column:
            folder.fault(f"{name}: {times} column(s) without a name; name or remove them")
        elif times > 1:
            folder.fault(f"{name}: {times} columns are called {shown(column)}; keep one")
        elif CONTROL_PATTERN.search(column):
            folder.fault(f"{name}: control character in column name {shown(column)}; remove it")
        elif column in taken:
            folder.fault(f"{name}: column {shown(column)} is made by the study; rename yours")
    return len(folder.faults) == before


def _listed(columns: list[str]) -> str:
    return f"found: {some([shown(column) for column in columns])}"


def visible_names(folder: Path) -> list[str]:
    """List what is in a folder, visible files only; nothing if it cannot be listed."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except (OSError, ValueError):
        return []


def path_problem(file: str) -> str:
    """Say what is wrong with a path as it is written, whatever system it was written on."""
    windows = PureWindowsPath(file)
    if not file:
        return "is empty; write the path of the text inside the study folder"
    if file.startswith("/") or windows.drive or windows.root:
        return "is absolute; write the path from the study folder, such as texts/a.txt"
    if ".." in windows.parts:
        return "leads out of the study folder; put a copy into it"
    if "\\" in file:
        return "has a backslash; write folders with '/'"
    return ""
