"""Documents → a study: readers, guesses, metadata, `study new`, `study add`, `study copy`."""

import csv
import datetime
import io
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from test_malformed import made, pdf

from analysis import copies, corpus, segment
from analysis.cli import main
from analysis.errors import BadStudy
from analysis.importing import dates, formats, guesses
from analysis.importing.collect import Item
from analysis.importing.decoding import decode
from analysis.importing.documents import Document, read_all
from analysis.importing.hyphens import softened
from analysis.importing.reading import Fact
from analysis.study import load_study
from analysis.weaknesses import weaknesses

TEXTS = {
    "first.txt": "The ministers met in Brussels on Monday and agreed to build a railway together.",
    "second.txt": "Farmers asked the government for lower taxes, and the government refused them.",
    "third.txt": "Nurses and teachers want better pay, and parents want smaller classes at school.",
}


def folder_of(place, texts=TEXTS):
    place.mkdir(parents=True)
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        (place / name).write_bytes(data)
    return place


def rows_of(study):
    return list(csv.DictReader(io.StringIO((study / "statements.csv").read_text("utf-8"))))


# Readers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, encoding, assumed", [
    ("Élysée – “accord” signé à 10 €", "utf-8", ""),
    ("Élysée – “accord” signé à 10 €", "cp1252", "cp1252 assumed"),
    ("Élysée – “accord” signé", "utf-16", "decoded as UTF-16"),
    ("Elysee and accord", "utf-16-le", "assumed from its zero bytes"),
    ("Правительство приняло решение о строительстве новой дороги.", "cp1251", "cp1251 assumed"),
    ("Rząd przyjął wczoraj ustawę o ochronie środowiska i źródeł wody.", "cp1250", "assumed"),
])
def test_bytes_are_decoded_and_what_was_assumed_is_said(text, encoding, assumed):
    found, said = decode(text.encode(encoding))
    assert found == text and assumed in said and bool(said) == bool(assumed)


def test_html_marks_navigation_and_keeps_the_text():
    page = b"""<html lang="en-GB"><head><title>News - Site</title><meta property="og:title"
    content="A plan"><meta property="article:published_time" content="2024-03-04T10:00:00Z"></head>
    <body><header><a href=/>Site</a></header><nav><a>Home</a> <a>About</a></nav><main><h1>A plan</h1>
    <p>The ministers met &amp; agreed.</p><ol><li>One thing;</li><li>another.</li></ol>
    <div class="share-buttons">Tweet this</div></main><footer>Imprint</footer>
    <script>evil()</script><p style="display: none">hidden</p></body></html>"""
    reading = formats.read("a.html", page)
    assert reading.text.split("\n\n") == [
        "[furniture: page header] Site", "[furniture: site navigation] Home About", "A plan",
        "The ministers met & agreed.", "1. One thing;", "2. another.",
        "[furniture: page furniture, by its class] Tweet this",
        "[furniture: page footer] Imprint\n",
    ]
    assert reading.facts["title"] == Fact("A plan", "the page's meta element og:title")
    kinds = [(b.kind, b.reason) for b in segment.blocks(reading.text)]
    assert ("boilerplate", "site navigation") in kinds and ("heading", "") in kinds


def test_a_mark_sets_a_line_aside_for_its_reason_even_inside_a_sentence():
    text = ("The ministers who met in Brussels on Monday evening have agreed in the end to\n"
            "[furniture: page number] 3\nbuild a railway together.\n")
    paragraph, furniture = segment.blocks(text)
    assert segment.read(text, paragraph).endswith("in the end to build a railway together.")
    assert furniture.reason == "page number"


def test_pages_of_a_pdf_are_parted_and_what_recurs_is_marked():
    pages = ["Ministry of Roads 12", "Ministry of Roads 13", "Ministry of Roads 14"]
    reading = formats.read("a.pdf", pdf(pages))
    assert reading.text.count("\f") == 2
    marked = re.findall(r"\[furniture: running header or footer\] Ministry of Roads 1\d", reading.text)
    assert len(marked) == 3


def docx(body: str, **parts: str) -> bytes:
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    files = {"document": f"<w:body>{body}</w:body>", **parts}
    return made({"zip": {
        f"word/{name}.xml": {"text": f"<w:{name} {word}>{inner}</w:{name}>"}
        for name, inner in files.items()
    }})


