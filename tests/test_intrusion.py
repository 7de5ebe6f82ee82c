"""Word and topic intrusion: items, blind sheets, files at fault, scores by hand, the command."""

import csv
import io
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small import SHIPPED, study_of

from analysis import cli, intrusion, sheets
from analysis import intrusion_scores as scores
from analysis.errors import BadParameter, BadStudy, OutputProblem
from analysis.intrusion import TOPIC, WORD

TYPES = [f"{letter}{place:02d}" for letter in "abcde" for place in range(20)]
NAMES = ["T1", "T2", "T3", "T4", "T5"]


def planted(seed=0, n=60):
    """Five topics of twenty words each, and passages of three of them."""
    rng = np.random.default_rng(seed)
    words = np.full((5, 100), 1e-4)
    for topic in range(5):
        words[topic, 20 * topic:20 * topic + 20] = np.sort(rng.dirichlet(np.full(20, 2.0)))[::-1]
    words /= words.sum(axis=1, keepdims=True)
    shares = np.zeros((n, 5))
    for own in shares:
        own[rng.choice(5, 3, replace=False)] = rng.dirichlet(np.full(3, 20.0))
    return words, shares, [f"Passage {place}, about this; and \u0007 that." for place in range(n)]


@pytest.fixture(scope="module")
def key():
    words, shares, passages = planted()
    return intrusion.items(words, TYPES, shares, passages, names=NAMES, seed=1)


def filled(key, coder, choose, folder, name=None):
    """A sheet with answers: `choose(options, intruder)` gives the option, None for no answer."""
    table = intrusion.sheet(key, coder=coder, seed=1)
    intruder = key[key["intruder"]].set_index("item")["option"]
    for row, own in table.iterrows():
        options = [own[f"option_{k}"] for k in range(1, 7) if own[f"option_{k}"]]
        chosen = choose(options, intruder[own["item"]])
        table.loc[row, "answer"] = "" if chosen is None else str(options.index(chosen) + 1)
    path = folder / (name or f"{coder}.csv")
    path.write_bytes(intrusion.sheet_bytes(table))
    return path


def right(options, intruder):
    return intruder


def wrong(options, intruder):
    return next(option for option in options if option != intruder)


def scored(key, *paths):
    return scores.judged(intrusion.read_sheets(paths, key), key)


# Items


def test_a_word_item_is_five_top_words_and_one_of_another_topic(key):
    words = planted()[0]
    for item, own in key[key["task"] == WORD].groupby("item"):
        topic = NAMES.index(own["topic"].iloc[0])
        ranked = [TYPES[word] for word in np.argsort(-words[topic])]
        assert set(own.loc[~own["intruder"], "option"]) == set(ranked[:5]) and item[0] == "w"
        intruder = own.loc[own["intruder"], "option"].item()
        assert ranked.index(intruder) >= 20  # none of the topic's own
        others = [np.argsort(-row).tolist().index(TYPES.index(intruder)) for row in words]
        assert min(others) < intrusion.SENT
    assert (key[key["task"] == WORD].groupby("item").size() == 6).all()
    assert sorted(key.loc[(key["task"] == WORD) & key["intruder"], "topic"]) == NAMES


def test_intruders_are_the_less_probable_half_of_what_others_could_send():
    """Topic 2's first ten words: five are frequent in topic 1 as well and cannot intrude."""
    words = np.full((2, 40), 1e-6)
    words[0, :10], words[0, 20:25] = np.linspace(0.1, 0.06, 10), 0.02
    words[1, 20:30] = 0.1
    types = [f"w{place:02d}" for place in range(40)]
    for seed in range(20):
        found = intrusion.items(words, types, np.zeros((0, 2)), [], names=["A", "B"], seed=seed)
        first = found[(found["topic"] == "A") & found["intruder"]]["option"].item()
        assert first in types[25:30]


def test_a_topic_item_is_three_main_topics_and_one_that_the_passage_lacks(key):
    words, shares, passages = planted()
    own_labels = [", ".join(TYPES[w] for w in np.argsort(-row)[:8]) for row in words]
    topics = key[key["task"] == TOPIC]
    assert topics["item"].nunique() == intrusion.PASSAGES
    for _, own in topics.groupby("item"):
        place = int(own["passage"].iloc[0].split()[1].rstrip(","))
        assert own["passage"].iloc[0] == f"Passage {place}, about this; and that."
        for row in own.itertuples():
            share = shares[place, own_labels.index(row.option)]
            assert row.share == share and row.intruder == (share < intrusion.LEAST_SHARE)
        assert own["intruder"].sum() == 1 and len(own) == 4


