"""Whether what an address asks for can be measured at all, as far as the settings tell; asked before measuring."""

from __future__ import annotations

from doctool.document.address import BASELINE, CHANGE, TRAINING, Address
from doctool.terms.metrics import Family, metric_of
from doctool.terms.units import UNITS
from doctool.vocabulary import Vocabulary, Workings
from doctool.vocabulary.unmeasured import describe_unmeasured, kind_of_unmeasured

NO_CHANGE = "the baseline has no change; put a dash there"
_NEEDS = {"block_latency": "blocks", "layer_latency": "layers"}


def why_not_measured(address: Address, vocabulary: Vocabulary) -> str | None:
    """Return why nothing can be measured for an address, None if nothing speaks against it.

    Args:
        address: What a cell asks for, its region's mechanism and workload included.
        vocabulary: Holds what can be measured under each workload.
    """
    if address.metric is None:
        return None if address.arm != CHANGE else "a fact has no change; put a dash there"
    if address.mechanism == BASELINE and address.arm in {"on", CHANGE}:
        return NO_CHANGE
    metric = metric_of(address.metric)
    if metric.family is Family.TRAINING:
        trained = vocabulary.trained
        if trained is not None and address.mechanism is not None and address.mechanism not in trained:
            return (
                f"{metric.name} comes from a training comparison, and mechanism {address.mechanism!r} has no 'train' "
                "section in doctool.yaml; add one, or put a dash there"
            )
        return None
    workload = None if address.workload == TRAINING else address.workload
    workings = vocabulary.workings.get(workload or "")
    return None if workings is None else _why_not_under(address, workload or "", workings)


def _why_not_under(address: Address, workload: str, workings: Workings) -> str | None:
    name = metric_of(address.metric or "").name
    if name not in workings.metrics:
        needed = _NEEDS.get(name)
        how = f"name its submodules under '{needed}' there" if needed else "put a dash there"
        return f"{name} is not measured under workload {workload!r} of doctool.yaml; {how}"
    if (
        name == "throughput"
        and address.unit
        and address.arm != CHANGE
        and (UNITS[address.unit].base not in workings.counts)
    ):
        fitting = ", ".join(unit for unit, kind in UNITS.items() if kind.base in workings.counts)
        return (
            f"the throughput of workload {workload!r} cannot be told in {address.unit}, for its inputs are not counted "
            f"in that; units that fit: {fitting}"
        )
    return None


def describe_stranger(label: str, vocabulary: Vocabulary, *, is_quantity: bool) -> str:
    """Say why nothing can be filled in beside a label, and what to do.

    Args:
        label: As a reader sees it.
        vocabulary: In which it means nothing.
        is_quantity: Whether labels beside it name quantities, so that it will name one too.
    """
    near = vocabulary.nearest(label)
    if near:
        return f"nothing is known by the name {label!r}; did you mean {' or '.join(map(repr, near))}?"
    if is_quantity or kind_of_unmeasured(label):
        return describe_unmeasured(label)
    return f"nothing is known by the name {label!r}; rename it, or add it under 'aliases' in doctool.yaml"