def test_docx_lists_notes_deletions_and_page_headers():
    def p(text, extra=""):
        return f"<w:p><w:pPr>{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"

    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/></w:numPr>'
    body = (
        p("A plan", '<w:pStyle w:val="T1"/>') + p("First thing;", item) + p("second thing.", item)
        + '<w:p><w:r><w:t>Agreed</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
          "<w:del><w:r><w:delText>not</w:delText><w:t>not</w:t></w:r></w:del></w:p>"
    )
    reading = formats.read("a.docx", docx(
        body,
        numbering='<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
                  '</w:lvl></w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num>',
        styles='<w:style w:styleId="T1"><w:name w:val="Title"/></w:style>',
        footnotes='<w:footnote w:id="2"><w:p><w:r><w:t>In May.</w:t></w:r></w:p></w:footnote>',
        header1=p("Ministry of Roads"),
    ))
    assert reading.text.split("\n\n") == [
        "[furniture: header] Ministry of Roads", "A plan", "1. First thing;", "2. second thing.",
        "Agreed[2]", "[2] In May.\n",
    ]
    assert reading.facts["title"].value == "A plan"


def test_odt_lists_and_notes():
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<o:document-content xmlns:o="{office}" xmlns:t="{words}"><o:body><o:text>'
        "<t:h>A plan</t:h><t:p>The<t:s/>ministers<t:note><t:note-citation>1</t:note-citation>"
        "<t:note-body><t:p>In May.</t:p></t:note-body></t:note> met.</t:p>"
        "<t:list><t:list-item><t:p>one</t:p></t:list-item></t:list>"
        "</o:text></o:body></o:document-content>"
    )
    reading = formats.read("a.odt", made({"zip": {"content.xml": {"text": content}}}))
    assert reading.text == "A plan\n\nThe ministers[1] met.\n\n- one\n\n[1] In May.\n"


def test_rtf_and_markdown():
    rtf = rb"{\rtf1\ansi\ansicpg1252 {\info{\title A plan}}\'c9lys\'e9e agreed.\par Again.\par}"
    assert formats.read("a.rtf", rtf).text == "Élysée agreed.\n\nAgain.\n"
    md = formats.read("a.md", b"---\ntitle: A plan\ndate: 2024-03-04\n---\n# Head\n\nWe *will* act.\n")
    assert md.text == "Head\n\nWe will act.\n"
    assert md.facts["date"] == Fact("2024-03-04", "the file's front matter")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "xlsx", "parquet"])
def test_tables_of_texts_give_a_document_a_row(suffix):
    rows = [{"respondent": "17", "answer": TEXTS["first.txt"], "age": "30"},
            {"respondent": "18", "answer": TEXTS["second.txt"], "age": ""}]
    if suffix == "xlsx":
        book, stream = Workbook(), io.BytesIO()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append([int(row["respondent"]), row["answer"], int(row["age"] or 0) or None])
        book.save(stream)
        data = stream.getvalue()
    elif suffix == "parquet":
        import arro3.core
        import arro3.io

        stream = io.BytesIO()
        columns = {c: arro3.core.Array([row[c] for row in rows], arro3.core.DataType.string())
                   for c in rows[0]}
        arro3.io.write_parquet(arro3.core.Table.from_pydict(columns), stream)
        data = stream.getvalue()
    elif suffix == "jsonl":
        import json

        data = "\n".join(map(json.dumps, rows)).encode()
    else:
        mark = {"csv": ";", "tsv": "\t"}[suffix]
        data = "\r\n".join(
            [mark.join(rows[0]), *(mark.join(row.values()) for row in rows)]
        ).encode()
    documents, sheets, left, _ = read_all([Item(f"a.{suffix}", data)])
    assert [d.text.strip() for d in documents] == [row["answer"] for row in rows]
    assert [d.own for d in documents] == [{"respondent": "17", "age": "30"},
                                          {"respondent": "18", "age": ""}]
    assert not sheets and not left and documents[0].keys[0] == "17"


def test_hyphens_of_lines_and_of_words():
    texts = ["All efforts of a result-driven policy.", "The ef-\nforts of a result-\ndriven policy, "
             "and re-\ngional ones."]
    found, counts = softened(texts)
    words = {match for text in found for match in re.findall(r"\w+\xad\n\w+|\w+-\n\w+", text)}
    assert words == {"ef\xad\nforts", "result-\ndriven", "re\xad\ngional"} and counts == [0, 2]


# Dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("written, date", [
    ("2024", "2024"), ("2024-03", "2024-03"), ("2024-3-4", "2024-03-04"), ("20240304", "2024-03-04"),
    ("2024-03-04 00:00:00", "2024-03-04"), ("2024-03-04T10:00:00Z", "2024-03-04"),
    ("2024/03/04", "2024-03-04"), ("04.03.2024", "2024-03-04"), ("25/12/2023", "2023-12-25"),
    ("12/25/2023", "2023-12-25"), ("05/05/2024", "2024-05-05"), ("4 March 2024", "2024-03-04"),
    ("March 4th, 2024", "2024-03-04"), ("1er août 2024", "2024-08-01"), ("4. März 2024", "2024-03-04"),
    ("4 de marzo de 2024", "2024-03-04"), ("marzo 2024", "2024-03"), ("12-Mar-2024", "2024-03-12"),
    ("03/2024", "2024-03"), ("", ""),
])  # fmt: skip
def test_dates_as_people_write_them(written, date):
    assert dates.read(written) == dates.Read(date, "")


@pytest.mark.parametrize("written", ["03/04/2024", "3-4-2024", "31/02/2024", "2024-13-01", "soon",
                                     "45355", "04/03/24", "0000-01-01"])
def test_dates_that_are_refused(written):
    read = dates.read(written)
    assert not read.date and repr(written) in read.problem


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2099, 12, 31)))
def test_a_date_reads_back_whatever_its_form(date):
    for text in (f"{date:%Y-%m-%d}", f"{date:%Y%m%d}", f"{date:%d.%m.%Y}", f"{date.day} "
                 f"{date:%B} {date.year}"):
        assert dates.read(text).date == f"{date:%Y-%m-%d}", text
    assert dates.read(f"{date:%d/%m/%Y}", order="day-first").date == f"{date:%Y-%m-%d}"
    assert dates.read(f"{date:%m/%d/%Y}", order="month-first").date == f"{date:%Y-%m-%d}"


# Guesses -------------------------------------------------------------------------------------


def document(name, text):
    return Document(name, (name,), text, {}, name)


@pytest.mark.parametrize("name, text, date, basis", [
    ("2021-05-04_speech.txt", "Words.", "2021-05-04", "the file's name"),
    ("pr_20210504.txt", "Words.", "2021-05-04", "the file's name"),
    ("speech.txt", "Ministry of Roads\n\nLondon, 4 May 2021\n\nWords.", "2021-05-04", "first lines"),
    ("speech.txt", "BRUSSELS, 4 May 2021 – The ministers of many states have met to talk about roads "
     "and rails.", "2021-05-04", "first lines"),
    ("speech.txt", "The ministers met, as they had in Paris on 4 May 2021, to talk about roads and "
     "many other things.", "", ""),
    ("USA_70_2015.txt", "Words.", "2015", "year in the file's name"),
    ("speech_2015.txt", "4 May 2015\n\nWords.", "2015-05-04", "first lines"),
    ("speech_03-04-2015.txt", "Words.", "2015", "year in the file's name"),
])
def test_dates_are_guessed_with_their_basis(name, text, date, basis):
    found, problem = guesses.date_of(document(name, text))
    assert (found.value if found else "") == date and (not found or basis in found.basis)
    assert ("3 April 2015 or 4 March 2015" in problem) == ("03-04" in name)


@pytest.mark.parametrize("text, issuer", [
    ("Ministry of Roads\nPRESS RELEASE\n\nWords.", "Ministry of Roads"),
    ("Ministère de l’Intérieur\n\nDes mots.", "Ministère de l’Intérieur"),
    ("European Commission\n\nWords.", "European Commission"),
    ("Government announces new measures\n\nWords.", ""),
    ("The government of the day has failed.\n\nWords.", ""),
])
def test_issuers_are_guessed_from_a_letterhead(text, issuer):
    found = guesses.issuer_of(document("a.txt", text))
    assert (found.value if found else "") == issuer


def test_languages_are_guessed_and_few_words_follow_the_rest():
    english, french = TEXTS["first.txt"] * 2, "Les ministres ont décidé de construire la route. " * 3
    found = guesses.language_of([english, french, "Oui."])
    assert [fact.value for fact in found[:2]] == ["en", "fr"]
    assert found[2].basis != guesses.BY_WORDS


