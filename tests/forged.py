"""Records as a measurement would have made them, from made-up samples: tests about records need no measuring."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from doctool import environment, project
from doctool.measure import recorder as recording
from doctool.plan import Need, targets
from doctool.records import Block, Memory, Replicate, Source, Visit, encode
from doctool.terms.mechanism import Status

MACHINE = {"cpu": "A Steady CPU", "cores": 2, "torch": "2.13.0+cpu", "dtype": "float32", "device": "cpu", "threads": 1}
GPU = {**MACHINE, "gpu": "NVIDIA H200", "gpu_count": 1, "driver": "575.1", "device": "cuda"}
ORDER = ("off", "on", "null", "null", "on", "off")


@dataclass(kw_only=True)
class Forged:
    """What the samples should show."""

    ratio: float = 0.8  # on / off
    off_s: float = 0.010
    spread: float = 0.003  # of a replicate's log ratio
    session: float = 0.0  # log by which everything on this machine is slower today
    replicates: int = 8
    peaks: tuple = (1000, 900)
    machine: dict = field(default_factory=lambda: dict(MACHINE))
    started: datetime | None = None
    seed: int = 1
    commit: str | None = "0" * 40
    dirty: bool = False
    quick: bool = False


def forge(root: Path, name: str = "fast", workload: str = "step", **options):
    """Make a record of the project at `root`, about its code as it is now."""
    wanted = Forged(**options)
    opened = project.find_project(root)
    target = targets.Targets(opened, {}).of(Need(mechanism=name, workload=workload))
    started = (wanted.started or datetime.now(UTC)).isoformat(timespec="seconds")
    chance = random.Random(wanted.seed)
    identity = {"machine": environment.fingerprint({**wanted.machine, "doctool": "any"})}
    patch = "f" * 64 if wanted.dirty else None
    return recording.make_record(
        target,
        Source(digest=target.digest, commit=wanted.commit, dirty=wanted.dirty, patch_digest=patch),
        recording.Parts(
            started=started,
            duration_s=2.0 * wanted.replicates,
            environment=wanted.machine,
            status=Status.EFFECTIVE,
            replicates=tuple(_replicate(wanted, chance, started, identity) for _ in range(wanted.replicates)),
            memory=tuple(
                Memory(arm=arm, peak_bytes=(peak, peak), resident_bytes=peak, parameters=10)
                for arm, peak in zip(("off", "on"), wanted.peaks, strict=True)
            ),
            is_quick=wanted.quick,
        ),
    )


def _replicate(wanted, chance, started, identity):
    blocks = []
    mood = chance.gauss(0.0, wanted.spread)
    shift = chance.gauss(0.0, wanted.spread)
    for _ in range(2):
        times = {
            "off": wanted.off_s * (1 + wanted.session + mood),
            "null": wanted.off_s * (1 + wanted.session + mood + chance.gauss(0.0, wanted.spread / 4)),
            "on": wanted.off_s * (1 + wanted.session + mood) * wanted.ratio * (1 + shift),
        }
        blocks.append(Block(visits=tuple(_visit(arm, times[arm]) for arm in ORDER)))
    return Replicate(
        seed=chance.randrange(2**31), started=started, duration_s=2.0, blocks=tuple(blocks), environment=identity
    )


def _visit(arm, seconds):
    layers = {"blocks.0": seconds / 2, "blocks.1": seconds / 2}
    return Visit(arm=arm, calls=10, wall_s=10 * seconds, median_s=seconds, cpu_s=10 * seconds, layers_s=layers)


def save(record, path: Path) -> Path:
    path.write_bytes(encode(record))
    return path
