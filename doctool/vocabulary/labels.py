"""What a label means: a metric, an arm, a workload, a mechanism, a fact about the machine, or several at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from doctool.vocabulary.meaning import CHANGE, FORMS, Meaning
from doctool.vocabulary.normal import normalise
from doctool.vocabulary.terms import (
    AGAINST_WORDS,
    CORNER_TERMS,
    DEVICE_METRIC_TERMS,
    DEVICE_TERMS,
    DIRECTION_PHRASES,
    ESTIMATE_WORDS,
    FILLERS,
    HEADING_STEMS,
    HEADING_WORDS,
    UNIT_METRIC_TERMS,
)

BASELINE = "baseline"
_SECTION_NUMBER = re.compile(r"^\W*\d+(?:\.\d+)*[.):]?\s+")
_HEADING_WORDS = frozenset(map(normalise, (*HEADING_WORDS, *CORNER_TERMS, *ESTIMATE_WORDS))) | FILLERS
_HEADING_STEMS = tuple(map(normalise, HEADING_STEMS))
_LONGEST_ENDING = 6
_NUMBERING = re.compile(r"^\W*\d+[.)]\s+")
_REMEMBERED = 10_000
_KINDS = ("metric", "arm", "mechanism", "workload", "key")
_DIRECTIONS = re.compile("|".join(rf"\b{re.escape(normalise(phrase))}\b" for phrase in DIRECTION_PHRASES))
_AGAINST = re.compile(rf" (?:{'|'.join(re.escape(normalise(word)) for word in AGAINST_WORDS)}) ")
_NEGATIONS = frozenset({"no", "non"})
_BASE_OF_WORD = {"s": "forward_latency", "tokens/s": "throughput"}
_LONGEST_LABEL = 14
_ALIKE = 0.82
_SHORTEST_MISSPELT = 5


class Workings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be measured under one workload, as its settings say.

    Args:
        metrics: Names of the metrics.
        counts: Base units in which its throughput can be told.
        conditions: Settings that tables name: `batch`, `length`, `dtype`, `threads`.
    """

    metrics: frozenset[str]
    counts: frozenset[str]
    conditions: Mapping[str, str] = msgspec.field(default_factory=dict)


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All names and all words for them.

    Args:
        mechanisms: Names of the mechanisms.
        workloads: Names of the workloads.
        workloads_of: The workloads of each mechanism, in the order of preference.
        terms: By kind, then by name: the words that mean it.
        placeholders: Texts the project added to the shipped forms of placeholders.
        workings: By workload, what can be measured under it; of a workload that is not there, nothing is known.
        trained: Mechanisms that have a training comparison; None where that is not known.
        ignore: Texts that keep a line from being reported; `*` stands for any words between them.
        layouts: By name, what regions that name a layout ask for.
        labels: By language, the words for the labels of layouts.
        languages: By document, its language.
    """

    mechanisms: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    workloads_of: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    terms: Mapping[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    workings: Mapping[str, Workings] = msgspec.field(default_factory=dict)
    trained: frozenset[str] | None = None
    ignore: tuple[str, ...] = ()
    layouts: Mapping[str, Mapping[str, object]] = msgspec.field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    languages: Mapping[str, str] = msgspec.field(default_factory=dict)

    def ignores(self, line: str) -> bool:
        """Whether the project has nothing reported on a line."""
        return any(_holds(line, pattern.split("*")) for pattern in self.ignore)

    @cached_property
    def _names(self) -> dict[str, tuple[Mapping[str, str], ...]]:
        """By normalised term, what it may mean: parts of a `Meaning`."""
        found: dict[str, dict[tuple[tuple[str, str], ...], None]] = {}
        for kind, names in self.terms.items():
            for name, terms in names.items():
                for term in (name, *terms):
                    found.setdefault(normalise(term), {})[_part(kind, name)] = None
        for (metric, device), terms in DEVICE_METRIC_TERMS.items():
            for term in terms:
                found.setdefault(normalise(term), {})[("metric", metric), ("device", device)] = None
        for device, terms in DEVICE_TERMS.items():
            for term in terms:
                found.setdefault(normalise(term), {})[("device", device),] = None
        found.pop("", None)
        return {term: tuple(map(dict, parts)) for term, parts in found.items()}

    @cached_property
    def _names_by_base(self) -> dict[str, dict[str, tuple[Mapping[str, str], ...]]]:
        """As `_names`, of the words that name a quantity only beside a unit of the base."""
        return {
            base: {normalise(term): ({"metric": _BASE_OF_WORD[base]},) for term in terms}
            for base, terms in UNIT_METRIC_TERMS.items()
        }

    @cached_property
    def _longest(self) -> int:
        return max((term.count(" ") + 1 for term in self._names), default=0)

    def terms_of(self, kind: str) -> tuple[str, ...]:
        """Return every name and word of a kind; of `change`, the words by which a change is shown."""
        if kind not in self._terms_of:
            if kind == CHANGE:
                found = [term for form in FORMS for term in self.terms.get("arm", {}).get(form, ())]
            else:
                found = [term for name, own in self.terms.get(kind, {}).items() for term in (name, *own)]
            self._terms_of[kind] = tuple(found)
        return self._terms_of[kind]

    @cached_property
    def _terms_of(self) -> dict[str, tuple[str, ...]]:
        return {}

    def meanings(self, label: str, base: str | None = None) -> tuple[Meaning, ...]:
        """Return what a row or column label may mean, most complete reading first; empty when nothing fits.

        Every word of the label must be accounted for, by a name or by a word without weight: a label that is only
        partly understood is not understood.

        Args:
            label: Its words.
            base: Base unit of the unit that stands beside it.
        """
        if (label, base) not in self._read:
            if len(self._read) > _REMEMBERED:
                self._read.clear()
            self._read[label, base] = self._meanings(label, base)
        return self._read[label, base]

    @cached_property
    def _read(self) -> dict[tuple[str, str | None], tuple[Meaning, ...]]:
        """Labels read before; documents repeat them."""
        return {}

    def _meanings(self, label: str, base: str | None) -> tuple[Meaning, ...]:
        text = " ".join(_DIRECTIONS.sub(" ", normalise(_NUMBERING.sub("", label))).split())
        against = _AGAINST.split(f" {text} ")
        if len(against) == 2:
            return self._compared(against[0].split(), against[1].split(), base)
        return self._of_words(text.split(), base)

    def _compared(self, words: list[str], other: list[str], base: str | None) -> tuple[Meaning, ...]:
        """Read `Speedup vs baseline`: a change, and the arm that it is counted from."""
        off = [meaning for meaning in self._of_words(other, base) if meaning.arm == "off" and not meaning.metric]
        if not off and other:
            return ()
        found = self._of_words(words, base)
        changes = [
            meaning if meaning.arm == CHANGE else msgspec.structs.replace(meaning, arm=CHANGE, form=CHANGE)
            for meaning in found
            if meaning.arm == CHANGE or (meaning.mechanism and meaning.arm in {None, "on"} and not meaning.metric)
        ]
        return tuple(dict.fromkeys(changes))

    def _of_words(self, words: list[str], base: str | None) -> tuple[Meaning, ...]:
        if not words or len(words) > _LONGEST_LABEL:
            return ()
        if words[0] in _NEGATIONS and len(words) > 1:
            words = ["without", *words[1:]]
        whole = [Meaning().with_part(part) for part in self._parts(" ".join(words), base)]
        found = [*filter(None, whole), *self._segment(words, 0, Meaning(), base)]
        settled = (meaning.settled() for meaning in found)
        return tuple(dict.fromkeys(meaning for meaning in settled if meaning is not None))

    def _parts(self, term: str, base: str | None) -> tuple[Mapping[str, str], ...]:
        return (*self._names_by_base.get(base or "", {}).get(term, ()), *self._names.get(term, ()))

    def _segment(self, words: list[str], start: int, so_far: Meaning, base: str | None) -> Iterator[Meaning]:
        if start == len(words):
            if not so_far.is_empty:
                yield so_far
            return
        for end in range(min(len(words), start + self._longest), start, -1):
            for part in self._parts(" ".join(words[start:end]), base):
                together = so_far.with_part(part)
                if together is not None:
                    yield from self._segment(words, end, together, base)
        if words[start] in FILLERS:
            yield from self._segment(words, start + 1, so_far, base)

    def named_in(self, heading: str, kind: str) -> tuple[str, ...]:
        """Return the names of a kind that occur in a sentence such as a heading, longest term first.

        Words that belong to a longer term, or to its long form beside it, say nothing of their own: neither `conv_bias`
        nor `convolution bias (conv_bias)` speaks of `bias`.
        """
        text = f" {normalise(heading)} "
        found: dict[str, None] = {}
        for words, name in self._by_length(kind):
            if words in text:
                found[name] = None
                # Names that share a term are all meant by it.
                if not any(others == words and owner != name for others, owner in self._by_length(kind)):
                    long_form = " ".join(rf"{part}\w*" if len(part) > 2 else part for part in words.split())
                    text = re.sub(rf"(?<= ){long_form}(?= )", "|", text)
        return tuple(found)

    def _by_length(self, kind: str) -> tuple[tuple[str, str], ...]:
        """Return the terms of a kind, blanks around them, with the names that they mean, longest first."""
        if kind not in self._terms_by_length:
            groups = self.terms.get(kind, {}).items()
            terms = ((normalise(term), name) for name, group in groups for term in (name, *group))
            padded = [(f" {term} ", name) for term, name in terms if term]
            self._terms_by_length[kind] = tuple(sorted(padded, key=lambda one: -len(one[0])))
        return self._terms_by_length[kind]

    @cached_property
    def _terms_by_length(self) -> dict[str, tuple[tuple[str, str], ...]]:
        return {}

    def unknown_words(self, heading: str) -> tuple[str, ...]:
        """Return the words of a heading that mean nothing, and that headings do not have whatever they are about."""
        words = normalise(_SECTION_NUMBER.sub("", heading)).split()
        unknown, start = [], 0
        while start < len(words):
            ends = range(min(len(words), start + self._longest), start, -1)
            known = next((end for end in ends if " ".join(words[start:end]) in self._names), None)
            if known is None and not _is_of_headings(words[start]):
                unknown.append(words[start])
            start = known or start + 1
        return tuple(unknown)

    def key_of(self, token: str) -> str | None:
        """Return the environment key that a metadata label or placeholder token means."""
        return next((part["key"] for part in self._names.get(normalise(token), ()) if "key" in part), None)

    def nearest(self, label: str, kinds: tuple[str, ...] = _KINDS) -> tuple[str, ...]:
        """Return up to three terms that the label may be a misspelling of.

        Only of words that are spelt nearly alike, one by one: a term that merely shares words with the label names
        something else, and a hint to use it would have that written instead.
        """
        words = normalise(label).split()
        if " ".join(words) in self._names:
            return ()
        near = [
            term
            for term, parts in self._names.items()
            if any(kind in part for part in parts for kind in kinds) and _is_misspelt(words, term.split())
        ]
        return tuple(sorted(near, key=lambda term: -_likeness(" ".join(words), term)))[:3]


def _is_of_headings(word: str) -> bool:
    return word in _HEADING_WORDS or any(
        word.startswith(stem) and len(word) - len(stem) <= _LONGEST_ENDING for stem in _HEADING_STEMS
    )


def _part(kind: str, name: str) -> tuple[tuple[str, str], ...]:
    return (("arm", CHANGE), ("form", name)) if kind == "arm" and name in FORMS else ((kind, name),)


def _is_misspelt(words: list[str], term: list[str]) -> bool:
    if len(words) != len(term) or words == term:
        return False
    return all(word == of_term or _likeness(word, of_term) >= _ALIKE for word, of_term in zip(words, term, strict=True))


def _likeness(a: str, b: str) -> float:
    # A longer word is another one rather than a slip: `compile` and `compiler`.
    is_other = a.startswith(b) or b.startswith(a) or any(char.isdigit() for char in a + b)
    if min(len(a), len(b)) < _SHORTEST_MISSPELT or is_other:
        return float(a == b)
    return difflib.SequenceMatcher(a=a, b=b).ratio()


def _holds(line: str, parts: list[str]) -> bool:
    """Whether a line holds all the parts, one behind the other."""
    position = 0
    for part in parts:
        found = line.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return any(parts)
