"""Every locked package is known by its hashes and its licence, and the bill of materials lists it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("sbom", ROOT / "tools" / "sbom.py")
sbom = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sbom)

# A program under the MIT licence may use all of these. MPL-2.0 asks that changed files of those
# packages be passed on; none is changed, and none is part of this project's own files.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT",
    "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
}

#: Licences with a text of their own, and why they are all right.
EXCEPTIONS = {
    "biopython": "Biopython License Agreement: may be used, changed and passed on with its notice",
}


def test_every_locked_package_has_hashes_and_a_licence_that_fits():
    locked, known = sbom.locked(), sbom.listed()
    assert set(known) == set(locked), "run: python tools/sbom.py --licences"
    for package, entry in locked.items():
        row = known[package]
        assert (row["version"], row["needed for"]) == (entry["version"], entry["needed for"])
        assert entry["hashes"], package
        names = set(re.split(r" (?:AND|OR) ", row["licence"]))
        assert names <= ALLOWED or package in EXCEPTIONS, (package, row["licence"])


def test_the_list_says_what_the_installed_packages_say():
    said = {package: sbom.licence(package) for package in sbom.locked()}
    assert {p: s for p, s in said.items() if s and s != sbom.listed()[p]["licence"]} == {}
    assert sum(map(bool, said.values())) > 100


def test_the_bill_lists_all_and_is_the_same_each_time():
    assert sbom.bill() == sbom.bill()
    bill = json.loads(sbom.bill())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert [c["name"] for c in bill["components"]] == sorted(sbom.locked())
    core = {c["name"] for c in bill["components"] if c["scope"] == "required"}
    assert {"pandas", "papermill", "scikit-learn"} <= core and "jupyterlab" not in core
    pandas = next(c for c in bill["components"] if c["name"] == "pandas")
    assert all(re.fullmatch("[0-9a-f]{64}", h["content"]) for h in pandas["hashes"])