def test_passages_without_three_topics_or_an_absent_one_are_not_shown():
    words, shares, passages = planted(n=4)
    shares[0] = [0.5, 0.48, 0.02, 0, 0]
    shares[1] = 0.2
    shares[2] = np.nan
    found = intrusion.items(words, TYPES, shares, passages, names=NAMES, seed=1)
    shown = found.loc[found["task"] == TOPIC, "passage"].unique().tolist()
    assert shown == ["Passage 3, about this; and that."]
    twice = intrusion.items(
        words, TYPES, shares[[3, 3]], ["same", "same"], names=NAMES, seed=1
    )
    counts = twice[twice["task"] == TOPIC].groupby("item").size()
    assert (counts == 4).all()


def test_items_come_from_the_seed_and_no_one_else(key):
    words, shares, passages = planted()
    again = intrusion.items(words, TYPES, shares, passages, names=NAMES, seed=1)
    other = intrusion.items(words, TYPES, shares, passages, names=NAMES, seed=2)
    assert again.equals(key) and not other.equals(key)


def test_too_little_for_any_item():
    none = intrusion.items(np.zeros((0, 9)), TYPES[:9], np.zeros((4, 0)), ["a"] * 4, names=[],
                           seed=1)
    one = intrusion.items(np.full((1, 9), 1 / 9), TYPES[:9], np.ones((4, 1)), ["a"] * 4,
                          names=["T1"], seed=1)
    assert none.empty and one.empty and list(none) == list(intrusion.KEY)


# Sheets


def test_a_sheet_is_blind(key):
    table = intrusion.sheet(key, coder="anna", seed=1)
    assert list(table) == list(intrusion.SHEET) and (table["answer"] == "").all()
    assert table["task"].tolist() == [WORD] * 5 + [TOPIC] * 20  # words first
    # Which of an item's options intrudes does not change its id.
    turned = key.assign(intruder=~key["intruder"])
    assert intrusion.sheet(turned, coder="anna", seed=1).equals(table)
    # Over many readers the intruder stands everywhere.
    intruder = key[key["intruder"]].set_index("item")["option"]
    places = [
        [row[f"option_{k}"] for k in range(1, 7)].index(intruder[row["item"]])
        for coder in range(40)
        for _, row in intrusion.sheet(key, coder=f"r{coder}", seed=1).iloc[:5].iterrows()
    ]
    assert stats.chisquare(np.bincount(places, minlength=6)).pvalue > 0.001


def test_readers_get_the_same_items_in_orders_of_their_own(key):
    anna, again, ben = (
        intrusion.sheet(key, coder=coder, seed=1) for coder in ("anna", "anna", "ben")
    )
    assert anna.equals(again)
    assert sorted(anna["item"]) == sorted(ben["item"]) and list(anna["item"]) != list(ben["item"])
    assert "5 lists of words, 20 passages" in intrusion.instructions(anna)


@pytest.mark.parametrize("name", ["", " ", "=cmd", "a\nb", "x" * 41, "-anna"])
def test_a_name_that_is_none_is_refused(key, name):
    with pytest.raises(BadParameter, match="at most 40 letters"):
        intrusion.sheet(key, coder=name, seed=1)


