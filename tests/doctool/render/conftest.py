"""Small hand-made records for the rendering tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from doctool.records import (
    Comparison,
    Estimate,
    Record,
    Refusal,
    Replicate,
    Result,
    Source,
    TrainingComparison,
    TrainingRun,
    Verdict,
)
from doctool.terms.facts import fact
from doctool.terms.mechanism import Evidence, Status

CPU = {
    "cpu": "AMD EPYC 7B13",
    "cores": 2,
    "ram_bytes": 8 * 2**30,
    "os": "Linux",
    "python": "3.12.3",
    "torch": "2.13.0",
    "threads": 1,
    "device": "cpu",
    "dtype": "float32",
    "turbo": True,
    "doctool": "0.1.0",
}
GPU = CPU | {
    "gpu": "NVIDIA H200",
    "gpu_memory_bytes": 141 * 2**30,
    "driver": "570.86",
    "cuda": "13.0",
    "gpu_power_limit_w": 700.0,
    "device": "cuda",
}


def compare(verdict: Verdict, change: float = -0.123, half: float = 0.0215, **more: Any) -> Comparison:
    return Comparison(
        **{
            "change": change,
            "low": change - half,
            "high": change + half,
            "low90": change - half / 2,
            "high90": change + half / 2,
            "margin": 0.01,
            "p_value": 0.001,
            "sign_flip_p": 0.008,
            "replicates": 8,
            "verdict": verdict,
        }
        | more
    )


def speed(off: float, on: float | None = None, unit: str = "s", comparison: Comparison | None = None) -> Result:
    arms = {"off": Estimate(value=off, low=off * 0.99, high=off * 1.01)}
    if on is not None:
        arms["on"] = Estimate(value=on, low=on * 0.99, high=on * 1.01)
    return Result(unit=unit, arms=arms, comparison=comparison)


def exact(off: float, on: float, unit: str = "B", verdict: Verdict = Verdict.LESS) -> Result:
    change = on / off - 1
    return Result(
        unit=unit,
        arms={"off": Estimate(value=off, deterministic=True), "on": Estimate(value=on, deterministic=True)},
        comparison=compare(verdict, change, 0.0, deterministic=True),
    )


def record(mechanism: str = "hem", workload: str = "decode", **more: Any) -> Record:
    defaults: dict[str, Any] = {
        "schema": 1,
        "mechanism": mechanism,
        "workload": workload,
        "arms": {"off": {"use_hem": False}, "on": {"use_hem": True}},
        "settings": {},
        "protocol": "doctool-ab/1",
        "protocol_digest": "00",
        "environment": CPU,
        "source": Source(digest="d1", commit="3f2a9c1d0b7e4a55"),
        "status": Status.EFFECTIVE,
        "started": "2026-11-23T06:19:24Z",
        "duration_s": 50.0,
        "command": "doctool measure hem decode",
        "replicates": tuple(
            Replicate(seed=seed, started="2026-11-23T06:19:24Z", duration_s=5.0, blocks=()) for seed in range(8)
        ),
    }
    return Record(**defaults | more)


def comparison_record(verdict: Verdict = Verdict.FASTER, **more: Any) -> Record:
    """A mechanism measured off and on."""
    fields = {name: more.pop(name) for name in ("change", "half", "reason", "needed") if name in more}
    metrics = {
        "block_latency": speed(0.00342, 0.003, comparison=compare(verdict, **fields)),
        "throughput": speed(
            12345.6, 14000.0, unit="tokens/s", comparison=compare(Verdict.FASTER, change=0.134, half=0.02)
        ),
        "peak_memory": exact(52_000_000, 48_000_000),
        "layer_latency/blocks.0": speed(0.0016, 0.0014),
        "layer_latency/blocks.10": speed(0.0017, 0.0015),
        "layer_latency/blocks.2": speed(0.0018, 0.0016),
    }
    return record(**{"metrics": metrics} | more)


def refused(reason: str, mechanism: str = "hem", workload: str = "decode", **more: Any) -> Record:
    evidence = (Evidence(file="mmrec/block.py", line=42, shows=(fact("unread", "use_hem"),)),)
    return record(
        mechanism,
        workload,
        replicates=(),
        refusal=Refusal(**{"reason": reason, "evidence": evidence} | more),
    )


def training_record(metrics: dict[str, Result] | None = None) -> Record:
    runs = tuple(
        TrainingRun(seed=seed, arm=arm, losses_nats=(), evaluations=(), shared_digest="s", batches_digest="b")
        for seed in range(8)
        for arm in ("off", "on")
    )
    return record(
        "uboo",
        "training",
        replicates=(),
        metrics=metrics
        or {
            "convergence_steps": speed(140.0, 120.0, "steps", compare(Verdict.LESS, -0.143, 0.03)),
            "convergence_time": speed(12.1, 11.9, "s", compare(Verdict.INCONCLUSIVE, -0.017, 0.04, reason="wide")),
            "final_perplexity": speed(6.31, 6.3, "1", compare(Verdict.NO_DIFFERENCE, -0.001, 0.004, margin=0.02)),
            "memory_overhead": exact(52_000_000, 53_000_000, verdict=Verdict.MORE),
        },
        training=TrainingComparison(
            plan={"scale": "toy scale", "steps": 200, "trainer": {"data": "stdlib", "tokens_per_step": 1024}},
            plan_digest="p",
            target_loss_nats=2.0,
            calibration=(),
            runs=runs,
            parameters={"off": 1_234_567, "on": 1_240_000},
        ),
    )


@pytest.fixture
def make() -> SimpleNamespace:
    """Builders of small records, and the environments they may have."""
    return SimpleNamespace(
        CPU=CPU,
        GPU=GPU,
        compare=compare,
        speed=speed,
        exact=exact,
        record=record,
        comparison=comparison_record,
        refused=refused,
        training=training_record,
    )
