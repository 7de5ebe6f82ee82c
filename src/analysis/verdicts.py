"""What an estimate says about a claim: one set of rules for every kind of finding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from scipy.special import ndtr, ndtri

from analysis import tables
from analysis.inference import Z95

SUPPORTED, CONTRADICTED, INCONCLUSIVE, INSUFFICIENT = (
    "supported", "contradicted", "inconclusive", "insufficient evidence",
)
#: Of a specification under which the estimand does not exist; it agrees with nothing.
INAPPLICABLE = "not applicable"

# The chance with which an effect of the size named as detectable would be found (Cohen, J. 1988,
# Statistical Power Analysis for the Behavioral Sciences, 2nd ed.: .80 by convention).
POWER = 0.80

# Two one-sided tests at 5 % each are one interval of 90 % (Schuirmann, D. 1987, Journal of
# Pharmacokinetics and Biopharmaceutics 15(6)).
LEVEL_WITHIN = 0.90
Z90 = float(ndtri(1 - (1 - LEVEL_WITHIN) / 2))


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison that a claim stands on, signed in the claimed direction.

    Attributes:
        label: what is compared.
        value: the estimate.
        low, high: its bounds, NaN where none can be defended. 95 %, for a claim to lie `within`
            limits 90 %; of a count what it may come to once doubtful cases are read.
        why: why there are no bounds, else "".
        exact: a count of complete texts: no sampling, so no interval; only reading can err.
    """

    label: str
    value: float
    low: float
    high: float
    why: str = ""
    exact: bool = False


def exact(label: str, value: float) -> Part:
    """A part that is counted, not estimated."""
    return Part(label, value, value, value, exact=True)


@dataclass(frozen=True, slots=True)
class Estimate:
    """All parts of a claim, which holds only if every one of them does.

    Attributes:
        parts: at least one, the most telling first.
        evidence: label of a side → ids of the sentences it rests on.
        rule: `beyond` the smallest effect that matters, or `within` it on both sides of zero.
    """

    parts: tuple[Part, ...]
    evidence: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rule: Literal["beyond", "within"] = "beyond"

    @property
    def weakest(self) -> Part:
        """The part that decides: the one that lies furthest from holding."""
        if self.rule == "within":
            return max(self.parts, key=lambda part: _last(abs(part.value)))
        return min(self.parts, key=lambda part: _first(part.value))

    @property
    def exact(self) -> bool:
        return all(part.exact for part in self.parts)

    @property
    def why_no_interval(self) -> str:
        return "; ".join(dict.fromkeys(part.why for part in self.parts if part.why))


