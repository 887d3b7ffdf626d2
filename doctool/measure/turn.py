"""One turn of measuring: look at the machine, wait for others, measure what is missing, keep the records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doctool import git
from doctool.errors import MeasurementError
from doctool.measure.effort import Effort, Postponed
from doctool.measure.measuring import Failure, Measuring
from doctool.measure.queue import measuring_alone
from doctool.plan import Target, choose, every_setup, is_settled
from doctool.plan.targets import Targets
from doctool.progress import Progress
from doctool.project import Project
from doctool.project.root import FILE_NAME
from doctool.records import Record, Source
from doctool.workload import NOT_INSTALLED, look_around

Report = Callable[[Progress], None]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of measuring.

    Args:
        records: Made and saved now.
        postponed: What could not be measured today.
    """

    records: tuple[Record, ...] = ()
    postponed: tuple[Postponed, ...] = ()


def targets_here(project: Project) -> Targets:
    """Return what a record must have been made of to answer a need on this machine as it is now.

    Raises:
        MeasurementError: If PyTorch is there and cannot be loaded.
    """
    return Targets(project, look_around(project.root, every_setup(project.config)))


def measure(project: Project, targets: Targets, missing: Sequence[Target], effort: Effort, report: Report) -> Measured:
    """Measure the targets and save their records; what another doctool has recorded meanwhile is left out.

    Raises:
        MeasurementError: If the measured code failed somewhere; everything else is saved. Or if another doctool is
            still measuring here.
    """
    if not missing:
        return Measured()
    known, began_s = project.records.ids().keys(), time.monotonic()
    with measuring_alone(project, max(effort.budget_s, 0.0), report):
        effort = replace(effort, budget_s=effort.budget_s - (time.monotonic() - began_s))
        new = [record for record in project.records if record.id not in known]
        quick_is_enough = effort.is_rough
        left = [target for target in missing if not is_settled(choose(new, target), quick_is_enough=quick_is_enough)]
        return _measure(project, targets, left, effort, report)


def _measure(project: Project, targets: Targets, missing: Sequence[Target], effort: Effort, report: Report) -> Measured:
    measuring = Measuring(
        project=project,
        source=_source_of(project),
        detections=targets.detections,
        effort=effort,
        report=report,
    )
    measuring.run(missing)
    if measuring.failures:
        failures = "\n".join(map(str, measuring.failures))
        raise MeasurementError(
            f"{failures}\nThe documents are unchanged; what was measured besides this is kept "
            f"({len(measuring.saved)} records). {_remedy_for(measuring.failures)}, or use --accept-failures to record "
            "them as 'not measured'."
        )
    return Measured(records=tuple(measuring.saved), postponed=tuple(measuring.postponed))


def _remedy_for(failures: Sequence[Failure]) -> str:
    if all(failure.refusal.reason == NOT_INSTALLED for failure in failures):
        return "Install what your project needs into the environment that doctool runs in"
    return "Mend the code, or what doctool.yaml builds and calls it with"


def _source_of(project: Project) -> Source:
    state = git.source_state(project.root, [Path(name) for name in (*project.source_names, FILE_NAME)])
    return Source(digest="", commit=state.commit, dirty=state.is_dirty, patch_digest=state.patch_digest)
