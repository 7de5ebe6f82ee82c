"""Dictionaries of other programs: LIWC's and quanteda's forms with their quirks, and their faults."""

import pandas as pd
import pytest

from analysis import tokens
from analysis.dictionary import match
from analysis.dictionary_files import from_dic, from_dicx, from_yaml
from analysis.errors import BadStudy


def terms(dictionary):
    return {c.id: [term.phrase for term in c.terms] for c in dictionary.categories}


def test_a_dic_file_with_the_quirks_of_its_versions():
    """Header with descriptions (2015), tabs or spaces, several numbers, conditions (2007), emoticons
    and brackets, phrases with spaces or underscores, Windows line ends, a word given twice."""
    text = "\r\n".join([
        "%", "1\tfunction (Function Words)", "125\taffect", "  131  cogproc", "%",
        "abandon*\t125\t131", "a lot\t1", "happy 125 131", "isn't\t1", "be_honest\t1",
        "like\t(02 134)125/131", "kind\t<of>131/125", ":)\t125", "(:\t125", "happy\t125", "",
    ])
    own = from_dic(text, file="x.dic", language="en")
    assert terms(own) == {
        "function": ["a lot", "isn't", "be honest"],
        "affect": ["abandon*", "happy", "like", "kind"],
        "cogproc": ["abandon*", "happy", "like", "kind"],
    }
    assert own.language == "en" and own.note.startswith("2 entries without a letter")


def test_what_means_something_in_our_own_form_means_nothing_in_another():
    own = from_yaml({"a": ["@home", "~2 x", "this|that"]}, file="q.yml")
    words = tokens.tokenise(pd.DataFrame({"sentence_id": ["s"], "text": ["home, x, this that"]}))
    assert terms(own) == {"a": ["home", "x", "this that"]}
    assert len(match(own, words)) == 3


def test_categories_of_quanteda_are_named_by_their_path():
    own = from_yaml(
        {"populism": ["elit*", "consensus*"],
         "policy": {"economy": ["tax*", "trade war"], "law": ["law", "rule_of_law"]}},
        file="q.yml",
    )
    assert terms(own) == {
        "populism": ["elit*", "consensus*"],
        "policy.economy": ["tax*", "trade war"],
        "policy.law": ["law", "rule of law"],
    }


def test_a_dicx_file():
    text = 'DicTerm,pos,neg\nhapp*,X,\nsad,,X\n"not good",,X\n:),X,\nboth,X,X\nnone,0,\n'
    assert terms(from_dicx(text, file="x.dicx")) == {
        "pos": ["happ*", "both"], "neg": ["sad", "not good", "both"],
    }


def test_our_own_form_is_known_by_its_keys():
    with pytest.raises(BadStudy, match="no 'version'"):
        from_yaml({"frames": {"a": {"terms": ["x"]}}}, file="frames.yaml")


@pytest.mark.parametrize(
    ("read", "given", "message"),
    [
        (from_dic, "happy\t1\n", "0 line.s. of '%'"),
        (from_dic, "%\n1\ta\nx\n%\nhappy\t1\n", "line 3: 'x' is no category"),
        (from_dic, "%\n1\ta\n%\nhappy\t2\n", "line 4: no category has the number 2"),
        (from_dic, "%\n1\ta\n%\nhappy\n", "line 4: 'happy' has no category's number"),
        (from_dic, "%\n1\ta\n%\n:)\t1\n", "no category has an entry with a word"),
        (from_dicx, "word,a\nx,X\n", "no header 'DicTerm"),
        (from_dicx, "", "no header 'DicTerm"),
        (from_yaml, {"a": [True]}, "'True' is no word; put it in quotes"),
        (from_yaml, {"a": {"b": [None]}}, "a.b: 'None' is no word"),
    ],
)
def test_faults_say_where_and_what_to_do(read, given, message):
    with pytest.raises(BadStudy, match=message):
        read(given, file="x")
