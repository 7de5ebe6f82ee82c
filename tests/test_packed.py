"""Texts held as UTF-8 and lists made on demand: what a dict and a list would hold."""

import os
import pickle
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

import pytest

from analysis import packed
from analysis.packed import Lazy, Texts

texts = st.dictionaries(st.text(max_size=4), st.text(st.characters(codec=None), max_size=20))


@pytest.mark.parametrize("in_memory", [0, 20, 10_000])
@given(texts)
def test_texts_are_those_of_a_dict(in_memory, written):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packed, "IN_MEMORY", in_memory)
        _as_a_dict(written, Texts(written))


def _as_a_dict(written, held):
    assert held == written and list(held) == list(written) and len(held) == len(written)
    assert pickle.loads(pickle.dumps(held)) == written
    names = sorted(written)[::2]
    assert dict(held.only(names)) == {name: written[name] for name in names}
    assert list(held.only(names)) == names
    copy = Texts(held)
    copy.add("\0new", "x")
    assert "\0new" in copy and "\0new" not in held
    assert copy["\0new"] == "x" and held == written


def test_texts_in_a_file_are_read_by_threads_and_forked_processes_at_once(monkeypatch):
    monkeypatch.setattr(packed, "IN_MEMORY", 0)
    written = {str(number): chr(97 + number % 26) * (number % 50) for number in range(2_000)}
    held = Texts(written)
    assert held._file is not None

    def same(_):
        return all(held[name] == text for name, text in written.items())

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(same, range(8)))
    if hasattr(os, "fork"):
        children = []
        for _ in range(4):
            children.append(os.fork())
            if not children[-1]:
                os._exit(0 if same(None) else 1)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4


GIVEN_BACK = """
import resource
from analysis.packed import release

def held():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

texts = ["x" * 1000 + str(n) for n in range(100_000)]
texts = texts[-1:]  # what lies behind the freed texts keeps the library from giving them back
before = held()
release()
print(before - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="GNU's C library is asked to do it")
def test_freed_memory_is_given_back():
    printed = subprocess.run([sys.executable, "-c", GIVEN_BACK], capture_output=True, check=True)
    assert float(printed.stdout) > 80


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