# study new -----------------------------------------------------------------------------------


def test_new_writes_a_study_that_is_sound_and_the_same_each_time(tmp_path, capsys):
    texts = {f"{side}/{year} plan.txt": f"{side} {TEXTS['first.txt']} {year}"
             for side in ("left", "right") for year in (2019, 2020, 2021)}
    texts["left/old.txt"] = "Accord signé à l'Élysée, et les ministres sont contents.".encode("cp1252")
    source = folder_of(tmp_path / "in", texts)
    for name in ("a", "b"):
        assert main(["new", str(tmp_path / name), "--from", str(source)]) == 0
    files = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a").rglob("*.*")}
    again = {p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b").rglob("*.*")}
    assert {p.name for p in files} >= {"study.yaml", "statements.csv", "CHECKLIST.md"}
    assert files.keys() == again.keys() and all(
        files[p] == again[p] for p in files if p.name != "study.yaml"  # its title is the folder's
    )
    study = load_study(tmp_path / "a")
    assert {g.label for g in study.groups.values()} == {"left", "right"}
    assert [(c.a, c.b) for c in study.contrasts] == [
        (study.groups["left"].statements, study.groups["right"].statements)
    ]
    assert (tmp_path / "a/originals/left/old.txt").read_bytes() == texts["left/old.txt"]
    assert "Élysée" in study.texts["old"]
    said = capsys.readouterr().err
    assert "left/old.txt: not UTF-8: cp1252 assumed" in said
    row = study.statements.set_index("statement_id").loc["2019-plan"]
    assert (row["date"], row["imported_from"]) == ("2019", "left/2019 plan.txt")


@pytest.mark.parametrize("kind", ["xlsx", "semicolons in cp1252"])
def test_a_sheet_saved_by_excel_is_matched_by_name_and_both_ways(kind, tmp_path, capsys):
    source = folder_of(tmp_path / "in")
    header = ["Document", "Datum", "Partei", "Überschrift"]
    cells = [["First", "25/04/2024", "Grüne", "Schönes"], ["second.txt", "03/04/2024", "SPD", ""],
             ["fourth", "", "", ""]]
    if kind == "xlsx":
        book = Workbook()
        for row in (header, *cells):
            book.active.append(row)
        sheet = tmp_path / "m.xlsx"
        book.save(sheet)
    else:
        sheet = tmp_path / "m.csv"
        sheet.write_bytes("\r\n".join(map(";".join, (header, *cells))).encode("cp1252"))
    assert main(["new", str(tmp_path / "s"), "--from", str(source), "--metadata", str(sheet)]) == 0
    said = capsys.readouterr().err
    rows = {row["id"]: row for row in rows_of(tmp_path / "s")}
    assert rows["first"]["date"] == "2024-04-25" and rows["second"]["date"] == "2024-04-03"
    assert rows["first"]["issuer"] == rows["first"]["partei"] == "Grüne"
    assert rows["first"]["title"] == "Schönes"
    assert f"no row in {sheet.name} for: third.txt" in said
    assert f"{sheet.name}, row 4: no document 'fourth'" in said


def test_a_table_among_the_documents_that_names_them_is_their_metadata(tmp_path, capsys):
    source = folder_of(tmp_path / "in", {**TEXTS, "list.csv": "name,camp\nfirst,x\nsecond,y\n"})
    assert main(["new", str(tmp_path / "s"), "--from", str(source)]) == 0
    assert "list.csv: taken as metadata" in capsys.readouterr().err
    assert {row["id"]: row["camp"] for row in rows_of(tmp_path / "s")} == {
        "first": "x", "second": "y", "third": ""
    }


def test_copies_are_listed_and_kept(tmp_path, capsys):
    source = folder_of(tmp_path / "in", {**TEXTS, "again.txt": TEXTS["first.txt"].upper()})
    assert main(["new", str(tmp_path / "s"), "--from", str(source)]) == 0
    assert "again and first share 100%" in capsys.readouterr().err
    assert len(rows_of(tmp_path / "s")) == 4
    assert "again, first" in (tmp_path / "s/CHECKLIST.md").read_text("utf-8")


def test_hostile_names_and_titles_stay_text(tmp_path):
    page = "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><p>The ministers met and agreed.</p>"
    source = folder_of(tmp_path / "in", {**TEXTS, "=cmd|x.html": page, "ünï çødé.txt": "Some words."})
    assert main(["new", str(tmp_path / "s"), "--from", str(source)]) == 0
    assert {row["id"] for row in rows_of(tmp_path / "s")} >= {"cmd-x", "uni-code"}
    assert "<script>" not in (tmp_path / "s/CHECKLIST.md").read_text("utf-8")


# study add, study copy -----------------------------------------------------------------------


@pytest.fixture
def study(tmp_path, capsys):
    sheet = tmp_path / "m.csv"
    sheet.write_text("file,party\nfirst,red\nsecond,blue\nthird,red\n", "utf-8")
    source = folder_of(tmp_path / "in")
    assert main(["new", str(tmp_path / "s"), "--from", str(source), "--metadata", str(sheet)]) == 0
    capsys.readouterr()
    return tmp_path / "s"


def test_add_appends_and_says_what_uses_the_new_statement(study, tmp_path, capsys):
    yaml = (study / "study.yaml").read_text("utf-8") + (
        "findings:\n  - {id: f, claim: More so., estimand: frame_difference, arguments: {frame: "
        "economic, more_in: red, than_in: blue}, smallest_effect: 0.05, rationale: r, declared: "
        "before_texts} # mine\n"
    )
    (study / "study.yaml").write_text(yaml, "utf-8")
    # A table with Windows' line ends and without one at its end keeps both.
    table = (study / "statements.csv").read_bytes().replace(b"\n", b"\r\n").rstrip(b"\r\n")
    (study / "statements.csv").write_bytes(table)
    new = tmp_path / "new.txt"
    new.write_text("Oslo, 5 May 2021\n\nThe harbour will be closed to ships next winter.", "utf-8")
    sheet = tmp_path / "more.csv"
    sheet.write_text("file,party,mood\nnew.txt,red,calm\n", "utf-8")
    assert main(["add", str(study), str(new), "--metadata", str(sheet)]) == 0
    said = capsys.readouterr()
    assert (study / "study.yaml").read_text("utf-8") == yaml
    data = (study / "statements.csv").read_bytes()
    assert data.startswith(table + b"\r\n") and data.endswith(b"\r\n") and data.count(b"\n") == 5
    loaded = load_study(study)
    assert "new" in loaded.groups["red"].statements and loaded.texts["new"] == new.read_text("utf-8")
    assert loaded.statements.set_index("statement_id").loc["new", "date"] == "2021-05-05"
    assert "group 'red': new" in said.out and "side red: new" in said.out
    assert "finding 'f': judged with the new statements" in said.out
    assert "no column mood" in said.err
    assert "first lines" in said.out and "sha256" in said.out
    assert "# Added: new" in (study / "CHECKLIST.md").read_text("utf-8")


def test_an_addition_that_does_not_fit_leaves_everything_as_it_was(study, tmp_path, monkeypatch):
    from analysis.importing import extend

    before = {p: p.read_bytes() for p in study.rglob("*") if p.is_file()}
    (tmp_path / "new.txt").write_text("The harbour is closed.", "utf-8")
    real = extend.load_study
    calls = []

    def fails_second(path):
        calls.append(path)
        if len(calls) == 2:
            raise BadStudy("statements.csv: no")
        return real(path)

    monkeypatch.setattr(extend, "load_study", fails_second)
    assert main(["add", str(study), str(tmp_path / "new.txt")]) == 1
    assert {p: p.read_bytes() for p in study.rglob("*") if p.is_file()} == before


def test_copy_is_the_same_study(study, tmp_path):
    assert main(["copy", str(study), str(tmp_path / "mine")]) == 0
    assert load_study(tmp_path / "mine").files == load_study(study).files


# Copies, translations, weaknesses ------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=12).map(" ".join), max_size=6))
def test_likeness_of_copies_equals_a_slow_count_of_sequences(texts):
    named = {str(i): text for i, text in enumerate(texts)}

    def sequences(text):
        words = text.split()
        n = min(5, len(words))
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)} if n else set()

    expected = {
        (a, b): len(x & y) / len(x | y)
        for a in named for b in named if int(a) < int(b)
        if (x := sequences(named[a])) and (y := sequences(named[b])) and len(x & y) / len(x | y) >= 0.5
    }
    assert {(p.a, p.b): p.share for p in copies.alike(named)} == pytest.approx(expected)


