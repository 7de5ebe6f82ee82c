"""Words that set sides apart, and the reader's own comparison: planted words, nulls, laws, hostile
input, other studies."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import SHIPPED, corpus_of, paragraphs

from analysis import (
    commitments,
    corpus,
    frame_contrasts,
    framing,
    keyness,
    own_contrast,
    own_sides,
    tables,
    wording,
)
from analysis import sides as sides_of
from analysis.errors import BadParameter
from analysis.study import load_study

FILLER = [f"w{chr(97 + k // 26)}{chr(97 + k % 26)}" for k in range(60)]
BILATERAL = "A: format=bilateral; B: format=multilateral"


@pytest.fixture(scope="module")
def shipped():
    return corpus.build(load_study(SHIPPED))


def two_texts(rng, *, blocks: int = 30, planted: int = 0) -> corpus.Corpus:
    """Two texts of passages from one source; the first `planted` of text a hold a bunch."""
    def text(extra: int) -> str:
        passages = [
            " ".join(rng.choice(FILLER, 20).tolist() + ["fence"] * (2 * (k < extra)))
            for k in range(blocks)
        ]
        return paragraphs(passages)
    return corpus_of({"a": text(planted), "b": text(0)})


def words_of(texts, compared=None, n_boot=400, **options) -> pd.DataFrame:
    compared = sides_of.compared(texts) if compared is None else compared
    return keyness.keywords(texts, compared, seed=1, n_boot=n_boot, **options)


def test_a_planted_word_stands_beyond_the_line_and_leads():
    texts = two_texts(np.random.default_rng(1), planted=15)
    table = words_of(texts)
    top = table.iloc[0]
    assert (top["word"], top["standing"], top["side"]) == ("fence", keyness.BEYOND, "A 2010")
    assert (top["n_a"], top["n_b"], top["passages_a"]) == (30, 0, 15)
    assert top["line"] > 1.96
    assert "fence (A 2010)" in keyness.title(keyness.leading(table))


def test_texts_of_one_source_rarely_pass_the_line():
    """Exchangeable passages: at most 5 % of studies name any word, give or take chance."""
    rng = np.random.default_rng(2)
    named = 0
    for _ in range(30):
        table = words_of(two_texts(rng, blocks=12), n_boot=100)
        named += bool((table["standing"] == keyness.BEYOND).any())
    assert named <= 5


def test_sides_swap_the_sign(shipped):
    (one,) = own_sides.read(shipped, BILATERAL)
    other = replace(one, a=one.b, b=one.a, a_label=one.b_label, b_label=one.a_label)
    here = words_of(shipped, [one]).set_index("word").sort_index()
    there = words_of(shipped, [other]).set_index("word").sort_index()
    for column in ("z", "g2", "chi2", "log_ratio"):
        np.testing.assert_allclose(here[column], -there[column], atol=1e-9)
    assert (here["side"] == there["side"]).all()
    np.testing.assert_allclose(here["dp"], there["dp"])


def test_counts_and_spellings_of_the_shipped_statements(shipped):
    table = words_of(shipped)
    own = table[table["contrast"] == "Calais Group, 2022 to 2024"].set_index("word")
    assert own.loc["cooperation", "spellings"] == "co-operation 0 : 5, cooperation 12 : 0"
    assert (own.loc["cooperation", "n_a"], own.loc["cooperation", "n_b"]) == (12, 5)
    unfolded = words_of(shipped, fold=False)
    own = unfolded[unfolded["contrast"] == "Calais Group, 2022 to 2024"].set_index("word")
    assert own.loc["co-operation", "n_b"] == 5
    assert (table["low"].isna() == (table["why_no_interval"] != "")).all()
    known = table[table["low"].notna()]
    assert (known["low"] < known["log_ratio"]).all() and len(known)
    assert (known[["passages_a", "passages_b"]].min(axis=1) >= keyness.MIN_PASSAGES).all()


def test_the_same_words_on_both_sides_are_no_difference():
    text = paragraphs(["we met in peace and spoke of boats"] * 20)
    table = words_of(corpus_of({"a": text, "b": text}))
    assert (table["z"] == 0).all() and (table["g2"] == 0).all()
    assert not (table["standing"] == keyness.BEYOND).any()
    assert "No word stands beyond" in keyness.title(table)


def test_the_line_slowly():
    """The largest |z| of one dealing, word by word."""
    texts = two_texts(np.random.default_rng(3), blocks=6)
    (compared,) = sides_of.compared(texts)
    counted = keyness._count(texts, compared, keyness.tokens.tokenise(texts.units))
    a, b, _, _ = counted.sums()
    kept = np.flatnonzero(a + b >= keyness.MIN_COUNT)
    found, dealt = keyness._line(counted, kept, rng=np.random.default_rng(7), n=50)
    rng, matrix, largest, beyond = np.random.default_rng(7), counted.matrix.toarray(), [], 0
    for _ in range(50):
        first = rng.permutation(len(counted.sizes))[: counted.first]
        side = np.isin(np.arange(len(counted.sizes)), first)
        _, z = keyness.contingency.log_odds(
            matrix[side].sum(axis=0), matrix[~side].sum(axis=0), counted.sizes[side].sum(),
            counted.sizes[~side].sum(), prior=counted.prior)
        largest.append(np.abs(z[kept]).max())
        beyond += (np.abs(z[kept]) > 1.959964).sum()
    assert found == pytest.approx(np.quantile(largest, 0.95), abs=1e-9)
    assert dealt == beyond / 50


def test_words_are_dealt_and_redrawn_in_portions_of_any_size(monkeypatch):
    texts = two_texts(np.random.default_rng(3), blocks=25)
    whole = words_of(texts)
    assert whole["low"].notna().any()
    monkeypatch.setattr(keyness, "CHUNK", 700)
    pd.testing.assert_frame_equal(words_of(texts), whole, check_exact=False, rtol=1e-12)


def test_few_passages_are_insufficient_evidence():
    texts = corpus_of({"a": "We like boats, boats and boats.\n", "b": "Boats are boats.\n"})
    table = words_of(texts)
    assert table["word"].tolist() == ["boats"] and table["line"].isna().all()
    assert table["standing"].tolist() == [keyness.NO_LINE]
    assert "insufficient evidence" in keyness.reading(texts, sides_of.compared(texts), table)[0]
    assert keyness.chart(keyness.leading(table)).alt.startswith("Words by z")


def test_languages_are_not_set_against_one_another():
    texts = corpus_of({"a": "Boats and boats.\n", "b": "Des bateaux.\n"}, languages={"b": "fr"})
    compared = sides_of.compared(texts)
    table = words_of(texts)
    assert table.empty and keyness.leading(table).empty
    assert "different languages" in keyness.reading(texts, compared, table)[0]


def test_without_contrasts_each_statement_faces_the_others():
    three = corpus_of({name: "Boats and boats.\n" for name in "abc"})
    assert [s.b_label for s in sides_of.compared(three)] == ["the other statements"] * 3
    assert not any(s.declared for s in sides_of.compared(three))
    many = corpus_of({f"s{k}": "Boats.\n" for k in range(9)})
    assert sides_of.compared(many) == []
    assert "too many" in keyness.reading(many, [], words_of(many, []))[0]


def test_documents_are_dealt_where_there_are_many():
    texts = {f"s{k:02}": "We like boats. We like trains.\n\nAnd more.\n" for k in range(40)}
    many = corpus_of(texts)
    mask = many.units["statement_id"].isin(list(texts)[:20]).to_numpy()
    own = sides_of.Sides("x", "A", "B", mask, ~mask)
    counted = keyness._count(many, own, keyness.tokens.tokenise(many.units))
    assert len(counted.sizes) == 40


# ---------------------------------------------------------------- the reader's own comparison


def picked(texts, asked) -> tuple[set[str], set[str]]:
    (own,) = own_sides.read(texts, asked)
    name = texts.units["statement_id"] + ":b" + texts.units["block"].astype(str)
    return set(name[own.a]), set(name[own.b])


def test_sides_are_what_was_asked_for(shipped):
    units = shipped.units
    block = units["statement_id"] + ":b" + units["block"].astype(str)
    of = {name: set(block[units["statement_id"] == name]) for name in shipped.labels}
    two = of["uk-fr-2015-08-20"] | of["uk-fr-2022-11-14"]
    five = of["calais-group-2022-12"] | of["calais-group-2024-03-04"]
    assert picked(shipped, BILATERAL) == (two, five)
    assert picked(shipped, "a: uk-fr-2015-08-20, uk-fr-2022-11-14 ; b : group=MULTILATERAL") == (
        two, five)
    assert picked(shipped, 'A: issuer="United Kingdom; France"; B: rest') == (two, five)
    assert picked(shipped, "A: uk-fr-*; B: genre=commentary")[1] == of["statewatch-2023-10"]
    a, b = picked(shipped, "A: calais-group-2022-12:b3-b5, uk-fr-2022-11-14:b3; B: rest")
    assert a == {f"calais-group-2022-12:b{k}" for k in (3, 4, 5)} & set(block) | {
        "uk-fr-2022-11-14:b3"}
    assert b == (two | five) - a


def test_a_search_term_picks_passages_of_statements(shipped):
    a, b = picked(shipped, 'A: "small boat*"; B: rest')
    units = shipped.units
    block = units["statement_id"] + ":b" + units["block"].astype(str)
    holds = units["text"].str.contains(r"\bsmall[ -]boat", case=False)
    own = units["statement_id"] != "statewatch-2023-10"
    assert a == set(block[holds & own]) and b == set(block[own]) - a
    c, d = picked(shipped, 'A “x”: "smuggl*" & genre=commentary; B: "smuggl*" & format=bilateral')
    assert {i.split(":")[0] for i in c} == {"statewatch-2023-10"}
    assert {i.split(":")[0] for i in d} == {"uk-fr-2015-08-20", "uk-fr-2022-11-14"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("A: uk-fr-2015; B: rest", "unknown statement 'uk-fr-2015'; did you mean"),
        ("A: formt=bilateral; B: rest", "no column 'formt'; did you mean 'format'?"),
        ("A: format=bilaterl; B: rest", "did you mean 'bilateral'"),
        ('A: "zebra"; B: rest', "is empty"),
        ("A: uk-fr*; B: uk-fr-2022-11-14", "stand on both sides, such as uk-fr-2022-11-14:b"),
        ("A: rest; B: rest", "both sides are 'rest'"),
        ("A: uk-fr*, rest; B: calais*", "'rest' stands alone"),
        ("A: uk-fr*", "has 1 side(s), not 2"),
        ("A: uk-fr*; B: calais*; C: x", "has 3 side(s), not 2"),
        ("B: uk-fr*; A: calais*", "must read 'A: …; B: …'"),
        ("nonsense; more", "must read 'A: …; B: …'"),
        ('A: "small; B: rest', "a quotation mark is not closed"),
        ("A: uk-fr*, ; B: rest", "ends too early"),
        ("A: uk-fr* && calais*; B: rest", "cannot be read near part 3"),
        ("A: uk-fr-2022-11-14:b900; B: rest", "has no analysed passage from b900"),
        ('A: "***"; B: rest', "has no word in it"),
        ('A: "@people"; B: rest', "has no word in it"),
        ("A: __import__('os').system('x'); B: rest", "unknown statement"),
        ("A: uk-fr*\nB: rest", "has 1 side(s), not 2"),
        ("A: " + "x" * 3000 + "; B: rest", "at most 2,000"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(shipped, asked, message):
    with pytest.raises(BadParameter) as caught:
        own_sides.read(shipped, asked)
    (fault,) = caught.value.faults
    assert message in fault and "\n" not in fault and fault.startswith("contrast: ")


def test_nothing_asked_is_no_comparison(shipped):
    assert own_sides.read(shipped, "  ") == []
    frames = framing.dictionary_of(shipped)
    matches = framing.frame_matches(shipped, frames)
    shares = own_contrast.frame_shares(shipped, [], frames, matches, seed=1, n_boot=200)
    assert shares.empty and "contrast = " in own_contrast.reading(shipped, [], shares)[0]
    assert words_of(shipped, []).empty


def test_own_tables_are_those_of_the_declared_sides(shipped):
    frames = framing.dictionary_of(shipped)
    matches = framing.frame_matches(shipped, frames)
    asked = "A: uk-fr-2015-08-20; B: uk-fr-2022-11-14"
    own = own_sides.read(shipped, asked)
    shares = own_contrast.frame_shares(shipped, own, frames, matches, seed=1, n_boot=200)
    declared = frame_contrasts.contrasts(
        shipped, frames, matches,
        framing.frame_shares(shipped, frames, matches, seed=1, n_boot=200), seed=1,
        permutations=19)
    declared = declared[declared["contrast"] == "UK–France, 2015 to 2022"]
    np.testing.assert_allclose(shares["share_a"], declared["share_a"])
    np.testing.assert_allclose(shares["difference"], -declared["difference"])
    np.testing.assert_allclose(shares["mean_a"], shares["share_a"])
    named = wording.occurrences(shipped)
    names = own_contrast.naming(shipped, own, named)
    illegal = names[names["name"] == "illegal"].iloc[0]
    assert (illegal["n_a"], illegal["n_b"]) == (14, 10)
    chosen = own_contrast.selection(shipped, own)
    assert chosen["words"].sum() == shipped.units["words"][own[0].a | own[0].b].sum()
    assert own_sides.MARK in own_contrast.reading(shipped, own, shares)[0]
    assert own_sides.MARK in words_of(shipped, own)["contrast"].iloc[0]


def test_commitments_of_own_sides_are_those_of_the_profile(shipped):
    levels = commitments.read(shipped)
    own = own_sides.read(shipped, "A: uk-fr-2015-08-20; B: calais-group-2022-12")
    firm = own_contrast.firmness(shipped, own, levels, seed=1, n_boot=200)
    profile = commitments.profile(shipped, levels, seed=1, n_boot=200)
    for side, label in (("a", "UK–France 2015"), ("b", "Calais Group 2022")):
        whole = profile[profile["statement"] == label].reset_index(drop=True)
        np.testing.assert_allclose(firm[f"share_{side}"], whole["share"])
        for number, _ in enumerate(commitments.LEVELS):
            assert firm[f"level_{number}_{side}"].tolist() == whole[f"level_{number}"].tolist()
    np.testing.assert_allclose(firm["difference"], firm["share_a"] - firm["share_b"])
    assert "decisions" in own_contrast.firmness_reading(firm)[0]


def test_pieces_of_a_part_of_a_statement_are_its_own(shipped):
    levels = commitments.read(shipped)
    own = own_sides.read(shipped, 'A: "information campaign*" ; B: rest')
    firm = own_contrast.firmness(shipped, own, levels, seed=1, n_boot=200)
    by_unit = firm.iloc[0]
    assert by_unit["n_a"] == own[0].a.sum()
    assert by_unit["level_3_a"] == (levels["level"][own[0].a] == 3).sum()
    assert own_contrast.firmness(shipped, [], levels, seed=1, n_boot=200).empty


def test_frames_of_own_sides_are_withheld_for_another_language():
    text = "Police will dismantle the networks of smugglers.\n\nThey met in Lille.\n"
    both = corpus_of({"a": text, "b": text}, languages={"b": "fr"})
    own = own_sides.read(both, "A: a; B: b")
    frames = framing.dictionary_of(both)
    matches = framing.frame_matches(both, frames)
    shares = own_contrast.frame_shares(both, own, frames, matches, seed=1, n_boot=200)
    assert shares.empty
    assert any("withheld" in line for line in own_contrast.reading(both, own, shares))


def test_names_of_sides_are_escaped(shipped):
    own = own_sides.read(shipped, 'A "<script>x</script>": uk-fr*; B: rest')
    table = own_contrast.selection(shipped, own)
    html = tables.to_html(tables.payload(table, name="own", caption="c"))
    assert "<script>" not in html and "&lt;script&gt;" in html
    chart = keyness.chart(keyness.leading(words_of(shipped, own)))
    assert "<script>" not in chart.svg


# ---------------------------------------------------------------- every number of a row, slowly


def uneven(rng, a: int, b: int) -> corpus.Corpus:
    """Two texts of passages of unequal length that hold 'fence' at unequal rates."""
    def text(blocks, chance):
        return paragraphs([
            " ".join([*rng.choice(FILLER, int(rng.integers(15, 25))), *["fence"] * int(n)])
            for n in rng.binomial(2, chance, blocks)
        ])
    return corpus_of({"a": text(a, 0.7), "b": text(b, 0.3)})


@pytest.mark.parametrize("passages", [(24, 31), (28, 22)])
def test_a_row_slowly(passages):
    """Rates, measures and bounds of each word, from a plain table of passages and words."""
    from math import log2, sqrt

    from scipy import stats

    texts = uneven(np.random.default_rng(5), *passages)
    (compared,) = sides_of.compared(texts)
    table = words_of(texts, n_boot=300).set_index("word")
    # Passages are redrawn in the order of their names.
    order = np.argsort(np.asarray(sides_of.passages(texts)), kind="stable")
    first, second = (
        [texts.units["text"].iloc[row].lower().strip(".").split() for row in order if side[row]]
        for side in (compared.a, compared.b)
    )
    words = [sum(map(len, side)) for side in (first, second)]
    rng = keyness.generator(1, "redrawn", compared.label)
    drawn = [rng.multinomial(len(side), np.full(len(side), 1 / len(side)), size=300)
             for side in (first, second)]
    known = table[table["why_no_interval"] == ""]
    assert len(known) > 10 and "fence" in known.index
    for word, row in table.iterrows():
        counts = [[part.count(word) for part in side] for side in (first, second)]
        n = [sum(own) for own in counts]
        held = [sum(c > 0 for c in own) for own in counts]
        assert (row["n_a"], row["n_b"]) == tuple(n)
        assert (row["passages_a"], row["passages_b"]) == tuple(held)
        assert (row["per_1000_a"], row["per_1000_b"]) == pytest.approx(
            tuple(1000 * k / w for k, w in zip(n, words, strict=True)))
        assert (row["why_no_interval"] == "") == (min(held) >= 5)
        if min(held) < 5:
            assert row["why_no_interval"] == (
                f"in {min(held)} passages of a side, 5 are needed") and np.isnan(row["low"])
            continue
        variance = 0.0
        for own, side, sets in zip(counts, (first, second), drawn, strict=True):
            logs = [
                log2((sum(t * c for t, c in zip(times, own, strict=True)) + 0.5)
                     / sum(t * len(p) for t, p in zip(times, side, strict=True)))
                for times in sets
            ]
            variance += stats.tvar(logs) * len(side) / (len(side) - 1)
        reach = stats.t.ppf(0.975, min(passages) - 1) * sqrt(variance)
        ratio = log2(n[0] / words[0] / (n[1] / words[1]))
        assert row["log_ratio"] == pytest.approx(ratio)
        assert row["high"] - ratio == pytest.approx(reach, rel=1e-9)
        assert ratio - row["low"] == pytest.approx(reach, rel=1e-9)


@pytest.mark.parametrize(("parts", "first"), [(6, 3), (7, 2), (9, 8), (21, 1), (12, 6)])
def test_dealings_are_counted(parts, first):
    import math

    assert keyness._dealings(parts, first) == pytest.approx(math.comb(parts, first))
    # Where they are very many it is enough to know that.
    assert keyness._dealings(100, 50) > 1e6


@pytest.mark.parametrize(("blocks", "dealt"), [((3, 3), True), ((2, 3), False), ((1, 19), True),
                                               ((1, 18), False)])
def test_twenty_dealings_make_a_line(blocks, dealt):
    rng = np.random.default_rng(1)
    texts = corpus_of({
        name: paragraphs([" ".join(rng.choice(FILLER[:6], 12)) for _ in range(n)])
        for name, n in zip("ab", blocks, strict=True)
    })
    table = words_of(texts, n_boot=100)
    assert len(table) and table["line"].notna().all() == dealt


def test_the_prior_is_of_all_statements_and_both_sides():
    """A commentary counts where it is a side, and not where it is none."""
    texts = {"a": "fence fence fence boat.\n", "b": "boat boat boat port.\n",
             "c": "port port port fence.\n"}
    both = corpus_of(texts)
    table = both.study.statements.assign(genre=["statement", "statement", "commentary"])
    with_c = replace(both, study=replace(both.study, statements=table))
    of = {name: (with_c.units["statement_id"] == name).to_numpy() for name in texts}
    words = keyness.tokens.tokenise(with_c.units)
    for a, b, expected in (
        ("a", "b", {"boat": 4, "fence": 3, "port": 1}),
        ("c", "a", {"boat": 4, "fence": 4, "port": 4}),
    ):
        counted = keyness._count(with_c, sides_of.Sides("x", a, b, of[a], of[b]), words)
        prior = dict(zip(counted.words, counted.prior, strict=True))
        whole = sum(expected[word] for word in prior)
        assert prior == pytest.approx(
            {word: 500 * expected[word] / whole for word in prior})


def test_a_word_is_compared_from_three_occurrences_on():
    texts = corpus_of({"a": "Fence and fence. Port.\n", "b": "Fence and port.\n"})
    assert set(words_of(texts, n_boot=50)["word"]) == {"fence"}


# ---------------------------------------------------------------- what is shown of it


def kept(*rows) -> pd.DataFrame:
    """A table of words: word, z, kind; line 2."""
    rows = [
        dict(dict.fromkeys(keyness.KEYNESS, 0), contrast="c", word=word, z=z, kind=kind, line=2.0,
             side="A" if z >= 0 else "B", other="B" if z >= 0 else "A", dealt=1.25,
             standing=keyness.BEYOND if abs(z) > 2 else keyness.WITHIN)
        for word, z, kind in rows
    ]
    return tables.result(rows, columns=keyness.KEYNESS, made_by="tests")


def test_the_figure_shows_the_leading_words_of_either_side():
    rows = [(f"a{n}", 9.0 - n / 10, "") for n in range(10)]
    rows += [("the", 8.5, keyness.FUNCTION), ("none", 0.0, "")]
    rows += [(f"b{n}", -5.0 + n / 10, "") for n in range(9)]
    table = kept(*sorted(rows, key=lambda row: -abs(row[1])))
    shown = keyness.leading(table)
    assert shown["word"].tolist() == [*(f"a{n}" for n in range(8)),
                                      *(f"b{n}" for n in range(7, -1, -1))]
    few = keyness.leading(kept(("x", 0.4, ""), ("y", -0.3, ""), ("none", 0.0, "")))
    assert few["word"].tolist() == ["x", "y"]
    many = pd.concat([kept(("w", 3.0, "")).assign(contrast=f"c{n}") for n in range(8)])
    assert keyness.leading(many)["contrast"].tolist() == [f"c{n}" for n in range(6)]


@pytest.mark.parametrize("rows", [
    [("x", 3.0, ""), ("y", -2.5, "")], [("y", -2.5, "")], [("x", 0.5, ""), ("y", -0.2, "")],
])
def test_the_figure_names_its_sides_whichever_leads(rows):
    alt = keyness.chart(keyness.leading(kept(*rows))).alt
    assert "positive towards A, negative towards B" in alt


def test_one_word_stands_and_several_stand():
    one = keyness._standing(kept(("x", 3.0, ""), ("y", 1.97, ""), ("v", 1.95, "")))
    assert one.startswith("of 3 words, 1 stands beyond the line of |z| = 2.0")
    assert "(A: x)" in one and "would name 2; a random dealing names 1.2 on" in one
    two = keyness._standing(kept(("x", 3.0, ""), ("y", -2.5, ""), ("u", 2.0, "")))
    assert "2 stand beyond" in two and "(A: x; B: y)" in two and "would name 3" in two
    assert "0 stand beyond the line of |z| = 2.0, which" in keyness._standing(kept(("x", 1.0, "")))
    turned = kept(("y", -4.5, ""), ("x", 3.0, ""))
    assert "(B: y; A: x)" in keyness._standing(turned)
    assert keyness.title(turned) == "Beyond the line: y (B); x (A)"
    assert keyness.title(kept(("x", 3.0, ""), ("y", -2.5, ""))) == "Beyond the line: x (A); y (B)"


@pytest.mark.parametrize(("words", "told"), [((6, 4), False), ((7, 4), True), ((5, 5), False)])
def test_one_statement_that_speaks_for_its_side_is_named(words, told):
    texts = corpus_of({"a": " ".join(["we"] * words[0]) + ".\n",
                       "b": " ".join(["we"] * words[1]) + ".\n", "c": "We met.\n"})
    c = (texts.units["statement_id"] == "c").to_numpy()
    said = keyness._voices(texts, sides_of.Sides("x", "A", "B", ~c, c))
    assert bool(said) == told
    if told:
        assert said == (f" {texts.labels['a']} has 64 % of the words of A: its words are the "
                        "side's.")


@pytest.mark.parametrize(("sentences", "listed"), [(200, 200), (201, 0)])
def test_sentences_of_a_word_are_listed_up_to_two_hundred(sentences, listed):
    texts = corpus_of({"a": paragraphs(["the fence stands"] * (sentences - 4)),
                       "b": paragraphs(["the fence falls"] * 4)})
    table = words_of(texts, n_boot=50).set_index("word")
    assert len(table.at["fence", "evidence"]) == listed
    assert table.at["the", "kind"] == keyness.FUNCTION and table.at["fence", "kind"] == ""


def test_a_word_is_a_name_where_it_mostly_is_one():
    """"Border" in "Border Force" three times of five, and two times of four."""
    for as_name, alone, kind in ((3, 2, keyness.NAME), (2, 2, "")):
        texts = corpus_of({
            "a": paragraphs(["officers of Border Force met"] * as_name + ["a border shut"] * alone),
            "b": paragraphs(["nobody met"] * 6)})
        assert words_of(texts, n_boot=50).set_index("word").at["border", "kind"] == kind
