"""`doctool selftest`: try the measurement out on arms of which the truth is known."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from doctool.cli.output import say, say_json, tell
from doctool.cli.progress import shown_progress
from doctool.project import find_project
from doctool.sampling import Limits
from doctool.selftest import (
    FAULTS,
    LOADED,
    TRUE_CHANGE,
    USUAL,
    Count,
    HostVerdict,
    SessionResult,
    Situation,
    Tally,
    judge_host,
    run_session,
    save_trials,
    tally,
    trials_of,
)
from doctool.system import files

FAILED = 1
NO_ANSWER = 30
"""Exit code where no session of the main situation gave a comparison."""


def run(options: argparse.Namespace) -> int:
    """Run all sessions, print what was said and what is true, and judge the host."""
    main = LOADED if options.loaded else USUAL
    project = find_project(options.project) if options.record else None
    started = datetime.now(UTC)
    limits = Limits(budget_s=options.budget)
    results: dict[Situation, list[SessionResult]] = {}
    with shown_progress() as report:
        for situation in _plan(main, options.sessions, options.faults):
            results.setdefault(situation, []).append(run_session(situation, limits, report))
            if options.output is not None:
                # After each session: an interruption loses the one that runs.
                files.write_bytes(options.output, _encode(results))
    if project is not None:
        trials = [trial for result in results[main] for trial in trials_of(result)]
        command = f"doctool selftest{' --loaded' * options.loaded} --sessions {options.sessions} --record"
        environment = results[main][0].environment
        path = save_trials(project, trials, started=started, environment=environment, command=command)
        tell(f"recorded {project.relative(path)}")
    tallies = {situation: tally(sessions) for situation, sessions in results.items()}
    host = judge_host([session.replicates for session in results[main]])
    if options.json:
        say_json(_as_json(main, tallies, host))
    else:
        for line in _as_text(main, tallies, host):
            say(line)
    if not all(count.holds for count in tallies.values()):
        return FAILED
    return 0 if tallies[main].has_answer else NO_ANSWER


def _plan(main: Situation, sessions: int, faults: int) -> Iterable[Situation]:
    yield from [main] * sessions
    for fault in FAULTS:
        if fault != main:
            yield from [fault] * faults


def _as_text(main: Situation, tallies: Mapping[Situation, Tally], host: HostVerdict | None) -> Iterable[str]:
    rules = tuple(dict.fromkeys(rule for count in tallies.values() for rule in count.naive))
    change = f"{TRUE_CHANGE:.0%} more"
    rows = [("situation", "rule", "equal arms called different", f"{change} work called slower", "undecided", "wrong")]
    for situation, count in tallies.items():
        said = (str(count.undecided), str(count.wrong) if count.keeps_order else "-")
        rows.append((situation.name, "doctool", _of(count.null), _of(count.positive), *said))
        rows += [("", rule, _of(count.naive[rule][0]), _of(count.naive[rule][1]), "", "") for rule in rules]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    unmeasured = sum(count.unmeasured for count in tallies.values())
    if unmeasured:
        yield f"{unmeasured} sessions gave no comparison: the machine was too busy or the time too short"
    if host is not None:
        yield str(host)
    false = [situation.name for situation, count in tallies.items() if not count.holds]
    if false:
        yield f"FAILED: wrong verdicts ({', '.join(false)})"
    elif tallies[main].has_answer:
        yield "no wrong verdict"
    else:
        yield "NO ANSWER: no session gave a comparison; allow more time (--budget), or stop whatever else is running"


def _of(count: Count) -> str:
    return f"{count.claims} of {count.comparisons}"


def _as_json(main: Situation, tallies: Mapping[Situation, Tally], host: HostVerdict | None) -> dict[str, Any]:
    faults = {situation.name: _as_object(count) for situation, count in tallies.items() if situation != main}
    verdict = None
    if host is not None:
        verdict = {
            "change": host.change,
            "replicates": host.replicates,
            "seconds": round(host.seconds, 1),
            "spread": host.spread,
            "text": str(host),
        }
    return {**_as_object(tallies[main]), "situation": main.name, "faults": faults, "host": verdict}


def _as_object(count: Tally) -> dict[str, Any]:
    return {
        "null": _count_object(count.null),
        "positive": {**_count_object(count.positive), "undecided": count.undecided, "wrong": count.wrong},
        "naive": {
            rule: {"null": _count_object(null), "positive": _count_object(positive)}
            for rule, (null, positive) in count.naive.items()
        },
        "holds": count.holds if count.has_answer else None,
    }


def _count_object(count: Count) -> dict[str, int]:
    return {"comparisons": count.comparisons, "claims": count.claims}


def _encode(results: Mapping[Situation, Iterable[SessionResult]]) -> bytes:
    """Return all raw samples, so that anyone can count again."""
    sessions = [
        {
            "situation": situation.name,
            "seconds": round(session.seconds, 3),
            "findings": session.findings,
            "refusal": session.refusal,
            "replicates": session.replicates,
        }
        for situation, group in results.items()
        for session in group
    ]
    return msgspec.json.encode({"sessions": sessions}) + b"\n"
