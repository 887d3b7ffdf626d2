"""Abstract values: how much of a toggle is in them, and which definitions they may be."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from doctool.detect.definitions import Class, Function
from doctool.terms.mechanism import Evidence


class Level(enum.IntEnum):
    """How much the toggle decides about a value."""

    NONE = 0
    DERIVED = 1
    """The toggle chose it, such as a layer built in a branch; testing it for None is a branch on the toggle."""
    DIRECT = 2
    """It is the toggle's own value, or a plain function of it."""


class Kind(enum.Enum):
    """What a reference refers to."""

    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    INSTANCE = "instance"
    PARENT = "parent"
    """`super()` of an instance."""
    MODULE = "module"
    CLOSED = "closed"
    """A name in a file of the package that nobody had a reason to parse yet."""
    EXTERNAL = "external"
    """Something outside the package, by dotted name."""
    CROWD = "crowd"
    """One of more definitions than are followed."""

    __hash__ = object.__hash__  # the hash of an enumeration is slow, and sets of references are built all the time


class Ref(msgspec.Struct, frozen=True):
    """One thing a value may refer to."""

    kind: Kind
    name: str = ""
    cls: Class | None = None
    function: Function | None = None


@dataclass(frozen=True, kw_only=True)
class Value:
    """What is known about an expression; the empty value is "anything".

    Args:
        level: How much the toggle decides about it.
        refs: Definitions it may refer to; for a container, those of its elements.
        consts: Strings it may be; for a container, those of its elements.
        fields: Values under known string keys, of keyword dictionaries; None where keys are not known.
        chain: How the toggle came here. It explains and does not count in comparisons.
    """

    level: Level = Level.NONE
    refs: frozenset[Ref] = frozenset()
    consts: frozenset[str] = frozenset()
    fields: tuple[tuple[str, Value], ...] | None = None
    chain: tuple[Evidence, ...] = field(default=(), compare=False)

    def under(self, key: str) -> Value | None:
        """The value under a string key, or None."""
        return next((value for name, value in self.fields or () if name == key), None)

    def leveled(self, level: Level, chain: tuple[Evidence, ...] = ()) -> Value:
        """The same value, with at least this level."""
        return self if self.level >= level else replace(self, level=level, chain=chain or self.chain)

    def lowered(self, most: Level) -> Value:
        """The same value, with at most this level."""
        return self if self.level <= most else replace(self, level=most)

    def then(self, step: Evidence) -> Value:
        """The same value after one more step on its way; a step already on it is not repeated."""
        if not self.level or step in self.chain:
            return self
        return replace(self, chain=(*self.chain, step))


ANYTHING = Value()
CROWD = Ref(Kind.CROWD)
OUTSIDE = Ref(Kind.EXTERNAL, name="*.*")
_MOST_CONSTS, _MOST_REFS, _MOST_OUTSIDE, _MOST_ELEMENTS = 256, 256, 8, 16


def packed(fields: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Values by key, as a value can hold them; keys within keys are forgotten, so that no value grows for ever."""
    flat = {name: value if not value.fields else replace(value, fields=()) for name, value in fields.items()}
    return tuple(sorted(flat.items(), key=lambda one: one[0]))


def sequence(values: Sequence[Value]) -> Value:
    """A tuple or list of known length: all elements together, and each under its number."""
    joined = join(values)
    numbered = {str(number): value for number, value in enumerate(values)}
    return replace(joined, fields=packed(numbered) if len(values) <= _MOST_ELEMENTS else None)


def elements_of(value: Value) -> list[Value]:
    """The elements that `*value` spreads; one value that stands for all where their number is not known."""
    fields = dict(value.fields or ())
    numbered = [fields[str(number)] for number in range(len(fields)) if str(number) in fields]
    return numbered if fields and len(numbered) == len(fields) else [value.lowered(Level.DERIVED)]


def join(values: Iterable[Value]) -> Value:
    """Combine what a value may be on several ways to one place."""
    result: Value | None = None
    for value in values:
        result = value if result is None else _join(result, value)
    return ANYTHING if result is None else result


def _join(one: Value, two: Value) -> Value:
    if one == two:
        return one if one.chain or not two.chain else two
    best = two if two.level > one.level else one
    consts = one.consts | two.consts
    refs = _bounded(one.refs | two.refs)
    return Value(
        level=best.level,
        # Whoever calls or reads the crowd says that this was not followed.
        refs=refs if len(refs) <= _MOST_REFS else frozenset([*max(one.refs, two.refs, key=len), CROWD]),
        consts=consts if len(consts) <= _MOST_CONSTS else frozenset(),
        fields=_join_fields(one.fields, two.fields),
        chain=best.chain,
    )


def _bounded(refs: frozenset[Ref]) -> frozenset[Ref]:
    """Many things outside the package become one; they are not followed, and their names multiply without end."""
    if len(refs) <= _MOST_OUTSIDE and OUTSIDE not in refs:
        return refs
    inside = frozenset(ref for ref in refs if ref.kind is not Kind.EXTERNAL)
    return refs if OUTSIDE not in refs and len(refs) - len(inside) <= _MOST_OUTSIDE else inside | {OUTSIDE}


def _join_fields(
    one: tuple[tuple[str, Value], ...] | None, two: tuple[tuple[str, Value], ...] | None
) -> tuple[tuple[str, Value], ...] | None:
    if one is None or two is None:
        return one if two is None else two
    merged = dict(one)
    for name, value in two:
        merged[name] = _join(merged[name], value) if name in merged else value
    return packed(merged)