def _first(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _last(value: float) -> float:
    return math.inf if math.isnan(value) else value


def part_verdict(part: Part, *, smallest_effect: float, rule: str = "beyond") -> str:
    """What one comparison says.

    Beyond: supported if the lower end is at least the smallest effect δ that matters,
    contradicted if the upper end is below δ, else inconclusive. Within: supported if both ends lie
    between −δ and δ, contradicted if the whole interval lies outside, else inconclusive. Without
    bounds: insufficient evidence.

    >>> part_verdict(Part("", 0.2, 0.1, 0.3), smallest_effect=0.05)
    'supported'
    >>> part_verdict(Part("", 0.0, -0.1, 0.04), smallest_effect=0.05)
    'contradicted'
    >>> part_verdict(Part("", 0.0, -0.01, 0.04), smallest_effect=0.05, rule="within")
    'supported'
    """
    if math.isnan(part.low) or math.isnan(part.high):
        return INSUFFICIENT
    if rule == "within":
        if -smallest_effect < part.low and part.high < smallest_effect:
            return SUPPORTED
        outside = part.low >= smallest_effect or part.high <= -smallest_effect
        return CONTRADICTED if outside else INCONCLUSIVE
    if part.low >= smallest_effect:
        return SUPPORTED
    return CONTRADICTED if part.high < smallest_effect else INCONCLUSIVE


def verdict(estimate: Estimate, *, smallest_effect: float) -> str:
    """What all comparisons together say of a claim that needs every one of them.

    One contradicted part contradicts the claim, whatever the others lack; else one part without
    bounds leaves insufficient evidence; the claim is supported if all parts are.
    """
    found = [
        part_verdict(part, smallest_effect=smallest_effect, rule=estimate.rule)
        for part in estimate.parts
    ]
    for state in (CONTRADICTED, INSUFFICIENT, INCONCLUSIVE):
        if state in found:
            return state
    return SUPPORTED


def deciding(estimate: Estimate, *, smallest_effect: float) -> Part:
    """The part whose verdict is the claim's; of several the weakest."""
    found = verdict(estimate, smallest_effect=smallest_effect)
    own = tuple(
        part for part in estimate.parts
        if part_verdict(part, smallest_effect=smallest_effect, rule=estimate.rule) == found
    )
    return Estimate(own, rule=estimate.rule).weakest


def smallest_detectable(estimate: Estimate, *, smallest_effect: float) -> float:
    """How large would the true effect have to be to be found supported four times out of five?

    With standard errors s of the parts (their intervals' widths over 2 · 1.96) and the same effect
    θ in every part, the product of Φ((θ − δ) / s − 1.96) is .80. For a claim of stability: the
    limit within which no change at all would be shown to lie four times out of five,
    Φ(δ / s − 1.645) = .90 in the widest part. NaN for counts and without intervals.

    Source: Hoenig, J. & Heisey, D. (2001), The American Statistician 55(1): of use beside an
    interval, not as power of the test that was made.
    """
    sampled = [part for part in estimate.parts if not part.exact]
    if not sampled or any(math.isnan(part.low) for part in sampled):
        return math.nan
    if estimate.rule == "within":
        widest = max(part.high - part.low for part in sampled) / (2 * Z90)
        return (Z90 + float(ndtri((1 + POWER) / 2))) * widest
    errors = [(part.high - part.low) / (2 * Z95) for part in sampled]
    low = smallest_effect
    high = smallest_effect + 10 * max(errors) + 1e-9
    for _ in range(60):
        middle = (low + high) / 2
        power = math.prod(
            float(ndtr((middle - smallest_effect) / max(error, 1e-12) - Z95))
            for error in errors
        )
        low, high = (low, middle) if power >= POWER else (middle, high)
    return high


def why(estimate: Estimate, *, smallest_effect: float, unit: tables.Format) -> str:
    """The verdict's reason in the finding's own numbers."""
    found = verdict(estimate, smallest_effect=smallest_effect)
    part = deciding(estimate, smallest_effect=smallest_effect)
    where = f" ({part.label})" if part.label else ""
    if found == INSUFFICIENT:
        value = "" if math.isnan(part.value) else f"{in_words(part.value, unit)}{where}, but "
        return f"{value}no interval can be given: {part.why or estimate.why_no_interval}"
    limit = in_words(smallest_effect, unit, sign=False)
    if unit == "count":
        return f"it stands in {in_words(part.value, unit)}{where}"
    if part.exact and part.low == part.high:
        relation = "at least" if found == SUPPORTED else "not"
        return f"{in_words(part.value, unit)}{where}, {relation} {limit}"
    ends = f"{in_words(part.low, unit)} to {in_words(part.high, unit)}{where}"
    if estimate.rule == "within":
        return {
            SUPPORTED: f"{ends} lies within ±{limit}",
            CONTRADICTED: f"{ends} lies outside ±{limit}",
        }.get(found, f"{ends} reaches beyond ±{limit}")
    if found == CONTRADICTED:
        opposite = ", even below 0: the opposite holds" if part.high < 0 else ""
        return f"{ends} lies wholly below {limit}{opposite}"
    return f"{ends} {'lies at or above' if found == SUPPORTED else 'holds'} {limit}"


def in_words(value: float, unit: tables.Format, *, sign: bool = True) -> str:
    """A value in the reader's unit, signed unless it is a size.

    >>> in_words(-0.123, "points"), in_words(0.5, "percent"), in_words(0.02, "number", sign=False)
    ('−12 points', '50 %', '0.02')
    >>> in_words(1, "count"), in_words(-2, "count")
    ('1 sentence', '2 earlier sentences')
    >>> in_words(0, "count")
    'no sentence'
    """
    if math.isnan(value):
        return "undefined"
    if unit == "points":
        text = tables.formatted(value, "points")
        text = text if sign else text.removeprefix("+")
        return f"{text} point{'' if text in ('1', '+1', '−1') else 's'}"
    if unit == "count":
        if not value:
            return "no sentence"
        earlier = "earlier " if value < 0 else ""
        many = "sentence" if abs(value) == 1 else "sentences"
        return f"{tables.formatted(abs(value), 'count')} {earlier}{many}"
    return tables.formatted(value, unit)
