"""Malformed input of every kind: one clear line each, nothing lost, no traceback."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from analysis.cli import main

CASES = json.loads((Path(__file__).parent / "cases" / "malformed.json").read_text("utf-8"))
GOOD = {
    "one.txt": "The first ministers met in Brussels and agreed to build a new railway together.",
    "two.txt": "Farmers asked the government for lower taxes, and the government has refused them.",
}


def made(recipe: dict) -> bytes:
    """The bytes that a case describes."""
    if "text" in recipe:
        return recipe["text"].encode("utf-8")
    if "cp1252" in recipe:
        return recipe["cp1252"].encode("cp1252")
    if "hex" in recipe:
        return bytes.fromhex(recipe["hex"])
    if "nested" in recipe:
        before, middle, after, times = recipe["nested"]
        if before:
            return (before * times + middle + after * times).encode()
        return middle.encode() * times
    if "cut" in recipe:
        return made(recipe["cut"][0])[: recipe["cut"][1]]
    if "spoilt" in recipe:
        data = bytearray(made(recipe["spoilt"]))
        data[45] ^= 0xFF
        return bytes(data)
    if "pdf" in recipe:
        return pdf(recipe["pdf"], locked=recipe.get("password", False))
    if "xlsx" in recipe:
        from openpyxl import Workbook

        book, stream = Workbook(), io.BytesIO()
        for row in recipe["xlsx"]:
            book.active.append(row)
        book.save(stream)
        return stream.getvalue()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, inner in recipe["zip"].items():
            info = zipfile.ZipInfo(name, date_time=(2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            if inner.get("link"):
                info.external_attr = 0o120777 << 16
            file.writestr(info, made(inner))
    return stream.getvalue()


def pdf(pages: list[str], *, locked: bool = False) -> bytes:
    """A PDF of pages with a line of text, an image, or nothing; written out by hand."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    image = (b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray"
             b"/BitsPerComponent 8/Length 1>>stream\n\x80\nendstream")
    objects = [b"", b"", font, image]
    for text in pages:
        drawn = b"q 500 0 0 500 0 0 cm /I Do Q" if text == "image" else (
            f"BT /F 11 Tf 72 700 Td ({text}) Tj ET".encode("latin-1")
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>>>" % len(objects)
        )
    kids = b" ".join(b"%d 0 R" % (6 + 2 * i) for i in range(len(pages)))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages))
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, body)
    # A lock whose key nobody has: the entries are there, the hashes are noise.
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>/ID[<00><00>]" % (
        b"41" * 32, b"42" * 32
    ) if locked else b""
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\n" % (
        len(objects) + 1, table, len(objects) + 1, lock
    ) + b"startxref\n%d\n%%%%EOF\n" % len(data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_malformed_input_yields_one_clear_line(case, tmp_path, capsys):
    documents, out, empty = tmp_path / "in", tmp_path / "out", tmp_path / "empty"
    documents.mkdir()
    empty.mkdir()
    for name, text in GOOD.items():
        (documents / name).write_text(text, "utf-8")
    if case.get("study"):
        assert main(["new", str(out), "--from", str(documents)]) == 0
        capsys.readouterr()
    arguments = case.get("arguments", ["new", "{out}", "--from", "{in}"])
    if "file" in case:
        (documents / case["file"]).write_bytes(made(case["is"]))
    if "also" in case:
        (documents / case["also"]).write_text("Nurses and teachers want better pay.", "utf-8")
    if "metadata" in case:
        (tmp_path / case["metadata"]).write_bytes(made(case["is"]))
        arguments = [*arguments, "--metadata", str(tmp_path / case["metadata"])]
    places = {"{in}": documents, "{out}": out, "{empty}": empty}
    for mark, place in places.items():
        arguments = [argument.replace(mark, str(place)) for argument in arguments]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    exit = main(arguments)
    said = capsys.readouterr().err
    assert exit == case.get("exit", 0), said
    assert len([line for line in said.splitlines() if case["says"] in line]) == 1, said
    assert all(line.startswith("study: ") and len(line) < 500 for line in said.splitlines()), said
    # Nothing that was there is lost or changed, and nothing half-written is left.
    assert all(path.read_bytes() == data for path, data in before.items())
    if exit:
        assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(before)
    else:
        checklist = (out / "CHECKLIST.md").read_text("utf-8")
        assert "two" in (out / "statements.csv").read_text("utf-8")
        assert case["says"].split(":")[0] in checklist or "metadata" in case


def test_there_are_enough_cases():
    assert len(CASES) >= 60 and len({case["label"] for case in CASES}) == len(CASES)
