"""Mentions of other documents: the shipped texts', made ones, what is no mention."""

from dataclasses import replace

import pytest
from small import SHIPPED, paragraphs, study_of

from analysis import corpus, references
from analysis.study_yaml import Absent, Event

DATES = {"first": "2014-05-02", "second": "2014-11", "new": "2016-06-15"}


def mentions(sentence: str, *, language: str = "en", absent=(), events=()):
    """The mentions of a sentence of 2016-06-15, in a study with two older statements."""
    study = study_of(
        {"first": "Trade grows.\n", "second": "Trade ends.\n", "new": paragraphs([sentence])},
        dates=DATES, languages={"new": language},
    )
    table = references.references(
        corpus.build(replace(study, absent=tuple(absent), events=tuple(events)))
    )
    return [
        (row.mention, row.date, row.refers_to, row.match)
        for row in table.itertuples() if row.statement == "NEW 2016"
    ]


@pytest.mark.parametrize(
    ("sentence", "known"),
    [
        ("We recall the agreement of 2 May 2014", [
            ("agreement of 2 May 2014", "2014-05-02", "FIRST 2014", references.STATEMENT)]),
        ("We recall the agreement of May 2nd, 2014", [
            ("agreement of May 2nd, 2014", "2014-05-02", "FIRST 2014", references.STATEMENT)]),
        ("We recall the declaration of November 2014", [
            ("declaration of November 2014", "2014-11", "SECOND 2014", references.STATEMENT)]),
        ("On 5 November 2014 a summit was held", [
            ("5 November 2014 a summit", "2014-11-05", "SECOND 2014", references.STATEMENT)]),
        ("At the meeting on 25–26 June 2015 we spoke", [
            ("meeting on 25–26 June 2015", "2015-06-25", "", references.UNKNOWN)]),
        ("We met on 3 March", [("met on 3 March", "2016-03-03", "", references.UNKNOWN)]),
        ("We met on 3 July", [("met on 3 July", "2015-07-03", "", references.UNKNOWN)]),
        ("The 2014 meeting was long", [
            ("2014 meeting", "2014", "FIRST 2014; SECOND 2014", references.AMBIGUOUS)]),
        ("We plan a summit next year", [
            ("summit next year", "2017", "", references.UNKNOWN)]),
        ("The party may meet; section 2 may apply to the agreement", []),
        ("Arrivals rose by 2014 people and 2,014 boats", []),
        ("In 2014 arrivals rose", []),
        ("The agreement covers 2014/2015", []),
        ("The agreement was made. Much later, in 2014, arrivals rose", []),
    ],
)
def test_mentions_by_hand(sentence, known):
    assert mentions(sentence) == known


def test_a_date_too_far_from_its_noun_is_no_mention():
    far = "The agreement " + "of many old friends " * 4 + "came before May 2014"
    assert mentions(far) == []


def test_statements_come_before_the_absent_and_those_before_events():
    absent = Absent("2015-03-09", "Old pact", "x", "s")
    event = Event("2015-03", "Old talks", "s")
    sentence = "We recall the summit of 9 March 2015"
    assert mentions(sentence, absent=[absent], events=[event])[0][2:] == (
        "Old pact (2015-03-09)", references.ABSENT
    )
    assert mentions(sentence, events=[event])[0][2:] == ("Old talks (2015-03)", references.EVENT)
    assert mentions("We recall the summit of 2 May 2014", absent=[
        Absent("2014-05-02", "Old pact", "x", "s")
    ])[0][3] == references.STATEMENT


def test_a_text_never_refers_to_itself_nor_a_year_to_the_future():
    assert mentions("This statement of 15 June 2016 is short")[0][2:] == ("", references.UNKNOWN)
    later = Absent("2016-12-01", "Later pact", "x", "s")
    assert mentions("The 2016 summit", absent=[later])[0][3] == references.UNKNOWN
    assert mentions("The summit of December 2016", absent=[later])[0][3] == references.ABSENT


def test_other_languages():
    assert mentions("Nous rappelons l’accord du 2 mai 2014", language="fr") == [
        ("l’accord du 2 mai 2014", "2014-05-02", "FIRST 2014", references.STATEMENT)
    ]
    assert mentions("Cytundeb 2 Mai 2014", language="cy") == []


@pytest.mark.parametrize(("language", "sentence"), [
    ("de", "Wir erinnern an den Vertrag vom 2. Mai 2014"),
    ("es", "Recordamos el acuerdo del 2 de mayo de 2014"),
    ("it", "Ricordiamo l’accordo del 2 maggio 2014"),
    ("nl", "Wij herinneren aan het verdrag van 2 mei 2014"),
    ("pt", "Recordamos o acordo de 2 de maio de 2014"),
    ("fr", "Nous rappelons l’accord du 2 mai 2014"),
])
def test_dates_are_read_in_seven_languages(language, sentence):
    assert [found[1:] for found in mentions(sentence, language=language)] == [
        ("2014-05-02", "FIRST 2014", references.STATEMENT)
    ]


def test_mentions_of_the_shipped_texts():
    table = references.references(corpus.load(str(SHIPPED)))
    found = {row.mention: (row.statement, row.refers_to, row.match) for row in table.itertuples()}
    for mention, known in {
        "agreement of November 14th, 2022": (
            "Calais Group 2022", "UK–France 2022", references.STATEMENT),
        "met in December 2022": ("Calais Group 2024", "Calais Group 2022", references.STATEMENT),
        "2022 ministerial meeting": (
            "Calais Group 2024", "Calais Group 2022", references.STATEMENT),
        "statement published in September 2014": (
            "UK–France 2015",
            "Joint declaration on illegal migration, Cazeneuve and May (2014-09-20)",
            references.ABSENT),
        "meeting held in Calais, France, on November 28th 2021": (
            "Calais Group 2022", "Ministerial meeting in Calais (2021-11-28)", references.ABSENT),
        "treaty for the Channel Tunnel, in Canterbury Cathedral on 12 February 1986": (
            "UK–France 2015", "", references.UNKNOWN),
    }.items():
        assert found[mention] == known
    for row in table.itertuples():
        assert row.mention in row.sentence and row.evidence
    (said,) = references.references_reading(table)
    assert said.startswith(f"{len(table)} mentions") and "UK–France 2022" in said
    assert references.references_reading(table.iloc[:0])[0].startswith("No text")


def test_of_very_many_that_fit_the_first_are_listed(monkeypatch):
    monkeypatch.setattr(references, "MOST_LISTED", 2)
    texts = {f"s{n}": paragraphs(["We met."]) for n in range(4)}
    texts["late"] = paragraphs(["This recalls the declaration of 2015."])
    dates = {name: "2015-03-0" + str(1 + place) for place, name in enumerate(texts)}
    table = references.references(
        corpus.build(study_of(texts, dates={**dates, "late": "2016-01-01"}))
    )
    row = table.iloc[0]
    assert row["match"] == references.AMBIGUOUS
    assert row["refers_to"].split("; ")[2:] == ["and more"] and len(row["evidence"]) == 3
