"""What rendering is given: the chosen records and the verdicts that hold in this document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import msgspec

from doctool.records import Comparison, Record, Result
from doctool.render.whole import Whole


class Facts(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything a document may say.

    Args:
        records: At most one per mechanism, workload and hardware; where several machines fit, the first one counts,
            so this machine's come first.
        verdicts: By record id and metric key, the comparisons after correction over the whole document; they replace
            those in the records.
        mechanisms: Every mechanism's name, to tell it from a workload's.
        pictures: By record id, the Markdown image of its curves, as seen from the document.
        whole: What the document shows, all regions together; None for a region by itself.
        tells: Whether this region tells what holds for all tables of the document.
        section_of: Returns the link to the section about a mechanism; empty where there is none.
        figures: The directory of figures, as seen from the document.
    """

    records: tuple[Record, ...]
    verdicts: Mapping[tuple[str, str], Comparison] = msgspec.field(default_factory=dict)
    mechanisms: tuple[str, ...] = ()
    pictures: Mapping[str, str] = msgspec.field(default_factory=dict)
    whole: Whole | None = None
    tells: bool = True
    section_of: Callable[[str], str] = lambda _: ""
    figures: str = ""

    @cached_property
    def _ids(self) -> dict[int, str]:
        # Naming a record hashes all its samples, so it is done once for each and not once for each number.
        return {id(record): record.id for record in self.records}

    @cached_property
    def mechanism_names(self) -> tuple[str, ...]:
        """Every name that is a mechanism's."""
        return tuple(sorted({*self.mechanisms, *(record.mechanism for record in self.records)}))

    def id_of(self, record: Record) -> str:
        """Return the id of one of the records."""
        return self._ids[id(record)]

    def comparison_of(self, record: Record, metric: str, result: Result) -> Comparison | None:
        """Return the comparison that counts in this document."""
        return self.verdicts.get((self.id_of(record), metric), result.comparison)

    def fitting(self, mechanism: str | None, workload: str | None, where: Mapping[str, str]) -> Iterator[Record]:
        """Yield the records of that mechanism, workload and hardware; None fits all."""
        for record in self.records:
            if mechanism in {None, record.mechanism} and workload in {None, record.workload} and is_on(record, where):
                yield record


def is_on(record: Record, where: Mapping[str, str]) -> bool:
    """Whether the record was made on the hardware that `where` asks for.

    Args:
        record: Any record.
        where: Environment key: a part of its value, in any case. A key of a GPU fits no record measured on a CPU,
            whatever else is in that machine.
    """
    environment = record.environment
    return all(
        wanted.casefold() in str(environment.get(key, "")).casefold()
        and not (key.startswith("gpu") and environment.get("device") == "cpu")
        for key, wanted in where.items()
    )
