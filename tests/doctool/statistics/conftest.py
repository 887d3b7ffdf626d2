"""Simulated sessions: visits as a measurement would have written them, from known effects and noise."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from doctool.records import Block, Replicate, Visit

ORDERS = (("off", "null", "on", "on", "null", "off"), ("on", "off", "null", "null", "off", "on"))


@dataclass(frozen=True, kw_only=True)
class World:
    """How a simulated machine behaves.

    Args:
        effects: log(arm / off) of each arm.
        cpu_effects: The same for processor time; None makes it follow the wall clock.
        drift: Growth of log time per visit.
        session_noise: SD of each arm's own luck within one process.
        visit_noise: SD of a visit.
        excluded: Share of the blocks that a signal excluded.
        clocks: GPU clock of each arm in Hz; empty means a CPU.
    """

    effects: dict[str, float] = field(default_factory=dict)
    cpu_effects: dict[str, float] | None = None
    drift: float = 0.0
    session_noise: float = 0.004
    visit_noise: float = 0.01
    excluded: float = 0.0
    clocks: dict[str, float] = field(default_factory=dict)


def build_session(world: World, replicates: int = 8, blocks: int = 4, seed: int = 0) -> tuple[Replicate, ...]:
    noise = random.Random(seed)
    visits_so_far = 0
    built = []
    for index in range(replicates):
        luck = {arm: noise.gauss(0.0, world.session_noise) for arm in ("off", "null", "on")}
        of_replicate = []
        for place in range(blocks):
            visits = []
            for arm in ORDERS[noise.randrange(2)]:
                visits_so_far += 1
                log_time = luck[arm] + world.drift * visits_so_far + noise.gauss(0.0, world.visit_noise)
                seconds = 0.004 * math.exp(log_time + world.effects.get(arm, 0.0))
                cpu_effects = world.effects if world.cpu_effects is None else world.cpu_effects
                visits.append(
                    Visit(
                        arm=arm,
                        calls=25,
                        wall_s=25.5 * seconds,
                        median_s=seconds,
                        cpu_s=25 * 0.004 * math.exp(log_time + cpu_effects.get(arm, 0.0)),
                        layers_s={"blocks.0": 0.4 * seconds, "blocks.1": 0.42 * seconds, "norm": 0.01 * seconds},
                        gpu_s=seconds if world.clocks else None,
                        signals={"sm_clock_hz": world.clocks[arm]} if world.clocks else {},
                    )
                )
            number = index * blocks + place
            is_out = math.floor((number + 1) * world.excluded) > math.floor(number * world.excluded)
            of_replicate.append(Block(visits=tuple(visits), excluded="steal" if is_out else None))
        built.append(Replicate(seed=index, started="2025-03-01T10:00:00Z", duration_s=3.5, blocks=tuple(of_replicate)))
    return tuple(built)


@pytest.fixture
def world() -> type[World]:
    return World


@pytest.fixture
def session() -> Callable[..., tuple[Replicate, ...]]:
    return build_session