def with_translation(study):
    path = study / "statements.csv"
    rows = rows_of(study)
    new = {**rows[0], "id": "erster", "file": "texts/erster.txt", "language": "de", "sha256": "",
           "translation_of": "first"}
    (study / "texts/erster.txt").write_text("Die Minister haben sich getroffen.", "utf-8")
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, list(rows[0]), lineterminator="\n").writerow(new)


def test_a_translation_counts_nowhere_beside_its_original(study):
    """Pages see a study only as load_study returns it: with and without the row, the same."""
    before = load_study(study)
    with_translation(study)
    after = load_study(study)
    assert after.translations == {"erster": "first"}
    assert after.statements.equals(before.statements) and after.texts == before.texts
    assert after.groups == before.groups and after.contrasts == before.contrasts
    assert "texts/erster.txt" in after.files and any("erster (of first)" in w for w in after.warnings)
    one, two = corpus.build(before), corpus.build(after)
    assert one.units.equals(two.units) and one.blocks.equals(two.blocks)
    assert "1 translation of these" in corpus.scope(two, "descriptive")


@pytest.mark.parametrize("original, fault", [
    ("erster", "is the statement itself"), ("zweiter", "is a translation itself"),
])
def test_translations_of_translations_are_refused(original, fault, study):
    with_translation(study)
    text = (study / "statements.csv").read_text("utf-8")
    if original == "zweiter":
        row = text.splitlines()[-1].replace("erster", "zweiter")
        (study / "texts/zweiter.txt").write_text("Encore une fois.", "utf-8")
        text = text.replace(",first,", ",zweiter,") + row + "\n"
    else:
        text = text.replace(",first,", ",erster,")
    (study / "statements.csv").write_text(text, "utf-8")
    with pytest.raises(BadStudy, match=fault):
        load_study(study)


