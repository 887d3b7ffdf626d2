"""What a cell asks for, in words an author can write: `block_latency off prefill-small in µs`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from doctool.document.region import Region
from doctool.errors import DocumentError
from doctool.terms.metrics import METRICS, Family, metric_of
from doctool.terms.nearest import suggest
from doctool.terms.units import UNITS, find_unit
from doctool.vocabulary import ENVIRONMENT_KEYS

CHANGE = "change"
ARMS = ("off", "on", CHANGE)
FORMS = ("improvement", "reduction", "gain", "speedup", "ratio")
"""Other ways to tell a change than `on / off - 1`."""
REVERSED = "reversed"
"""Turns a change round: of off against on."""
INTERVAL = "interval"
"""Asks for the interval of a change alone, in a column of its own."""
TRAINING = "training"
BASELINE = "baseline"
_KEYS = frozenset(ENVIRONMENT_KEYS)
_UNIT = re.compile(r"(?:^|\s)in\s+(\S+)\s*$")
_PART = re.compile(r'(\w+)=("[^"]*"|\S+)|(\S+)')
SLOT = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
"""A slot of a metadata line; doubled braces are literal ones."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for; None where it is left to the row, the column or the region.

    Args:
        metric: Key in a record's metrics, with the layer if any.
        arm: `off`, `on` or `change`.
        form: Of a change: `change`, which is the signed relative one, or one of `FORMS`.
        is_reversed: Of a change: whether it is that of off against on.
        is_interval: Of a change: whether its interval alone is asked for.
        workload: Name of the workload, or `training`.
        mechanism: Name of the mechanism.
        key: Environment key, instead of a metric.
        unit: A key of `UNITS`.
        name: A name that is a mechanism's or a workload's; only where neither are known.
        where: Hardware pins: environment key, and a part of its value.
    """

    metric: str | None = None
    arm: str | None = None
    form: str | None = None
    is_reversed: bool = False
    is_interval: bool = False
    workload: str | None = None
    mechanism: str | None = None
    key: str | None = None
    unit: str | None = None
    name: str | None = None
    where: Mapping[str, str] = msgspec.field(default_factory=dict)

    def contradicts(self, other: Address) -> tuple[str, str] | None:
        """Return what this address and another ask for and cannot both have; None if they go together.

        The change of a row that is about the changed arm is that arm's change; a baseline has none.
        """
        for item in msgspec.structs.fields(self):
            mine, theirs = getattr(self, item.name), getattr(other, item.name)
            if item.name == "where":
                pinned = next(
                    (key for key in self.where if other.where.get(key, self.where[key]) != self.where[key]), ""
                )
                if pinned:
                    return self.where[pinned], other.where[pinned]
                continue
            if item.name in {"is_reversed", "is_interval"} or {mine, theirs} == {"on", CHANGE}:
                continue
            if mine and theirs and mine != theirs:
                return mine, theirs
        return None

    def combined(self, other: Address) -> Address:
        """Return this address with everything that `other` says; where both speak, `other` or a change counts."""
        return Address(
            metric=other.metric or self.metric,
            arm=CHANGE if CHANGE in {self.arm, other.arm} else other.arm or self.arm,
            form=other.form or self.form,
            is_reversed=self.is_reversed or other.is_reversed,
            is_interval=self.is_interval or other.is_interval,
            workload=other.workload or self.workload,
            mechanism=other.mechanism or self.mechanism,
            key=other.key or self.key,
            unit=other.unit or self.unit,
            name=other.name or self.name,
            where={**self.where, **other.where},
        )


def parse_address(
    text: str, mechanisms: Collection[str] | None = None, workloads: Collection[str] | None = None
) -> Address:
    """Read an address.

    Args:
        text: Parts separated by blanks, in any order, `in UNIT` last. An empty one asks for nothing.
        mechanisms: Known names; with None, an unknown word is taken for a name.
        workloads: Likewise; with None and mechanisms known, an unknown word is taken for a workload.

    Raises:
        DocumentError: If a word means nothing, two words of a kind are given, or the unit does not fit the metric.
    """
    names = None
    if mechanisms is not None or workloads is not None:
        names = (tuple(mechanisms or ()), None if workloads is None else tuple(workloads))
    return _parse(text, names)


_Names = tuple[tuple[str, ...], tuple[str, ...] | None] | None


@lru_cache(maxsize=4096)
def _parse(text: str, names: _Names) -> Address:
    unit, rest = None, text
    asked = _UNIT.search(text)
    if asked:
        unit, rest = find_unit(asked[1]), text[: asked.start()]
        if unit is None:
            raise DocumentError(f"{asked[1]!r} in {text!r} is not a known unit; {suggest(asked[1], tuple(UNITS))}")
    address, where = Address(unit=unit), {}
    for key, value, word in _PART.findall(rest):
        if key:
            if key not in _KEYS:
                raise DocumentError(f"{key!r} in {text!r} is not an environment key; {suggest(key, ENVIRONMENT_KEYS)}")
            where[key] = value.strip('"')
            continue
        if word in {*FORMS, REVERSED, INTERVAL} and not _is_name(word, names):
            address = _with_form(address, word, text)
            continue
        kind = _kind_of(word, names)
        if kind is None:
            known = (
                *METRICS,
                *ARMS,
                *FORMS,
                REVERSED,
                INTERVAL,
                *(names[0] + (names[1] or ()) if names else ()),
                *ENVIRONMENT_KEYS,
            )
            raise DocumentError(f"{word!r} in {text!r} means nothing here; {suggest(word, known)}")
        if getattr(address, kind):
            raise DocumentError(
                f"{text!r} names two of a kind, {getattr(address, kind)!r} and {word!r}; remove one of them"
            )
        address = replace(address, **{kind: word}, **({"form": CHANGE} if word == CHANGE else {}))
    address = _settled(address, text)
    _check_unit(address, text)
    return replace(address, where=where)


def _is_name(word: str, names: _Names) -> bool:
    return names is not None and word in (*names[0], *(names[1] or ()))


def _with_form(address: Address, word: str, text: str) -> Address:
    if word in {REVERSED, INTERVAL}:
        return replace(address, **{f"is_{word}": True})
    if address.arm is not None:
        raise DocumentError(f"{text!r} names two of a kind, {address.form or address.arm!r} and {word!r}; remove one")
    return replace(address, arm=CHANGE, form=word)


def _settled(address: Address, text: str) -> Address:
    """Return the address with the arm that its words imply, and refuse what is said of something that is no change."""
    if address.is_interval and address.arm is None:
        address = replace(address, arm=CHANGE)
    said = INTERVAL if address.is_interval else REVERSED if address.is_reversed else None
    if said is not None and address.arm != CHANGE:
        raise DocumentError(f"{text!r} says {said!r} of something that is no change; remove it, or write 'change'")
    return address


def _kind_of(word: str, names: _Names) -> str | None:
    base, slash, layer = word.partition("/")
    mechanisms, workloads = names if names is not None else ((BASELINE,), ())
    kinds = {
        "metric": base in METRICS and bool(slash) == bool(layer),
        "arm": word in ARMS,
        "mechanism": word in mechanisms,
        "workload": word == TRAINING or word in (workloads or ()),
        "key": word in _KEYS,
        "name": names is None,
    }
    if workloads is None:
        kinds["workload"] = kinds["workload"] or not any(kinds.values())
    return next((kind for kind, is_one in kinds.items() if is_one), None)


def _check_unit(address: Address, text: str) -> None:
    if address.unit is None or address.metric is None:
        return
    metric = metric_of(address.metric)
    if not metric.is_in(UNITS[address.unit].base):
        fitting = ", ".join(name for name, unit in UNITS.items() if metric.is_in(unit.base))
        raise DocumentError(f"{text!r}: {metric.name} cannot be written in {address.unit}; units that fit: {fitting}")


def cell_addresses(
    region: Region, mechanisms: Collection[str] | None = None, workloads: Collection[str] | None = None
) -> tuple[Address, ...]:
    """Return what a region asks for: one address for each slot of its lines and each cell that is not kept.

    The region's mechanism, workload and pins are filled in; a training metric's workload is `training`.

    Raises:
        DocumentError: As `parse_address`.
    """
    defaults = Address(mechanism=region.mechanism, workload=region.workload, where=region.where)
    return tuple(_with_training(defaults.combined(found)) for found in _asked(region, mechanisms, workloads))


def _asked(region: Region, mechanisms: Collection[str] | None, workloads: Collection[str] | None) -> Iterator[Address]:
    for line in region.lines:
        for slot in SLOT.finditer(line):
            if slot[1]:
                yield parse_address(slot[1], mechanisms, workloads)
    columns = {label: parse_address(text, mechanisms, workloads) for label, text in region.columns.items()}
    for label, text in region.rows.items():
        row = parse_address(text, mechanisms, workloads)
        kept = region.keep.get(label, {})
        for header, column in columns.items():
            if header not in kept:
                own = slot_of(region.cells.get(label, {}).get(header, ""))[1]
                yield row.combined(column).combined(parse_address(own, mechanisms, workloads))


def slot_of(text: str) -> tuple[str, str, str]:
    """Split what a cell says for itself: `{in µs} <!-- run 3 -->`.

    Returns:
        What stands before the slot, the address in the slot, and what stands behind; three empty texts without a slot.
    """
    slot = next((slot for slot in SLOT.finditer(text) if slot[1] is not None), None)
    if slot is None:
        return "", "", ""
    before, after = (part.replace("{{", "{").replace("}}", "}") for part in (text[: slot.start()], text[slot.end() :]))
    return before, slot[1], after


def _with_training(address: Address) -> Address:
    if address.metric is not None and metric_of(address.metric).family is Family.TRAINING:
        return replace(address, workload=TRAINING)
    return address
