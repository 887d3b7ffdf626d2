"""Turn targets into records: probe, sample, train, save.

Every record is saved as soon as it is complete, so that a failure of one measurement loses none of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from doctool import sampling, statistics, training
from doctool.environment import comparable_key
from doctool.measure.recorder import Parts, make_record, pick_arms, pick_memory, refusal_of
from doctool.plan import TRAINING, Need, Target, arms_of, is_measurable, plain
from doctool.probe import ProbeResult, probe
from doctool.progress import Progress
from doctool.project import Project, key_of
from doctool.project.config import BASELINE, Workload
from doctool.project.inputs import is_source
from doctool.records import NULL, OFF, ON, Record, Refusal, Source
from doctool.terms.mechanism import Detection, Status
from doctool.terms.notes import distinct

TRAINING_SHARE = 0.4
"""Part of the time budget that training gets when there is something else to measure."""

_FAILURES = {
    "crashed": "crashed",
    "hung": "did not finish in time",
    "nan": "gave outputs that are not finite",
    "not-equal": "computes different outputs off and on, though doctool.yaml says 'same_function: true'",
}
"""Refusals that are the measured code's fault, in words; the others are facts about the mechanism or the machine."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be spent.

    Args:
        budget_s: Seconds for everything together.
        is_quick: Few replicates: bounds, never claims.
        keep_failures: Record what crashed, hung or gave NaN as not measured instead of failing.
    """

    budget_s: float
    is_quick: bool = False
    keep_failures: bool = False


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement that the measured code made impossible."""

    need: Need
    refusal: Refusal

    def __str__(self) -> str:
        detail = f":\n{self.refusal.detail}" if self.refusal.detail else ""
        return f"{self.need}: the measured code {_FAILURES[self.refusal.reason]}{detail}"


