"""A study and its report as one zip: for reviewers, for archives, without what may not be passed on.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from analysis import fingerprint, new_files, places, safe_yaml
from analysis.errors import OutputProblem
from analysis.report import (
    anonymous, archive, crate, output, record, statement_pages, templating, withheld,
)
from analysis.report.export import request
from analysis.report.notebook_pages import tables_shown
from analysis.report.run import Material, material, rendered

START, REPORT = "index.html", "report"

# What of a checkout is needed to run the study again, beside package and notebooks.
_PROJECT = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE", anonymous.CITATION)

_NOT_PACKAGED = ("__pycache__", "_notebooks")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A finished bundle: its file, what was left out of it, what was taken out of its files."""

    path: Path
    start: str
    files: int
    left_out: tuple[str, ...]
    removed: tuple[str, ...]


def bundle(
    study: Path, path: Path, *, hide_authors: bool = False, report: Path | None = None
) -> Bundled:
    """Write one zip with start page, report, notebooks, code and study.

    Args:
        study: the study folder.
        path: the zip; an existing file is not overwritten.
        hide_authors: whether to take out author, repository, commit, citation and the notebooks'
            metadata.
        report: a report whose notebooks and parameters are to be used; None: all of the study's.

    Raises:
        BadStudy, BadParameter: before anything is written.
        OutputProblem: the file exists, cannot be written, or would give a text away.
        RunFailed: a notebook stopped.
    """
    source = material(
        request(study, report), check=lambda *_: new_files.refuse_existing([path])
    )
    files, left_out, removed = bundled(source, hide_authors=hide_authors)
    new_files.write({path: archive.zipped(files)})
    return Bundled(path, START, len(files), tuple(left_out), tuple(removed))


def bundled(
    source: Material, *, hide_authors: bool
) -> tuple[dict[str, bytes], list[str], list[str]]:
    """The zip's files, path → content; what was left out; what was taken out of them."""
    secret = _secret(source)
    files = {f"{REPORT}/{name}": data for name, data in
             rendered(source, for_others=True).items()}
    study, left_out = _study_files(source, secret)
    files |= study | _code(hide_authors)
    removed: list[str] = []
    if hide_authors:
        removed.append(f"{anonymous.CITATION}: left out")
        removed.append("notebooks: metadata of the notebooks and of their cells, but for tags")
        files, counted = anonymous.masked(files, anonymous.identity(source.study.path))
        removed += [
            f"{kind}: {f'taken out in {times} places' if times else 'not found in any file'}"
            for kind, times in counted.items()
        ]
    files[f"{REPORT}/{output.MANIFEST}"] = record.manifest(
        source.study, source.settings, source.hashes,
        {name.removeprefix(f"{REPORT}/"): data for name, data in files.items()
         if name.startswith(f"{REPORT}/")},
        list(source.notebooks),
    )
    files[START] = _start(source, files, left_out, removed)
    _refuse_leaks(files, secret)
    files[crate.FILE] = _crate(source, files, hide_authors)
    return files, left_out, removed


def _secret(source: Material) -> withheld.Secret:
    """What the statements say that are not cleared for redistribution, cited sentences aside."""
    study = source.study
    shown = {t["name"]: t for nb in source.notebooks.values() for t in tables_shown(nb)}
    found = statement_pages.statements(
        {"statements": study.statements.to_dict("records"), "groups": {}}, shown, study.texts
    )
    hidden = withheld.withhold(found, shown.values(), unrecorded=True)
    return withheld.Secret(found, hidden)


def _study_files(
    source: Material, secret: withheld.Secret
) -> tuple[dict[str, bytes], list[str]]:
    """The study folder as far as it may be passed on, and what is missing from it."""
    study, files, left_out = source.study, {}, []
    kept = {
        row["file"]: row["title"] or row["statement_id"]
        for row in study.statements.to_dict("records")
        if withheld.restricted(row, unrecorded=True)
    }
    for name in study.files:
        data = (study.path / name).read_bytes()
        if name in kept:
            left_out.append(f"data/{study.name}/{name}: “{kept[name]}” is not recorded as cleared "
                            "for redistribution")
            continue
        if name.endswith(".csv"):
            data, emptied = _emptied(data, secret)
            if emptied:
                left_out.append(f"data/{study.name}/{name}: {emptied} cells with words of such "
                                "texts are empty")
        elif secret.within(data.decode("utf-8", "replace")):
            left_out.append(f"data/{study.name}/{name}: holds words of such texts")
            continue
        files[f"data/{study.name}/{name}"] = data
    return files, left_out