def test_what_a_spreadsheet_would_compute_comes_back_as_text(tmp_path):
    words, shares, _ = planted(n=30)
    types = [f"={word}" if word[0] == "a" else f"'{word}" for word in TYPES]
    hostile = intrusion.items(words, types, shares, ["=1+1"] * 15 + ["'=1"] * 15, names=NAMES,
                              seed=1)
    path = filled(hostile, "anna", right, tmp_path)
    cells = [cell for row in csv.reader(io.StringIO(path.read_text("utf-8"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    (tmp_path / "key.csv").write_bytes(intrusion.key_bytes(hostile))
    back = intrusion.read_key(tmp_path / "key.csv")
    pd.testing.assert_frame_equal(back, hostile)
    assert scored(back, path)["right"].all()


# Files at fault


def faults(key, *paths):
    with pytest.raises(BadStudy) as caught:
        intrusion.read_sheets(paths, key)
    return list(caught.value.faults)


def edited(path, change):
    """The sheet with each row changed by `change(number, row)`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [change(number, row) for number, row in enumerate(rows)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n, row: {k: v for k, v in row.items() if k != "answer"},
         "anna.csv: no column 'answer'"),
        (lambda n, row: row | ({"item": "w00000000"} if n == 2 else {}),
         "anna.csv, row 4, column item: 'w00000000' is not in the key"),
        (lambda n, row: row | ({"answer": "7"} if n == 0 else {}),
         "anna.csv, row 2, column answer: '7' is no option's number; write 1 to 6"),
        (lambda n, row: row | ({"answer": "5"} if n == 24 else {}),
         "anna.csv, row 26, column answer: '5' is no option's number; write 1 to 4"),
        (lambda n, row: row | ({"answer": row["option_1"]} if n == 0 else {}),
         "anna.csv, row 2, column answer: '"),
        (lambda n, row: row | ({"option_1": "other"} if n == 1 else {}),
         "anna.csv, row 3: the options of 'w"),
        (lambda n, row: row | {"answer": ""},
         "anna.csv: no answer is filled in; write options' numbers into answer"),
        (lambda n, row: row | ({"coder": "ben"} if n == 3 else {}),
         "anna.csv, column coder: 2 names ('anna, ben')"),
        (lambda n, row: row | {"coder": ""}, "anna.csv, column coder: 1 names"),
    ],
)
def test_a_sheet_at_fault_is_one_clear_line(tmp_path, key, change, said):
    path = edited(filled(key, "anna", right, tmp_path), change)
    found = faults(key, path)
    assert len(found) == 1 and found[0].startswith(said), found


def test_more_files_at_fault(tmp_path, key):
    path = filled(key, "anna", right, tmp_path)
    twin = filled(key, "anna", wrong, tmp_path, name="twin.csv")
    assert faults(key, path, twin) == [
        "twin.csv: is a second sheet of 'anna' beside anna.csv; give one"
    ]
    (tmp_path / "empty.csv").write_text("")
    assert faults(key, tmp_path / "empty.csv") == [
        "empty.csv: is empty; write a header and one row each"
    ]
    (tmp_path / "head.csv").write_text(",".join(intrusion.SHEET) + "\n")
    assert faults(key, tmp_path / "head.csv")[0].startswith("head.csv: has a header and no row")
    assert "there is no such file" in faults(key, tmp_path / "nowhere.csv")[0]
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), "utf-8")
    assert "is there twice; keep one row" in faults(key, path)[0]


def test_a_key_at_fault_is_refused(tmp_path, key):
    path = tmp_path / "key.csv"
    for change, said in (
        (key.assign(intruder=False), "has 0 intruders among"),
        (key.assign(task="other"), "row 2: is no row of a key"),
        (key.assign(share=float("nan")), "column share: '' is no share"),
    ):
        path.write_bytes(intrusion.key_bytes(change))
        with pytest.raises(BadStudy, match=said):
            intrusion.read_key(path)
    with pytest.raises(BadStudy, match="there is no such file"):
        intrusion.read_key(tmp_path / "none.csv")


# Scores


def test_all_right_and_all_wrong(tmp_path, key):
    found = scored(key, filled(key, "anna", right, tmp_path))
    table = scores.precision(found)
    whole = table[(table["task"] == WORD) & (table["by"] == "all")].iloc[0]
    # Clopper and Pearson with 5 of 5: low = .025^(1/5).
    assert (whole["precision"], whole["high"]) == (1, 1)
    assert whole["low"] == pytest.approx(0.025 ** (1 / 5))
    assert whole["chance"] == pytest.approx(1 / 6)
    assert scores.log_odds(found, seed=1)[["log_odds", "low", "high"]].to_numpy().tolist() == [
        [0, 0, 0]
    ] * 2
    missed = scores.precision(scored(key, filled(key, "ben", wrong, tmp_path)))
    assert (missed["precision"] == 0).all() and (missed["low"] == 0).all()


def test_bounds_of_one_reader_are_the_binomial_s(tmp_path, key):
    """Against SciPy's binomtest, method exact: 8 of 20 passages."""
    turn = iter([True] * 5 + [True] * 8 + [False] * 12)
    found = scored(
        key, filled(key, "anna", lambda o, i: right(o, i) if next(turn) else wrong(o, i), tmp_path)
    )
    row = scores.precision(found).query("task == 'topic' and by == 'all'").iloc[0]
    exact = stats.binomtest(8, 20).proportion_ci(method="exact")
    assert (row["low"], row["high"]) == pytest.approx((exact.low, exact.high))
    assert (row["n_right"], row["n_answers"], row["chance"]) == (8, 20, 0.25)


def test_log_odds_by_hand():
    """Shares .6, .3, .1 and an intruder of .0 (counted as .01)."""
    key = pd.DataFrame(
        [("t1", TOPIC, "T4", "p", option, share, option == "d")
         for option, share in (("a", 0.6), ("b", 0.3), ("c", 0.1), ("d", 0.0))],
        columns=list(intrusion.KEY),
    )
    answers = pd.DataFrame({"coder": ["x", "y"], "item": "t1", "place": [1, 3]})
    found = scores.judged(answers, key)
    assert found["log_odds"].tolist() == pytest.approx([math.log(0.01 / 0.3), 0])
    chance = (math.log(1 / 60) + math.log(1 / 30) + math.log(1 / 10)) / 4
    table = scores.log_odds(found, seed=1)
    assert table["chance"].tolist() == pytest.approx([chance] * 3)
    assert table["log_odds"].iloc[0] == pytest.approx(math.log(1 / 30) / 2)
    assert table["low"].isna().all()
    assert table["why_no_interval"].iloc[0] == "1 passages, 15 are needed"


def test_scores_answer_by_answer_are_the_same(tmp_path, key):
    rng = np.random.default_rng(3)
    paths = [
        filled(key, coder, lambda o, i: rng.choice([None, *o, i, i]), tmp_path)
        for coder in ("anna", "ben", "eva")
    ]
    found = scored(key, *paths)
    table = scores.precision(found)
    for task in (WORD, TOPIC):
        means = []
        for item in sorted(set(key.loc[key["task"] == task, "item"])):
            intruder = key[(key["item"] == item) & key["intruder"]]["option"].item()
            hits = []
            for path in paths:
                for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
                    if row["item"] == item and row["answer"]:
                        hits.append(row[f"option_{row['answer']}"] == intruder)
            means += [np.mean(hits)] if hits else []
        row = table[(table["task"] == task) & (table["by"] == "all")].iloc[0]
        assert row["precision"] == pytest.approx(np.mean(means))
        k = np.mean(means) * len(means)
        assert row["low"] == pytest.approx(stats.beta.ppf(0.025, k, len(means) - k + 1))
        assert row["n_items"] == len(means)
    assert table.query("by == 'topic'")["of"].tolist() == NAMES


def test_guessing_readers_are_not_above_chance_and_do_not_agree(tmp_path, key):
    rng = np.random.default_rng(1)
    paths = [filled(key, f"r{n}", lambda o, i: rng.choice(o), tmp_path) for n in range(8)]
    found = scored(key, *paths)
    table = scores.precision(found).query("by == 'all'")
    assert (table["low"] < table["chance"]).all()
    agreed = scores.agreement(found)
    assert agreed["n_readers"].tolist() == [8, 8] and (agreed["alpha"].abs() < 0.15).all()
    odds = scores.log_odds(found, seed=1).iloc[0]
    assert odds["low"] < odds["chance"] < odds["high"]
    said = scores.reading(scores.precision(found), scores.log_odds(found, seed=1), agreed)
    assert any(line.endswith("insufficient evidence that readers see the topics.") for line in said)


def test_readers_who_are_misled_alike_agree(tmp_path, key):
    def misled(options, intruder):
        return min(option for option in options if option != intruder)

    found = scored(key, *(filled(key, coder, misled, tmp_path) for coder in ("anna", "ben")))
    assert scores.agreement(found).query("task == 'topic'")["alpha"].item() == 1
    assert not found["right"].any()


def test_order_of_sheets_is_no_matter_and_a_rerun_is_the_same(tmp_path, key):
    rng = np.random.default_rng(5)
    paths = [filled(key, name, lambda o, i: rng.choice(o), tmp_path) for name in ("anna", "ben")]
    first, turned = scored(key, *paths), scored(key, *paths[::-1])
    for score in (scores.precision, scores.agreement, lambda f: scores.log_odds(f, seed=1)):
        assert score(first).equals(score(turned)) and score(first).equals(score(first))


def test_the_reading_follows_the_answers(tmp_path, key):
    def said(*paths):
        found = scored(key, *paths)
        tables = scores.precision(found), scores.log_odds(found, seed=1), scores.agreement(found)
        json.dumps(scores.as_json(*tables), allow_nan=False)
        return scores.reading(*tables)

    good, bad = filled(key, "anna", right, tmp_path), filled(key, "ben", wrong, tmp_path)
    one = said(good)
    assert one[0].endswith("by guessing 17 %: more than by guessing.")
    assert one[1] == "One reader: whether another would agree is not known."
    assert not any("half of the readers" in line for line in one)
    both = said(good, bad)
    assert "Found by half of the readers at most: T1, T2, T3, T4, T5." in both
    assert both[-1].startswith("Topic log odds −")


# Files and the command


def test_sheets_are_never_written_over_one_another(tmp_path):
    path, key = tmp_path / "sheet.csv", tmp_path / "key.csv"
    sheets.write({path: b"one"}, shared={key: b"key"})
    with pytest.raises(OutputProblem, match=r"sheet\.csv: is there already and is not overwritten"):
        sheets.write({path: b"two"}, shared={key: b"key"})
    second = tmp_path / "second.csv"
    sheets.write({second: b"two"}, shared={key: b"key"})
    third = tmp_path / "third.csv"
    with pytest.raises(OutputProblem, match=r"key\.csv: is there already and is the key of other"):
        sheets.write({third: b"three"}, shared={key: b"other"})
    assert not third.exists() and (path.read_bytes(), key.read_bytes()) == (b"one", b"key")
    with pytest.raises(OutputProblem, match="cannot be written"):
        sheets.write({third: b"three", tmp_path / "no" / "x.csv": b""}, shared={})
    assert not third.exists()


@pytest.fixture()
def own_number(tmp_path_factory):
    """The shipped study with a number of topics of its reader's own, which need not be sought."""
    study = tmp_path_factory.mktemp("own") / "study"
    shutil.copytree(SHIPPED, study)
    declared = study / "study.yaml"
    text = declared.read_text("utf-8")
    assert "\nparameters: {}\n" in text
    declared.write_text(text.replace("\nparameters: {}\n", "\nparameters: {n_topics: 5}\n"), "utf-8")
    return study


def test_the_command_writes_sheets_and_scores_them(own_number, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["topicsheet", str(own_number), "--coder", "Anna B."]) == 0
    assert "topicsheet-anna-b.csv" in capsys.readouterr().out
    sheet = tmp_path / "topicsheet-anna-b.csv"
    first = sheet.read_bytes()
    assert sheet.with_suffix(".txt").is_file()
    assert cli.main(["topicsheet", str(own_number), "--coder", "Anna B."]) == 1
    assert sheet.read_bytes() == first and "is there already" in capsys.readouterr().err
    validate = ["validate", str(own_number), "--intrusion", str(sheet)]
    assert cli.main(validate) == 1
    assert capsys.readouterr().err == (
        "study: topicsheet-anna-b.csv: no answer is filled in; write options' numbers into answer\n"
    )
    # Every second answer is the first option.
    answered = []

    def answer(n, row):
        answered.extend([row["task"]] * (n % 2))
        return row | {"answer": "1" if n % 2 else ""}

    edited(sheet, answer)
    assert cli.main([*validate, "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert set(found) == {"precision", "log_odds", "agreement"} and not err
    words = [row for row in found["precision"] if row["task"] == "word"]
    assert words[0]["n_answers"] == answered.count("word") > 0
    assert found["agreement"][0]["alpha"] is None
    # A key of topics that the study no longer has: scored, and said.
    key = tmp_path / "topicsheet-key.csv"
    word = next(row["option"] for row in csv.DictReader(io.StringIO(key.read_text("utf-8")))
                if row["task"] == "word" and row["intruder"] == "false")
    key.write_text(key.read_text("utf-8").replace(f",{word},", ",zebra,"), "utf-8")
    sheet.write_text(sheet.read_text("utf-8").replace(f",{word},", ",zebra,"), "utf-8")
    assert cli.main(validate) == 0
    out, err = capsys.readouterr()
    assert "no topic of the study has these words" in err and "model precision" in out


def test_wrong_usage_of_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate", str(SHIPPED), "--equivalent", "x.csv", "--key", "k.csv"]) == 1
    assert "--key: is the key of topic sheets" in capsys.readouterr().err
    assert cli.main(["topicsheet", str(SHIPPED), "--coder", "anna", "--out", "s.txt"]) == 1
    assert "need names of their own" in capsys.readouterr().err
    assert cli.main(["topicsheet", str(SHIPPED), "--coder", "=x"]) == 1
    assert "at most 40 letters" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    for arguments in (["topicsheet", "x"], ["topicsheet", "x", "--coder", "a", "--seed", "-1"]):
        with pytest.raises(SystemExit) as stopped:
            cli.main(arguments)
        assert stopped.value.code == 2
    with pytest.raises(SystemExit):
        cli.main(["topicsheet", "--help"])
    assert "example:" in capsys.readouterr().out


def test_a_study_without_topics_has_no_sheet(tmp_path, monkeypatch, capsys):
    study = study_of({"one": "We act on borders.\n", "two": "Ships sail.\n"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("analysis.study.load_study", lambda path: study)
    assert cli.main(["topicsheet", str(SHIPPED), "--coder", "anna"]) == 1
    assert "too little text for two topics" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
