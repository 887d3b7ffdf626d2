"""`doctool init`: propose a doctool.yaml."""

from __future__ import annotations

import argparse

from doctool.cli.output import say_json, say_text, tell
from doctool.errors import UsageError
from doctool.project.root import FILE_NAME
from doctool.proposal import propose_config
from doctool.system import files


def run(options: argparse.Namespace) -> int:
    """Write the proposal, unless there is a file already."""
    path = options.project.resolve() / FILE_NAME
    if path.is_symlink():
        raise UsageError("this is a link, and what it leads to would be overwritten; remove the link", file=str(path))
    if path.exists() and not options.force:
        raise UsageError("this exists already; edit it, or use --force to overwrite it", file=str(path))
    text = propose_config(path.parent)
    files.write_bytes(path, text.encode())
    if options.json:
        say_json({"file": str(path)}, indent=None)
    else:
        say_text(text)
        tell("")
        tell(f"written to {path}; next: edit it, then `doctool detect`")
    return 0
