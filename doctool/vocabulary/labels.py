"""What a label means: a metric, an arm, a workload, a mechanism, a fact about the machine, or several at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Protocol

import msgspec
from msgspec.structs import replace

from doctool.vocabulary.normal import normalise
from doctool.vocabulary.terms import (
    CORNER_TERMS,
    FILLERS,
    HEADING_STEMS,
    HEADING_WORDS,
    METADATA_TERMS,
    METRIC_TERMS,
    VARIANT_TERMS,
)

BASELINE = "baseline"
_SECTION_NUMBER = re.compile(r"^\W*\d+(?:\.\d+)*[.):]?\s+")
_HEADING_WORDS = frozenset(map(normalise, (*HEADING_WORDS, *CORNER_TERMS))) | FILLERS
_HEADING_STEMS = tuple(map(normalise, HEADING_STEMS))
_LONGEST_ENDING = 6
_NUMBERING = re.compile(r"^\W*\d+[.)]\s+")
_REMEMBERED = 10_000
_ASCII_WORD = re.compile(rb"[a-z]+")
_UNIT_SIGNS = (b"(", b"[", b",", b"/", b" in ", b"&", b"<")
_KINDS = ("metric", "arm", "mechanism", "workload", "key")


class AliasTables(Protocol):
    """The author's own words, by the name they stand for."""

    @property
    def metrics(self) -> Mapping[str, Iterable[str]]: ...  # noqa: D102 - the class says what they are
    @property
    def variants(self) -> Mapping[str, Iterable[str]]: ...  # noqa: D102
    @property
    def mechanisms(self) -> Mapping[str, Iterable[str]]: ...  # noqa: D102
    @property
    def workloads(self) -> Mapping[str, Iterable[str]]: ...  # noqa: D102
    @property
    def metadata(self) -> Mapping[str, Iterable[str]]: ...  # noqa: D102


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says; None where it says nothing.

    Args:
        metric: Name of a metric.
        arm: `off`, `on`, `change` or `value`.
        mechanism: Name of a mechanism.
        workload: Name of a workload.
        key: Environment key.
    """

    metric: str | None = None
    arm: str | None = None
    mechanism: str | None = None
    workload: str | None = None
    key: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the label says nothing at all."""
        return not any(getattr(self, kind) for kind in _KINDS)


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All names and all words for them.

    Args:
        mechanisms: Names of the mechanisms.
        workloads: Names of the workloads.
        workloads_of: The workloads of each mechanism, in the order of preference.
        terms: By kind, then by name: the words that mean it.
        placeholders: Texts the project added to the shipped forms of placeholders.
        ignore: Texts that keep a line from being reported; `*` stands for any words between them.
    """

    mechanisms: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    workloads_of: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    terms: Mapping[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def ignores(self, line: str) -> bool:
        """Whether the project has nothing reported on a line."""
        return any(_holds(line, pattern.split("*")) for pattern in self.ignore)

    @cached_property
    def _names(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """By normalised term, what it may mean: pairs of kind and name."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for kind, names in self.terms.items():
            for name, terms in names.items():
                for term in (name, *terms):
                    found.setdefault(normalise(term), {})[kind, name] = None
        found.pop("", None)
        return {term: tuple(meanings) for term, meanings in found.items()}

    @cached_property
    def _longest(self) -> int:
        return max((term.count(" ") + 1 for term in self._names), default=0)

    @cached_property
    def _measuring(self) -> frozenset[bytes]:
        """Every word of a term that means a measured quantity, as far as it is ASCII."""
        terms = [term for term, found in self._names.items() if any(kind == "metric" for kind, _ in found)]
        return frozenset(word for term in terms for word in _ASCII_WORD.findall(term.encode()))

    def may_measure(self, label: bytes) -> bool:
        """Whether a label may name a measured quantity or a unit; a glance that says yes in doubt."""
        if not label.isascii() or any(sign in label for sign in _UNIT_SIGNS):
            return True
        return not self._measuring.isdisjoint(_ASCII_WORD.findall(label.lower()))

    def meanings(self, label: str) -> tuple[Meaning, ...]:
        """Return what a row or column label may mean, most complete reading first; empty when nothing fits.

        Every word of the label must be accounted for, by a name or by a word without weight: a label that is only
        partly understood is not understood.
        """
        if label not in self._read:
            if len(self._read) > _REMEMBERED:
                self._read.clear()
            self._read[label] = self._meanings(label)
        return self._read[label]

    @cached_property
    def _read(self) -> dict[str, tuple[Meaning, ...]]:
        """Labels read before; documents repeat them."""
        return {}

    def _meanings(self, label: str) -> tuple[Meaning, ...]:
        words = normalise(_NUMBERING.sub("", label)).split()
        if not words or len(words) > 12:
            return ()
        whole = [Meaning(**{kind: name}) for kind, name in self._names.get(" ".join(words), ())]
        return tuple(dict.fromkeys([*whole, *self._segment(words, 0, Meaning())]))

    def _segment(self, words: list[str], start: int, so_far: Meaning) -> Iterator[Meaning]:
        if start == len(words):
            if not so_far.is_empty:
                yield so_far
            return
        for end in range(min(len(words), start + self._longest), start, -1):
            for kind, name in self._names.get(" ".join(words[start:end]), ()):
                if getattr(so_far, kind) in {None, name}:
                    yield from self._segment(words, end, replace(so_far, **{kind: name}))
        if words[start] in FILLERS:
            yield from self._segment(words, start + 1, so_far)

    def named_in(self, heading: str, kind: str) -> tuple[str, ...]:
        """Return the names of a kind that occur in a sentence such as a heading, longest term first.

        Words that belong to a longer term, or to its long form beside it, say nothing of their own: neither `conv_bias`
        nor `convolution bias (conv_bias)` speaks of `bias`.
        """
        text = f" {normalise(heading)} "
        terms = sorted(
            ((normalise(term), name) for name, group in self.terms.get(kind, {}).items() for term in (name, *group)),
            key=lambda one: -len(one[0]),
        )
        found: dict[str, None] = {}
        for word, name in terms:
            if word and f" {word} " in text:
                found[name] = None
                # Names that share a term are all meant by it.
                if not any(other == word and owner != name for other, owner in terms):
                    long_form = " ".join(rf"{part}\w*" if len(part) > 2 else part for part in word.split())
                    text = re.sub(rf"(?<= ){long_form}(?= )", "|", text)
        return tuple(found)

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
        return next((name for kind, name in self._names.get(normalise(token), ()) if kind == "key"), None)

    def nearest(self, label: str, kinds: tuple[str, ...] = _KINDS) -> tuple[str, ...]:
        """Return up to three names that look most like a label nobody understands."""
        candidates = {
            term: name
            for term, found in self._names.items()
            for kind, name in found
            if kind in kinds and name != "value"
        }
        near = difflib.get_close_matches(normalise(label), candidates, n=6, cutoff=0.5)
        return tuple(dict.fromkeys(candidates[term] for term in near))[:3]


