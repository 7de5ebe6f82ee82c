"""Own voice and reported speech are told apart by marks and by verbs of saying."""

import pytest
from small import corpus_of

from analysis import voice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The note argues that more checks are needed.", True),
        ("More checks are needed, says the document.", True),
        ("According to ministers, numbers rise.", True),
        ("It calls for “reinforced budgets and staff”.", True),
        ("The Commission is called upon to act.", True),
        ("This is deemed key.", True),
        ("Numbers have risen since May.", False),
        # What somebody does not say is said by the author.
        ("The document does not note that helpers were prosecuted.", False),
        # One word between marks is mentioned, not spoken.
        ("The “hotspot” was closed.", False),
        ("The ministers’ meeting was held a week after the summit.", False),
    ],
)
def test_reports(text, expected):
    assert voice.reports(text) is expected


def test_a_list_item_has_the_voice_of_its_head():
    texts = corpus_of(
        {
            "a": "One sentence is here.\n",
            "c": "Four steps are listed:\n\n- sharing what is known;\n\n- writing it down.\n\n"
            "Nobody was asked about it.\n",
        },
        commentaries=("c",),
    )
    own = (texts.units["statement_id"] == "c").to_numpy()
    flags = voice.reported(texts)[own].tolist()
    assert flags == [True, True, True, False]
    table = voice.voices(texts)
    assert dict(zip(table["voice"], table["sentences"], strict=True)) == {"own": 1, "reported": 3}
