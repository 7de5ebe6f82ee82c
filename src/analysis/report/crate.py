"""RO-Crate metadata: what a bundle holds, how it was made, in words that archives read.

Source: Soiland-Reyes, S. et al. (2022), Packaging research artefacts with RO-Crate, Data Science
5(2); RO-Crate Metadata Specification 1.1 (w3id.org/ro/crate/1.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analysis import fingerprint
from analysis.report import record

#: The file at the root of a crate.
FILE = "ro-crate-metadata.json"

_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_PROFILE = "https://w3id.org/ro/crate/1.1"

_TYPES = {
    "html": "text/html", "csv": "text/csv", "svg": "image/svg+xml", "json": "application/json",
    "ipynb": "application/x-ipynb+json", "yaml": "application/yaml", "md": "text/markdown",
    "bib": "application/x-bibtex", "py": "text/x-python", "txt": "text/plain",
}

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def metadata(
    files: Mapping[str, bytes],
    *,
    study: Mapping[str, object],
    made: Mapping[str, object],
    day: str,
    authors: Sequence[str] = (),
) -> bytes:
    """The metadata file of a crate that holds these files.

    Args:
        files: path → content of everything else in the crate.
        study: `name`, `title`, `question`, and `statements`, rows of statements.csv.
        made: `command`, `parameters` (name → value), `report` (its folder in the crate), and, if
            they may be told, `repository` and `commit`.
        day: date of publication, YYYY-MM-DD.
        authors: names.
    """
    people = [{"@id": f"#author-{n}", "@type": "Person", "name": name}
              for n, name in enumerate(authors, start=1)]
    parameters = [
        {"@id": f"#parameter-{name}", "@type": "PropertyValue", "name": name, "value": value}
        for name, value in sorted(made["parameters"].items())
    ]
    pages = [name for name in sorted(files) if name.startswith(f"{made['report']}/")]
    inputs = [name for name in sorted(files) if not name.startswith(f"{made['report']}/")]
    software = {
        "@id": "#software", "@type": "SoftwareApplication", "name": "Comparative policy study",
        **{key: made[key] for key in ("codeRepository", "version") if made.get(key)},
    }
    root = {
        "@id": "./", "@type": "Dataset", "name": study["title"],
        "description": " ".join(study["question"].split()), "datePublished": day,
        "license": {"@id": "#rights"}, "hasPart": _ids(sorted(files)),
        "mentions": {"@id": "#run"},
        **({"author": _ids(p["@id"] for p in people)} if people else {}),
    }
    run = {
        "@id": "#run", "@type": "CreateAction", "name": made["command"],
        "instrument": {"@id": "#software"}, "object": _ids([*inputs, *(p["@id"] for p in parameters)]),
        "result": _ids(pages),
    }
    rights = {
        "@id": "#rights", "@type": "CreativeWork", "name": "Rights",
        "description": "The code is under the MIT licence; each text has its own rights: "
        + "; ".join(
            f"{row['statement_id']}: {row.get('licence') or 'licence not recorded'}, redistribution "
            f"{row.get('redistribution') or 'not recorded'}" for row in study["statements"]
        ) + ".",
    }
    descriptor = {
        "@id": FILE, "@type": "CreativeWork", "conformsTo": {"@id": _PROFILE},
        "about": {"@id": "./"},
    }
    graph = [descriptor, root, run, software, rights, *people, *parameters,
             *(_file(name, files[name]) for name in sorted(files))]
    return record.as_json({"@context": _CONTEXT, "@graph": graph})


def _ids(names) -> list[dict[str, str]]:
    return [{"@id": name} for name in names]


def _file(name: str, data: bytes) -> dict[str, object]:
    kind = _TYPES.get(name.rpartition(".")[2], "text/plain")
    return {
        "@id": name, "@type": "File", "name": name.rpartition("/")[2], "encodingFormat": kind,
        "contentSize": str(len(data)), "sha256": fingerprint.sha256(data),
    }


def last_day(dates: Sequence[str]) -> str:
    """The newest whole date of these; the earliest a zip can hold where there is none.

    >>> last_day(["2022-11", "2024-03-04", ""])
    '2024-03-04'
    """
    return max(filter(_DAY.fullmatch, dates), default="1980-01-01")
