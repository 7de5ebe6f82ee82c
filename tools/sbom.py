"""What the project is made of: a bill of materials of all locked packages, and their licences.

    python tools/sbom.py                    CycloneDX 1.5 as JSON, to standard output
    python tools/sbom.py --licences         brings tools/licences.csv into line with the locks

Licences are read from the metadata of what is installed here. A package that is locked for another
system or Python keeps its line; a new one gets the word `unknown`, which a test refuses: look it up
in the package's metadata and write it there. Same locks and list, same bytes: no clock, no serial.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import io
import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENCES = ROOT / "tools" / "licences.csv"
LOCKS = {"core": "requirements.lock", "development and extras": "requirements-dev.lock"}
FIELDS = ("package", "version", "licence", "needed for")

# How packages that do not use SPDX's names call their licences.
SPDX = {
    "BSD License": "BSD-3-Clause", "3-Clause BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause",
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
}


def locked() -> dict[str, dict[str, object]]:
    """Package → version, hashes, and what it is needed for; the core's first."""
    found: dict[str, dict[str, object]] = {}
    for needed, name in LOCKS.items():
        package = ""
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if start := re.match(r"([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", line):
                package = start[1]
                found.setdefault(
                    package, {"version": start[2], "hashes": set(), "needed for": needed}
                )
            elif package and (digest := re.search(r"--hash=sha256:([0-9a-f]{64})", line)):
                found[package]["hashes"].add(digest[1])
    return found


def licence(package: str) -> str:
    """As the installed package says; "" if it is not installed or says nothing."""
    try:
        said = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
    classifiers = [
        name.rsplit(" :: ", 1)[-1] for name in said.get_all("Classifier") or ()
        if name.startswith("License :: OSI Approved :: ")
    ]
    first = (said.get("License") or "").strip().split("\n")[0]
    names = [said.get("License-Expression")] if said.get("License-Expression") else (
        classifiers or [first])
    return " OR ".join(SPDX.get(name, name) for name in names if name)


def listed() -> dict[str, dict[str, str]]:
    """The rows of tools/licences.csv by package."""
    if not LICENCES.exists():
        return {}
    with LICENCES.open(encoding="utf-8", newline="") as file:
        return {row["package"]: row for row in csv.DictReader(file)}


def licences() -> str:
    """tools/licences.csv for what is locked now."""
    kept, out = listed(), io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for package, entry in sorted(locked().items()):
        known = kept.get(package, {}).get("licence", "")
        writer.writerow({
            "package": package, "version": entry["version"],
            "licence": licence(package) or known or "unknown", "needed for": entry["needed for"],
        })
    return out.getvalue()


def bill() -> str:
    """The bill of materials."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = listed()
    components = [
        {
            "type": "library", "name": package, "version": entry["version"],
            "purl": f"pkg:pypi/{package}@{entry['version']}",
            "bom-ref": f"pkg:pypi/{package}@{entry['version']}",
            "scope": "required" if entry["needed for"] == "core" else "optional",
            "licenses": [{"expression": known[package]["licence"]}],
            # Those of every file that the lock allows, of all systems.
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(entry["hashes"])],
        }
        for package, entry in sorted(locked().items())
    ]
    made = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {
            "type": "application", "name": project["name"], "version": project["version"],
            "licenses": [{"expression": project["license"]}],
        }},
        "components": components,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--licences", action="store_true", help="write tools/licences.csv")
    if parser.parse_args().licences:
        LICENCES.write_text(licences(), "utf-8")
    else:
        sys.stdout.write(bill())


if __name__ == "__main__":
    main()
