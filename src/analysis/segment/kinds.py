"""What each piece of text is: heading, list item, dateline, footnote, page furniture or paragraph.

The rules look at form and neighbourhood only; the words they need stand in `languages/`.
"""

from __future__ import annotations

import re

from analysis.segment.drafts import SHORT_PIECE, Draft, Kind, content_of, draft_of
from analysis.segment.inline_lists import split_inline_lists
from analysis.segment.joining import Piece
from analysis.segment.lines import in_capitals, last_word, starts_lower
from analysis.segment.nesting import nest
from analysis.segment.reading import unwrap
from analysis.segment.rules import Rules
from analysis.segment.splitting import split

# Between the longest heading of the shipped texts (12 words) and the shortest paragraph there that
# lacks its full stop (21).
_MAX_HEADING_WORDS = 18
_MAX_HEADING_LINES = 3
# From this length on, a line with a finite verb and no full stop is a sentence that lost it.
_MIN_SENTENCE_WORDS = 10
# The values of a field label ("Topic" – "Borders, migration") are a few words.
_MAX_VALUE_WORDS = 5
# Sections that close a web page hold less than the text they follow.
_MAX_CLOSING_SHARE = 0.5
# A standfirst repeats the body if nearly all of its content words stand in one sentence there
# (the one in the shipped texts: .91; any other two neighbouring blocks there: .45 at most).
_MIN_REPEATED = 0.8
_MIN_CONTENT_WORDS = 6
# Words below this length are mostly function words.
_CONTENT_WORD = re.compile(r"[^\W\d_]{4,}")

_URL = re.compile(r"<?(?:https?://|www\.)\S+>?")
_MAIL = re.compile(r"\w@[\w-]+\.\w")
_PHONE = re.compile(
    r"(?<!\w)(?:tel|phone|fax|telephone|tél|telefon|teléfono|telefono)\b[.:\s]*[+(\d]",
    re.IGNORECASE,
)
_MAX_CONTACT_WORDS = 30
_LEADER = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}\Z")
_REGISTER = re.compile(r"[A-Z\d][A-Za-z\d.()-]*(?:[/:][A-Za-z\d.()-]+)+")


def classify(text: str, pieces: list[Piece], rules: Rules) -> list[Draft]:
    """Give every piece its kind and every list item its head; in order of the source."""
    parts = [part for piece in pieces for part in split_inline_lists(text, piece, rules)]
    drafts = [draft_of(text, part) for part in sorted(parts, key=lambda part: part.start)]
    for draft in drafts:
        _by_origin(draft)
    flow = [draft for draft in drafts if draft.open]
    prose = any(draft.ending == "." for draft in flow)  # else: answers, verses, a list of names
    if prose and len(flow) > 1:
        _by_words(flow, rules)
        _closing_section(flow, rules)
        if not any(draft.open for draft in flow):
            _reopen(flow)
    _headings(flow, rules, prose)
    nest(drafts)
    _repeated_standfirst(text, flow, rules)
    return drafts


def _by_origin(draft: Draft) -> None:
    """What was decided while lines were joined, and what holds no words at all."""
    piece = draft.piece
    if piece.reason:
        draft.set("boilerplate", piece.reason)
    elif piece.note:
        draft.set("footnote", "footnote")
    elif draft.text and not any(map(str.isalnum, draft.text)):
        draft.set("boilerplate", "separator")


# Furniture told by its words ---------------------------------------------------------------------


def _by_words(flow: list[Draft], rules: Rules) -> None:
    passed_on = ""
    for draft in flow:
        if not draft.piece.close or draft.mark or draft.words > _MAX_VALUE_WORDS or draft.ending:
            passed_on = ""
        label = bool(draft.text) and rules.labels.fullmatch(draft.text.lower()) is not None
        if label:
            draft.set("boilerplate", "field label")
            passed_on = "value of a field label"
        elif draft.text and not (draft.mark and not draft.mark.bullet):
            kind, reason = _notice(draft, rules)
            if kind:
                draft.set(kind, reason)
                passed_on = reason if reason in ("contact block", "site navigation") else ""
            elif passed_on:
                draft.set("boilerplate", passed_on)


def _notice(draft: Draft, rules: Rules) -> tuple[Kind | None, str]:
    text, low = draft.text, draft.text.lower()
    if draft.words <= 12 and rules.dateline.fullmatch(text):
        return "dateline", "place or date alone"
    if draft.words <= rules.max_notice_words and rules.any_notice.search(low):
        for notice in rules.notices:
            if notice.fits(low, draft.words):
                return "boilerplate", notice.reason
    if draft.words <= rules.max_notice_words and rules.caption.search(text):
        return "boilerplate", "image caption or credit"
    if draft.words <= _MAX_VALUE_WORDS and not draft.ending and _URL.search(text):
        return "boilerplate", "bare address"
    if draft.words <= _MAX_CONTACT_WORDS and (_MAIL.search(text) or _PHONE.search(text)):
        return "boilerplate", "contact block"
    if draft.words <= _MAX_HEADING_WORDS and _LEADER.search(text):
        return "boilerplate", "table of contents"
    if draft.words <= 2 and _REGISTER.fullmatch(text) and any(map(str.isdigit, text)):
        return "boilerplate", "document number"
    return None, ""


