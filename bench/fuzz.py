"""Does any input, however broken, get more than one clear error out of a parser?

    python bench/fuzz.py                          12 minutes of one core, every parser as long
    python bench/fuzz.py --minutes 1 --only pdf   a look at one
    python bench/fuzz.py --engine atheris         guided by coverage, if atheris is installed

Inputs are valid files with bytes flipped, parts cut, repeated, exchanged, and nasty pieces put in;
of zipped formats the files inside are changed. A parser may refuse with one of the package's own
errors. Anything else is a fault, as is an input that takes longer than `PATIENCE` seconds: its
bytes are kept in bench/fuzz_found/. Seeded: the same seed tries the same inputs.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import io
import os
import pkgutil
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "data" / "channel-2015-2024"
FOUND = ROOT / "bench" / "fuzz_found"

# Seconds that one input may take: the largest ones here take a tenth of one.
PATIENCE = 20

# No input is longer: time grows with the length, and faults do not hide in it.
LONGEST = 60_000

#: Pieces that have broken programs before.
NASTY = tuple(piece.encode("utf-8", "surrogatepass") for piece in (
    "\x00", "\ud800", "\ufeff", "\u202e", "\u200b", "\u0130", "ß", "\r", "\r\n", "\t", "'", '"', "\\",
    "{{7*7}}", "{%x%}", "{0.__class__}", "%s%n", "=1+1", "<script>", "]]>", "<!--", "&#0;", "&x;",
    "<!ENTITY a 'b'>", "!!python/object:os.system", "&a [*a, *a]", "*a", "- - - -", ": :", "? ", "|",
    "[" * 300, "{" * 300, "(" * 300, "<b>" * 300, "../" * 9, "/etc/passwd", "9" * 400, "1e999", "-0",
    "nan", "2024-02-30", "0000-00-00", "a" * 5000, "é" * 2000, "e\u0301" * 500, ".\n" * 500, "\n" * 900,
    "\x85", "\u2028", "~9", "@list", "* *", "**?", "unless", ";", ",,,,", '"' * 99, "\x1b[31m",
))


@dataclass(frozen=True)
class Target:
    """A parser: valid inputs, and what reads one.

    Attributes:
        seeds: gives valid inputs.
        read: reads an input; a folder is there for what it writes.
    """

    seeds: Callable[[], list[bytes]]
    read: Callable[[bytes, Path], None]


# ---------------------------------------------------------------- the parsers


def _text(data: bytes, folder: Path) -> None:
    from analysis import segment

    text = data.decode("utf-8", "replace")
    begun = 0
    for block in segment.blocks(text):
        assert begun <= block.start < block.end <= len(text), "blocks in order, within the text"
        begun = block.start
        last = block.start
        for start, stop in segment.sentences(text, block):
            assert last <= start < stop <= block.end, "sentences in order, within their block"
            last = stop
            segment.read(text, block, start, stop)


def _study(name: str) -> Target:
    def read(data: bytes, folder: Path) -> None:
        from analysis import declarations
        from analysis.study import load_study

        for path in SHIPPED.rglob("*"):
            if path.is_file():
                (folder / path.relative_to(SHIPPED)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / path.relative_to(SHIPPED))
        (folder / name).write_bytes(data)
        declarations.check(load_study(folder))

    return Target(lambda: [(SHIPPED / name).read_bytes()], read)


def _dictionary(kind: str) -> Target:
    valid = {
        "dic": b"%\n1\tfunct\n2\taffect\n%\nborder*\t1\nhelp\t1 2\n(police) of\t2\n",
        "dicx": b"DicTerm,funct,affect\nborder*,X,\nhelp,X,X\n",
        "quanteda": b"crime:\n  smuggling: ['smuggl*', 'traffick*']\n  law: [police, 'court of']\n",
    }[kind]

    def read(data: bytes, folder: Path) -> None:
        from analysis import dictionary_files
        from analysis.errors import BadStudy
        from analysis.safe_yaml import YamlFile

        text = data.decode("utf-8", "replace")
        if kind != "quanteda":
            getattr(dictionary_files, f"from_{kind}")(text, file="d")
            return
        file = YamlFile(text, "d")
        if file.faults:
            raise BadStudy(file.faults)
        if isinstance(file.value, dict):
            dictionary_files.from_yaml(file.value, file="d")

    return Target(lambda: [valid], read)


def _imported(suffix: str, metadata: str = "") -> Target:
    def read(data: bytes, folder: Path) -> None:
        from analysis import cli

        given = folder / "in"
        given.mkdir()
        (given / "other.txt").write_text("The ministers met in Calais and agreed to work.\n" * 9)
        command = ["new", str(folder / "out"), "--from", str(given)]
        if metadata:
            (folder / f"m{suffix}").write_bytes(data)
            command += ["--metadata", str(folder / f"m{suffix}")]
        else:
            (given / f"a{suffix}").write_bytes(data)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            cli.main(command)

    return Target(lambda: _documents(suffix, metadata), read)


def _documents(suffix: str, metadata: str) -> list[bytes]:
    words = "The ministers met in Calais. They agreed on 14 November 2022 to invest €72.2m: police.\n"
    if metadata:
        rows = "file,title,date,group\nother.txt,Other words,2022-11-14,red\n"
        return [rows.encode(), rows.replace(",", ";").encode("cp1252")]
    html = (f"<html><head><title>Words</title></head><body><nav>Home</nav><h1>A</h1><p>{words}</p>"
            f"<ul><li>one</li><li>{words}</li></ul></body></html>")
    if suffix == ".pdf":
        return [_pdf(words)]
    simple = {
        ".txt": words * 5, ".md": f"---\ntitle: A\n---\n# A\n\n{words}\n- one\n- two\n", ".html": html,
        ".rtf": r"{\rtf1\ansi\deff0 {\fonttbl{\f0 Arial;}}\f0 " + words + r"\par \'e9\u8364? two\par}",
        ".csv": f'id,text,date\n1,"{words.strip()}",2022-11-14\n2,"More, of it",2024-03-04\n',
        ".tsv": f"id\ttext\n1\t{words.strip()}\n2\tmore of it\n",
        ".jsonl": '{"id": "1", "text": "%s"}\n{"id": "2", "text": "more"}\n' % words.strip(),
    }
    if suffix in simple:
        return [simple[suffix].encode()]
    office = "http://schemas.openxmlformats.org"
    inside = {
        ".docx": {"word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main">'
                  f"<w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body></w:document>"},
        ".odt": {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml":
                 '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:'
                 '1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
                 f"<office:text><text:p>{words}</text:p></office:text></office:body>"
                 "</office:document-content>"},
        ".zip": {"a/one.txt": words, "b/two.html": html},
    }[suffix]
    return [_zipped({name: text.encode() for name, text in inside.items()})]


def _pdf(words: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 700 Td ({words.encode('ascii', 'ignore').decode().strip()}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources "
        "<< /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return (f"{out}xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\n"
            f"startxref\n{len(out)}\n%%EOF\n").encode()


def _parameters(data: bytes, folder: Path) -> None:
    from analysis.report import parameters

    name, value = parameters.read_assignment(data.decode("utf-8", "replace"))
    for path in _declared():
        for parameter in path.values():
            with contextlib.suppress(parameters.BadParameter):
                parameters.checked(parameter, value, where="-p")
    assert name.strip(), "a parameter has a name"


@cache
def _declared() -> list[dict]:
    from analysis import places
    from analysis.report import parameters

    return [parameters.declared(path) for path in sorted(places.notebooks_dir().glob("4_*.ipynb"))]


def _parameter_file(data: bytes, folder: Path) -> None:
    from analysis.report import grid, parameters

    path = folder / "p.yaml"
    path.write_bytes(data)
    with contextlib.suppress(parameters.BadParameter):
        parameters.read_file(path)
    grid.read(path)


@cache
def _corpus():
    from analysis import corpus
    from analysis.study import load_study

    return corpus.build(load_study(SHIPPED))


def _coding(data: bytes, folder: Path) -> None:
    from analysis import coding

    path = folder / "sheet.csv"
    path.write_bytes(data)
    coding.read([path, SHIPPED / "coded_sentences.csv"], _corpus())


def _first_lines(path: Path, number: int) -> bytes:
    return b"".join(path.read_bytes().splitlines(keepends=True)[:number])


TARGETS: dict[str, Target] = {
    "text": Target(lambda: [p.read_bytes() for p in sorted((SHIPPED / "texts").glob("*.txt"))], _text),
    **{name: _study(name) for name in (
        "study.yaml", "frames.yaml", "commitments.yaml", "statements.csv", "coded_sentences.csv",
        "ledger_labels.csv", "equivalent_passages.csv")},
    "dic": _dictionary("dic"), "dicx": _dictionary("dicx"), "quanteda": _dictionary("quanteda"),
    **{suffix[1:]: _imported(suffix) for suffix in (
        ".txt", ".md", ".html", ".pdf", ".docx", ".odt", ".rtf", ".csv", ".tsv", ".jsonl", ".zip")},
    "coding sheet": Target(lambda: [_first_lines(SHIPPED / "coded_sentences.csv", 12)], _coding),
    "metadata": _imported(".csv", "sheet"),
    "parameters": Target(lambda: [b"n_boot=500", b"kwic=border*; help", b"contrast=A: x; B: y"],
                         _parameters),
    "parameter file": Target(lambda: [b"n_boot: [200, 300]\nseed: [1, 2]\nkwic: ['a', 'b']\n"],
                             _parameter_file),
}


# ---------------------------------------------------------------- inputs


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return stream.getvalue()


def mutated(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """An input near a valid one; of a zip, mostly of the files inside."""
    if data[:2] == b"PK" and rng.random() < 0.8:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            inside = {name: file.read(name) for name in file.namelist()}
        name = rng.choice(list(inside))
        inside[name] = _changed(inside[name], others, rng)
        return _zipped(inside)
    return _changed(data, others, rng)


def _changed(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 8, 40, 400)))
        kind = rng.randrange(7)
        if kind == 0 and data:
            place = min(start, len(data) - 1)
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[start:end]
        elif kind == 2:
            data[start:start] = data[start:end] * rng.choice((1, 2, 30))
        elif kind == 3:
            other = rng.choice(others)
            place = rng.randrange(len(other) + 1)
            data[start:end] = other[place:place + end - start]
        elif kind == 4:
            del data[start:]
        elif kind == 5:
            lines = bytes(data).splitlines(keepends=True)
            rng.shuffle(lines)
            data = bytearray(b"".join(lines))
        else:
            data[start:start] = rng.choice(NASTY)
    return bytes(data[:LONGEST])


def inputs(target: Target, seed: int) -> Iterator[bytes]:
    """The valid inputs, then endless ones near them."""
    valid = target.seeds()
    yield from valid
    rng = random.Random(seed)
    while True:
        yield mutated(rng.choice(valid), valid, rng)


# ---------------------------------------------------------------- trying them


class _TooLong(BaseException):
    """An input took longer than it may."""


def _late(*_: object) -> None:
    raise _TooLong


def fault(target: Target, data: bytes) -> str:
    """What a parser does wrong with an input; "" if it reads it or refuses it in good order."""
    from analysis.errors import StudyError

    folder = Path(tempfile.mkdtemp())
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(PATIENCE)
    try:
        target.read(data, folder / "")
    except StudyError as error:
        if not all(line.strip() for line in error.faults) or not error.faults:
            return "an error without a message"
    except _TooLong:
        return f"longer than {PATIENCE} s"
    except SystemExit as left:
        return "" if left.code in (0, 1, 2) else f"exit {left.code}"
    except BaseException as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:120]} ({Path(at.filename).name}:{at.lineno})"
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)
    return ""


def tried(name: str, *, seed: int, seconds: float = 0, most: int = 0) -> tuple[int, dict[str, bytes]]:
    """How many inputs were tried, and the first input of every fault.

    Args:
        name: of `TARGETS`.
        seed: of the inputs.
        seconds: processor seconds at most; 0 for no limit.
        most: inputs at most; 0 for no limit.
    """
    target, found, number = TARGETS[name], {}, 0
    began = time.process_time()
    for data in inputs(target, seed):
        if what := fault(target, data):
            found.setdefault(what, data)
        number += 1
        if (most and number >= most) or (seconds and time.process_time() - began > seconds):
            break
    return number, found


def _guided(name: str, seconds: float, seed: int) -> None:
    """The same by atheris, which keeps the inputs that reach new code; it ends the process."""
    import atheris

    sys.path.insert(0, str(ROOT / "src"))
    with atheris.instrument_imports(include=["analysis"]):
        import analysis

        for module in pkgutil.walk_packages(analysis.__path__, "analysis."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    target = TARGETS[name]

    def one(data: bytes) -> None:
        if what := fault(target, data):
            _keep(name, {what: data})
            print(f"{name}: {what}", flush=True)

    corpus = Path(tempfile.mkdtemp())
    for number, data in enumerate(target.seeds()):
        (corpus / str(number)).write_bytes(data)
    atheris.Setup(
        [sys.argv[0], f"-seed={seed}", f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", str(corpus)], one
    )
    atheris.Fuzz()


def _each_guided(given: argparse.Namespace) -> int:
    """One process a parser, for atheris ends its process; 1 if any found a fault."""
    minutes, faults = given.minutes / len(given.only), 0
    for name in given.only:
        done = subprocess.run(
            [sys.executable, __file__, "--engine", "atheris", "--only", name, "--minutes",
             str(minutes), "--seed", str(given.seed)], capture_output=True, text=True, check=False,
        )
        number = re.findall(r"^#(\d+)", done.stderr, re.MULTILINE)
        reached = re.findall(r"cov: (\d+)", done.stderr)
        told = [line for line in done.stdout.splitlines() if line.startswith(f"{name}: ")]
        if done.returncode and not told:
            told = [f"{name}: ended with {done.returncode}: {done.stderr.strip()[-200:]}"]
        faults += len(told)
        print(f"{name:18} {number[-1] if number else 0:>7} inputs, {reached[-1] if reached else 0} "
              f"places of code, {len(told)} faults", *told, sep="\n    ", flush=True)
    return bool(faults)


def _keep(name: str, found: dict[str, bytes]) -> None:
    for data in found.values():
        FOUND.mkdir(exist_ok=True)
        digest = hashlib.sha256(data).hexdigest()[:12]
        (FOUND / f"{name.replace(' ', '-').replace('.', '-')}-{digest}").write_bytes(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=12, help="of one core, over all parsers")
    parser.add_argument("--only", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    given = parser.parse_args()
    os.environ.setdefault("STUDY_CACHE", tempfile.mkdtemp())
    seconds = 60 * given.minutes / len(given.only)
    if given.engine == "atheris":
        if len(given.only) == 1:
            _guided(given.only[0], seconds, given.seed)
        return _each_guided(given)
    total = faults = 0
    for name in given.only:
        number, found = tried(name, seed=given.seed, seconds=seconds)
        _keep(name, found)
        total, faults = total + number, faults + len(found)
        print(f"{name:18} {number:7} inputs, {len(found)} faults", flush=True)
        for what in found:
            print(f"    {what}", flush=True)
    print(f"{total} inputs in {given.minutes:g} minutes of one core, {faults} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
