"""Compare two arms over paired training runs, from the pilot to the last pair.

Source: PROTOCOL `doctool-ab/1`, "The training comparison".
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from doctool import records, sampling
from doctool.errors import RecordError
from doctool.progress import Progress
from doctool.statistics.target import choose_target
from doctool.training import plan as planning
from doctool.training.journal import Calibrated, Journal, Paired, Planned, Weighed
from doctool.training.messages import Experiment, Pace, Peak, Peaks, Pilot, Race, Runs, read_losses
from doctool.training.request import Limits, Report, TrainingOutcome, TrainingRequest
from doctool.workload.launch import Child, ask
from doctool.workload.messages import Message

_PILOT_SHARE, _PILOT_AT_MOST_S = 0.02, 5.0
Tell = Callable[[Mapping[str, float]], None]
_T = TypeVar("_T", Pace, Runs, Peaks)


def compare_training(
    root: Path, request: TrainingRequest, limits: Limits, directory: Path, report: Report
) -> TrainingOutcome:
    """Train both arms from the same seeds and return the paired runs.

    A run that was interrupted goes on where it stopped: finished seeds are kept in a journal.

    Args:
        root: Directory that the measured package is imported from.
        request: The experiment.
        limits: How long it may take.
        directory: Where the journal is kept.
        report: Told how far it is.

    Returns:
        The comparison, or why there is none: the measured code crashed, hung, gave NaN, or differs where it must not.

    Raises:
        RecordError: If the journal of an earlier run cannot be read.
    """
    sampling.prepare_cache(directory)
    path = directory / f"training-{_name_of(request)}.jsonl"
    return _Comparing(root, request, limits, Journal(path), report).run()


def _name_of(request: TrainingRequest) -> str:
    content = msgspec.json.encode((request.key, request.training, dict(request.arms)), order="deterministic")
    return hashlib.sha256(content).hexdigest()[:16]


class _RefusedError(Exception):
    def __init__(self, refusal: records.Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.reason)


class _Comparing(msgspec.Struct, dict=True):
    root: Path
    request: TrainingRequest
    limits: Limits
    journal: Journal
    report: Report

    def run(self) -> TrainingOutcome:
        self._training = self.request.training
        try:
            planned = self.journal.planned or self._make_plan()
            self._adopt(planned)
            self._calibrate()
            target = choose_target(self._calibration, self._training.steps)
            self._weigh()
            self._run_pairs()
        except _RefusedError as refused:
            return self._outcome(None, refused.refusal)
        return self._outcome(self._compare(planned, target), None)

    def _make_plan(self) -> Planned:
        """Learn the pace, cut the steps to the budget, fix the plan and write it down."""
        began = time.monotonic()
        seconds = min(_PILOT_AT_MOST_S, _PILOT_SHARE * self.limits.budget_s)
        task = Pilot(experiment=self._experiment(), seed=planning.pilot_seed(self._training), seconds=seconds)
        pace = self._ask(Pace, task, "serve_pilot", self._telling("pilot", 0, 1, None))
        took_s = time.monotonic() - began
        cost = planning.Cost(pace=pace, startup_s=max(0.0, took_s - pace.spent_s))
        training, notes = planning.fit_steps(self._training, cost, self.limits.budget_s - took_s)
        plan = planning.make_plan(self.request, training, pace)
        planned = Planned(
            plan=plan,
            digest=planning.digest_of(plan),
            training=training,
            pace=pace,
            startup_s=cost.startup_s,
            notes=notes,
        )
        self.journal.append(planned)
        return planned

    def _adopt(self, planned: Planned) -> None:
        if planning.digest_of(planned.plan) != planned.digest:
            raise RecordError(
                "the plan was changed after it was fixed; remove the file to start the comparison afresh",
                file=str(self.journal.path),
                line=1,
            )
        self._training, self._digest = planned.training, planned.digest
        self._cost = planning.Cost(pace=planned.pace, startup_s=planned.startup_s)

    def _calibrate(self) -> None:
        seeds = planning.calibration_seeds(self._training)
        finished = self.journal.calibration(self._digest)
        experiment = self._experiment(records.OFF)
        for seed in seeds:
            if seed not in finished:
                tell = self._telling("calibration", len(finished), len(seeds), self._left_s())
                task = self._race(experiment, seed)
                (run,) = self._ask(Runs, task, "serve_race", tell).runs
                self.journal.append(Calibrated(digest=self._digest, run=run))
                finished[seed] = run
        self._calibration = tuple(finished[seed] for seed in seeds)

    def _weigh(self) -> None:
        finished = self.journal.peaks(self._digest)
        names, repeats = self.request.names, range(planning.MEMORY_REPEATS)
        wanted = [(arm, repeat) for repeat in repeats for arm in names]
        for arm, repeat in wanted:
            if (arm, repeat) not in finished:
                tell = self._telling("memory", len(finished), len(wanted), self._left_s())
                task = Peak(experiment=self._experiment(arm), seed=planning.pilot_seed(self._training))
                peaks = self._ask(Peaks, task, "serve_peak", tell)
                self.journal.append(Weighed(digest=self._digest, repeat=repeat, peaks=peaks))
                finished[arm, repeat] = peaks.memory
        self._memory = tuple(_join([finished[arm, repeat] for repeat in repeats]) for arm in names)

    def _run_pairs(self) -> None:
        seeds = planning.paired_seeds(self._training)
        finished = self.journal.pairs(self._digest)
        for seed in seeds:
            if seed not in finished:
                tell = self._telling("pairs", len(finished), len(seeds), self._left_s())
                task = self._race(self._experiment(), seed)
                pair = self._ask(Runs, task, "serve_race", tell)
                self.journal.append(Paired(digest=self._digest, pair=pair))
                finished[seed] = pair
        self._runs = tuple(run for seed in seeds for run in finished[seed].runs)

    def _compare(self, planned: Planned, target: float | None) -> records.TrainingComparison:
        return records.TrainingComparison(
            plan=planned.plan,
            plan_digest=planned.digest,
            target_loss_nats=target,
            calibration=self._calibration,
            runs=self._runs,
            parameters=planned.pace.parameters,
            flops_per_step=planned.pace.flops_per_step,
        )

    def _outcome(
        self, comparison: records.TrainingComparison | None, refusal: records.Refusal | None
    ) -> TrainingOutcome:
        planned = self.journal.planned
        return TrainingOutcome(
            comparison=comparison,
            refusal=refusal,
            memory=self._memory if comparison else (),
            environment=planned.pace.environment if planned else {},
            notes=planned.notes if planned else (),
            inputs=planned.pace.inputs if planned else {},
            settings=self._training,
            journal=self.journal.path,
        )

    def _experiment(self, *names: str) -> Experiment:
        """Return how trainers are built, of some arms or of all."""
        training = self._training
        return Experiment(
            build=training.build,
            args=training.args,
            arms={name: dict(self.request.arms[name]) for name in names or self.request.names},
            steps=training.steps,
            evaluate_every=training.evaluate_every,
            threads=training.threads,
            device=training.device,
        )

    def _race(self, experiment: Experiment, seed: int) -> Race:
        return Race(
            experiment=experiment, seed=seed, flip=bool(seed % 2), warm_up_seed=planning.pilot_seed(self._training)
        )

    def _ask(self, kind: type[_T], task: Message, entry: str, tell: Tell) -> _T:
        tell({})
        child = Child(
            root=self.root,
            entry=f"doctool.training.child:{entry}",
            threads=self._training.threads,
            silence_s=self.limits.hang_s,
        )
        answer = ask(child, task, kind, lambda told: tell(read_losses(told)))
        if isinstance(answer, records.Refusal):
            raise _RefusedError(answer)
        return answer

    def _telling(self, stage: str, done: int, total: int, left_s: float | None) -> Tell:
        began = time.monotonic()

        def tell(losses: Mapping[str, float]) -> None:
            spent_s = time.monotonic() - began
            self.report(
                Progress(
                    subject=self.request.subject,
                    stage=stage,
                    done=done,
                    total=total,
                    losses=losses,
                    left_s=None if left_s is None else max(0.0, left_s - spent_s),
                )
            )

        return tell

    def _left_s(self) -> float:
        training, digest = self._training, self._digest
        calibrations = training.calibration - len(self.journal.calibration(digest))
        pairs = training.pairs - len(self.journal.pairs(digest))
        peaks = len(self.journal.peaks(digest)) / (planning.MEMORY_REPEATS * len(self.request.names))
        return (
            calibrations * self._cost.calibration_s(training)
            + pairs * self._cost.pair_s(training)
            + (1 - peaks) * self._cost.memory_s()
        )


def _join(repeats: list[records.Memory]) -> records.Memory:
    """Put the repeats of one arm into one value; the largest resident size stands for all."""
    return msgspec.structs.replace(
        repeats[0],
        peak_bytes=tuple(peak for repeat in repeats for peak in repeat.peak_bytes),
        reserved_bytes=tuple(size for repeat in repeats for size in repeat.reserved_bytes),
        resident_bytes=max(repeat.resident_bytes for repeat in repeats),
    )
