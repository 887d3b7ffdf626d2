"""What does it cost until a true 5 % change is claimed, and how often is a change claimed where there is none?

Asked of doctool, of `torch.utils.benchmark.Timer`, of pyperf and of the mean of sequential runs, about the same work of
which the truth is known, in one run and in random order. Every question starts fresh processes, and its time counts
from there. `--record` keeps the answers as a record, which `doctool refresh` puts into the documents.

The rules, as their users apply them:
    doctool: the protocol, as for any mechanism.
    pyperf: `pyperf timeit --fast` for each arm, then `pyperf compare_to`, which calls a difference significant or not.
    torch Timer: `blocked_autorange(min_run_time=1)` for each arm in one process; their quartile ranges do not overlap.
    sequential mean: 30 calls of one arm, then 30 of the other; the means differ by 1 %.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics as descriptive
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool import statistics
from doctool.project import find_project
from doctool.records import Trial
from doctool.sampling import Limits
from doctool.selftest import TRUE_CHANGE, USUAL, SessionResult, run_session, save_trials, trials_of
from doctool.selftest.session import BATCH, RUNGS, WIDTH

ROOT = Path(__file__).resolve().parents[1]
OURS = "doctool"
_LINE = 0.01
_CALLS = 30
_MORE = round(RUNGS * (1 + TRUE_CHANGE))
_SETUP = (
    "import torch; torch.set_num_threads(1); torch.set_grad_enabled(False); torch.manual_seed(0); "
    "from doctool.selftest.ladder import Ladder; "
    f"value = torch.randn({BATCH}, {WIDTH}); ladder = Ladder({{rungs}}, {WIDTH})"
)


def ask_doctool(budget_s: float) -> tuple[tuple[Trial, ...], SessionResult]:
    """Run one session, which answers both questions."""
    result = run_session(USUAL, Limits(budget_s=budget_s), lambda _: None)
    return tuple(trial for trial in trials_of(result) if trial.rule == OURS), result


def ask_timer() -> Iterator[Trial]:
    """Ask `torch.utils.benchmark.Timer`."""
    for truth, rungs in ((0.0, RUNGS), (TRUE_CHANGE, _MORE)):
        yield _ask_child("torch Timer", truth, rungs)


def ask_mean() -> Iterator[Trial]:
    """Ask the mean of sequential runs."""
    for truth, rungs in ((0.0, RUNGS), (TRUE_CHANGE, _MORE)):
        yield _ask_child("sequential mean", truth, rungs)


def _ask_child(rule: str, truth: float, rungs: int) -> Trial:
    began = time.monotonic()
    argv = [sys.executable, __file__, "--answer", rule, "--rungs", str(rungs)]
    done = subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    answer = json.loads(done.stdout)
    return Trial(rule=rule, truth=truth, seconds=round(time.monotonic() - began, 3), **answer)


def ask_pyperf() -> Iterator[Trial]:
    """Time three arms, two of them equal, and ask `compare_to` about both pairs."""
    import pyperf  # noqa: PLC0415 - a peer, needed for this rule only

    with tempfile.TemporaryDirectory() as directory:
        files, seconds = [], []
        for number, rungs in enumerate((RUNGS, RUNGS, _MORE)):
            began = time.monotonic()
            file = Path(directory) / f"{number}.json"
            setup = f"import sys; sys.path.append({str(ROOT)!r}); " + _SETUP.format(rungs=rungs)
            argv = [sys.executable, "-m", "pyperf", "timeit", "--fast", "-q", "-o", str(file), "-s", setup]
            subprocess.run([*argv, "ladder(value)"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            files.append(file)
            seconds.append(time.monotonic() - began)
        runs = [pyperf.Benchmark.load(str(file)) for file in files]
        for truth, (off, on) in ((0.0, (0, 1)), (TRUE_CHANGE, (1, 2))):
            argv = [sys.executable, "-m", "pyperf", "compare_to", str(files[off]), str(files[on])]
            words = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout
            yield Trial(
                rule="pyperf",
                truth=truth,
                change=runs[on].mean() / runs[off].mean() - 1,
                is_claim="not significant" not in words.lower(),
                seconds=round(seconds[off] + seconds[on], 3),
                samples=sum(runs[arm].get_nvalue() * runs[arm].get_loops() for arm in (off, on)),
            )


def answer_as_timer(rungs: int) -> Mapping[str, object]:
    """Be the child that `torch.utils.benchmark.Timer` runs in."""
    from torch.utils.benchmark import Timer  # noqa: PLC0415 - only in the child

    off, on = (
        Timer("ladder(value)", setup=_SETUP.format(rungs=count)).blocked_autorange(min_run_time=1)
        for count in (RUNGS, rungs)
    )
    return {
        "change": on.median / off.median - 1,
        "is_claim": _quartiles(on.times)[0] > _quartiles(off.times)[2]
        or _quartiles(on.times)[2] < _quartiles(off.times)[0],
        "samples": sum(len(arm.times) * arm.number_per_run for arm in (off, on)),
    }


def _quartiles(times: Sequence[float]) -> list[float]:
    return descriptive.quantiles(times, n=4, method="inclusive")


def answer_as_mean(rungs: int) -> Mapping[str, object]:
    """Be the child that takes the mean of sequential runs."""
    means = []
    for count in (RUNGS, rungs):
        scope: dict[str, Callable[..., object]] = {}
        exec(_SETUP.format(rungs=count), scope)
        ladder, value = scope["ladder"], scope["value"]
        ladder(value)
        began = time.perf_counter()
        for _ in range(_CALLS):
            ladder(value)
        means.append((time.perf_counter() - began) / _CALLS)
    change = means[1] / means[0] - 1
    return {"change": change, "is_claim": abs(change) > _LINE, "samples": 2 * _CALLS}


def ask_all(rounds: int, budget_s: float) -> tuple[list[Trial], SessionResult]:
    """Ask every rule in every round, in random order."""
    trials: list[Trial] = []
    session = None
    draw = random.Random(0)
    for number in range(rounds):
        rules = [OURS, ask_timer, ask_mean, ask_pyperf]
        draw.shuffle(rules)
        for rule in rules:
            if callable(rule):
                trials += rule()
            else:
                answers, session = ask_doctool(budget_s)
                trials += answers
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    assert session is not None
    return trials, session


def main() -> None:
    """Print what every rule said, and what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--record", action="store_true", help="keep the answers as a record of this repository")
    parser.add_argument("--rounds", type=int, default=10, help="times that every rule is asked (10)")
    parser.add_argument("--budget", type=float, default=90.0, help="seconds for each of doctool's sessions (90)")
    parser.add_argument("--answer", help=argparse.SUPPRESS)
    parser.add_argument("--rungs", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        answer = answer_as_timer if options.answer == "torch Timer" else answer_as_mean
        print(json.dumps(answer(options.rungs)))
        return
    started = datetime.now(UTC)
    trials, session = ask_all(options.rounds, options.budget)
    if options.record:
        command = f"python benchmarks/claim_cost.py --rounds {options.rounds} --budget {options.budget:g} --record"
        environment = session.environment
        path = save_trials(find_project(ROOT), trials, started=started, environment=environment, command=command)
        print(f"recorded {path.relative_to(ROOT)}", file=sys.stderr)
    rules = {rule.rule: rule for rule in statistics.summarise_trials(trials)}
    if options.json:
        print(json.dumps(_as_object(rules)))
        return
    for name, rule in rules.items():
        cost = "no right claim" if rule.seconds is None else f"{rule.seconds:.1f} s and {rule.samples:.0f} calls each"
        false = f"equal arms called different {rule.false} of {rule.null}"
        print(f"{name}: {false}; 5 % more work called slower {rule.found} of {rule.positive}, {cost}")


def _as_object(rules: Mapping[str, statistics.RuleSummary]) -> dict[str, object]:
    ours = rules.get(OURS)
    ratios = {}
    for name, rule in rules.items():
        if name != OURS and ours is not None and ours.seconds is not None and rule.seconds is not None:
            ratios[f"claim/{name}/5%"] = ours.seconds / rule.seconds
    return {
        "ratios": ratios,
        "meaning": "seconds per right claim, > 1 = ours is slower; read it beside the false claims of each rule",
        "rules": {
            name: {
                "null": {"comparisons": rule.null, "claims": rule.false},
                "positive": {"comparisons": rule.positive, "claims": rule.found},
                "seconds_per_right_claim": rule.seconds,
                "calls_per_right_claim": rule.samples,
            }
            for name, rule in rules.items()
        },
    }


if __name__ == "__main__":
    main()
