"""`doctool gc`: find the records that nothing needs any more; remove them if asked."""

from __future__ import annotations

import argparse

from doctool.cli.documents import unlisted_documents
from doctool.cli.output import say, say_json
from doctool.compare.garbage import STALE, Sorted, sort_records
from doctool.project import find_project

_WHY = {STALE: "of code that has changed since", "superseded": "a later one of the same code has taken its place"}


def run(options: argparse.Namespace) -> int:
    """List what is garbage, or remove it; never what a document shows or no commit holds."""
    project = find_project(options.project)
    found = sort_records(project, (*project.config.documents, *unlisted_documents(project)))
    garbage = [one for one in found if one.is_garbage]
    if options.delete:
        for one in garbage:
            for file in one.files:
                file.unlink(missing_ok=True)
    if options.json:
        say_json({"deleted": options.delete, "records": [_to_json(one, project.relative(one.path)) for one in found]})
        return 0
    for one in garbage:
        say(f"{project.relative(one.path)}: {_WHY[one.why]}")
    size = sum(one.size_bytes for one in garbage) / 1e6
    kept = len(found) - len(garbage)
    done = "removed" if options.delete else "would be removed"
    say(f"{len(garbage)} of {len(found)} records {done}, {size:.1f} MB; {kept} kept")
    if garbage:
        say(
            "commit the removal; the commits that brought them keep them for `doctool history`"
            if options.delete
            else "no document shows them, and the commits that brought them keep them; --delete removes the files"
        )
    return 0


def _to_json(one: Sorted, file: str) -> dict[str, object]:
    return {
        "file": file,
        "record": one.record.id,
        "mechanism": one.record.mechanism,
        "workload": one.record.workload,
        "garbage": one.is_garbage,
        "why": one.why,
        "bytes": one.size_bytes,
    }
