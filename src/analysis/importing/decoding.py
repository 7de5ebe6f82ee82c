"""Bytes → text: which encoding, and how sure that is."""

from __future__ import annotations

import codecs

from analysis.importing.reading import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What documents of states and parties are found in, Western Europe aside; exotic code pages only
# mislead the guess.
_GUESSED = (
    "cp1250", "cp1251", "cp1253", "cp1254", "iso8859_2", "iso8859_5", "koi8_r",
    "shift_jis", "euc_jp", "euc_kr", "big5", "gb18030",
)  # fmt: skip
# Letters and signs that texts in Western European languages put above ASCII.
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôõöøœùúûüÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜŸ€£§°«»‘’“”„–—…•·©®´ºª¿¡\xa0\xad")
# Of the signs above ASCII; one odd sign in a page is a typing error.
_WESTERN_SHARE = 0.98
# Two readings whose disorder (0 to 1) differs by less are equally orderly.
_AS_WELL = 0.02


def decode(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """What do these bytes say, and what had to be assumed?

    Args:
        data: the file.
        declared: the encoding that the document claims for itself, if any.

    Returns:
        The text without byte order mark, and a phrase that says what was assumed ("" = UTF-8,
        certain).

    Raises:
        Unreadable: it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding).lstrip("\ufeff"), (
                "" if encoding == "utf-8" else f"decoded as {encoding.upper()}, as its first bytes say"
            )
    wide = _wide(data)
    if wide:
        return _strictly(data, wide), f"decoded as {wide.upper()}, assumed from its zero bytes"
    if b"\0" in data:
        raise Unreadable("is no text (there are zero bytes in it); give it in a format it can be read in")
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    if declared:
        try:
            return data.decode(declared), f"decoded as {declared}, as the document says"
        except (LookupError, UnicodeDecodeError):
            pass
    encoding = _guess(data)
    return data.decode(encoding), (
        f"not UTF-8: {encoding} assumed; check its accented letters and quotation marks"
    )


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"begins as {encoding.upper()} and is not (byte {error.start:,}); save it as UTF-8"
        ) from None


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: Latin script has a zero in nearly every second byte, in no other."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if max(even, odd) * 4 > len(data) and min(even, odd) * 20 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _guess(data: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8."""
    try:
        high = [character for character in data.decode("cp1252") if ord(character) > 127]
        if sum(character in _WESTERN for character in high) >= _WESTERN_SHARE * len(high):
            return "cp1252"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data, cp_isolation=list(_GUESSED)))
    if not matches:
        raise Unreadable("is no text in any known encoding; save it as UTF-8")
    least = min(match.chaos for match in matches)
    # Encodings that read as well are told apart by what they make of the bytes: letters or signs.
    return max(
        (match for match in matches if match.chaos <= least + _AS_WELL),
        key=lambda match: _letters(data.decode(match.encoding)),
    ).encoding


def _letters(text: str) -> float:
    """The share of letters among the characters above ASCII."""
    high = [character for character in text if ord(character) > 127]
    return sum(map(str.isalpha, high)) / max(1, len(high))
