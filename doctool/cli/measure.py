"""`doctool measure`: measure and keep the records."""

from __future__ import annotations

import argparse
import json
import sys

from doctool.cli.effort import effort_of
from doctool.cli.progress import shown_progress
from doctool.errors import UsageError
from doctool.measure import measure, remedy_for, targets_here
from doctool.plan.targets import targets_of_mechanisms
from doctool.project import find_project
from doctool.records import encode
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
        print(postponed, file=sys.stderr)
    if measured.postponed:
        print(remedy_for({postponed.reason for postponed in measured.postponed}), file=sys.stderr)
    if options.output is not None and saved:
        files.write_bytes(options.output, encode(saved[0]))
    paths = [project.relative(project.records.path_of(record)) for record in saved]
    if options.json:
        print(json.dumps({"records": paths}, ensure_ascii=False, indent=2))
    else:
        for path in paths:
            print(path)
        if not paths and not measured.postponed:
            print("everything asked for is measured and current; use --force to measure it again")
    return NOT_MEASURED if measured.postponed else 0