def _closing_section(flow: list[Draft], rules: Rules) -> None:
    """Sections behind the text, from their heading to the end of the document."""
    total = sum(draft.length for draft in flow)
    remaining = total
    for i, draft in enumerate(flow):
        low = draft.text.lower()
        if (
            i and draft.text and not draft.mark and remaining < _MAX_CLOSING_SHARE * total
            and rules.closing_sections.fullmatch(low)
        ):
            for later in flow[i:]:
                if later.kind != "boilerplate":
                    later.set("boilerplate", f"closing section ({draft.text.rstrip(':. ')})")
            return
        remaining -= draft.length


def _reopen(flow: list[Draft]) -> None:
    """A text that would be all furniture (an answer of two words) is text."""
    for draft in flow:
        draft.kind, draft.reason = None, ""


# Headings ----------------------------------------------------------------------------------------


def _headings(flow: list[Draft], rules: Rules, prose: bool) -> None:
    """Short pieces without final punctuation above running text; everything else is text."""
    judged = [draft for draft in flow if draft.open]
    candidates = {id(draft) for draft in judged if _titled(draft, rules)}
    for above, below in zip(judged, judged[1:], strict=False):
        if _siblings(above, below) and {id(above), id(below)} <= candidates:
            above.kind = below.kind = "list_item"
    _plain_items(judged, candidates, rules)
    text_follows = False
    for draft in reversed(judged):
        if draft.open and id(draft) in candidates and text_follows and prose:
            draft.set("heading")
        else:
            text_follows = True
            if draft.open:
                draft.kind = "paragraph"


def _titled(draft: Draft, rules: Rules) -> bool:
    piece = draft.piece
    if not draft.text or draft.words > _MAX_HEADING_WORDS or piece.lines > _MAX_HEADING_LINES:
        return False
    if piece.mark is not None and not piece.mark.titling:
        return False
    if draft.ending == ":":
        return draft.words == 1 or in_capitals(draft.text)
    if draft.ending or starts_lower(draft.text) or draft.text.endswith("-"):
        return False
    return draft.words < _MIN_SENTENCE_WORDS or not _sentence_like(draft.text, rules)


def _sentence_like(text: str, rules: Rules) -> bool:
    """Whether a line has a finite verb and is not set in title case."""
    words = text.split()
    capitals = sum(word[0].isupper() for word in words)
    return 2 * capitals < len(words) and any(word.lower() in rules.finite_verbs for word in words)


def _siblings(above: Draft, below: Draft) -> bool:
    """Whether two numbered pieces follow each other with nothing between them."""
    return (
        above.mark is not None
        and below.mark is not None
        and above.mark.style == below.mark.style
        and above.mark.value + 1 == below.mark.value
    )


def _announces_item(draft: Draft, rules: Rules) -> bool:
    """Whether an item's end promises another one."""
    return draft.ending == ";" or last_word(draft.text) in rules.conjunctions


def _plain_items(judged: list[Draft], candidates: set[int], rules: Rules) -> None:
    """Items without bullets below a colon: in lower case, or each but the last with a semicolon."""
    for i, head in enumerate(judged[:-1]):
        if head.ending != ":" or id(head) in candidates or head.kind not in (None, "list_item"):
            continue
        run = []
        for draft in judged[i + 1 :]:
            if draft.mark or not draft.open or not (
                starts_lower(draft.text)
                or draft.ending == ";"
                or (run and _announces_item(run[-1], rules))
            ):
                break
            run.append(draft)
        if len(run) > 1:
            for draft in run:
                draft.kind = "list_item"


# Standfirst --------------------------------------------------------------------------------------


def _repeated_standfirst(text: str, flow: list[Draft], rules: Rules) -> None:
    """The first paragraph, if it is one sentence that one of the next two repeats."""
    body = [draft for draft in flow if draft.body][:3]
    if len(body) < 2 or body[0].head or body[0].kind != "paragraph" or body[0].mark:
        return
    first = content_of(text, body[0].piece)
    if len(first) > 4 * SHORT_PIECE or len(split(first, rules)) > 1:
        return
    words = _content_words(first)
    if len(words) < _MIN_CONTENT_WORDS:
        return
    following = content_of(text, body[1].piece)
    for start, end in split(following[: 8 * SHORT_PIECE], rules)[:2]:
        if len(words & _content_words(following[start:end])) >= _MIN_REPEATED * len(words):
            body[0].set("boilerplate", "repeats the first sentence of the text")


def _content_words(sentence: str) -> set[str]:
    return {word.lower() for word in _CONTENT_WORD.findall(unwrap(sentence))}
