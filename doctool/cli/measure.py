"""`doctool measure`: measure and keep the records."""

from __future__ import annotations

import argparse
import json

from doctool.cli.effort import effort_of
from doctool.cli.progress import shown_progress
from doctool.errors import UsageError
from doctool.plan.targets import targets_of_mechanisms
from doctool.project import find_project
from doctool.records import encode
from doctool.refresh.pipeline import measure, targets_here
from doctool.system import files


def run(options: argparse.Namespace) -> int:
    """Measure what is asked for and print where the records are."""
    project = find_project(options.project)
    targets = targets_here(project)
    force = options.force or options.output is not None
    wanted = targets_of_mechanisms(
        project, targets, options.mechanisms, options.workload, force=force, quick_is_enough=options.quick
    )
    if options.output is not None and len(wanted) != 1:
        names = ", ".join(str(target.need) for target in wanted)
        raise UsageError(f"-o takes one record, and this measures {len(wanted)} ({names}); name MECH and --workload")
    with shown_progress() as report:
        saved = measure(project, targets, wanted, effort_of(options, project), report)
    if options.output is not None:
        files.write_bytes(options.output, encode(saved[0]))
    paths = [project.relative(project.records.path_of(record)) for record in saved]
    if options.json:
        print(json.dumps({"records": paths}, ensure_ascii=False, indent=2))
    else:
        for path in paths:
            print(path)
        if not paths:
            print("everything asked for is measured and current; use --force to measure it again")
    return 0