def build_vocabulary(
    mechanisms: Mapping[str, tuple[str, ...]],
    workloads: Mapping[str, tuple[str, ...]],
    aliases: AliasTables | None = None,
    placeholders: tuple[str, ...] = (),
    all_workloads: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Vocabulary:
    """Put the shipped words, the project's names and the author's aliases together.

    Args:
        mechanisms: Name: its toggles.
        workloads: Mechanism name: the workloads it is measured under, in order.
        aliases: The author's words, added to the shipped ones.
        placeholders: Further texts that stand for a missing number.
        all_workloads: Names of workloads, also those that no mechanism uses.
        ignore: Texts that keep a line from being reported.
    """
    names = dict.fromkeys([*all_workloads, *(name for group in workloads.values() for name in group)])
    extra: dict[str, Mapping[str, Iterable[str]]] = {
        "metric": aliases.metrics if aliases else {},
        "arm": aliases.variants if aliases else {},
        "mechanism": aliases.mechanisms if aliases else {},
        "workload": aliases.workloads if aliases else {},
        "key": aliases.metadata if aliases else {},
    }
    shipped: dict[str, dict[str, tuple[str, ...]]] = {
        "metric": METRIC_TERMS,
        "arm": VARIANT_TERMS,
        "mechanism": dict(mechanisms),
        "workload": dict.fromkeys(names, ()),
        "key": METADATA_TERMS,
    }
    terms = {
        kind: {
            name: (*known.get(name, ()), *extra[kind].get(name, ())) for name in dict.fromkeys([*known, *extra[kind]])
        }
        for kind, known in shipped.items()
    }
    return Vocabulary(
        mechanisms=tuple(mechanisms),
        workloads=tuple(names),
        workloads_of=dict(workloads),
        terms=terms,
        placeholders=placeholders,
        ignore=ignore,
    )


def _holds(line: str, parts: list[str]) -> bool:
    """Whether a line holds all the parts, one behind the other."""
    position = 0
    for part in parts:
        found = line.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return any(parts)


def _is_of_headings(word: str) -> bool:
    return word in _HEADING_WORDS or any(
        word.startswith(stem) and len(word) - len(stem) <= _LONGEST_ENDING for stem in _HEADING_STEMS
    )
