"""Turn targets into records: probe, sample, train, save.

Every record is saved as soon as it is complete, so that a failure of one measurement loses none of the others.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from doctool import sampling, statistics, training
from doctool.environment import comparable_key
from doctool.measure.arms import LEAST_PATIENCE_S, MOST_PATIENCE_S, probe_mechanism, session_arms
from doctool.measure.effort import Effort, Postponed
from doctool.measure.recorder import Parts, make_record, pick_arms, pick_memory, refusal_of
from doctool.plan import TRAINING, Need, Target, is_measurable, plain, spoiler_of
from doctool.probe import ProbeResult
from doctool.progress import Progress
from doctool.project import Project, key_of
from doctool.project.config import BASELINE, Workload
from doctool.project.inputs import is_source
from doctool.records import NULL, OFF, ON, Record, Refusal, Source, encode, signing
from doctool.terms.facts import write_facts
from doctool.terms.mechanism import Detection, Status
from doctool.terms.notes import distinct
from doctool.workload import NO_TIME, NOT_INSTALLED, until

TRAINING_SHARE = 0.4
"""Part of the time budget that training gets when there is something else to measure."""


_FAILURES = {
    "crashed": "the measured code crashed",
    "killed": "the measured code was ended by SIGKILL; who sent it is not known",
    "hung": "the measured code did not finish in time",
    "nan": "the measured code gave outputs that are not finite",
    NOT_INSTALLED: f"the measured code imports a package that is not installed here ({sys.prefix})",
    "weights": "the arms cannot be given the same weights",
    "not-equal": "the measured code computes different outputs off and on, though doctool.yaml says "
    "'same_function: true'",
}
"""Refusals that someone has to mend, in words; the others are facts about the mechanism or the machine."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement that the measured code made impossible."""

    need: Need
    refusal: Refusal

    def __str__(self) -> str:
        lines = (write_facts(self.refusal.seen, "en") or self.refusal.detail).splitlines() or [""]
        # Of an exception the last line says what happened, and the others where.
        place = -1 if any(line.startswith('  File "') for line in lines) else 0
        what = lines.pop(place)
        return "\n".join((f"{self.need}: {_FAILURES[self.refusal.reason]}" + (f": {what}" if what else ""), *lines))


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
    postponed: list[Postponed] = msgspec.field(default_factory=list)
    _probed: dict[tuple[str, str], ProbeResult] = msgspec.field(default_factory=dict)
    _deadline_s: float = math.inf

    def run(self, targets: Sequence[Target]) -> None:
        """Measure every target; `saved`, `failures` and `postponed` say what came of it."""
        self._deadline_s = time.monotonic() + self.effort.budget_s
        with until(self._deadline_s):
            live = [target for target in targets if not self._is_refused_by_source(target)]
            live = [target for target in live if self._is_effective(target)]
            trained = [target for target in live if target.need.workload == TRAINING]
            timed = [target for target in live if target.need.workload != TRAINING]
            share = TRAINING_SHARE if trained and timed else float(bool(trained))
            self._time(timed, self._left_s() * (1 - share))
            for number, target in enumerate(trained):
                self._train(target, self._left_s() / (len(trained) - number))

    def _left_s(self) -> float:
        return max(self._deadline_s - time.monotonic(), 0.0)

    def _say(self, subject: str, stage: str) -> None:
        self.report(Progress(subject=subject, stage=stage, at_most_s=self._left_s()))

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
            refusal = Refusal(reason=Status.INERT.value, seen=result.differences, evidence=evidence)
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
            self._say(f"{workload or TRAINING} ({name})", "probe")
            self._probed[key] = probe_mechanism(self.project, name, workload, self._patience_s)
        return self._probed[key]

    def _time(self, targets: Sequence[Target], budget_s: float) -> None:
        groups: dict[str, list[Target]] = {}
        for target in targets:
            groups.setdefault(target.need.workload, []).append(target)
        ends_s = time.monotonic() + budget_s
        with until(ends_s):
            memory = {name: self._memory(group) for name, group in groups.items()}
        requests = {
            name: self._request(group, memory[name].workload)
            for name, group in groups.items()
            if memory[name].refusal is None
        }
        limits = sampling.Limits(
            budget_s=ends_s - time.monotonic(), quick=self.effort.is_quick, hang_s=self._patience_s
        )
        outcomes = sampling.measure_speed(
            self.project.root, tuple(requests.values()), limits, self.project.cache, self.report
        )
        for name, group in groups.items():
            refusal = memory[name].refusal or outcomes[requests[name].key].refusal
            records = []
            for target in group:
                if refusal is not None:
                    self._refuse(target, refusal, Status.EFFECTIVE)
                elif not outcomes[requests[name].key].replicates:
                    self.postponed.append(Postponed(need=target.need, reason=NO_TIME))
                else:
                    records += self._save_speed(target, outcomes[requests[name].key], memory[name])
            self._remember_noise(records[:1])
            if name in requests:
                sampling.forget(self.project.cache, requests[name].key)

    def _request(self, group: Sequence[Target], workload: Workload) -> sampling.SpeedRequest:
        name, arms = group[0].need.workload, session_arms(group)
        digests = sorted(target.digest for target in group)
        machine = comparable_key(group[0].environment)
        identity = (name, group[0].settings, arms, digests, machine, group[0].protocol)
        effort = (self.effort.is_quick, self.effort.is_busy)
        return sampling.SpeedRequest(
            workload_name=name,
            workload=workload,
            arms=arms,
            key=key_of(*identity, *effort),
            margin=self._margin(group[0]),
            counts_excluded=self.effort.is_busy,
        )

    def _margin(self, target: Target) -> float:
        """Return the smallest change that counts as one, from what this host has shown between equal arms."""
        return statistics.margin_from(sampling.past_null_ratios(self.project.cache, target.environment))

    def _memory(self, group: Sequence[Target]) -> sampling.MemoryOutcome:
        name = group[0].need.workload
        arms = {arm: toggles for arm, toggles in session_arms(group).items() if arm != NULL}
        self._say(f"{name} ({', '.join(arm for arm in arms if arm != OFF) or BASELINE})", "memory")
        workload = self.project.config.workloads[name]
        return sampling.measure_memory(self.project.root, workload, arms, hang_s=self._patience_s)

    def _save_speed(
        self, target: Target, outcome: sampling.SpeedOutcome, memory: sampling.MemoryOutcome
    ) -> list[Record]:
        """Save the record; without a single time in it, it is no answer, and kept only where any was asked for."""
        on = target.need.mechanism if ON in target.arms else None
        replicates = pick_arms(outcome.replicates, on)
        record = self._make(
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
                is_busy=self.effort.is_busy,
                margin=self._margin(target),
                inputs=outcome.inputs,
            ),
        )
        reason = spoiler_of(record)
        if reason is not None:
            self.postponed.append(Postponed(need=target.need, reason=reason))
        return [self._keep(record)] if reason is None or self.effort.is_busy else []

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
            subject=f"{TRAINING} ({target.need.mechanism})",
            key=key_of(target.digest, comparable_key(target.environment), target.protocol),
        )
        limits = training.Limits(budget_s=budget_s, hang_s=self._patience_s)
        outcome = training.compare_training(self.project.root, request, limits, self.project.cache, self.report)
        if outcome.refusal is not None:
            self._refuse(target, outcome.refusal, Status.EFFECTIVE)
            return
        record = self._make(
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
        self._keep(record)
        outcome.journal.unlink(missing_ok=True)

    @property
    def _patience_s(self) -> float:
        return min(max(self.effort.budget_s, LEAST_PATIENCE_S), MOST_PATIENCE_S)

    def _status(self, target: Target) -> Status:
        return Status.EFFECTIVE if target.need.mechanism != BASELINE else Status.WIRED

    def _refuse(self, target: Target, refusal: Refusal, status: Status) -> None:
        """Record that there is nothing to measure; what the measured code broke is a failure unless asked for."""
        if refusal.reason == NO_TIME:
            self.postponed.append(Postponed(need=target.need, reason=NO_TIME))
            return
        if refusal.reason in _FAILURES and not self.effort.keep_failures:
            self.failures.append(Failure(need=target.need, refusal=refusal))
            return
        parts = Parts(started=_now(), duration_s=0.0, environment=target.environment, status=status, refusal=refusal)
        self._keep(self._make(target, parts))

    def _inputs(self, parts: Parts) -> dict[str, str]:
        """Return what the figures depend on besides the source that the target's digest is of."""
        sources = self.project.source_names
        read = {name: digest for name, digest in parts.inputs.items() if not is_source(name, sources)}
        return {**self.project.inputs.listed, **read} if parts.refusal is None else {}

    def _make(self, target: Target, parts: Parts) -> Record:
        source = Source(
            digest=target.digest,
            commit=self.source.commit,
            dirty=self.source.dirty,
            patch_digest=self.source.patch_digest,
            inputs=self._inputs(parts),
        )
        return make_record(target, source, parts)

    def _keep(self, record: Record) -> Record:
        self.project.records.save(record)
        if self.effort.signing_key is not None:
            self.project.records.save_signature(record, signing.sign(encode(record), self.effort.signing_key))
        self.saved.append(record)
        return record


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
