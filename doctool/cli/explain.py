"""`doctool explain`: where a figure comes from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from doctool.errors import UsageError
from doctool.explain import explain, to_json, to_lines
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Print the origin of every figure on the line."""
    document, _, line = options.place.rpartition(":")
    if not document or not line.isdigit() or int(line) < 1:
        raise UsageError(f"{options.place!r} is no place; write DOC:LINE, for example docs/PERFORMANCE.md:42")
    project = find_project(options.project)
    origins = explain(project, project.relative(Path(document)), int(line))
    if options.json:
        print(json.dumps(to_json(origins), ensure_ascii=False, indent=2))
    else:
        print("\n".join(to_lines(origins)).rstrip())
    return 0
