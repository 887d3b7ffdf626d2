"""The effects that a summary tells: for each mechanism and workload, the quantities that readers ask for first."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from doctool.document.address import TRAINING
from doctool.records import Comparison, Record, Verdict
from doctool.render.cells import Writer
from doctool.render.escape import keep_in_line, plain
from doctool.terms.metrics import Metric, metric_of
from doctool.terms.sentences import say

TIME, MEMORY = "forward_latency", "peak_memory"
TOLD = (TIME, MEMORY)
TOLD_OF_TRAINING = ("convergence_time", "final_perplexity", "memory_overhead")
DRAWN = (TIME, "convergence_time")
"""Of every record, the time: shares of one quantity go into one picture."""
CLAIMS = frozenset({Verdict.FASTER, Verdict.SLOWER, Verdict.LESS, Verdict.MORE})


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A mechanism that is told of.

    Args:
        name: Its name.
        label: What the author calls it.
        records: What was measured of it, by the label of the workload.
    """

    name: str
    label: str
    records: tuple[tuple[str, Record], ...]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison, as the verdict after correction over the document allows it to be told.

    Args:
        workload: What the author calls the workload.
        record: Where it is from.
        key: Its metric.
        comparison: Of on with off, corrected; None where nothing was measured.
    """

    workload: str
    record: Record
    key: str
    comparison: Comparison | None

    @property
    def metric(self) -> Metric:
        """The quantity."""
        return metric_of(self.key)

    @property
    def is_claim(self) -> bool:
        """Whether it may be told as a difference."""
        return self.comparison is not None and self.comparison.verdict in CLAIMS

    def share(self, change: float) -> float:
        """Return a relative change as what is gained: above zero is better."""
        return -change if self.metric.lower_is_better else change


def subjects_of(writer: Writer) -> tuple[Subject, ...]:
    """Return the mechanisms that the region names, or else all that its records compare, in their order."""
    region, facts = writer.region, writer.facts
    workloads = {label: writer.parse(address).workload for label, address in region.columns.items()}
    labels = {workload: label for label, workload in workloads.items() if workload is not None}
    named = {label: writer.parse(address) for label, address in region.rows.items()}
    if not named:
        compared = (record.mechanism for record in facts.records if record.arms.get("on") is not None)
        named = {name: writer.parse(name) for name in dict.fromkeys(compared)}
    return tuple(
        Subject(
            name=address.mechanism,
            label=keep_in_line(region.shown.get(label, label)),
            records=tuple(_records_of(writer, address.mechanism, address.workload, labels)),
        )
        for label, address in named.items()
        if address.mechanism is not None
    )


def _records_of(
    writer: Writer, mechanism: str, workload: str | None, labels: dict[str, str]
) -> Iterator[tuple[str, Record]]:
    """Yield the records of a mechanism with the labels of their workloads, in the order of the columns."""
    found = {
        record.workload: record
        for record in reversed(list(writer.facts.fitting(mechanism, workload, writer.region.where)))
    }
    order = labels or dict.fromkeys(reversed(found))
    for name in order:
        if name in found:
            default = say("training", writer.language) if name == TRAINING else name
            yield keep_in_line(labels.get(name) or plain(default)), found[name]


def effects_of(writer: Writer, subject: Subject) -> Iterator[tuple[str, tuple[Effect, ...]]]:
    """Yield, for each quantity, the effects of a mechanism under the workloads for which it was asked."""
    for key in (*TOLD, *TOLD_OF_TRAINING):
        effects = tuple(
            Effect(workload=label, record=record, key=key, comparison=_comparison(writer, record, key))
            for label, record in subject.records
            if record.refusal is None and key in record.metrics
        )
        if effects:
            yield key, effects


def _comparison(writer: Writer, record: Record, key: str) -> Comparison | None:
    result = record.metrics[key]
    comparison = writer.facts.comparison_of(record, key, result) if result.reason is None else None
    return None if comparison is None or comparison.verdict is Verdict.NOT_MEASURED else comparison