def _emptied(data: bytes, secret: withheld.Secret) -> tuple[bytes, int]:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig", "replace"), newline="")))
    emptied = 0
    for row in rows:
        for place, cell in enumerate(row):
            if secret.given_away(cell):
                row[place] = ""
                emptied += 1
    if not emptied:
        return data, 0
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode(), emptied


def _code(hide_authors: bool) -> dict[str, bytes]:
    """Package and notebooks, and in a checkout what installs them."""
    package, checkout = places.package_dir(), places.checkout_dir()
    files = {
        f"src/analysis/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and not set(_NOT_PACKAGED) & set(path.parts)
    }
    for path in sorted(places.notebooks_dir().glob("*.ipynb")):
        files[f"notebooks/{path.name}"] = (
            _bare(path.read_bytes()) if hide_authors else path.read_bytes()
        )
    for name in _PROJECT if checkout else ():
        if (checkout / name).is_file() and not (hide_authors and name == anonymous.CITATION):
            files[name] = (checkout / name).read_bytes()
    return files


def _bare(data: bytes) -> bytes:
    """A notebook without metadata, but for its language and the tags of its cells."""
    notebook = json.loads(data)
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook["cells"]:
        tags = cell.get("metadata", {}).get("tags")
        cell["metadata"] = {"tags": tags} if tags else {}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _refuse_leaks(files: Mapping[str, bytes], secret: withheld.Secret) -> None:
    """Raise where a file holds words that may not be passed on; markup does not hide them.

    The package is the same for all studies; its lists of phrases come from none of their texts.
    """
    told = []
    for name, data in files.items():
        if name.startswith("src/"):
            continue
        text = data.decode("utf-8")
        if name.endswith((".html", ".svg")):
            text = Markup(text).striptags()
        if secret.within(text):
            told.append(f"{name}: would hold words of a text that is not cleared for redistribution"
                        "; nothing was written; leave that text out of the study, or ask its owner")
    if told:
        raise OutputProblem(told)


def _start(source, files, left_out, removed) -> bytes:
    study = source.study
    return templating.page(
        "bundle.html.j2",
        {
            "style": Markup(templating.source("style.css")),
            "study": study,
            "report": f"{REPORT}/index.html",
            "findings": next((n for n in files if n.endswith("_findings.html")), None),
            "methods": f"{REPORT}/methods.md",
            "statements": f"data/{study.name}/statements.csv",
            "has_code": "pyproject.toml" in files,
            "command": record.command(study.name, source.settings.changed),
            "left_out": left_out,
            "removed": removed,
            "digest": fingerprint.of({n: fingerprint.sha256(d) for n, d in files.items()}),
        },
    ).encode()


def _crate(source: Material, files: Mapping[str, bytes], hide_authors: bool) -> bytes:
    study = source.study
    rows = study.statements.to_dict("records")
    told, authors = {}, []
    if not hide_authors:
        authors, released = _citation(study.path)
        told = {"version": record.commit(places.package_dir())}
    else:
        released = ""
    values = {name: value for own in source.settings.values.values() for name, value in own.items()}
    return crate.metadata(
        files,
        study={"name": study.name, "title": study.title, "question": study.question,
               "statements": rows},
        made={"command": record.command(study.name, source.settings.changed), "report": REPORT,
              "parameters": values, **told},
        day=released or crate.last_day([r.get(k, "") for r in rows for k in ("date", "retrieved")]),
        authors=authors,
    )


def _citation(study: Path) -> tuple[list[str], str]:
    """Authors, and the date of release if there is one, of the first CITATION.cff."""
    for folder in filter(None, (study, places.checkout_dir())):
        try:
            text = (folder / anonymous.CITATION).read_text("utf-8")
        except (OSError, ValueError):
            continue
        read = safe_yaml.YamlFile(text, anonymous.CITATION).value
        if not isinstance(read, Mapping):
            continue
        people = [
            " ".join(str(p[key]) for key in ("given-names", "family-names") if p.get(key))
            or str(p.get("name") or "")
            for p in read.get("authors") or () if isinstance(p, Mapping)
        ]
        return people, str(read.get("date-released", ""))
    return [], ""
