"""What a text's words rule out: never anything that the patterns themselves would find."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import SHIPPED

from analysis import commitment_rules, corpus
from analysis.commitment_patterns import Compiler, plain
from analysis.pattern_words import Chooser

RULES = commitment_rules.default()
CASES = json.loads((Path(__file__).parent / "cases" / "commitments.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def texts():
    """Sentences of the study, the language cases, and their words in any order."""
    units = corpus.load(str(SHIPPED)).sentences["text"].tolist()
    own = [*units, *(case[key] for case in CASES for key in ("text", "head"))]
    draw = random.Random(1)
    words = " ".join(own).split()
    return [*own, *(" ".join(draw.choices(words, k=25)) for _ in range(150)), ""]


def slow(alternatives, low):
    return [match.span() for match in alternatives.pattern.finditer(low)]


def test_rules_match_where_their_patterns_match_alone(texts):
    sets = [*(rule.match for rule in (*RULES.rules, *RULES.heads)),
            *(rule.unless for rule in (*RULES.rules, *RULES.heads) if rule.unless),
            RULES.clauses, RULES.conditions, RULES.specific, RULES.strong]
    matches = [rule.match for rule in RULES.rules]
    skipped = 0
    for text in texts:
        words = RULES.slots.read(plain(text))
        assert [own.spans(words) for own in sets] == [slow(own, words.low) for own in sets]
        chosen = RULES.choosers[0].of(words)
        for number, own in enumerate(matches):
            if number in chosen:
                found = own.everywhere(words) if chosen[number] else own.at_words(words)
                assert found == slow(own, words.low)
            else:
                assert not slow(own, words.low)
                skipped += 1
    assert skipped > .8 * len(texts) * len(matches)  # else there would be no point in it


class NoFile:
    """Stands in for a file without faults."""


LISTS = {"act": ["go", "set up", "pay ~ out", "<end>"], "end": ["stop*", "€*", "[now] halt"],
         "any": ["*", "go"], "odd": ["i.e", "end_of", "s", "#"]}
VERBS = {kind: ["go"] for kind in ("acts", "soft", "vague", "weak")}
COMPILER = Compiler(NoFile(), {"lists": LISTS, "verbs": VERBS})
SLOTS = ("go", "stop*", "*ing", "a|€*", "set_up", "<act>", "<end>|b", "<any>", "<odd>", "[a]",
         "[<end>]", "~", "~~", "~,", ",", "^", "$", "=go|b", "!a|b", "!,", "#", "b")
WORDS = ("go", "going", "stop", "stopped", "a", "b", "set up", "set-up", "€5", "€", "5m", "3", ",",
         ";", "now", "halt", "i.e.", "end of", "end-of", "pay x out", "'go", "go's", "s", "é", "(a")

patterns = st.lists(st.sampled_from(SLOTS), min_size=1, max_size=4).map(" ".join)
lines = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@given(st.lists(patterns, min_size=1, max_size=3), lines)
def test_any_pattern_is_tried_wherever_it_can_match(given_patterns, line):
    own = COMPILER.alternatives(given_patterns)
    words = COMPILER.slots.read(plain(line))
    assert own.spans(words) == slow(own, words.low)
    chosen = Chooser([own]).of(words)
    assert chosen or not slow(own, words.low)
