"""How many topics, what differs between sides, what anchor words change, in what units."""

from dataclasses import replace

import numpy as np
import pytest
from small import corpus_of, paragraphs
from test_topics import planted

from analysis import (
    corpus,
    topic_choice,
    topic_maps,
    topic_model,
    topic_shares,
    topic_stability,
    topic_trust,
    topics,
)
from analysis.errors import BadStudy
from analysis.study import load_study
from analysis.study_yaml import Contrast

POOLS = ("border patrol fence guard wall", "asylum claim appeal court judge",
         "boat engine beach tide dinghy")


@pytest.fixture(scope="module")
def choice():
    return topic_choice.choose(planted(5, 40, seed=3)[0], seed=1)


def test_the_planted_number_is_picked(choice):
    row = choice.table.set_index("n_topics").loc[choice.picked]
    assert abs(choice.picked - 5) <= 1 and choice.by_rule
    assert row["supported"] and row["place"] == 1 and row["chosen"]
    assert choice.table["n_topics"].tolist() == list(range(2, 9)) and choice.tried == 7
    said = " ".join(topic_trust.choice_reading(choice))
    assert f"The rule picks {choice.picked} topics" in said and "Next come" in said
    assert "perplexity" not in topic_choice.RULE


def test_the_readers_number_overrules_the_rule():
    own = topic_choice.choose(planted(5, 40, seed=3)[0], seed=1, n_topics=3)
    assert own.n_topics == 3 and own.picked != 3 and not own.by_rule
    assert own.table.loc[own.table["chosen"], "n_topics"].tolist() == [3]
    assert any("shows 3 topics because" in said for said in topic_trust.choice_reading(own))


def test_shuffled_words_support_no_number():
    blocks, _ = planted(5, 40, seed=3)
    mixed = topic_stability.shuffled(blocks.counts, np.random.default_rng(5))
    found = topic_choice.choose(replace(blocks, counts=mixed), seed=1)
    assert not found.table["supported"].any()
    assert any("No supported topic structure" in said for said in
               topic_trust.choice_reading(found))


def test_too_little_text_has_no_table():
    blocks = topics.block_counts(corpus_of({"one": "We act.\n", "two": "Ships sail.\n"}))
    found = topic_choice.choose(blocks, seed=1)
    assert found.table.empty and "Too little text" in topic_trust.choice_reading(found)[0]


# Contrasts, refitted


def written(part: float, *, seed: int, blocks: int = 30) -> dict[str, str]:
    """Two statements; this part of the first one's blocks is of the first pool."""
    rng = np.random.default_rng(seed)
    texts = {}
    for name, first in (("one", part), ("two", 1 / 3)):
        pools = [0 if rng.random() < first else rng.integers(1, 3) for _ in range(blocks)]
        texts[name] = paragraphs([" ".join(rng.choice(POOLS[p].split(), 10)) for p in pools])
    return texts


def contrasted(part: float, *, seed: int):
    texts = corpus_of(written(part, seed=seed))
    declared = Contrast("ab", "One and two", ("one",), ("two",), "One", "Two")
    texts = replace(texts, study=replace(texts.study, contrasts=(declared,)))
    blocks = topics.block_counts(texts)
    model = topic_model.fit(blocks, n_topics=3)
    effort = topic_stability.Effort(4, 0, 2, 1000)
    stability = topic_stability.stability(blocks, model, seed=1, effort=effort)
    found = topics.topics_table(texts, blocks, model, stability)
    # Which topics stand is not what is tested here.
    found = found.assign(badges="")
    return found, topic_shares.contrasts(texts, blocks, model, found, seed=1, n_refits=99)


def test_a_planted_difference_is_found_and_none_where_there_is_none():
    topics_found, table = contrasted(0.8, seed=2)
    own = int(np.flatnonzero(topics_found["probable"].str.contains("patrol"))[0])
    row = table.iloc[own]
    assert row["low"] > 0 and row["p_holm"] < 0.05 and row["difference"] > 0.2
    assert row["low"] < row["difference"] < row["high"]
    assert (table["p_holm"] >= table["p"]).all() and (table["refit_likeness"] > 0.8).all()
    _, none = contrasted(1 / 3, seed=4)
    assert (none["p_holm"] > 0.05).all()


