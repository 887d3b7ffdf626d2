"""What changed between two releases, cell by cell, from the raw samples of the records that each of them shows.

Pure but for reading the documents and records of the two projects. Cells whose machines, settings or protocols differ
are not compared, and say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from doctool import document, statistics
from doctool.compare.sessions import session_of, shown_figure
from doctool.environment import comparable_key, explain_difference
from doctool.errors import RecordError, UsageError
from doctool.plan.pages import read_document
from doctool.project import Project
from doctool.records import OFF, Comparison, Estimate, Record, Verdict
from doctool.terms.metrics import metric_of

CHANGE = statistics.CHANGE
LAYER = "layer_latency"
Key = tuple[str, str, str, str]
"""Mechanism, workload, metric, and `off`, `on` or `change`."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the documents of one release show.

    Args:
        records: The records.
        cells: The cells that documents have, in their order.
    """

    records: tuple[Record, ...]
    cells: tuple[Key, ...]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell in both releases.

    Args:
        mechanism: Its mechanism.
        workload: Its workload, or `training`.
        metric: Its metric.
        arm: `off`, `on` or `change`.
        old: The record of the older release; None if it had none.
        new: The record of the newer release.
        before: The figure there, as the record's samples give it.
        after: The figure in the newer release.
        comparison: How they differ; None where they are not compared.
        reason: Why not: `same-record`, `added`, `removed`, `machine`, `settings`, `protocol`, `target`, `no-figure`.
        detail: The reason in words, for a person.
    """

    mechanism: str
    workload: str
    metric: str
    arm: str
    old: Record | None
    new: Record | None
    before: Estimate | Comparison | None = None
    after: Estimate | Comparison | None = None
    comparison: Comparison | None = None
    reason: str | None = None
    detail: str = ""

    @property
    def is_layer(self) -> bool:
        """Whether it is about a single layer, of which an interval is shown and nothing claimed."""
        return self.metric.startswith(f"{LAYER}/")

    @property
    def is_same_code(self) -> bool:
        """Whether both records measured the same code, so that a difference is the machine's or its software's."""
        return self.old is not None and self.new is not None and self.old.source.digest == self.new.source.digest


def shown_in(project: Project) -> Shown:
    """Collect what the documents of a project show.

    Raises:
        DocumentError: If a document is malformed.
        RecordError: If a record is missing, or was changed after it was written.
    """
    config = project.config
    records: dict[str, Record] = {}
    cells: dict[Key, None] = {}
    for name in config.documents:
        if not (project.root / name).is_file():
            continue
        parsed = document.parse(read_document(project, name), name, project.vocabulary)
        for managed in parsed.regions:
            for record_id in managed.records:
                records[record_id] = _record(project, record_id, name, managed.line)
            shown = [records[record_id] for record_id in managed.records]
            for address in document.cell_addresses(managed.region, tuple(config.mechanisms), tuple(config.workloads)):
                for metric in _metrics_of(address, shown):
                    cells[str(address.mechanism), str(address.workload), metric, address.arm or OFF] = None
    return Shown(records=tuple(records.values()), cells=tuple(cells))


def _metrics_of(address: document.Address, shown: Iterable[Record]) -> tuple[str, ...]:
    """Return the metric of a cell; of a cell about every layer, the layers."""
    if address.metric is None or address.metric != LAYER:
        return (address.metric,) if address.metric is not None else ()
    own = (one for one in shown if (one.mechanism, one.workload) == (address.mechanism, address.workload))
    return tuple(dict.fromkeys(key for one in own for key in one.metrics if key.startswith(f"{LAYER}/")))


def _record(project: Project, record_id: str, name: str, line: int) -> Record:
    record = project.records.get(record_id)
    if record is None:
        raise RecordError(f"record {record_id} is not in {project.config.measurements}", file=name, line=line)
    return record


