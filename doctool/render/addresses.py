"""What a cell asks for, once its region, row and column are put together."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from doctool.document import Region
from doctool.document.address import BASELINE, TRAINING, Address, parse_address
from doctool.errors import DocumentError
from doctool.terms.metrics import Family, metric_of
from doctool.terms.units import UNITS


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


def join(region: Region, row: Address, column: Address) -> Address:
    """Return what the cell in a row and a column asks for.

    Raises:
        DocumentError: If row and column contradict each other.
    """
    conflict = row.contradicts(column)
    if conflict:
        raise DocumentError(f"the row asks for {conflict[0]!r} and the column for {conflict[1]!r}; keep one of them")
    joined = replace(row.combined(column), where={**region.where, **row.where, **column.where})
    if joined.metric and joined.workload is None:
        is_training = metric_of(joined.metric).family is Family.TRAINING
        joined = replace(joined, workload=TRAINING if is_training else region.workload)
    return replace(joined, mechanism=joined.mechanism or region.mechanism, workload=joined.workload or region.workload)


def unit_of(address: Address) -> str:
    """Return the unit to show the metric in.

    Raises:
        DocumentError: If the unit asked for measures something else.
    """
    metric = metric_of(address.metric or "")
    if address.unit is None:
        return metric.shown_in
    if UNITS[address.unit].base != metric.unit:
        fitting = ", ".join(unit for unit, kind in UNITS.items() if kind.base == metric.unit)
        raise DocumentError(f"{metric.name} cannot be shown in {address.unit!r}; units that fit: {fitting}")
    return address.unit
