"""How an exhibit was made, where its methods come from, terms and formulas."""

from __future__ import annotations

import re

import nbformat.v4 as nbf
import pytest
from markupsafe import Markup

from analysis.report import bibliography, formulas, glossary, made

# ------------------------------------------------------------------------- functions


def test_a_function_says_what_it_asks_and_names_its_sources():
    found = made.function("analysis.description.diversity")
    assert found.says.endswith(("?", "."))
    # Through the functions it calls: the moving average's source stands in that function.
    assert any("Covington" in source for source in found.sources)
    assert any("Yule" in source for source in found.sources)


@pytest.mark.parametrize(
    "name", ["numpy.mean", "analysis.none.x", "analysis.tables.none", "x", "", "analysis.x/../y.z"]
)
def test_a_name_that_is_no_function_of_ours_is_only_a_name(name):
    assert made.function(name) == made.Function(name)


def test_every_source_of_the_package_is_read_without_importing_it():
    source = made.function("analysis.nulls.compared_with").sources
    assert all(work and "\n" not in work for work in source)


# ------------------------------------------------------------------------- parameters


def reach(*cells):
    notebook = nbf.new_notebook(cells=[nbf.new_code_cell(source) for source in cells])
    return made.Reach(notebook, {"seed", "n_boot", "stem"})


def test_parameters_reach_what_is_computed_from_them():
    cells = ["texts = load(stem)\nother = 1", "shares = f(texts, seed=seed)\nshow(shares)",
             "show(other)", "shares = f(other)\nshow(shares)", "%magic seed"]
    found = reach(*cells)
    assert [found.of(cell) for cell in cells] == [
        {"stem"}, {"stem", "seed"}, set(), set(), set()]
    assert found.of("a cell that is not there") == set()


# ------------------------------------------------------------------------- works


def test_the_known_works_have_keys_of_their_own_and_are_found_by_a_citation():
    keys = [entry["id"] for entry in bibliography.entries()]
    assert len(set(keys)) == len(keys)
    for entry in bibliography.entries():
        written = bibliography.written(entry)
        assert bibliography.found(written["names"])["id"] == entry["id"]


@pytest.mark.parametrize(
    ("source", "key"),
    [("Wilson, E. (1927), Journal of the American Statistical Association 22(158)", "wilson1927"),
     ("the finite-population form of Tenenbein, A. (1970), JASA 65", "tenenbein1970"),
     ("Smith & Waterman (1981)", "smith1981"), ("Monroe, Colaresi & Quinn 2008", "monroe2008"),
     ("Hayes, A. F. & Krippendorff, K. (2007), who", "hayes2007"),
     ("Chang et al. (2009), see `intrusion.items`", "chang2009"),
     ("Waterman (1981)", None), ("bench/passages.md for what each part is worth", None),
     ("Wilson (1928)", None), ("", None)],
)
def test_a_source_leads_to_its_work(source, key):
    found = bibliography.found(source)
    assert (found and found["id"]) == key


def test_what_means_something_to_tex_is_escaped():
    record = bibliography.bibtex("misc", "k", [("title", "50 % of {a} & b_c\n\\input{x}")])
    assert record == (
        "@misc{k,\n  title = {50 \\% of \\{a\\} \\& b\\_c \\textbackslash{}input\\{x\\}}\n}\n"
    )


def test_every_record_is_balanced_and_has_what_bibtex_asks_for():
    for entry in bibliography.entries():
        record = bibliography.record(entry)
        assert record.count("{") == record.count("}")
        assert re.match(r"@\w+\{\w+,\n", record)
        for field in ("author", "title", "year"):
            assert f"  {field} = {{" in record


# ------------------------------------------------------------------------- terms


def test_the_first_use_of_a_term_leads_to_the_glossary_and_no_other():
    known = set()
    html = ('<h2>Frames</h2><p>A <a href="#x">frame</a> and <code>frame</code>: two frames, '
            "a frame.</p>")
    linked = glossary.linked(html, known)
    link = '<a class="term" href="glossary.html#term-frame">frames</a>'
    assert linked == html.replace("two frames", f"two {link}")
    assert glossary.linked("<p>Frame</p>", known) == "<p>Frame</p>"


def test_terms_are_unique_explained_and_their_sources_are_known_works():
    entries = glossary.entries()
    forms = [form.lower() for entry in entries for form in (entry["term"], *entry["also"])]
    assert len(set(forms)) == len(forms)
    assert len({entry["id"] for entry in entries}) == len(entries)
    for entry in entries:
        assert len(entry["meaning"].split()) > 6, entry["term"]
        assert not entry["source"] or bibliography.found(entry["source"]), entry["source"]


# ------------------------------------------------------------------------- formulas


def test_money_code_and_escaped_signs_are_no_formulas():
    for text in ("from $5 to $10 a head", "`$x$` and ``a `$y$` b``", r"\$x\$", "a$b$c", "$ x $"):
        assert formulas.set_apart(text) == (text, [])


def test_a_formula_becomes_mathml_that_says_what_was_typed():
    pytest.importorskip("latex2mathml", reason="latex2mathml is not installed")
    text, drawn = formulas.set_apart(r"The share $\frac{a}{b} < 1$ and $$\sum_i x_i^2$$ end.")
    assert len(drawn) == 2 and "$" not in text
    html = formulas.put_back(Markup(text), drawn)
    assert html.count("<math ") == 2 and "<mfrac>" in html and 'display="block"' in html
    assert 'alttext="\\frac{a}{b} &lt; 1"' in html


@pytest.mark.parametrize(
    "latex",
    [r"\href{javascript:alert(1)}{x}", r"\text{<script>alert(1)</script>}", r"\frac{", "}{",
     r"\class{x}{y}", r"\style{color:red}{y}"],
)
def test_a_hostile_formula_is_inert(latex):
    pytest.importorskip("latex2mathml", reason="latex2mathml is not installed")
    _, drawn = formulas.set_apart(f"${latex}$")
    for html in drawn:
        assert not re.search(r"<(?!/?(?:math|m[a-z]+)\b)", html), html
        assert not re.search(r"<[^>]*\s(href|on\w+|style|class|xlink\S*)=", html), html
