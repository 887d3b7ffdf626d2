"""Simulated sessions: visits as a measurement would have written them, from known effects and noise."""

from __future__ import annotations

import math
import random
import statistics
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
        rounds: In how many rounds the arms of a block take turns; 1 writes visits without turns.
        weather: SD of what meets all arms of a round alike.
        excluded: Share of the blocks that a signal excluded.
        clocks: GPU clock of each arm in Hz; empty means a CPU.
    """

    effects: dict[str, float] = field(default_factory=dict)
    cpu_effects: dict[str, float] | None = None
    drift: float = 0.0
    session_noise: float = 0.004
    visit_noise: float = 0.01
    rounds: int = 1
    weather: float = 0.0
    excluded: float = 0.0
    clocks: dict[str, float] = field(default_factory=dict)


def build_session(world: World, replicates: int = 8, blocks: int = 4, seed: int = 0) -> tuple[Replicate, ...]:
    noise, sky = random.Random(seed), random.Random(~seed)
    visits_so_far = 0
    built = []
    for index in range(replicates):
        luck = {arm: noise.gauss(0.0, world.session_noise) for arm in ("off", "null", "on")}
        of_replicate = []
        for place in range(blocks):
            visits = []
            weather = [sky.gauss(0.0, world.weather) for _ in range(world.rounds)]
            for arm in ORDERS[noise.randrange(2)]:
                visits_so_far += 1
                own = [noise.gauss(0.0, world.visit_noise) for _ in range(world.rounds)]
                turns = [luck[arm] + world.drift * visits_so_far + a + b for a, b in zip(own, weather, strict=True)]
                log_time = statistics.median(turns)
                turns_s = tuple(0.004 * math.exp(turn + world.effects.get(arm, 0.0)) for turn in turns)
                seconds = 0.004 * math.exp(log_time + world.effects.get(arm, 0.0))
                cpu_effects = world.effects if world.cpu_effects is None else world.cpu_effects
                visits.append(
                    Visit(
                        arm=arm,
                        calls=25,
                        wall_s=25.5 * seconds,
                        median_s=seconds,
                        cpu_s=25 * 0.004 * math.exp(log_time + cpu_effects.get(arm, 0.0)),
                        turns_s=turns_s if world.rounds > 1 else (),
                        block_turns_s=tuple(0.41 * turn_s for turn_s in turns_s) if world.rounds > 1 else (),
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
