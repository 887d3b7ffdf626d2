"""`doctool explain`: where a figure comes from."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from doctool.cli.output import say, say_json
from doctool.errors import UsageError
from doctool.explain import explain, to_json, to_lines
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Print the origin of every figure on the line."""
    document, _, line = options.place.rpartition(":")
    if not document or re.fullmatch(r"[1-9][0-9]{0,9}", line) is None:
        raise UsageError(f"{options.place!r} is no place; write DOC:LINE, for example docs/PERFORMANCE.md:42")
    project = find_project(options.project)
    origins = explain(project, project.relative(Path(document)), int(line))
    if options.json:
        say_json(to_json(origins))
    else:
        *lines, _ = to_lines(origins)
        for line in lines:
            say(line)
    return 0