def differences(old: Shown, new: Shown) -> tuple[Cell, ...]:
    """Compare two releases; claims are corrected together over all cells.

    Raises:
        UsageError: If both were measured, and on no machine that is comparable.
    """
    cells = [cell for key in dict.fromkeys((*new.cells, *old.cells)) for cell in _cells_of(key, old, new)]
    refused = [cell for cell in cells if cell.reason == "machine"]
    if refused and not any(cell.comparison or cell.reason == "same-record" for cell in cells):
        raise UsageError(
            f"the two were measured on machines that are not comparable ({refused[0].detail}), so their figures share "
            "no ratio; measure both on one machine"
        )
    claims = {
        index: cell.comparison for index, cell in enumerate(cells) if cell.comparison is not None and not cell.is_layer
    }
    corrected = statistics.correct_together(claims)
    return tuple(
        msgspec.structs.replace(cell, comparison=corrected.get(index, cell.comparison))
        for index, cell in enumerate(cells)
    )


def _cells_of(key: Key, old: Shown, new: Shown) -> Iterator[Cell]:
    before, after = _records_about(key, old.records), _records_about(key, new.records)
    for here in tuple(after):
        there = next((one for one in before if _obstacle(one, here) is None), None)
        if there is not None:
            before.remove(there)
            after.remove(here)
            yield _compare(key, there, here)
    while before and after:
        yield _cell(key, before[0], after[0], *(_obstacle(before.pop(0), after.pop(0)) or ("", "")))
    yield from (_cell(key, one, None, "removed", "only in the older one") for one in before)
    yield from (_cell(key, None, one, "added", "only in the newer one") for one in after)


def _records_about(key: Key, records: Iterable[Record]) -> list[Record]:
    return [record for record in records if (record.mechanism, record.workload) == key[:2]]


def _obstacle(old: Record, new: Record) -> tuple[str, str] | None:
    """Say why figures of two records may not be compared; None if they may."""
    if old.id == new.id:
        return None
    if comparable_key(old.environment) != comparable_key(new.environment):
        return "machine", explain_difference(old.environment, new.environment)
    if old.protocol != new.protocol:
        return "protocol", f"{old.protocol} and {new.protocol}"
    if old.settings != new.settings:
        return "settings", _explain_settings(old.settings, new.settings)
    return None


def _explain_settings(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    return "; ".join(f"{name}: {old.get(name)!r} and {new.get(name)!r}" for name in names)


def _compare(key: Key, old: Record, new: Record) -> Cell:
    if old.id == new.id:
        return _cell(key, old, new, "same-record", "the same record")
    *_, metric, arm = key
    before, after = session_of(old, metric, arm), session_of(new, metric, arm)
    if before is None or after is None:
        which = old if before is None else new
        why = which.refusal.reason if which.refusal is not None else "no figure"
        return _cell(key, old, new, "no-figure", f"not measured in {which.id}: {why}")
    if metric.startswith("convergence") and _target_of(old) != _target_of(new):
        return _cell(key, old, new, "target", f"another target loss: {_target_of(old)} and {_target_of(new)} nats")
    comparison = statistics.compare_sessions(before, after, metric_of(metric))
    if comparison is None:
        return _cell(key, old, new, "no-figure", "too few values for an interval")
    cell = _cell(key, old, new)
    if cell.is_layer and comparison.verdict is not Verdict.INCONCLUSIVE:
        comparison = msgspec.structs.replace(comparison, verdict=Verdict.INCONCLUSIVE, reason=LAYER)
    return msgspec.structs.replace(cell, comparison=comparison)


def _target_of(record: Record) -> float | None:
    return record.training.target_loss_nats if record.training is not None else None


def _cell(key: Key, old: Record | None, new: Record | None, reason: str | None = None, detail: str = "") -> Cell:
    mechanism, workload, metric, arm = key
    return Cell(
        mechanism=mechanism,
        workload=workload,
        metric=metric,
        arm=arm,
        old=old,
        new=new,
        before=shown_figure(old, metric, arm) if old is not None else None,
        after=shown_figure(new, metric, arm) if new is not None else None,
        reason=reason,
        detail=detail,
    )
