"""One session of the selftest: an arm against itself and against one with more work, through the usual path."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from doctool import sampling, statistics
from doctool.project.config import Workload
from doctool.records import NULL, OFF, Comparison, Refusal, Replicate, Trial
from doctool.sampling import Limits, Report, SpeedRequest
from doctool.selftest.neighbour import beside
from doctool.selftest.situations import Situation
from doctool.statistics import Arms, NaiveClaim, SpeedPlan, is_claim

SAME = "same"
"""The arm that is `off` under another name."""
MORE = "more"
"""The arm with more work."""
TRUE_CHANGE = 0.05
"""Of `MORE` against `off`, in work."""
RUNGS = 100
WIDTH = 256
BATCH = 16


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was said about one arm, of which the truth is known.

    Args:
        comparison: By the protocol; None where nothing could be measured.
        naive: By the careless rules, on the same samples.
    """

    comparison: Comparison | None
    naive: Mapping[str, NaiveClaim]


class SessionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a session.

    Args:
        situation: The circumstances.
        findings: By arm, `SAME` and `MORE`.
        replicates: The raw samples.
        seconds: How long it took.
        environment: Facts about the machine and the software.
        refusal: Why nothing could be measured, if so.
    """

    situation: Situation
    findings: Mapping[str, Finding]
    replicates: tuple[Replicate, ...]
    seconds: float
    environment: Mapping[str, str | int | float | bool]
    refusal: Refusal | None


def run_session(
    situation: Situation, limits: Limits, report: Report, arms: Sequence[str] = (SAME, MORE)
) -> SessionResult:
    """Measure once, in fresh processes, and ask the protocol and the careless rules about the same samples.

    Args:
        situation: The circumstances.
        limits: How much may be spent.
        report: Called as work goes on.
        arms: Which arms stand beside `off` and its twin.

    Raises:
        ProcessError: If Python cannot be started.
    """
    request = request_for(situation, arms)
    began = time.monotonic()
    with TemporaryDirectory(prefix="doctool-selftest-") as directory:
        root = Path(directory)
        with beside(seed=int(request.key, 16)) if situation.has_neighbour else nullcontext():
            outcome = sampling.measure_speed(root, [request], limits, root, report)[request.key]
    return SessionResult(
        situation=situation,
        findings={arm: judge(outcome.replicates, arm) for arm in arms},
        replicates=outcome.replicates,
        seconds=time.monotonic() - began,
        environment=outcome.environment,
        refusal=outcome.refusal,
    )


def request_for(situation: Situation, arms: Sequence[str]) -> SpeedRequest:
    """Return what a session measures: the same subject with as many rungs, or a twentieth more."""
    rungs = {OFF: RUNGS, NULL: RUNGS, SAME: RUNGS, MORE: round(RUNGS * (1 + TRUE_CHANGE))}
    return SpeedRequest(
        workload_name=situation.name,
        workload=Workload(
            build="doctool.selftest.ladder:Ladder",
            args={"width": WIDTH},
            features=(BATCH, WIDTH),
            # The wrong clocks are the processor's, so that is what has to be measured with them.
            device="auto" if situation.conditions == sampling.Conditions() else "cpu",
        ),
        arms={arm: {"rungs": rungs[arm]} for arm in (OFF, NULL, *arms)},
        key=uuid.uuid4().hex,
        conditions=situation.conditions,
    )


def judge(replicates: Sequence[Replicate], arm: str) -> Finding:
    """Say what the protocol and the careless rules make of an arm's samples.

    The margin is the smallest there is, whatever this host has shown before: the harder test.
    """
    arms = Arms(on=arm)
    metrics = statistics.summarise_speed(replicates, SpeedPlan(arms=arms))
    result = metrics.get("forward_latency")
    return Finding(
        comparison=result.comparison if result is not None else None,
        naive=statistics.naive_claims(replicates, arms),
    )


def trials_of(result: SessionResult) -> tuple[Trial, ...]:
    """Return every answer of a session as a trial; a session that gave no comparison has none."""
    return tuple(trial for arm in result.findings for trial in _trials_of_arm(result, arm))


def _trials_of_arm(result: SessionResult, arm: str) -> Iterator[Trial]:
    finding, truth = result.findings[arm], TRUE_CHANGE if arm == MORE else 0.0
    if finding.comparison is None:
        return
    visits = [visit for replicate in result.replicates for block in replicate.blocks for visit in block.visits]
    samples = sum(visit.calls for visit in visits if visit.arm in {OFF, NULL, arm})
    answers = {
        "doctool": (finding.comparison.change, is_claim(finding.comparison.verdict)),
        **{rule: (claim.change, claim.claims) for rule, claim in finding.naive.items()},
    }
    for rule, (change, is_difference) in answers.items():
        yield Trial(
            rule=rule,
            truth=truth,
            change=change,
            is_claim=is_difference,
            seconds=round(result.seconds, 3),
            samples=samples,
        )
