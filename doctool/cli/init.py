"""`doctool init`: propose a doctool.yaml."""

from __future__ import annotations

import argparse
import json
import sys

from doctool.errors import UsageError
from doctool.project.config import Config
from doctool.project.root import FILE_NAME
from doctool.proposal import propose_config
from doctool.system import files


def run(options: argparse.Namespace) -> int:
    """Write the proposal, unless there is a file already."""
    path = options.project.resolve() / FILE_NAME
    if path.exists() and not options.force:
        raise UsageError("this exists already; edit it, or use --force to overwrite it", file=str(path))
    text, config = propose_config(path.parent, _Reporter())
    files.write_bytes(path, text.encode())
    if options.json:
        print(json.dumps({"file": str(path)}))
    else:
        print(text, end="")
    print(f"\nwritten to {path}; {_next(config)}", file=sys.stderr)
    return 0


def _next(config: Config) -> str:
    """What to do now, in one sentence."""
    if not config.workloads:
        return "next: name what is to be built under 'workloads', as its comments say"
    if not config.documents:
        return (
            "next: write a table with TBD where a number belongs, name its file under 'documents', then "
            "`doctool refresh --all --quick`"
        )
    return "next: look at the sizes under 'args', then `doctool refresh --all --quick`"


class _Reporter:
    """Prints what is being done, each thing once: counts go on in place on a terminal only."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, doing: str) -> None:
        words = doing.rstrip("0123456789/ ")
        if sys.stderr.isatty():
            print(f"\r\x1b[K{doing}", end="", file=sys.stderr, flush=True)
        elif words != self._last:
            print(f"{words} …", file=sys.stderr, flush=True)
        self._last = words
