"""`doctool measure`: measure and keep the records."""

from __future__ import annotations

import argparse

from doctool.cli.effort import effort_of
from doctool.cli.output import say, say_json, tell
from doctool.cli.progress import shown_progress
from doctool.errors import UsageError
from doctool.measure import measure, remedy_for, targets_here
from doctool.plan.targets import targets_of_mechanisms
from doctool.project import find_project
from doctool.records import encode
from doctool.records.store import signature_path
from doctool.system import files

NOT_MEASURED = 1


def run(options: argparse.Namespace) -> int:
    """Measure what is asked for and print where the records are."""
    project = find_project(options.project)
    targets = targets_here(project)
    force = options.force or options.output is not None
    effort = effort_of(options, project)
    wanted = targets_of_mechanisms(
        project, targets, options.mechanisms, options.workload, force=force, quick_is_enough=effort.is_rough
    )
    if options.output is not None and len(wanted) != 1:
        names = ", ".join(str(target.need) for target in wanted)
        raise UsageError(f"-o takes one record, and this measures {len(wanted)} ({names}); name MECH and --workload")
    with shown_progress() as report:
        measured = measure(project, targets, wanted, effort, report)
    saved = measured.records
    for postponed in measured.postponed:
        tell(str(postponed))
    if measured.postponed:
        tell(remedy_for({postponed.reason for postponed in measured.postponed}))
    if options.output is not None and saved:
        files.write_bytes(options.output, encode(saved[0]))
        if options.sign:
            signature = signature_path(project.records.path_of(saved[0])).read_bytes()
            files.write_bytes(signature_path(options.output), signature)
    paths = [project.relative(project.records.path_of(record)) for record in saved]
    if options.json:
        say_json({"records": paths})
    else:
        for path in paths:
            say(path)
        if not paths and not measured.postponed:
            say("everything asked for is measured and current; use --force to measure it again")
    return NOT_MEASURED if measured.postponed else 0
