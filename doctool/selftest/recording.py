"""Keep trials as a record, so that a document can show them like any other measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doctool import git
from doctool.errors import MeasurementError
from doctool.measure.recorder import Parts, make_record
from doctool.plan import SELFTEST, TRIALS, Need
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import Source, Trial
from doctool.terms.mechanism import Status


def save_trials(
    project: Project,
    trials: Sequence[Trial],
    *,
    started: datetime,
    environment: Mapping[str, str | int | float | bool],
    command: str,
) -> Path:
    """Save the trials among the project's records and return the file.

    Args:
        project: Whose documents may show them.
        trials: Answers about arms of which the truth is known.
        started: When the first was asked for, with its time zone.
        environment: The machine and its software.
        command: What repeats it.

    Raises:
        MeasurementError: If there are none.
        GitError: If git does not answer.
    """
    if not trials:
        raise MeasurementError(
            "no session gave a comparison, so there is nothing to record; allow more time (--budget)"
        )
    target = Targets(project, {}).of(Need(mechanism=SELFTEST, workload=TRIALS))
    state = git.source_state(project.root, [Path(name) for name in project.source_names])
    record = make_record(
        target,
        Source(digest=target.digest, commit=state.commit, dirty=state.is_dirty, patch_digest=state.patch_digest),
        Parts(
            started=started.isoformat(timespec="seconds"),
            duration_s=(datetime.now(UTC) - started).total_seconds(),
            environment=environment,
            status=Status.EFFECTIVE,
            trials=tuple(trials),
            command=command,
        ),
    )
    return project.records.save(record)
