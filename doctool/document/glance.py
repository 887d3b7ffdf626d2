"""Tells from its bytes that a document leaves nothing open and claims nothing: most do not, and parsing is dear.

It errs on the safe side: whatever the parsed document would report, the answer is yes. A yes alone means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from doctool.document.claim_forms import BYTES, COUNTED, LONG, PERPLEXITY, RATE, SMALL
from doctool.document.claim_words import CHANGE, QUANTITY, fold
from doctool.document.lines import decode, encode
from doctool.document.markers import NAME
from doctool.document.placeholders import is_known
from doctool.document.running_text import FACTS
from doctool.terms.units import SPELLINGS
from doctool.vocabulary import Vocabulary, normalise
from doctool.vocabulary.placeholders import STEMS, UNIT_WORDS
from doctool.vocabulary.terms import FILLERS

_MARKUP = b"*_`~\\[]"
_CONTAINERS = re.compile(rb"(?<=[\r\n])[ \t>]+")
# Between a number and its unit: no letter, no digit. What else may begin there is taken for a unit.
_GAP = rb"[^A-Za-z0-9%<&\]|\x80-\xff]*+"
_UNIT = f"{RATE}|{SMALL}|{LONG}|{BYTES}|{PERPLEXITY}|nats?|(?i:percent|per)|fold|kat|times|[xX]|%"
_WITH_UNIT_BEHIND = re.compile(
    rb"[0-9]" + _GAP + rb"(?:(?:" + _UNIT.encode() + rb")(?![A-Za-z0-9])|%|[<&\]\x80-\xff]"
    rb"|[A-Za-z]{1,12}+[*_`<&\[\]\\]|(?i:" + COUNTED.encode() + rb") ?[<&])"
)  # fmt: skip
_WITH_UNIT_BEFORE = re.compile(
    rb"(?:%|x(?<![A-Za-z0-9].)|X(?<![A-Za-z0-9].)|\xc3\x97|&\w{1,32};|y\xc3[\xbc\x9c]zde|Y\xc3[\xbc\x9c]zde)"
    + _GAP
    + rb"[0-9<&]",
    re.DOTALL,
)
_BEHIND_LABEL = re.compile(rb"[:=][^A-Za-z0-9]{0,20}[0-9<&]")
_LABEL_WITH_UNIT = re.compile(
    rb"(?:[)\]]|/\s?[a-z]{1,12}|[fqrt]ps|[mh]fu|ops|per\s[a-z]{1,12})[^A-Za-z0-9]{0,20}\Z", re.IGNORECASE
)
_LONGEST_LABEL_UNIT = 48

_BRACKETS = re.compile(rb"\[((?:[^\[\]\\\r\n]|\\[^\[\]\r\n]){1,240})\\?\](?![(\[:])")
_ANGLES = re.compile(rb"<([A-Za-z?_.\x80-\xff][^<>\r\n]{0,160})>")
_TBD = re.compile(rb"\b(?:T\.?B\.?[DACM]x?|tb[dac]x?|TBDs)\b")
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
_SIGNS = ("?", "__", "{", "##", "#.#", "#,#", "X", "xx", "x.x", "x,x", "[", "<")
_HTML_TABLE = re.compile(rb"<t[dhr][\s>]", re.IGNORECASE)
_COLON = re.compile("[:：]")
_UNIT_IN_LABEL = re.compile(
    r"(?:[(\[,:;/]|\bin)\s?(?:units?\s?:?\s?|in\s)?(?:%|\w{1,14})\s?(?:[)\]:,|/.*_]|$)"
    r"|\sper\s|\sa\s|[frqt]ps|ops|(?<![\w ])[mµμun]s",
    re.IGNORECASE | re.MULTILINE,
)
"""Where a label, or what stands above a table, may name a unit."""
_LONGEST_ABOVE = 160
_ENDS_ABOVE = frozenset("):]%s/")
_ODD = re.compile("[\u0300-\u036f\uff00-\uffef\u00df\u0370-\u03ff\u2206\u25b3]")
_SHORT = 3


def may_matter(data: bytes, vocabulary: Vocabulary) -> bool:
    """Whether a document, or a part of one, may hold a region, an open number or a claim."""
    if NAME in data:
        return True
    if _may_claim(data) or any(form.search(data) for form in (_TBD, _MASKED, _HTML_TABLE)):
        return True
    if any(_asks(match[1], vocabulary) for form in (_BRACKETS, _ANGLES) for match in form.finditer(data)):
        return True
    # What a reader sees, but for links, tags and entities.
    bare = _CONTAINERS.sub(b"", data.translate(None, _MARKUP))
    texts = [decode(data), decode(bare)]
    if any(
        own.strip() and own.strip().casefold() in text.casefold() for own in vocabulary.placeholders for text in texts
    ):
        return True
    lines = texts[1].split("\n")
    return (
        _may_claim(bare)
        or _may_ask("\n".join(_labels(lines)), vocabulary)
        or ("|" in texts[1] and _may_ask_in_table(lines, vocabulary))
    )


def _may_claim(data: bytes) -> bool:
    """Whether a number may have a unit behind it, before it, or in the label before it."""
    lowered = data.lower()
    return (
        _WITH_UNIT_BEHIND.search(data) is not None
        or _WITH_UNIT_BEFORE.search(data) is not None
        or b"&#" in data
        or b"perple" in lowered
        or b"ppl" in lowered
        or any(
            _LABEL_WITH_UNIT.search(data[max(match.start() - _LONGEST_LABEL_UNIT, 0) : match.start()])
            for match in _BEHIND_LABEL.finditer(data)
        )
    )


def _labels(lines: Iterable[str]) -> Iterator[str]:
    """Yield what stands before the colons."""
    for line in lines:
        if ":" in line or "：" in line:
            yield from _COLON.split(line)[:-1]


def _may_ask_in_table(lines: Sequence[str], vocabulary: Vocabulary) -> bool:
    if any(not own.strip() for own in vocabulary.placeholders):
        return True
    rows = "\n".join(["", *(line for line in lines if "|" in line)])
    if _DASHES.search(encode(rows)) or _UNIT_IN_LABEL.search(rows) or _may_ask(rows, vocabulary):
        return True
    # The words above a table end in its unit, or in a colon.
    if any(_UNIT_IN_LABEL.search(line[-_LONGEST_ABOVE:]) for line in lines if line.rstrip(" *_\r")[-1:] in _ENDS_ABOVE):
        return True
    is_open = any(sign in rows for sign in _SIGNS) or any(stem in encode(rows.lower()) for stem in STEMS)
    return is_open and _may_ask("\n".join(lines), vocabulary, ("metric", "key", "arm"))


def _may_ask(text: str, vocabulary: Vocabulary, kinds: tuple[str, ...] = ("metric", "key", "change")) -> bool:
    """Whether a label of a measured quantity may be among the words of a text."""
    folded = fold(text)
    return bool(
        "<" in text
        or "&" in text
        or _ODD.search(text)
        or QUANTITY.search(folded)
        or CHANGE.search(folded)
        or _terms(vocabulary, kinds).search(folded)
    )


def _terms(vocabulary: Vocabulary, kinds: tuple[str, ...]) -> re.Pattern[str]:
    return _any_of(tuple(term for kind in kinds for term in vocabulary.terms_of(kind)))


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
