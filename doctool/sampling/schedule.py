"""How a time budget becomes replicates and blocks: pure arithmetic, in seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from doctool.records import Replicate

MOST_BLOCKS = 8
"""Per replicate; more add little, since replicates are what an interval counts."""
MOST_WARMUP_S = 5.0
"""Per arm."""
_WARMUP_SHARE = 0.25
"""Of a replicate's time, for all arms together, where time is short."""
BLOCKS_S = "blocks_s"
"""Key in `Replicate.environment`: seconds that its blocks took."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What a replicate of some request costs.

    Args:
        fixed_s: Starting Python, importing, building and warming up.
        block_s: One block.
    """

    fixed_s: float
    block_s: float

    def cost_s(self, blocks: int) -> float:
        """Seconds of a replicate with that many blocks."""
        return self.fixed_s + blocks * self.block_s


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How the next replicate is run.

    Args:
        blocks: How many.
        warmup_s: Most seconds of warm-up per arm.
    """

    blocks: int
    warmup_s: float


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A request that could use another replicate.

    Args:
        key: Of the request.
        done: Finished replicates.
        least: Replicates that it needs, however precise it is.
        arms: How many are built and warmed up in each.
        pace: What a replicate costs; None before the first.
    """

    key: str
    done: int
    least: int
    arms: int
    pace: Pace | None

    @property
    def wanted(self) -> int:
        """Replicates it still needs; one where it only lacks precision."""
        return max(self.least - self.done, 1)

    @property
    def least_s(self) -> float:
        """The seconds without which it misses replicates, at one block each; none while nobody knows."""
        return self.wanted * self.pace.cost_s(1) if self.pace else 0.0

    @property
    def demand_s(self) -> float:
        """The seconds it could use; infinitely many while nobody knows."""
        return self.wanted * self.pace.cost_s(MOST_BLOCKS) if self.pace else math.inf


def choose_next(candidates: Sequence[Candidate], left_s: float) -> tuple[str, Step] | None:
    """Decide which request gets the next replicate, and how it is run.

    Those that have too few replicates share the time first; what only lacks precision gets what nobody else can use.
    Within a group they take turns.

    Args:
        candidates: All that could use another one.
        left_s: Seconds left for all of them.

    Returns:
        The key and the plan; None if nothing fits into the time.
    """
    needy = [candidate for candidate in candidates if candidate.done < candidate.least]
    others = [candidate for candidate in candidates if candidate.done >= candidate.least]
    for group in (needy, others):
        shares_s = _shares(group, left_s)
        for candidate in sorted(group, key=lambda candidate: candidate.done):
            step = plan_step(shares_s[candidate.key], candidate.wanted, candidate.arms, candidate.pace)
            if step is not None:
                return candidate.key, step
    return None


def _shares(group: Sequence[Candidate], left_s: float) -> dict[str, float]:
    """Give everyone the replicates he needs before anyone gets a second block."""
    least_s = {candidate.key: candidate.least_s for candidate in group}
    spare_s = left_s - math.fsum(least_s.values())
    if spare_s < 0:
        return share_out(left_s, {candidate.key: candidate.least_s or math.inf for candidate in group})
    spare = share_out(spare_s, {candidate.key: candidate.demand_s - candidate.least_s for candidate in group})
    return {key: least + spare[key] for key, least in least_s.items()}


def pace_of(replicates: Sequence[Replicate]) -> Pace | None:
    """Return what a replicate costs, from those that are finished; None if there are none."""
    costs = [
        (replicate.duration_s, float(replicate.environment.get(BLOCKS_S, replicate.duration_s)), len(replicate.blocks))
        for replicate in replicates
        if replicate.blocks
    ]
    if not costs:
        return None
    return Pace(
        fixed_s=median(max(duration_s - blocks_s, 0.0) for duration_s, blocks_s, _ in costs),
        block_s=median(blocks_s / blocks for _, blocks_s, blocks in costs),
    )


def share_out(budget_s: float, demands_s: Mapping[str, float]) -> dict[str, float]:
    """Divide a budget so that nobody gets more than he asks for and what is left goes to the others in equal parts.

    Args:
        budget_s: To divide.
        demands_s: What each could use.
    """
    shares: dict[str, float] = {}
    left_s = max(budget_s, 0.0)
    for count, name in enumerate(sorted(demands_s, key=lambda name: demands_s[name])):
        shares[name] = min(demands_s[name], left_s / (len(demands_s) - count))
        left_s -= shares[name]
    return shares


def plan_step(share_s: float, wanted: int, arms: int, pace: Pace | None) -> Step | None:
    """Decide how the next replicate of a request is run.

    Args:
        share_s: What the request may still spend.
        wanted: Replicates it still needs, at least 1.
        arms: How many are built and warmed up in each.
        pace: What one costs; None before the pilot, which always runs, with one block.

    Returns:
        The plan; None if not even one block fits. Blocks are given up before replicates are.
    """
    each_s = share_s / wanted
    warmup_s = min(MOST_WARMUP_S, max(_WARMUP_SHARE * each_s / arms, 0.0))
    if pace is None:
        return Step(blocks=1, warmup_s=warmup_s)
    if pace.cost_s(1) > share_s:
        return None
    affordable = (blocks for blocks in range(MOST_BLOCKS, 0, -1) if pace.cost_s(blocks) <= each_s)
    return Step(blocks=next(affordable, 1), warmup_s=warmup_s)
