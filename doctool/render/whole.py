"""A document as a whole: what its regions show together, and which of them tells what holds for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from doctool.document import ManagedRegion, Region, cell_addresses
from doctool.document.address import BASELINE, CHANGE
from doctool.records import Record

PROVENANCE, SUMMARY = "provenance", "summary"


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What a document shows, all regions together.

    Args:
        records: Every record, each once.
        forms: The forms in which changes are asked for.
        has_values: Whether an arm's own value is asked for.
    """

    records: tuple[Record, ...]
    forms: tuple[str, ...] = ()
    has_values: bool = False


def look_over(shown: Iterable[tuple[Region, tuple[Record, ...]]], mechanisms: tuple[str, ...]) -> Whole:
    """Return what regions show together.

    Args:
        shown: Each region with its records.
        mechanisms: Every mechanism's name.
    """
    records: dict[str, Record] = {}
    forms: dict[str, None] = {}
    has_values = False
    for region, found in shown:
        records.update((record.id, record) for record in found)
        for address in cell_addresses(region, (*mechanisms, BASELINE)):
            if address.metric is None:
                continue
            if address.arm == CHANGE:
                forms[address.form or CHANGE] = None
            else:
                has_values = True
    return Whole(records=tuple(records.values()), forms=tuple(forms), has_values=has_values)


def choose_teller(
    regions: Sequence[ManagedRegion], records: Mapping[str, tuple[Record, ...]], can_tell: Callable[[str], bool]
) -> str | None:
    """Return the id of the region that tells what holds for all tables; None if none can.

    Args:
        regions: Of the document, in their order.
        records: By region id, what each shows; a region that is not there is not rendered.
        can_tell: Whether a template says it where it is asked to; one of the project's own may not.
    """
    shown = [one for one in regions if one.id in records and can_tell(one.region.template)]
    told = next((one for one in shown if one.region.template == PROVENANCE), None)
    if told is not None:
        return told.id
    measured = [one.id for one in shown if any(record.refusal is None for record in records[one.id])]
    return measured[-1] if measured else None
