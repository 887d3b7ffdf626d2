"""Tells from its bytes that a document holds no placeholder; most do not, and parsing them would cost a hundredfold.

It errs on the safe side: a yes only means that the document has to be parsed.
"""

from __future__ import annotations

import re

from doctool.document.lines import decode
from doctool.document.placeholders import is_known
from doctool.terms.units import SPELLINGS
from doctool.vocabulary import Vocabulary
from doctool.vocabulary.placeholders import STEMS, UNIT_WORDS

_BRACKETS = re.compile(rb"\[((?:[^\[\]\\\r\n]|\\[^\[\]\r\n])(?:[^\[\]\\\r\n]|\\[^\[\]\r\n]){0,240})\\?\](?![(\[:])")
_ANGLES = re.compile(rb"<([A-Za-z?_.\x80-\xff][^<>\r\n]{0,160})>")
_TBD = re.compile(rb"\b(?:T\.?B\.?[DACM]|tb[dac]|TBDs)\b")
_ASCII_STEMS = tuple(stem for stem in STEMS if stem.isascii())
_TBD_STARTS = (b"TB", b"T.B", b"tb")
_MASKS = (b"X", b"xx", b"x.x", b"x,x", b"?", b"__", b"_\\_", b"#.#", b"#,#")
_UNITS = b"|".join(re.escape(unit.encode()) for unit in sorted((*UNIT_WORDS, *SPELLINGS), key=len, reverse=True))
# Emphasis or a tag may end between a mask and its unit.
_BEFORE_UNIT = rb"\W{0,6}(?:\w{1,6}[>;]\W{0,3})?"
_UNIT = rb"(?:(?:%|kat|ms|\xb5s|\xbcs|[un]?s|sec|[KMG]i?B|" + _UNITS + rb")(?!\w)|tok|\xc3\x97)"
_MASKED = re.compile(
    rb"(?:(?-i:X(?<!\w.)|[Xx](?<=[Xx\d.,].))|\?|_\\?_|[.,]#)" + _BEFORE_UNIT + _UNIT + rb"|%\W{0,6}X|(?-i:Xx)(?!\w)",
    re.IGNORECASE,
)
_BEHIND_LABEL = re.compile(rb"(?::|\xef\xbc\x9a)([^:|;\r\n]{1,150})")
_END_OF_VALUE = re.compile(rb"[,()]|\xef\xbc\x9a|\xc2\xb7|\xe2\x80\xa2")
_LONGEST_VALUE = 64
_SIGNS = (b"?", b"__", b"\\_", b"{", b"##", b"#.#", b"#,#")
_DASHES = re.compile(
    rb"\|[>|\s]*+(?=[*_`]*(?:[-\xe2]|\.\.))(?:[-*_`.]|\xe2\x80[\x93\x94\xa6]|\xe2\x88\x92)++\s*[A-Za-z\xc2\xce%\xd0]"
)
_MASK = re.compile(rb"[Xx]\W{0,2}[.,]\W{0,2}[Xx]")


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
    return _where_asked(data, vocabulary)


def _where_asked(data: bytes, vocabulary: Vocabulary) -> bool:
    """Look for the forms that count only in a table and behind a label."""
    rows = [row for row in data.split(b"\n") if b"|" in row]
    said = _BEHIND_LABEL.findall(data)
    if not _in_rows(b"\n|".join([b"", *rows, *said]), vocabulary):
        return False
    values = [value for text in said for value in _END_OF_VALUE.split(text) if len(decode(value)) <= _LONGEST_VALUE]
    return _in_rows(b"\n|".join([b"", *rows, *values]), vocabulary)


def _in_rows(rows: bytes, vocabulary: Vocabulary) -> bool:
    if vocabulary.placeholders and (b"|" in rows) and any(len(own.strip()) < 4 for own in vocabulary.placeholders):
        return True
    lowered = rows.lower()
    return (
        any(stem in lowered for stem in (_ASCII_STEMS if rows.isascii() else STEMS))
        or any(sign in rows for sign in _SIGNS)
        or bool(_MASK.search(rows) or _DASHES.search(rows))
        or any(not match[1].strip().isdigit() for match in _BRACKETS.finditer(rows))
    )


def _asks(inner: bytes, vocabulary: Vocabulary) -> bool:
    if inner == b"x":
        return False  # a task box
    text = decode(inner).replace("\\", "").strip("*_` ")
    return bool(text) and is_known(text, vocabulary)
