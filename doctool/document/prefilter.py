"""Tells from its bytes that a document holds no placeholder; most do not, and parsing them would cost a hundredfold.

It errs on the safe side: a yes only means that the document has to be parsed.
"""

from __future__ import annotations

import re

from doctool.document.lines import decode
from doctool.document.placeholders import is_known
from doctool.vocabulary import Vocabulary
from doctool.vocabulary.placeholders import STEMS

_BRACKETS = re.compile(rb"\[((?:[^\[\]\\\r\n]|\\[^\[\]\r\n])(?:[^\[\]\\\r\n]|\\[^\[\]\r\n]){0,240})\\?\](?![(\[:])")
_ANGLES = re.compile(rb"<([A-Za-z?_.\x80-\xff][^<>\r\n]{0,160})>")
_TBD = re.compile(rb"\b(?:T\.?B\.?[DACM]|tb[dac]|TBDs)\b")
_ASCII_STEMS = tuple(stem for stem in STEMS if stem.isascii())
_TBD_STARTS = (b"TB", b"T.B", b"tb")
_MASKS = (b"X", b"xx", b"x.x", b"x,x")
# Emphasis or a tag may end between a mask and its unit.
_MASKED = re.compile(
    rb"(?-i:X(?<!\w.)|[Xx](?<=[Xx\d.,].))\W{0,6}(?:\w{1,6}[>;]\W{0,3})?"
    rb"(?:(?:%|ms|\xb5s|\xbcs|[un]?s|sec|[KMG]i?B)(?!\w)|tok)|%\W{0,6}X",
    re.IGNORECASE,
)
_IN_CELLS = re.compile(
    rb"\|\s*[>|\s]*(?:[-*_`]*(?:-+|\xe2\x80[\x93\x94\xa6]|\xe2\x88\x92|\.\.+)[-*_`]*)\s*[A-Za-z\xc2\xce%\xd0]"
    rb"|[Xx]\W{0,2}[.,]\W{0,2}[Xx]|\?|__|\\_|\{|##|#[.,]#"
)


def may_hold_placeholder(data: bytes, vocabulary: Vocabulary) -> bool:
    """Whether a document, or a part of one, may hold a placeholder."""
    if any(mask in data for mask in _MASKS) and _MASKED.search(data):
        return True
    if any(start in data for start in _TBD_STARTS) and _TBD.search(data):
        return True
    if b"[" in data and any(_asks(match[1], vocabulary) for match in _BRACKETS.finditer(data)):
        return True
    if b"<" in data and any(_asks(match[1], vocabulary) for match in _ANGLES.finditer(data)):
        return True
    if any(own.strip() and own.strip().encode() in data for own in vocabulary.placeholders):
        return True
    return b"|" in data and _in_rows(b"\n".join(row for row in data.split(b"\n") if b"|" in row), vocabulary)


def _in_rows(rows: bytes, vocabulary: Vocabulary) -> bool:
    """Look for the forms that count only in a table, in the lines that may be rows of one."""
    if vocabulary.placeholders and (b"|" in rows) and any(len(own.strip()) < 4 for own in vocabulary.placeholders):
        return True
    lowered = rows.lower()
    return (
        any(stem in lowered for stem in (_ASCII_STEMS if rows.isascii() else STEMS))
        or bool(_IN_CELLS.search(rows))
        or any(not match[1].strip().isdigit() for match in _BRACKETS.finditer(rows))
    )


def _asks(inner: bytes, vocabulary: Vocabulary) -> bool:
    if inner == b"x":
        return False  # a task box
    text = decode(inner).replace("\\", "").strip("*_` ")
    return bool(text) and is_known(text, vocabulary)
