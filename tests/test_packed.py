"""Texts held as UTF-8 and lists made on demand: what a dict and a list would hold."""

import pickle

from hypothesis import given
from hypothesis import strategies as st

from analysis.packed import Lazy, Texts

texts = st.dictionaries(st.text(max_size=4), st.text(st.characters(codec=None), max_size=20))


@given(texts)
def test_texts_are_those_of_a_dict(written):
    held = Texts(written)
    assert held == written and list(held) == list(written) and len(held) == len(written)
    assert pickle.loads(pickle.dumps(held)) == written
    names = sorted(written)[::2]
    assert dict(held.only(names)) == {name: written[name] for name in names}
    assert list(held.only(names)) == names
    copy = Texts(held)
    copy.add("\0new", "x")
    assert "\0new" in copy and "\0new" not in held


@given(st.lists(st.integers(), max_size=9), st.slices(9), st.integers(-9, 8))
def test_lazy_items_are_those_of_a_list(items, cut, place):
    made = Lazy(len(items), items.__getitem__)
    assert list(made) == items and made[cut] == items[cut]
    if -len(items) <= place < len(items):
        assert made[place] == items[place]


def test_lazy_items_are_made_when_they_are_asked_for():
    asked = []
    made = Lazy(3, lambda place: asked.append(place) or place)
    assert asked == [] and made[1:2] == [1] and asked == [1]
