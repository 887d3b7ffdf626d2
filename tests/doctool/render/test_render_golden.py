"""What readers see, side by side with what was measured: one page per case in `tests/golden/render/`.

After an intended change of wording, `UPDATE_GOLDEN=1 pytest tests/doctool/render` writes the pages anew; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from doctool.document import Region
from doctool.records import Record, Result, Source, Verdict
from doctool.render import Facts, render_region

GOLDEN = Path(__file__).parents[2] / "golden" / "render"

LABELS = {
    "tr": {"corner": "Metrik", "off": "Orijinal", "on": "HEM", "change": "İyileştirme", "block": "**Blok Gecikmesi**"},
    "en": {"corner": "Metric", "off": "Original", "on": "HEM", "change": "Improvement", "block": "**Block Latency**"},
}
LINES = {
    "tr": ("**Test Tarihi**: {date}", "**GPU**: {gpu}", "**CUDA**: {cuda}"),
    "en": ("**Test Date**: {date}", "**GPU**: {gpu}", "**CUDA**: {cuda}"),
}


def comparison(language: str, **more: object) -> Region:
    words = LABELS[language]
    return Region(
        **{
            "mechanism": "hem",
            "workload": "decode",
            "lines": LINES[language],
            "corner": words["corner"],
            "rows": {words["block"]: "block_latency", "Throughput": "throughput", "Bellek": "peak_memory in MiB"},
            "columns": {words["off"]: "off", words["on"]: "on", words["change"]: "change"},
            "align": "lrr-",
        }
        | more
    )


def layers(language: str) -> Region:
    return comparison(language, rows={"Layer": "layer_latency in µs"}, lines=())


def baseline(language: str) -> Region:
    return comparison(
        language,
        template="baseline",
        mechanism="baseline",
        workload=None,
        columns={"Small": "small", "Medium": "medium"},
        keep={"Throughput": {"Medium": "see [*notes*](notes.md)"}},
    )


def matrix(language: str) -> Region:
    return comparison(language, template="matrix", columns={"H200": "gpu=H200 on", "CPU": "device=cpu on"}, lines=())


def training(language: str) -> Region:
    return Region(
        template="training",
        mechanism="uboo",
        corner=LABELS[language]["corner"],
        rows={
            "Steps": "convergence_steps",
            "Time": "convergence_time",
            "Perplexity": "final_perplexity",
            "Memory": "memory_overhead",
        },
        columns={"off": "off", "UBÖO": "on", "change": "change"},
    )


def environment(language: str) -> Region:
    rows = {
        "CPU": "cpu",
        "RAM": "ram_bytes",
        "RAM (GB)": "ram_bytes in GB",
        "GPU": "gpu",
        "Driver": "driver",
        "Power": "gpu_power_limit_w",
        "Turbo": "turbo",
        "Kernel": "kernel",
        "Commit": "commit",
        "Command": "command",
        "doctool": "doctool",
    }
    return Region(template="environment", corner=LABELS[language]["corner"], rows=rows, columns={"Value": ""})


def not_measured(language: str) -> Region:
    return Region(template="not-measured", mechanism="hem", lines=LINES[language])


def baseline_records(make: SimpleNamespace) -> tuple[Record, ...]:
    small = {"block_latency": make.speed(0.00342), "throughput": make.speed(12345.6, unit="tokens/s")}
    return (
        make.record("baseline", "small", metrics=small, source=Source(digest="d", commit="3f2a9c1d", dirty=True)),
        make.record(
            "baseline",
            "medium",
            metrics={"block_latency": make.speed(0.0342)},
            started="2026-11-24T00:00:00Z",
            quick=True,
            replicates=(),
            notes=("the batch was halved, from 2 to 1",),
        ),
    )


def missed(make: SimpleNamespace) -> Record:
    shares = {"off": 0.0, "on": 0.25}
    return make.training(
        {
            "convergence_steps": Result(unit="steps", arms={}, reason="misses", misses=shares),
            "convergence_time": Result(unit="s", arms={}, reason="misses", misses=shares),
            "memory_overhead": make.exact(52_000_000, 53_000_000, verdict=Verdict.MORE),
        }
    )


CASES = {
    "comparison-faster": (comparison, lambda make: (make.comparison(),)),
    "comparison-slower": (comparison, lambda make: (make.comparison(Verdict.SLOWER, change=0.08, half=0.01),)),
    "comparison-no-difference": (
        comparison,
        lambda make: (make.comparison(Verdict.NO_DIFFERENCE, change=0.001, half=0.006),),
    ),
    "comparison-inconclusive": (
        comparison,
        lambda make: (make.comparison(Verdict.INCONCLUSIVE, change=0.0065, half=0.0275, reason="wide", needed=28),),
    ),
    **{
        f"comparison-inconclusive-{reason}": (
            comparison,
            lambda make, reason=reason: (
                make.comparison(Verdict.INCONCLUSIVE, change=-0.03, half=0.04, reason=reason, quick=reason == "few"),
            ),
        )
        for reason in ("null-arm", "busy", "corrected", "few", "cpu-contradicts", "clock")
    },
    "comparison-gpu": (comparison, lambda make: (make.comparison(environment=make.GPU),)),
    "comparison-layers": (layers, lambda make: (make.comparison(),)),
    "comparison-no-record": (comparison, lambda make: ()),
    **{
        f"refused-{reason}": (comparison, lambda make, reason=reason: (make.refused(reason),))
        for reason in (
            "absent", "mentioned", "declared", "unknown", "inert", "crashed", "hung", "nan", "out-of-memory",
            "no-gpu", "host-busy", "not-equal",
        )
    },
    "baseline": (baseline, baseline_records),
    "baseline-one-refused": (
        baseline,
        lambda make: (
            baseline_records(make)[0],
            make.refused(
                "out-of-memory", "baseline", "medium", evidence=(), detail="Trace:\n  x\nRuntimeError: no memory"
            ),
        ),
    ),
    "matrix": (matrix, lambda make: (make.comparison(), make.comparison(environment=make.GPU))),
    "training": (training, lambda make: (make.training(),)),
    "training-misses": (training, lambda make: (missed(make),)),
    "environment-cpu": (environment, lambda make: (make.comparison(),)),
    "environment-gpu": (environment, lambda make: (make.comparison(environment=make.GPU),)),
    "not-measured": (not_measured, lambda make: (make.refused("absent", evidence=()),)),
}  # fmt: skip


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("case", CASES)
def test_a_page_reads_as_approved(case: str, language: str, make: SimpleNamespace) -> None:
    region, records = CASES[case]
    rendered = render_region(region(language), Facts(records=records(make)), language, ())
    page = GOLDEN / f"{case}.{language}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(rendered.text + "\n", encoding="utf-8")
    assert rendered.text + "\n" == page.read_text(encoding="utf-8")


def test_every_golden_page_belongs_to_a_case() -> None:
    assert {page.name for page in GOLDEN.glob("*.md")} == {
        f"{case}.{language}.md" for case in CASES for language in ("tr", "en")
    }