def test_check_says_what_weakens_a_study(tmp_path, capsys):
    long = "\n\n".join(f"The ministers of state {i} met and agreed on rails and roads." for i in range(40))
    texts = {
        "long-2020.txt": long, "copy-2020.txt": long.replace("state 7", "county 7"),
        "short-2020.txt": "Oui, bien sûr.",
        "french-2020.txt": "Les ministres ont décidé de construire la route et le rail. " * 12,
    }
    source = folder_of(tmp_path / "in", texts)
    assert main(["new", str(tmp_path / "s"), "--from", str(source), "--language", "en"]) == 0
    capsys.readouterr()
    assert main(["check", str(tmp_path / "s")]) == 0
    said = capsys.readouterr().err
    for found in ("no groups are declared", "one date, 2020", "lengths of 1", "fewer than 50 words",
                  "fewer than 15 passages", "look like 'fr': french-2020", "near-copies",
                  "withheld"):
        assert found in said, found
    assert not weaknesses(corpus.load("channel-2015-2024"))[1:]


def test_two_files_of_one_name_in_a_zip_are_not_one(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        file.writestr("one.txt", TEXTS["first.txt"])
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("one.txt", TEXTS["second.txt"])
    source = folder_of(tmp_path / "in")
    main(["new", str(tmp_path / "s"), "--from", str(source), str(tmp_path / "all.zip")])
    assert "all.zip: holds several files called 'one.txt'; pack it again" in capsys.readouterr().err


def test_study_new_reads_a_zip_of_everything(tmp_path):
    stream = tmp_path / "all.zip"
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("a/one.txt", TEXTS["first.txt"])
        file.writestr("a/two.md", "# Two\n\n" + TEXTS["second.txt"])
        file.writestr("b/three.html", f"<h1>Three</h1><p>{TEXTS['third.txt']}</p>")
        file.writestr("b/four.pdf", pdf(["The harbour will be closed to all ships."]))
    assert main(["new", str(tmp_path / "s"), "--from", str(stream)]) == 0
    rows = {row["id"]: row for row in rows_of(tmp_path / "s")}
    assert set(rows) == {"one", "two", "three", "four"}
    assert rows["two"]["title"] == "Two" and rows["three"]["folder"] == "all.zip/b"
    assert (tmp_path / "s/originals/all.zip/b/four.pdf").is_file()
