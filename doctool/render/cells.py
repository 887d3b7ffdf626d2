"""Looks up what a cell asks for and writes it, every number through the trace."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import replace

from doctool.document import Region
from doctool.document.address import CHANGE, TRAINING, Address
from doctool.environment import comparable_key
from doctool.errors import DocumentError, RecordError
from doctool.records import OFF, ON, Comparison, Estimate, Record, Result, Verdict
from doctool.render.addresses import join, read_address, unit_of, without_device
from doctool.render.asides import Asides
from doctool.render.changes import Style, reversed_comparison, write_change, write_ends
from doctool.render.counts import convert_count
from doctool.render.environment_words import write_fact
from doctool.render.given import Facts
from doctool.render.numbers import write_estimate, write_misses, write_why
from doctool.render.trace import Figure, Trace
from doctool.terms.metrics import Family, Metric, metric_of
from doctool.terms.sentences import say
from doctool.terms.units import UNITS, Language

EstimateWriter = Callable[[Estimate, str, Language], str]


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """Writes the numbers of one region.

    Args:
        region: The region.
        facts: The records to write from.
        language: Of the document.
        trace: Collects what is printed.
        used: The records that were asked, by id, in order.
        asked: Those of them that were asked for a measured number; None stands for a record that does not exist.
        forms: The forms in which changes were written, in order.
        told: The changes that were written, by record id and metric.
        asides: Takes up what the short cells of a table leave out; None outside of tables, where nothing is left out.
    """

    region: Region
    facts: Facts
    language: Language
    trace: Trace = msgspec.field(default_factory=Trace)
    used: dict[str, Record] = msgspec.field(default_factory=dict)
    asked: list[Record | None] = msgspec.field(default_factory=list)
    forms: dict[str, None] = msgspec.field(default_factory=dict)
    told: set[tuple[str, str]] = msgspec.field(default_factory=set)
    asides: Asides | None = None

    def parse(self, address: str) -> Address:
        """Read an address; errors as in `read_address`."""
        named = (self.region.mechanism,) if self.region.mechanism else ()
        return read_address(address, (*self.facts.mechanism_names, *named))

    def write(
        self,
        row: Address,
        column: Address | None = None,
        estimate_in_words: EstimateWriter = write_estimate,
        own: Address | None = None,
    ) -> str:
        """Write the cell of a row and a column.

        Args:
            row: What its row asks for.
            column: What its column adds.
            estimate_in_words: How to write one arm's value.
            own: What the cell says for itself; it goes before its row and column.

        Raises:
            DocumentError: If the cell asks for nothing, for two things, or for what several records could answer.
            RecordError: If the record holds a number that is not finite.
        """
        address = join(self.region, row, column or Address(), own or Address())
        if address.key is not None and address.metric is None:
            return self._write_facts(address, address.key)
        if address.metric is None:
            raise DocumentError("a cell asks for no metric; name one in its row or its column")
        return self._write_metric(address, address.metric, estimate_in_words)

    def layers_of(self, row: Address, columns: tuple[Address, ...]) -> tuple[str, ...]:
        """Return the layers for which the row's cells have times, in natural order."""
        prefix = f"{row.metric}/"
        fitting = [column for column in columns if row.contradicts(column) is None]
        records = [self.find(join(self.region, row, column)) for column in fitting]
        names = {
            key.removeprefix(prefix) for record in records if record for key in record.metrics if key.startswith(prefix)
        }
        return tuple(sorted(names, key=_natural))

    def find(self, address: Address) -> Record | None:
        """Return the record that answers the address, None if there is none.

        Raises:
            DocumentError: If records of several mechanisms or workloads do.
        """
        fitting = list(self.facts.fitting(address.mechanism, address.workload, address.where))
        if address.metric and address.workload is None:
            is_training = metric_of(address.metric).family is Family.TRAINING
            fitting = [record for record in fitting if (record.workload == TRAINING) == is_training]
        names = {f"{record.mechanism} {record.workload}" for record in fitting}
        if len(names) > 1:
            raise DocumentError(
                f"{address.metric or 'a cell'} is answered by several records ({', '.join(sorted(names))}); "
                "name the mechanism or the workload in the row, the column or the region"
            )
        return fitting[0] if fitting else None

    def use(self, record: Record) -> str:
        """Remember that the text rests on the record, and return its id."""
        record_id = self.facts.id_of(record)
        self.used.setdefault(record_id, record)
        return record_id

    def print_fact(self, record: Record, key: str, text: str, value: float | str) -> str:
        """Print a fact that belongs to no metric."""
        self.use(record)
        return self.tell_fact(record, key, text, value)

    def tell_fact(self, record: Record, key: str, text: str, value: float | str) -> str:
        """Print a fact about a record that the document shows, whether or not this region rests on it."""
        return self.trace.print(
            Figure(
                record=record.id,
                mechanism=record.mechanism,
                workload=record.workload,
                key=key,
                value=value,
                unit="",
                text=text,
            )
        )

    def print_number(self, record: Record, address: Address, value: float, unit: str, text: str) -> str:
        """Print a measured number; `value` is in the base unit `unit`."""
        return self.trace.print(
            Figure(
                record=self.use(record),
                mechanism=record.mechanism,
                workload=record.workload,
                metric=address.metric,
                arm=address.arm,
                value=value,
                unit=unit,
                text=text,
            )
        )

    def fact_records(self, address: Address) -> list[Record]:
        """Return the records a fact may be read from: those already asked, or else those of the first machine."""
        fitting = list(self.facts.fitting(address.mechanism, address.workload, address.where))
        asked = [record for record in fitting if self.facts.id_of(record) in self.used]
        if asked or not fitting:
            return asked
        machine = comparable_key(fitting[0].environment)
        return [record for record in fitting if comparable_key(record.environment) == machine]

    def _write_facts(self, address: Address, key: str) -> str:
        texts: dict[str, Record] = {}
        for record in self.fact_records(address):
            texts.setdefault(write_fact(record, self.facts.id_of(record), key, self.language, address.unit), record)
        if not texts:
            return self.trace.vouch(say("no-record", self.language))
        return ", ".join(
            self.print_fact(record, key, text, _plain_value(record, key, text)) for text, record in texts.items()
        )

    def _write_metric(self, address: Address, key: str, estimate_in_words: EstimateWriter) -> str:
        unit_of(address, "")  # A unit that cannot be is told whether or not there is a record.
        record, device = self.find(address), address.where.get("device")
        if record is None and device is not None:
            other = self.find(without_device(address))
            if other is not None:
                self.use(other)
                self.asked.append(other)
                return self._say_not_measured(f"not-on-{device}")
        self.asked.append(record)
        result = None
        if record is not None:
            self.use(record)
            result = record.metrics.get(key)
        if record is None or record.refusal is not None or result is None:
            refusal = record.refusal if record else None
            missing = "no-metric" if record else "no-record"
            # Of what was refused, a sentence of its own tells the reason and the evidence.
            return self._say_not_measured(refusal.reason if refusal else missing, is_told=refusal is not None)
        address = replace(address, arm=address.arm or (ON if ON in result.arms else OFF))
        if result.reason is not None:
            return self._write_reason(record, address, result)
        if address.arm == CHANGE:
            return self._write_change(record, address, result)
        estimate = result.arms.get(address.arm or "")
        if estimate is None:
            return self._say_not_measured("nothing-to-compare")
        self._require_finite(record, address, estimate.value, estimate.low, estimate.high)
        unit = unit_of(address, result.unit)
        shown = convert_count(estimate, result.unit, UNITS[unit].base, record)
        text = estimate_in_words(shown, unit, self.language)
        return self.print_number(record, address, estimate.value, result.unit, text)

    def _write_change(self, record: Record, address: Address, result: Result) -> str:
        metric = metric_of(address.metric or "")
        comparison = self.facts.comparison_of(record, address.metric or "", result)
        if comparison is None:
            has_both = {OFF, ON} <= set(result.arms)
            return (
                self.trace.vouch(say("no-claim", self.language))
                if has_both
                else self._say_not_measured("nothing-to-compare")
            )
        self._require_finite(record, address, comparison.change, comparison.low, comparison.high)
        shown = reversed_comparison(comparison) if address.is_reversed else comparison
        if comparison.verdict is Verdict.NOT_MEASURED and not comparison.deterministic and metric.is_headline:
            return self._say_not_measured(comparison.reason or "no-metric")
        form = address.form or CHANGE
        if address.is_interval:
            text = write_ends(shown, metric, self.language, form)
        else:
            text = write_change(shown, metric, self.language, form, self._style)
        self.forms.setdefault(address.form or CHANGE)
        self.told.add((self.facts.id_of(record), metric.name))
        if self.asides is not None and _is_open(comparison, metric):
            self.asides.note_open(comparison, metric)
        return self.print_number(record, address, comparison.change, "1", text)

    @property
    def _style(self) -> Style:
        if self.asides is None:
            return "long"
        return "bare" if self.asides.shows_intervals else "short"

    def _write_reason(self, record: Record, address: Address, result: Result) -> str:
        if not result.misses or result.reason != "misses":
            return self._say_not_measured(result.reason or "no-metric")
        text = write_misses(result, address.arm or "", self.language)
        if address.arm == CHANGE:
            self.told.add((self.facts.id_of(record), address.metric or ""))
        share = result.misses.get(address.arm or "", max(result.misses.values()))
        return self.print_number(record, address, share, "1", text)

    def _require_finite(self, record: Record, address: Address, *values: float | None) -> None:
        wrong = [value for value in values if value is not None and not math.isfinite(value)]
        if wrong:
            raise RecordError(
                f"record {self.facts.id_of(record)} holds {wrong[0]!r} for {address.metric} of arm {address.arm!r}, "
                "which is no measurement; remove the record and measure again"
            )

    def _say_not_measured(self, reason: str, *, is_told: bool = False) -> str:
        if self.asides is not None:
            if not is_told:
                self.asides.note_unmeasured(reason)
            return self.trace.vouch(say("short-not-measured", self.language))
        return self.trace.vouch(say("not-measured", self.language, why=write_why(reason, self.language)))


def _is_open(comparison: Comparison, metric: Metric) -> bool:
    return comparison.verdict is Verdict.INCONCLUSIVE and metric.is_headline and not comparison.deterministic


def _plain_value(record: Record, key: str, text: str) -> float | str:
    value = record.environment.get(key, text)
    return value if isinstance(value, int | float | str) else str(value)


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    return tuple(_parts(name))


def _parts(name: str) -> Iterator[tuple[int, int | str]]:
    for part in name.split("."):
        yield (0, int(part)) if part.isdecimal() else (1, part)
