"""Measure speed: replicate after replicate, until every comparison is precise or the time is up. The parent's side."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from doctool import environment
from doctool.progress import Progress
from doctool.records import Refusal, Replicate
from doctool.sampling import order, precision
from doctool.sampling.journal import Entry, Journal
from doctool.sampling.memory import OUT_OF_MEMORY, describe_shrinking
from doctool.sampling.messages import Timed, Timing
from doctool.sampling.request import Limits, Report, SpeedOutcome, SpeedRequest
from doctool.sampling.schedule import BLOCKS_S, Candidate, Step, choose_next, pace_of
from doctool.terms.notes import Note, NoteKind, distinct, note
from doctool.workload import NO_TIME, Child, ask, shrink

_MOST_WAITING_S = 30.0
_WAITING_SHARE = 0.02
"""Of the budget, before each replicate: on a host that never calms down, waiting must not eat the measurement."""


def measure_speed(
    root: Path, requests: Sequence[SpeedRequest], limits: Limits, directory: Path, report: Report
) -> dict[str, SpeedOutcome]:
    """Time all arms of all requests within one budget.

    Requests take turns, one replicate each, so that a change of the host meets all of them. Finished replicates are
    kept in `directory`; a run that was interrupted carries on from there.

    Args:
        root: Project root, where the measured code is imported from.
        requests: What is timed.
        limits: How much may be spent.
        directory: Of the journals.
        report: Called as work goes on.

    Returns:
        The outcome of every request, by its key.

    Raises:
        RecordError: If a journal cannot be read.
    """
    sessions = {request.key: Session(root, request, limits, directory) for request in requests}
    deadline_s = time.monotonic() + limits.budget_s
    while True:
        left_s = deadline_s - time.monotonic()
        candidates = [session.candidate for session in sessions.values() if session.wants_more]
        chosen = choose_next(candidates, left_s)
        if chosen is None:
            return {key: session.outcome() for key, session in sessions.items()}
        key, step = chosen
        session, remaining_s = sessions[key], _estimate(candidates, left_s)
        wait_s = session.longest_wait_s(left_s)
        report(session.progress("quiet", remaining_s, at_most_s=wait_s))
        quiet = environment.wait_until_quiet(wait_s)
        report(session.progress("speed", remaining_s, at_most_s=deadline_s - time.monotonic()))
        session.run(step, quiet)
        left_s = deadline_s - time.monotonic()
        report(session.progress("speed", _estimate(candidates, left_s), at_most_s=left_s))


def _estimate(candidates: Sequence[Candidate], left_s: float) -> float | None:
    """Return the seconds that measuring will still take; None while some request has not shown what it costs."""
    if any(candidate.pace is None for candidate in candidates):
        return None
    return max(min(left_s, sum(candidate.demand_s for candidate in candidates)), 0.0)


class Session:
    """All replicates of one request.

    Args:
        root: Project root.
        request: What is timed.
        limits: How much may be spent.
        directory: Of the journal.
    """

    def __init__(self, root: Path, request: SpeedRequest, limits: Limits, directory: Path) -> None:
        self.request = request
        self._root = root
        self._limits = limits
        self._journal = Journal(directory, request.key)
        self._refusal: Refusal | None = None
        self._is_over = False
        valid = self._journal.valid
        self._workload = valid[-1].workload if valid else request.workload
        self._notes: list[Note] = [note for entry in valid for note in entry.notes]

    @property
    def replicates(self) -> tuple[Replicate, ...]:
        """The finished ones that belong together."""
        return tuple(entry.replicate for entry in self._journal.valid if entry.workload == self._workload)

    @property
    def candidate(self) -> Candidate:
        """What the schedule has to know about it."""
        return Candidate(
            key=self.request.key,
            done=self._counted,
            least=self._limits.least,
            arms=len(self.request.arms),
            pace=pace_of(self.replicates),
        )

    @property
    def wants_more(self) -> bool:
        """Whether another replicate would serve a purpose. It depends on precision, never on what was found."""
        if self._is_over or self._refusal is not None or len(self.replicates) >= self._limits.most:
            return False
        return self._counted < self._limits.least or not precision.is_precise(self.request, self.replicates)

    @property
    def _counted(self) -> int:
        """How many replicates have a block that counts; without one, a replicate says nothing."""
        if self.request.counts_excluded:
            return len(self.replicates)
        return sum(any(block.excluded is None for block in replicate.blocks) for replicate in self.replicates)

    def longest_wait_s(self, left_s: float) -> float:
        """Return how long to wait for a quiet machine, in seconds; not at all where a busy one is good enough."""
        if self.request.counts_excluded:
            return 0.0
        return max(min(_MOST_WAITING_S, _WAITING_SHARE * self._limits.budget_s, left_s), 0.0)

    def run(self, step: Step, quiet: environment.Quiet) -> None:
        """Run one replicate; where memory is short, again with a smaller input."""
        answer, started, duration_s = self._ask(step)
        while isinstance(answer, Refusal) and answer.reason == OUT_OF_MEMORY:
            smaller = shrink(self._workload)
            if smaller is None:
                break
            self._notes.append(describe_shrinking(self._workload, smaller))
            self._workload = smaller
            answer, started, duration_s = self._ask(step)
        if isinstance(answer, Refusal):
            self._is_over = answer.reason == NO_TIME
            self._refusal = None if self._is_over else answer
            return
        replicate = Replicate(
            seed=self._seed,
            started=started,
            duration_s=duration_s,
            blocks=answer.blocks,
            warmup_calls=answer.warmup_calls,
            environment={
                **answer.moment,
                "machine": environment.fingerprint(answer.environment),
                "waited_s": quiet.waited_s,
                "quiet": float(quiet.is_quiet),
                BLOCKS_S: answer.blocks_s,
            },
        )
        notes = distinct((*self._notes, *answer.notes))
        self._journal.append(
            Entry(
                workload=self._workload,
                environment=answer.environment,
                replicate=replicate,
                notes=notes,
                inputs=answer.inputs,
            )
        )

    def progress(self, stage: str, left_s: float | None, *, at_most_s: float) -> Progress:
        """Return how far this request is."""
        return Progress(
            subject=self.request.subject,
            stage=stage,
            done=len(self.replicates),
            total=self._limits.most,
            half_widths=precision.half_widths(self.request, self.replicates),
            left_s=left_s,
            at_most_s=max(at_most_s, 0.0),
        )

    def outcome(self) -> SpeedOutcome:
        """Return what came of it."""
        valid = self._journal.valid
        notes = [*self._notes, *(note for entry in valid for note in entry.notes)]
        dropped = len(self._journal.entries) - len(valid)
        if dropped:
            notes.append(note(NoteKind.DROPPED, count=dropped))
        return SpeedOutcome(
            replicates=self.replicates,
            environment=valid[-1].environment if valid else {},
            refusal=self._refusal,
            workload=self._workload,
            notes=distinct(notes),
            inputs={name: digest for entry in valid for name, digest in entry.inputs.items()},
        )

    @property
    def _seed(self) -> int:
        return order.seed_of(self.request.key, len(self._journal.entries))

    def _ask(self, step: Step) -> tuple[Timed | Refusal, str, float]:
        request, key, arms = self.request, self.request.key, tuple(self.request.arms)
        first_block = sum(len(replicate.blocks) for replicate in self.replicates)
        conditions = request.conditions
        orders = order.orders_of(key, arms, first_block, step.blocks)
        if conditions.first is not None:
            orders = order.spoilt_orders(arms, conditions.first, step.blocks)
        child = Child(
            root=self._root,
            entry="doctool.sampling.child:time_arms",
            threads=self._workload.threads,
            silence_s=self._limits.hang_s,
        )
        timing = Timing(
            workload=self._workload,
            arms={name: dict(toggles) for name, toggles in request.arms.items()},
            seed=self._seed,
            build_order=order.build_order_of(f"{key}/build/{self._seed}", arms),
            orders=orders,
            warmup_s=step.warmup_s,
            clock=conditions.clock,
            processor_clock=conditions.processor_clock,
            visit_s=conditions.visit_s,
        )
        started, began = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        answer = ask(child, timing, Timed)
        return answer, started, time.monotonic() - began
