"""The metrics of a record, derived from its raw samples, and the proof that they still belong to them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from doctool.records import NULL, OFF, ON, Comparison, Record, Result
from doctool.statistics.arms import Arms
from doctool.statistics.comparison import MIN_MARGIN
from doctool.statistics.memory import summarise_memory
from doctool.statistics.plausibility import find_implausible
from doctool.statistics.protocol import protocol_digest
from doctool.statistics.readings import match_names
from doctool.statistics.speed import SpeedPlan, drop_wide, summarise_speed
from doctool.statistics.training import summarise_training
from doctool.terms.metrics import METRICS, Family, metric_of

SEAL_LENGTH = 16
BUSY = "busy"
"""Key in a record's settings: it was asked for although the machine was busy, and spoilt blocks count."""
_NO_WIDE_FIGURES = 2
"""Schema from which on they are left out; earlier records stay as they were made."""
_TOLERANCE = 1e-9
"""Relative; mathematical libraries differ in the last bits."""


def summarise(record: Record, margin: float | None = None) -> dict[str, Result]:
    """Derive every metric of a record from its raw samples.

    Args:
        record: Its `metrics` are not used, except for the margin.
        margin: Smallest relative change in speed that counts as one; None takes the one its comparisons hold.

    Returns:
        Results by metric key, with arms by role.
    """
    plan = plan_of(record, margin)
    if record.training is not None:
        return summarise_training(record.training, record.memory, plan.arms)
    speed = summarise_speed(record.replicates, plan)
    if record.schema >= _NO_WIDE_FIGURES:
        speed = {key: drop_wide(result) for key, result in speed.items()}
    return {**speed, **summarise_memory(record.memory, plan.arms)}


def plan_of(record: Record, margin: float | None = None) -> SpeedPlan:
    """Return what is to be made of a record's visits; arguments as in `summarise`."""
    return SpeedPlan(
        arms=_arms_of(record),
        tokens_per_call=_items_per_call(record),
        throughput_in="tokens/s" if record.settings.get("tokens") else "samples/s",
        block_names=match_names(_patterns(record, "blocks"), _timed_names(record)),
        layer_names=match_names(_patterns(record, "layers"), _timed_names(record)),
        margin=margin if margin is not None else max(_margins(record), default=MIN_MARGIN),
        counts_excluded=record.settings.get(BUSY) is True,
    )


def seal_of(record: Record) -> str:
    """Return a digest over everything in the record but its seal, to be kept inside it."""
    # As it will be read again: a whole number in a place for fractions comes back as a fraction.
    as_read = msgspec.json.decode(msgspec.json.encode(record), type=Record)
    content = {key: value for key, value in msgspec.to_builtins(as_read).items() if key != "seal"}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:SEAL_LENGTH]


def verify(
    record: Record, *, record_id: str | None = None, machine: str | None = None, seal: str | None = None
) -> tuple[str, ...]:
    """Recompute the record from its raw samples and tell what does not fit.

    Args:
        record: As read from its file.
        record_id: The id in the name of its file.
        machine: Fingerprint of the record's environment; every replicate may carry one of its own.
        seal: The digest that belongs to it, see `seal_of`; None takes the one inside the record.

    Returns:
        One sentence per difference; nothing if the record is as it was written.
    """
    found = list(_verify_identity(record, record_id, record.seal if seal is None else seal))
    looks = (
        _verify_environment(record, machine),
        _verify_samples(record),
        find_implausible(record),
        _verify_metrics(record),
    )
    try:
        for problems in looks:
            found += problems
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        # Settings and samples that no measurement gives: a record may be written by anybody.
        found.append(f"nothing can be computed from what it holds ({type(problem).__name__}: {problem})")
    return tuple(found)


def _verify_identity(record: Record, record_id: str | None, seal: str) -> Iterator[str]:
    if record_id is not None and record_id != record.id:
        yield f"the content belongs to id {record.id}, and the file is named {record_id}"
    if not seal:
        yield "it carries no seal, so a change by hand could go unseen"
    elif seal != seal_of(record):
        yield f"the seal is {seal}, and the content gives {seal_of(record)}"


def _verify_environment(record: Record, machine: str | None) -> Iterator[str]:
    for key in ("device", "dtype", "threads"):
        setting, fact = record.settings.get(key), record.environment.get(key)
        if setting not in {None, "auto"} and fact is not None and setting != fact:
            yield f"environment: {key} is {fact!r}, and the settings say {setting!r}"
    for index, replicate in enumerate(record.replicates, 1):
        own = replicate.environment.get("machine")
        if machine is not None and own is not None and own != machine:
            yield f"environment: replicate {index} was measured on machine {own}, and the record describes {machine}"


