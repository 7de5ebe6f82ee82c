"""The analytic choices that others would defend as well, and their combinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

from analysis.errors import BadStudy, shown, suggest


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to make every analytic choice; the defaults are those of the other pages.

    Attributes:
        unit: what a share counts and idf is computed over: `sentence` or `block`.
        stemming: `stems` or `words` are compared.
        term_weighting: words are weighted by `tfidf`, or plain `counts` are compared.
        unit_weighting: each unit of a share counts `equal`, or by its `words`.
        boilerplate: page furniture is set `aside`, or `kept`.
    """

    unit: str = "sentence"
    stemming: str = "stems"
    term_weighting: str = "tfidf"
    unit_weighting: str = "equal"
    boilerplate: str = "aside"


#: Choice → its options, the default first.
CHOICES: dict[str, tuple[str, ...]] = {
    "unit": ("sentence", "block"),
    "stemming": ("stems", "words"),
    "term_weighting": ("tfidf", "counts"),
    "unit_weighting": ("equal", "words"),
    "boilerplate": ("aside", "kept"),
}

#: Choice → how a reader would call it.
LABELS = {
    "unit": "unit",
    "stemming": "stemming",
    "term_weighting": "weights of words",
    "unit_weighting": "weights of units",
    "boilerplate": "page furniture",
}

DEFAULT = Specification()


def options(alternatives: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    """The options of each choice: those that study.yaml lists, else the default alone.

    Raises:
        BadStudy: an unknown choice or option, or a list without the default; all at once.
    """
    faults = []
    for choice, entry in alternatives.items():
        if choice not in CHOICES:
            faults.append(
                f"study.yaml: alternatives: unknown choice {shown(choice)}; "
                f"{suggest(choice, list(CHOICES))}"
            )
            continue
        for option in entry["options"]:
            if option not in CHOICES[choice]:
                faults.append(
                    f"study.yaml: alternatives.{choice}: unknown option {shown(option)}; "
                    f"{suggest(option, list(CHOICES[choice]))}"
                )
        if CHOICES[choice][0] not in entry["options"]:
            faults.append(
                f"study.yaml: alternatives.{choice}: the default '{CHOICES[choice][0]}' is "
                "missing; add it, or leave the choice out"
            )
    if faults:
        raise BadStudy(faults)
    return {
        choice: tuple(alternatives[choice]["options"]) if choice in alternatives else known[:1]
        for choice, known in CHOICES.items()
    }


def combinations(available: Mapping[str, Sequence[str]]) -> list[Specification]:
    """Every combination of the options, the default first."""
    names = [field.name for field in fields(Specification)]
    made = [
        Specification(**dict(zip(names, chosen, strict=True)))
        for chosen in product(*(available[name] for name in names))
    ]
    return sorted(made, key=lambda spec: spec != DEFAULT)


def narrowed(spec: Specification, entering: Sequence[str]) -> Specification:
    """The specification with every choice that cannot enter the estimand at its default.

    Two specifications that narrow to the same one are the same analysis.
    """
    return replace(
        DEFAULT, **{choice: getattr(spec, choice) for choice in CHOICES if choice in entering}
    )
