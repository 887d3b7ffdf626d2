"""Get the current records of some mechanisms, measure what is missing, print and save them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from doctool.cli.main import run_safely
from doctool.cli.parser import duration
from doctool.cli.progress import shown_progress
from doctool.measure import Effort, measure, targets_here
from doctool.plan import choose
from doctool.plan.targets import targets_of_mechanisms
from doctool.project import find_project
from doctool.records import OFF, ON, Record, Result
from doctool.system import files
from doctool.terms.metrics import metric_of
from doctool.terms.units import format_quantity

RESULTS_FILE = Path("benchmark_results.json")


def run_script(description: str, mechanisms: Sequence[str]) -> int:
    """Run one of the guide's scripts: parse its options, measure, print, save.

    Args:
        description: What the script does, for `--help`.
        mechanisms: The mechanisms it measures, as named in doctool.yaml.

    Returns:
        The exit code: 0, or that of the error.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--budget", type=duration, metavar="TIME", help="time for measuring, as 90s, 15m or 2h")
    parser.add_argument("--quick", action="store_true", help="few processes: bounds, never claims")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS_FILE, metavar="FILE", help="where results go")
    options = parser.parse_args()

    def measure_and_tell() -> int:
        records = _measure(mechanisms, options.budget, is_quick=options.quick)
        results = json.dumps(summarise(records), indent=2, ensure_ascii=False)
        files.write_bytes(options.output, results.encode() + b"\n")
        for line in describe(records):
            print(line)
        print(f"\nwritten to {options.output}")
        return 0

    return run_safely(measure_and_tell)


def _measure(mechanisms: Sequence[str], budget_s: float | None, *, is_quick: bool) -> list[Record]:
    project = find_project(Path(__file__).parent)
    targets = targets_here(project)
    effort = Effort(budget_s=budget_s or project.config.budget_s, is_quick=is_quick)
    wanted = targets_of_mechanisms(project, targets, mechanisms, [], force=True)
    missing = targets_of_mechanisms(project, targets, mechanisms, [], force=False, quick_is_enough=is_quick)
    with shown_progress() as report:
        measure(project, targets, missing, effort, report)
    found = (choose(project.records, target) for target in wanted)
    return [record for record in found if record is not None]


def describe(records: Iterable[Record]) -> Iterable[str]:
    """Return the records as lines for a person: each metric off, on, and the verdict."""
    for record in records:
        hardware = record.environment.get("gpu") or record.environment.get("cpu", "unknown hardware")
        yield f"\n{record.mechanism}, {record.workload}  (record {record.id}, {hardware})"
        if record.refusal is not None:
            yield f"  not measured: {record.refusal.reason}"
        for key, result in record.metrics.items():
            yield f"  {key:<24} " + "   ".join(_cells(key, result))


def _cells(key: str, result: Result) -> Iterable[str]:
    unit = metric_of(key).shown_in
    for arm in (OFF, ON):
        if arm in result.arms:
            yield f"{arm} {format_quantity(result.arms[arm].value, unit, 'en')}"
    if result.comparison is not None:
        change = result.comparison
        yield f"{change.verdict.value} ({change.low:+.1%} to {change.high:+.1%})"
    if result.reason is not None:
        yield f"no number: {result.reason}"


def summarise(records: Iterable[Record]) -> dict[str, Any]:
    """Return the records as the JSON object of `benchmark_results.json`; values in SI base units."""
    return {
        f"{record.mechanism}/{record.workload}": {
            "record": record.id,
            "started": record.started,
            "environment": record.environment,
            "not_measured": record.refusal.reason if record.refusal else None,
            "metrics": {key: _plain(result) for key, result in record.metrics.items()},
        }
        for record in records
    }


def _plain(result: Result) -> dict[str, Any]:
    change = result.comparison
    return {
        "unit": result.unit,
        **{arm: {"value": one.value, "low": one.low, "high": one.high} for arm, one in result.arms.items()},
        "change": {"value": change.change, "low": change.low, "high": change.high, "verdict": change.verdict.value}
        if change
        else None,
    }
