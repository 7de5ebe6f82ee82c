"""Formulas in a notebook's prose: `$…$` and `$$…$$` as MathML, which browsers draw unaided."""

from __future__ import annotations

import re
from collections.abc import Sequence

from defusedxml.ElementTree import fromstring
from markupsafe import Markup

try:
    from latex2mathml.converter import convert
except ImportError:
    # An environment made before it was declared shows a formula as it was typed.
    convert = None

# Code is left alone; a dollar sign with a blank behind it, or a digit behind the second, is money.
_FORMULA = re.compile(
    r"(?P<code>```.*?```|(?P<ticks>`+).+?(?P=ticks))"
    r"|\$\$(?P<block>[^$]+)\$\$"
    r"|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\d)",
    re.S,
)
# Stands for a formula while Markdown and the cleaning of HTML see the text.
_PLACE = "\ue000{}\ue001"
_TAGS = frozenset(
    "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover "
    "mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts".split()
)
_ATTRIBUTES = frozenset(
    "display stretchy fence separator form mathvariant accent accentunder lspace rspace width "
    "height depth columnalign rowspacing columnspacing displaystyle scriptlevel linethickness "
    "movablelimits largeop symmetric minsize maxsize notation".split()
)


def set_apart(text: str) -> tuple[str, list[Markup]]:
    """Markdown with a place for each formula, and the formulas."""
    drawn: list[Markup] = []

    def taken(match: re.Match[str]) -> str:
        if match.group("code"):
            return match.group()
        latex = match.group("block") or match.group("inline")
        html = mathml(latex, block=bool(match.group("block")))
        if html is None:
            return match.group()
        drawn.append(html)
        return _PLACE.format(len(drawn) - 1)

    return _FORMULA.sub(taken, re.sub("[\ue000\ue001]", "", text)), drawn


def put_back(html: Markup, drawn: Sequence[Markup]) -> Markup:
    """The formulas in their places."""
    return Markup(re.sub("\ue000(\\d+)\ue001", lambda m: drawn[int(m.group(1))], html))


def mathml(latex: str, *, block: bool) -> Markup | None:
    """A formula as MathML that holds nothing but MathML; None if it cannot be read.

    Its text alternative is the formula as it was typed.
    """
    if convert is None:
        return None
    try:
        root = fromstring(convert(latex, display="block" if block else "inline"))
    except Exception:
        # Other people's LaTeX: whatever the converter stumbles over is shown as it was typed.
        return None
    return Markup(_element(root)).replace(
        "<math", Markup('<math alttext="{}"').format(latex.strip()), 1
    )


def _element(element) -> Markup:
    tag = element.tag.rpartition("}")[2]
    inside = Markup("{}{}").format(
        element.text or "",
        Markup("").join(Markup("{}{}").format(_element(c), c.tail or "") for c in element),
    )
    if tag not in _TAGS:
        return inside
    attributes = Markup("").join(
        Markup(' {}="{}"').format(name, value)
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), attributes, inside)
