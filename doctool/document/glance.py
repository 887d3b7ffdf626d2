"""Tells from its bytes that a document leaves nothing open and claims nothing: most do not, and parsing is dear.

It errs on the safe side: whatever the parsed document would report, the answer is yes. A yes alone means nothing.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from doctool.document.claim_forms import BYTES, LONG, PERPLEXITY, RATE, SMALL, UNIT_OF_LABEL
from doctool.document.claim_words import CHANGE, QUANTITY, fold
from doctool.document.lines import decode
from doctool.document.markers import NAME
from doctool.document.placeholders import is_known
from doctool.document.running_text import FACTS
from doctool.terms.units import SPELLINGS
from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.placeholders import STEMS, UNIT_WORDS
from doctool.vocabulary.terms import FILLERS

# What Markdown does not show. The text without it is looked at beside the text with it, as one may be what is read.
_UNSEEN = re.compile(rb"<[^<>]*>|\]\([^()\s]*\)|\]\[[^\[\]]*\]|[*_`~\\\[\]]|(?<=[\r\n])[ \t>]+")
_ENTITY = re.compile(r"&#?\w{1,32};")

# Between a number and its unit: no letter, no digit. What else may begin there is taken for a unit.
_GAP = rb"[^A-Za-z0-9%<&\]|\x80-\xff]*+"
_UNIT = f"{RATE}|{SMALL}|{LONG}|{BYTES}|{PERPLEXITY}|nats?|(?i:percent|per)|fold|kat|times|[xX]|%"
_CLAIM = re.compile(
    rb"[0-9]" + _GAP + rb"(?:(?:" + _UNIT.encode() + rb")(?![A-Za-z0-9])|%|[<&\]\x80-\xff]"
    rb"|[A-Za-z]{1,12}+[*_`<&\[\]\\])"
    rb"|(?:%|(?<![A-Za-z0-9])x|\xc3\x97|&\w{1,32};|[yY]\xc3[\xbc\x9c]zde)" + _GAP + rb"[0-9<&]"
    rb"|(?i:perple|ppl|&#)"
    rb"|(?:[)\]]|/\s?[A-Za-z]{1,12}|(?i:[fqrt]ps|[mh]fu|ops))[^A-Za-z0-9]{0,20}[:=][^A-Za-z0-9]{0,20}[0-9<&]"
)  # fmt: skip
"""A number with a unit behind it, before it, or in the label before it."""

_BRACKETS = re.compile(rb"\[((?:[^\[\]\\\r\n]|\\[^\[\]\r\n]){1,240})\\?\](?![(\[:])")
_ANGLES = re.compile(rb"<([A-Za-z?_.\x80-\xff][^<>\r\n]{0,160})>")
_TBD = re.compile(rb"\b(?:T\.?B\.?[DACM]|tb[dac]|TBDs)\b")
_UNITS = b"|".join(re.escape(unit.encode()) for unit in sorted((*UNIT_WORDS, *SPELLINGS), key=len, reverse=True))
_MASKED = re.compile(
    rb"(?:(?-i:X(?<!\w.)|[Xx](?<=[Xx\d.,].))|\?|_\\?_|[.,]#)"
    # Emphasis or a tag may end between a mask and its unit.
    rb"\W{0,6}(?:\w{1,6}[>;]\W{0,3})?"
    rb"(?:(?:%|kat|ms|\xb5s|\xbcs|[un]?s|sec|[KMG]i?B|" + _UNITS + rb")(?!\w)|tok|\xc3\x97)|%\W{0,6}X|(?-i:Xx)(?!\w)",
    re.IGNORECASE,
)
_DASHES = re.compile(
    rb"[|\n][ \t>]*+(?=[*_`]*(?:[-\xe2]|\.\.))(?:[-*_`.]|\xe2\x80[\x93\x94\xa6]|\xe2\x88\x92)++\s*[A-Za-z\xc2\xce%\xd0]"
)
_SIGNS = (b"?", b"__", b"{", b"##", b"#.#", b"#,#", b"X", b"xx", b"x.x", b"x,x", b"[", b"<")
_HTML_TABLE = re.compile(rb"<t[dhr][\s>]", re.IGNORECASE)
_LABEL = re.compile(r"([^:：\n]{1,200})[:：]")
_ODD = re.compile("[\u0300-\u036f\uff00-\uffef\u00df\u0370-\u03ff\u2206\u25b3]")
_SHORT = 3


def may_matter(data: bytes, vocabulary: Vocabulary) -> bool:
    """Whether a document, or a part of one, may hold a region, an open number or a claim."""
    if NAME in data:
        return True
    bare = _bare(data)
    return any(_may_show(text, vocabulary) for text in ((data, bare) if bare != data else (data,)))


def _bare(data: bytes) -> bytes:
    bare = _UNSEEN.sub(b"", data)
    if b"&" in bare:
        return _ENTITY.sub(lambda entity: html.unescape(entity[0]), decode(bare)).encode("utf-8", "surrogateescape")
    return bare


def _may_show(data: bytes, vocabulary: Vocabulary) -> bool:
    if _CLAIM.search(data) or _TBD.search(data) or _MASKED.search(data) or _HTML_TABLE.search(data):
        return True
    if any(_asks(match[1], vocabulary) for form in (_BRACKETS, _ANGLES) for match in form.finditer(data)):
        return True
    if any(own.strip() and own.strip().casefold() in decode(data).casefold() for own in vocabulary.placeholders):
        return True
    labels = "\n".join(_LABEL.findall(decode(data))) if b":" in data or "：".encode() in data else ""
    return _may_ask(labels, vocabulary) or (b"|" in data and _may_ask_in_table(data, vocabulary))


def _may_ask_in_table(data: bytes, vocabulary: Vocabulary) -> bool:
    rows = b"\n" + b"\n".join(row for row in data.split(b"\n") if b"|" in row)
    if vocabulary.placeholders and any(not own.strip() for own in vocabulary.placeholders):
        return True
    if _DASHES.search(rows) or _may_ask(decode(rows), vocabulary) or UNIT_OF_LABEL.search(decode(data)):
        return True
    lowered = rows.lower()
    is_open = any(sign in rows for sign in _SIGNS) or any(stem in lowered for stem in STEMS)
    return is_open and _may_ask(decode(data), vocabulary, ("metric", "key", "arm"))


def _may_ask(text: str, vocabulary: Vocabulary, kinds: tuple[str, ...] = ("metric", "key", "change")) -> bool:
    """Whether a label of a measured quantity may be among the words of a text."""
    folded = fold(text)
    return bool(
        _ODD.search(text)
        or QUANTITY.search(folded)
        or CHANGE.search(folded)
        or _terms(vocabulary, kinds).search(folded)
    )


def _terms(vocabulary: Vocabulary, kinds: tuple[str, ...]) -> re.Pattern[str]:
    known = vocabulary.terms
    lists = [
        known.get("arm", {}).get("change", ()) if kind == "change" else _flat(known.get(kind, {})) for kind in kinds
    ]
    return _any_of(tuple(term for terms in lists for term in terms))


def _flat(terms: object) -> tuple[str, ...]:
    return tuple(term for name, own in dict(terms).items() for term in (name, *own))  # type: ignore[call-overload]


@lru_cache(maxsize=64)
def _any_of(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Match the longest word of any term: where the term stands, that word does."""
    words = set()
    for term in terms:
        parts = normalise(term).split()
        weighty = [part for part in parts if part not in FILLERS] or parts
        words.add(fold(max(weighty, key=len, default="")))
    long = [re.escape(word) for word in words if len(word) > _SHORT or not word.isascii()]
    short = [re.escape(word) for word in words if 0 < len(word) <= _SHORT and word.isascii()]
    return re.compile(
        "|".join([*long, rf"(?<![a-z0-9])(?:{'|'.join(short)})(?![a-z0-9])"]) if short else "|".join(long) or "(?!)"
    )


def _asks(inner: bytes, vocabulary: Vocabulary) -> bool:
    if inner in {b"x", b"X", b" "}:
        return False  # a task box
    text = decode(inner).replace("\\", "").strip("*_` ")
    return bool(text) and (is_known(text, vocabulary) or normalise(text) in FACTS)