class Measuring(msgspec.Struct, kw_only=True):
    """One run of measurements.

    Args:
        project: Where records are saved.
        source: The state of the code, but for the digest, which is the target's.
        detections: What the source says about each mechanism.
        effort: How much may be spent.
        report: Called as work goes on.
    """

    project: Project
    source: Source
    detections: Mapping[str, Detection]
    effort: Effort
    report: Callable[[Progress], None]
    saved: list[Record] = msgspec.field(default_factory=list)
    failures: list[Failure] = msgspec.field(default_factory=list)
    _probed: dict[tuple[str, str], ProbeResult] = msgspec.field(default_factory=dict)

    def run(self, targets: Sequence[Target]) -> None:
        """Measure every target; `saved` and `failures` say what came of it."""
        live = [target for target in targets if not self._is_refused_by_source(target)]
        live = [target for target in live if self._is_effective(target)]
        trained = [target for target in live if target.need.workload == TRAINING]
        timed = [target for target in live if target.need.workload != TRAINING]
        share = TRAINING_SHARE if trained and timed else float(bool(trained))
        self._time(timed, self.effort.budget_s * (1 - share))
        for target in trained:
            self._train(target, self.effort.budget_s * share / len(trained))

    def _is_refused_by_source(self, target: Target) -> bool:
        detection = self.detections.get(target.need.mechanism)
        if detection is None or is_measurable(detection):
            return False
        self._refuse(target, refusal_of(detection), detection.status)
        return True

    def _is_effective(self, target: Target) -> bool:
        if target.need.mechanism == BASELINE:
            return True
        result = self._probe(target)
        if result.refusal is not None:
            self._refuse(target, result.refusal, self.detections[target.need.mechanism].status)
        elif result.status is not Status.EFFECTIVE:
            evidence = self.detections[target.need.mechanism].evidence
            refusal = Refusal(reason=Status.INERT.value, detail="; ".join(result.differences), evidence=evidence)
            self._refuse(target, refusal, Status.INERT)
        else:
            return True
        return False

    def _probe(self, target: Target) -> ProbeResult:
        """Probe a mechanism once for each callable that builds it, on the first workload that uses it."""
        name = target.need.mechanism
        workload = target.need.workload if target.need.workload != TRAINING else None
        key = (name, self.project.config.workloads[workload].build if workload else TRAINING)
        if key not in self._probed:
            self.report(Progress(subject=f"{name}/{workload or TRAINING}", stage="probe"))
            self._probed[key] = probe_mechanism(self.project, name, workload)
        return self._probed[key]

    def _time(self, targets: Sequence[Target], budget_s: float) -> None:
        groups: dict[str, list[Target]] = {}
        for target in targets:
            groups.setdefault(target.need.workload, []).append(target)
        began = time.monotonic()
        memory = {name: self._memory(group) for name, group in groups.items()}
        requests = {
            name: self._request(group, memory[name].workload)
            for name, group in groups.items()
            if memory[name].refusal is None
        }
        limits = sampling.Limits(budget_s=budget_s - (time.monotonic() - began), quick=self.effort.is_quick)
        outcomes = sampling.measure_speed(
            self.project.root, tuple(requests.values()), limits, self.project.cache, self.report
        )
        for name, group in groups.items():
            refusal = memory[name].refusal or outcomes[requests[name].key].refusal
            records = []
            for target in group:
                if refusal is not None:
                    self._refuse(target, refusal, Status.EFFECTIVE)
                else:
                    records.append(self._save_speed(target, outcomes[requests[name].key], memory[name]))
            self._remember_noise(records[:1])
            if name in requests:
                sampling.forget(self.project.cache, requests[name].key)

    def _request(self, group: Sequence[Target], workload: Workload) -> sampling.SpeedRequest:
        name, arms = group[0].need.workload, session_arms(group)
        digests = sorted(target.digest for target in group)
        machine = comparable_key(group[0].environment)
        identity = (name, group[0].settings, arms, digests, machine, group[0].protocol, self.effort.is_quick)
        return sampling.SpeedRequest(
            workload_name=name,
            workload=workload,
            arms=arms,
            key=key_of(*identity),
            margin=self._margin(group[0]),
        )

    def _margin(self, target: Target) -> float:
        """Return the smallest change that counts as one, from what this host has shown between equal arms."""
        return statistics.margin_from(sampling.past_null_ratios(self.project.cache, target.environment))

    def _memory(self, group: Sequence[Target]) -> sampling.MemoryOutcome:
        name = group[0].need.workload
        self.report(Progress(subject=name, stage="memory"))
        arms = {arm: toggles for arm, toggles in session_arms(group).items() if arm != NULL}
        return sampling.measure_memory(self.project.root, self.project.config.workloads[name], arms)

    def _save_speed(self, target: Target, outcome: sampling.SpeedOutcome, memory: sampling.MemoryOutcome) -> Record:
        on = target.need.mechanism if ON in target.arms else None
        replicates = pick_arms(outcome.replicates, on)
        return self._save(
            target,
            Parts(
                started=min(replicate.started for replicate in replicates),
                duration_s=sum(replicate.duration_s for replicate in replicates),
                environment=outcome.environment,
                status=self._status(target),
                replicates=replicates,
                memory=pick_memory(memory.memory, on),
                measured=plain(outcome.workload),
                notes=distinct((*memory.notes, *outcome.notes)),
                is_quick=self.effort.is_quick,
                margin=self._margin(target),
                inputs=outcome.inputs,
            ),
        )

    def _remember_noise(self, records: Sequence[Record]) -> None:
        """Keep how far two equal arms were apart in a session; its records share that pair, so one of them tells."""
        for record in records:
            ratio = statistics.session_null_ratio(record.metrics)
            if ratio is not None:
                sampling.remember_null_ratio(self.project.cache, record.environment, ratio)

    def _train(self, target: Target, budget_s: float) -> None:
        section = self.project.config.mechanisms[target.need.mechanism].train
        if section is None:
            return
        started, began = _now(), time.monotonic()
        request = training.TrainingRequest(
            training=section,
            arms={OFF: target.arms[OFF], ON: target.arms[ON]},
            key=key_of(target.digest, comparable_key(target.environment), target.protocol),
        )
        limits = training.Limits(budget_s=budget_s)
        outcome = training.compare_training(self.project.root, request, limits, self.project.cache, self.report)
        if outcome.refusal is not None:
            self._refuse(target, outcome.refusal, Status.EFFECTIVE)
            return
        self._save(
            target,
            Parts(
                started=started,
                duration_s=time.monotonic() - began,
                environment=outcome.environment,
                status=self._status(target),
                memory=outcome.memory,
                training=outcome.comparison,
                measured=plain(outcome.settings),
                notes=outcome.notes,
                inputs=outcome.inputs,
            ),
        )
        outcome.journal.unlink(missing_ok=True)

    def _status(self, target: Target) -> Status:
        return Status.EFFECTIVE if target.need.mechanism != BASELINE else Status.WIRED

    def _refuse(self, target: Target, refusal: Refusal, status: Status) -> None:
        """Record that there is nothing to measure; what the measured code broke is a failure unless asked for."""
        if refusal.reason in _FAILURES and not self.effort.keep_failures:
            self.failures.append(Failure(need=target.need, refusal=refusal))
            return
        parts = Parts(started=_now(), duration_s=0.0, environment=target.environment, status=status, refusal=refusal)
        self._save(target, parts)

    def _inputs(self, parts: Parts) -> dict[str, str]:
        """Return what the figures depend on besides the source that the target's digest is of."""
        sources = self.project.source_names
        read = {name: digest for name, digest in parts.inputs.items() if not is_source(name, sources)}
        return {**self.project.inputs.listed, **read} if parts.refusal is None else {}

    def _save(self, target: Target, parts: Parts) -> Record:
        source = Source(
            digest=target.digest,
            commit=self.source.commit,
            dirty=self.source.dirty,
            patch_digest=self.source.patch_digest,
            inputs=self._inputs(parts),
        )
        record = make_record(target, source, parts)
        self.project.records.save(record)
        self.saved.append(record)
        return record


def probe_mechanism(project: Project, name: str, workload: str | None = None) -> ProbeResult:
    """Run a mechanism off and on, small, in a child process, and say whether it makes a difference.

    Args:
        project: The project.
        name: The mechanism.
        workload: The workload to try it on; None takes the one doctool.yaml names for the probe.
    """
    mechanism = project.config.mechanisms[name]
    chosen = workload or mechanism.probe or mechanism.compare[0]
    arms = arms_of(project.config, name)
    return probe(
        project.root,
        project.config.workloads[chosen],
        off=arms[OFF],
        on=arms[ON],
        same_function=mechanism.same_function,
    )


def session_arms(group: Sequence[Target]) -> dict[str, dict[str, Any]]:
    """Return the arms of the mechanisms that share a workload: one session, one `off` for all of them."""
    every = {toggle: value for target in group for toggle, value in target.arms[OFF].items()}
    arms: dict[str, dict[str, Any]] = {OFF: every, NULL: every}
    for target in group:
        if ON in target.arms:
            arms[target.need.mechanism] = {**every, **target.arms[ON]}
    return arms


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
