"""What a cell asks for, once its region, row and column are put together."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from doctool.document import Region
from doctool.document.address import BASELINE, TRAINING, Address, parse_address
from doctool.errors import DocumentError
from doctool.terms.metrics import Family, metric_of
from doctool.terms.units import UNITS

_NOTHING = Address()


def read_address(text: str, mechanisms: Collection[str]) -> Address:
    """Read an address without the names of `doctool.yaml` at hand.

    A region's names were checked when its document was read. So a word that is neither a metric, an arm, a fact nor one
    of the mechanisms is taken for a workload, even if there is no record of it.

    Args:
        text: The address.
        mechanisms: Names of mechanisms.

    Raises:
        DocumentError: As `doctool.document.parse_address`.
    """
    return parse_address(text, (*mechanisms, BASELINE))


def join(region: Region, row: Address, column: Address, own: Address = _NOTHING) -> Address:
    """Return what the cell in a row and a column asks for, and what it says for itself.

    Raises:
        DocumentError: If row and column contradict each other.
    """
    conflict = row.contradicts(column)
    if conflict:
        raise DocumentError(f"the row asks for {conflict[0]!r} and the column for {conflict[1]!r}; keep one of them")
    joined = row.combined(column).combined(own)
    joined = replace(joined, where={**region.where, **joined.where})
    if joined.metric and joined.workload is None:
        is_training = metric_of(joined.metric).family is Family.TRAINING
        joined = replace(joined, workload=TRAINING if is_training else region.workload)
    return replace(joined, mechanism=joined.mechanism or region.mechanism, workload=joined.workload or region.workload)


def without_device(address: Address) -> Address:
    """Return what the address asks for on whatever device."""
    return replace(address, where={key: part for key, part in address.where.items() if key != "device"})


def unit_of(address: Address, held_in: str) -> str:
    """Return the unit to show the metric in.

    Args:
        address: What is asked for.
        held_in: Base unit in which the record holds it; empty where there is no record.

    Raises:
        DocumentError: If the unit asked for measures something else.
    """
    metric = metric_of(address.metric or "")
    if address.unit is None:
        return metric.shown_in if held_in in {"", UNITS[metric.shown_in].base} else held_in
    if not metric.is_in(UNITS[address.unit].base):
        fitting = ", ".join(unit for unit, kind in UNITS.items() if metric.is_in(kind.base))
        raise DocumentError(f"{metric.name} cannot be shown in {address.unit!r}; units that fit: {fitting}")
    return address.unit
