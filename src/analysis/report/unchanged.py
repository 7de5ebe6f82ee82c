"""Has anything changed since a report was made? Told by hashes alone, in a fraction of a second.

A finished run leaves a note in the cache: of which files and wishes the report was made, and
what its manifest was. The next run with the same ones looks whether the report still stands as it
was written. In any doubt the answer is no: making it again is always right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis import fingerprint, places, store
from analysis.report import output


def key(
    study: Path,
    *,
    given: Mapping[str, tuple[object, str]],
    only: Iterable[str],
    out: Path | None,
) -> str | None:
    """What a run is asked for, and all files it reads, as one hash; None if that cannot be told.

    Args:
        study: the study folder.
        given: parameter → (value, who gave it).
        only: notebooks to run.
        out: the report's folder, if named.
    """
    try:
        return fingerprint.of(
            {
                "study": [study.name, fingerprint.tree(study)],
                "notebooks": fingerprint.tree(places.notebooks_dir()),
                "given": {name: value for name, (value, _) in given.items()},
                "only": sorted(only),
                "out": str(out or "reports"),
                "folder": str(Path.cwd()),
                "made_with": fingerprint.inputs(""),
            }
        )
    except (OSError, TypeError, ValueError):
        return None


def remember(
    wanted: str | None, target: Path, *, named: Mapping[str, str], warnings: Iterable[str]
) -> None:
    """Note a report that was made in full.

    Args:
        wanted: what `key` returned before the run began; None: nothing is noted.
        target: the report's folder.
        named: what `fingerprint.named` returned for the run's parameters.
        warnings: what the run warned of.
    """
    if wanted is None:
        return
    note = {
        "target": str(target),
        "manifest": fingerprint.sha256((target / output.MANIFEST).read_bytes()),
        "named": dict(named),
        "warnings": list(warnings),
    }
    store.keep(wanted, json.dumps(note))


def standing(wanted: str | None) -> tuple[Path, tuple[str, ...]] | None:
    """The report that stands as it was written, and what its run warned of; None if none does."""
    text = None if wanted is None else store.load(wanted)
    if text is None:
        return None
    note = json.loads(text)
    target = Path(note["target"])
    try:
        if fingerprint.named(note["named"]) != note["named"]:
            return None
        manifest = (target / output.MANIFEST).read_bytes()
        if fingerprint.sha256(manifest) != note["manifest"]:
            return None
        files = json.loads(manifest)["files"]
        found = {
            path.relative_to(target).as_posix(): path
            for path in target.rglob("*") if path.is_file()
        }
        if set(found) - set(files) != {output.MANIFEST, output.RUN_RECORD}:
            return None
        for name, digest in files.items():
            if fingerprint.sha256(found[name].read_bytes()) != digest:
                return None
    except (OSError, KeyError):
        return None
    return target, tuple(note["warnings"])
