"""How fast are 40 globs and phrases found in ready tokens?

    python bench/speed_dictionary.py [--prose FOLDER]

The peer that policy researchers use is quanteda's tokens_lookup (R), which does not run here
and is not compared. In its place: the same terms as one regular expression on the texts, which
gives no longest match across terms.
"""

from __future__ import annotations

import re

import pandas as pd
import timing
from timing import Way

from analysis import dictionary, tokens

TERMS = (
    "secur*", "border*", "migra*", "refuge*", "state*", "polic*", "human right*", "govern*",
    "civil society", "econom*", "capital*", "work*", "power*", "at the same time", "law*", "crim*",
    "working class", "organised crime", "criminal network*", "irregular migra*", "small boat*",
    "free*", "return*", "asylum", "joint", "cooperat*", "market*", "partner*", "famil*", "child*",
    "protect*", "health*", "law enforcement", "help*", "threat*", "resettl*", "root cause*",
    "third countr*", "smuggl*", "traffick*",
)
LISTS = dictionary.parse(
    {"version": "1", "citation": "bench", "language": "en", "frames": {
        "first": {"label": "First", "definition": "", "terms": list(TERMS[:20])},
        "second": {"label": "Second", "definition": "", "terms": list(TERMS[20:])}}},
    file="bench",
)


def expression(texts: list[str]):
    parts = [re.escape(term).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for term in TERMS]
    pattern = re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)
    return lambda: sum(1 for text in texts for _ in pattern.finditer(text))


def floor(ready: pd.DataFrame):
    """The numbers of all tokens looked up once."""
    codes, types = tokens.coded(ready["token"])
    wanted = pd.Series(types).str.startswith("s").to_numpy()
    return lambda: int(wanted[codes].sum())


def main() -> None:
    given = timing.arguments(__doc__)
    for which, whole in timing.inputs(given.prose, megabytes=24).items():
        texts = [part for text in whole for part in text.split("\n\n")]
        table = pd.DataFrame({"sentence_id": [str(i) for i in range(len(texts))], "text": texts})
        ready = tokens.tokenise(table)
        timing.compare(
            "40 globs and phrases in ready tokens", which, sum(map(len, texts)) / 1e6, "MB",
            {
                "ours": Way(lambda ready=ready: lambda: dictionary.match(LISTS, ready)),
                "one regular expression": Way(lambda texts=texts: expression(texts)),
                "floor: one look-up a token": Way(lambda ready=ready: floor(ready)),
            },
            rounds=given.rounds, again=given.again,
        )


if __name__ == "__main__":
    main()