def _verify_samples(record: Record) -> Iterator[str]:
    for number, replicate in enumerate(record.replicates, 1):
        for place, block in enumerate(replicate.blocks, 1):
            order = [visit.arm for visit in block.visits]
            # Every arm has its mirror image, so the middle lies between two visits.
            if order != order[::-1] or len(order) % 2:
                yield f"replicate {number}, block {place}: the order {order} is not mirrored; a visit was changed"
    if record.training is None:
        return
    first = {run.seed: run for run in reversed(record.training.runs)}
    for run in record.training.runs:
        for what in ("shared_digest", "batches_digest"):
            if getattr(run, what) != getattr(first[run.seed], what):
                yield f"training, seed {run.seed}: {what} of arm {run.arm!r} differs from its pair"


def _verify_metrics(record: Record) -> Iterator[str]:
    margins = _margins(record)
    if len(set(margins)) > 1 or not MIN_MARGIN <= min(margins, default=MIN_MARGIN) < 1:
        yield f"metrics: the margins {sorted(set(margins))} should be one, at least {MIN_MARGIN:g} and less than 1"
        return
    recomputed = summarise(record)
    if (record.metrics or record.trials) and record.protocol_digest != protocol_digest():
        yield f"protocol: made by rules {record.protocol_digest!r}, and this doctool has rules {protocol_digest()!r}"
    for key in sorted(record.metrics.keys() | recomputed.keys()):
        if key not in recomputed:
            yield f"{key}: stored, and the samples give none"
        elif key not in record.metrics:
            yield f"{key}: the samples give it, and it is not stored"
        else:
            stored, fresh = (msgspec.to_builtins(metrics[key]) for metrics in (record.metrics, recomputed))
            for path, old, new in _differences(stored, fresh, key):
                yield f"{path}: stored {_show(old)}, the samples give {_show(new)}"


_MISSING = object()


def _show(value: object) -> str:
    return "nothing" if value is _MISSING else repr(value)


def _differences(stored: object, fresh: object, path: str) -> Iterator[tuple[str, object, object]]:
    if isinstance(stored, dict) and isinstance(fresh, dict):
        for key in sorted(stored.keys() | fresh.keys()):
            yield from _differences(stored.get(key, _MISSING), fresh.get(key, _MISSING), f"{path}.{key}")
    elif not _is_same(stored, fresh):
        yield path, stored, fresh


def _is_same(stored: object, fresh: object) -> bool:
    if isinstance(stored, float | int) and isinstance(fresh, float | int):
        return math.isclose(stored, fresh, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE * 1e-3)
    return stored == fresh


def _arms_of(record: Record) -> Arms:
    """Find the parts: what is neither off nor null is on."""
    seen = {visit.arm for replicate in record.replicates for block in replicate.blocks for visit in block.visits}
    others = [name for name in record.arms if name not in {OFF, NULL}]
    preferred = [name for name in (ON, record.mechanism, *others) if name in others]
    return Arms(null=NULL if NULL in seen else None, on=preferred[0] if preferred else None)


def _items_per_call(record: Record) -> int | None:
    """Return the tokens of one call, or else its samples: the first number of the shape of more than one."""
    tokens: Sequence[int] = record.settings.get("tokens") or ()
    features: Sequence[int] = record.settings.get("features") or ()
    if tokens:
        return math.prod(tokens)
    return int(features[0]) if features and len(features) > 1 else None


def _patterns(record: Record, field: str) -> Sequence[str]:
    patterns: Any = record.settings.get(field) or ()
    return (patterns,) if isinstance(patterns, str) else patterns


def _timed_names(record: Record) -> Mapping[str, None]:
    return {
        name: None
        for replicate in record.replicates
        for block in replicate.blocks
        for visit in block.visits
        for name in visit.layers_s
    }


def _margins(record: Record) -> list[float]:
    """Return the margins of the stored speed comparisons."""
    found: list[Comparison | None] = []
    for key, result in record.metrics.items():
        if key.partition("/")[0] in METRICS and metric_of(key).family is Family.SPEED:
            found += (result.comparison, result.null)
    return [comparison.margin for comparison in found if comparison is not None]
