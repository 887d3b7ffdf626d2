"""`doctool init`: propose a doctool.yaml."""

from __future__ import annotations

import argparse
import json
import sys

from doctool.errors import UsageError
from doctool.project.root import FILE_NAME
from doctool.proposal import propose_config
from doctool.system import files


def run(options: argparse.Namespace) -> int:
    """Write the proposal, unless there is a file already."""
    path = options.project.resolve() / FILE_NAME
    if path.exists() and not options.force:
        raise UsageError("this exists already; edit it, or use --force to overwrite it", file=str(path))
    text = propose_config(path.parent)
    files.write_bytes(path, text.encode())
    if options.json:
        print(json.dumps({"file": str(path)}))
    else:
        print(text, end="")
        print(f"\nwritten to {path}; next: edit it, then `doctool detect`", file=sys.stderr)
    return 0