def test_variance_of_a_statement_by_hand():
    # Two blocks of 10 and 30 words with shares .2 and .6: mean .5, deviations −.3 and .1;
    # 2 · ((10 · .3)² + (30 · .1)²) / 40² = .0225.
    texts = corpus_of(written(0.5, seed=1))
    found = topic_shares._statement_moments(
        topics.block_counts(texts), np.array([10, 30]), np.array(["a", "a"]),
        np.array([[0.2], [0.6]]),
    )
    assert found.means["a"] == pytest.approx([0.5])
    assert found.variances["a"] == pytest.approx([0.0225])


# Anchor words


def with_anchors(anchors: dict[str, tuple[str, ...]]) -> corpus.Corpus:
    texts = corpus_of(written(0.5, seed=3))
    return replace(texts, study=replace(texts.study, anchors=anchors))


@pytest.mark.parametrize("kind", ["nmf", "lda"])
def test_an_anchored_topic_has_its_words_on_top(kind):
    texts = with_anchors({"Sea": ("boats", "beach", "zeppelin"), "Law": ("courts",)})
    blocks = topics.block_counts(texts)
    model = topic_model.fit(blocks, n_topics=3, kind=kind)
    assert sorted(model.anchored) == ["", "Law", "Sea"]
    table = topic_maps.anchor_changes(texts, blocks, model).set_index("anchor")
    assert table.loc["Sea", "on_top"] == 2 and table.loc["Sea", "missing"] == "zeppelin"
    assert (table["likeness"] > 0.8).all()
    said = " ".join(topic_maps.anchors_reading(texts, blocks, table.reset_index()))
    assert "zeppelin" in said and "Sea: 2 of its words" in said


def test_anchors_move_topics_towards_their_words():
    """Words of two pools, given together, are more probable together than without."""
    texts = with_anchors({"Mixed": ("patrol", "court")})
    blocks = topics.block_counts(texts)
    stems = blocks.anchors["Mixed"]
    plain = topic_model.fit(replace(blocks, anchors={}), n_topics=2)
    given = topic_model.fit(blocks, n_topics=2)
    assert given.words[:, stems].min(axis=1).max() >= plain.words[:, stems].min(axis=1).max()


def test_faults_of_anchors_name_line_and_remedy(tmp_path):
    from test_other_studies import write_bare

    folder = write_bare(tmp_path / "s")
    file = folder / "topic_anchors.yaml"
    file.write_text("topics:\n  Sea: [boat, tide]\n", "utf-8")
    study = load_study(folder)
    assert study.anchors == {"Sea": ("boat", "tide")} and "topic_anchors.yaml" in study.files
    file.write_text("topics:\n  Sea: [boat, two words]\n  Land:\n    - Boat\n", "utf-8")
    with pytest.raises(BadStudy) as told:
        load_study(folder)
    said = str(told.value)
    assert "topic_anchors.yaml, line 2" in said and "write one word an entry" in said
    assert "line 4" in said or "line 3" in said
    assert "a word can anchor one topic only" in said
    file.write_text("topic: {}\n", "utf-8")
    with pytest.raises(BadStudy, match="topics"):
        load_study(folder)


# Units


def test_units_follow_the_size_of_the_corpus(monkeypatch):
    one_block = " ".join(f"{sentence.capitalize()}." for sentence in POOLS * 4)
    texts = corpus_of({"one": one_block + "\n", "two": one_block + "\n"})
    blocks = topics.block_counts(texts)
    assert blocks.unit == "window" and len(blocks.fitted) == 8
    assert topics.block_counts(texts, unit="block").unit == "block"
    monkeypatch.setattr(topics, "WHOLE_STATEMENTS", 2)
    whole = topics.block_counts(texts)
    assert whole.unit == "statement" and len(whole.fitted) == 2
    assert whole.counts.sum() == blocks.counts.sum()
    assert sum(len(order) for order in whole.order) == whole.counts.sum()


def test_words_of_a_block_stand_in_the_order_of_the_text():
    texts = corpus_of({"one": "Tide and boat and tide.\n\nBoat.\n", "two": "Tide, boat.\n"})
    documents = topics.block_counts(texts).documents
    assert documents == [["tide", "boat", "tide"], ["boat"], ["tide", "boat"]]


def test_large_corpora_are_fitted_by_mini_batches(monkeypatch):
    blocks, truth = planted(5, 600, seed=1)
    monkeypatch.setattr(topic_model, "LARGE_NMF", 500)
    monkeypatch.setattr(topic_model, "LARGE_LDA", 500)
    for kind in ("nmf", "lda"):
        model = topic_model.fit(blocks, n_topics=5, kind=kind)
        assert topic_model.matched(truth, model.words).min() >= 0.9


def test_subsamples_are_bounded_and_without_replacement():
    statements = np.repeat(list("abc"), [10, 5, 1])
    chosen = topic_stability.subsample(statements, np.random.default_rng(1), most=20)
    assert len(set(chosen.tolist())) == len(chosen) == 8 + 4 + 1
    assert len(topic_stability.subsample(statements, np.random.default_rng(1), most=6)) == 6


def test_a_word_of_a_large_corpus_stands_in_one_block_of_so_many(monkeypatch):
    common, rare = "Tide and boat.", "Tide, boat and anchor."
    text = paragraphs([rare] * 2 + [common] * 28)
    texts = corpus_of({"one": text, "two": paragraphs([common] * 30)})
    assert "anchor" in topics.block_counts(texts).words
    monkeypatch.setattr(topics, "ONE_IN", 20)
    blocks = topics.block_counts(texts)
    assert "anchor" not in blocks.words and {"tide", "boat"} <= set(blocks.words)
    assert (blocks.n_rare, blocks.least, blocks.rare) == (1, 3, "fewer than 3 blocks")


def test_more_blocks_never_get_more_effort():
    for kind in ("nmf", "lda"):
        for screening in (False, True):
            fits = [
                (e.runs + e.starts + e.shuffles * (1 + e.runs), -e.tolerance)
                for e in (
                    topic_stability.effort_of(n, kind, screening=screening)
                    for n in (40, 201, 601, 2_001, 100_000)
                )
            ]
            assert fits == sorted(fits, reverse=True)


@pytest.fixture()
def fits(monkeypatch):
    """Blocks and tolerance of each fit that is made."""
    made, solve = [], topic_model.solve

    def noted(part, n, **options):
        made.append((len(part.statements), options["tolerance"]))
        return solve(part, n, **options)

    monkeypatch.setattr(topic_model, "solve", noted)
    return made


def test_a_vast_corpus_is_screened_coarsely_and_its_planted_number_found(monkeypatch, fits):
    """As of 2,001 blocks: the choice is made on a sample, by the effort for the whole."""
    monkeypatch.setattr(topic_choice, "SAMPLE", 400)
    found = topic_choice.choose(planted(5, 700, seed=1)[0], seed=1)
    assert abs(found.picked - 5) <= 1
    assert max(blocks for blocks, _ in fits) == 400
    assert {tolerance for _, tolerance in fits} == {topic_stability.VAST_SCREENING.tolerance}


def test_a_number_is_judged_by_less_work_from_a_vast_corpus_on(fits):
    """What 600 blocks are judged by, 601 are not; words of both in four statements."""
    worked = []
    for n_blocks in (topic_stability.VAST_FROM, topic_stability.VAST_FROM + 1):
        blocks, _ = planted(3, n_blocks, seed=1)
        model = topic_model.fit(blocks, n_topics=3)
        fits.clear()
        topic_stability.stability(blocks, model, seed=1)
        worked.append(sum(size for size, _ in fits))
    assert len(fits) == 29
    assert worked[1] < worked[0] / 4


def test_other_starting_points_are_tried_on_all_blocks_and_parts_are_said_as_they_are(fits):
    """What starting points alone change must not hold what the choice of blocks changes."""
    blocks, _ = planted(2, 60, seed=1)
    model = topic_model.fit(blocks, n_topics=2)
    fits.clear()
    effort = topic_stability.Effort(runs=2, starts=1, shuffles=1, blocks=30)
    found = topic_stability.stability(blocks, model, seed=1, effort=effort)
    assert [size for size, _ in fits] == [30, 30, 60, 60, 30, 30]
    assert found.n_blocks == 30
    assert topic_trust._what_moves(found, 60).startswith(
        "Sought again in 30 of the 60 blocks, drawn at random, topics are alike to ")


def test_noise_is_fitted_as_coarsely_as_the_texts(fits):
    """The line holds only if topics of noise are made in the very same way."""
    blocks, _ = planted(3, 60, seed=1)
    model = topic_model.fit(blocks, n_topics=3, tolerance=0.05)
    fits.clear()
    effort = topic_stability.Effort(runs=2, starts=1, shuffles=2, blocks=1000, tolerance=0.02)
    topic_stability.stability(blocks, model, seed=1, effort=effort)
    assert [tolerance for _, tolerance in fits] == [0.02] * 3 + ([0.05] + [0.02] * 2) * 2
