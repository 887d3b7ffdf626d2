"""`doctool init`: propose a doctool.yaml."""

from __future__ import annotations

import argparse

from doctool.cli.output import say_json, say_text, tell
from doctool.errors import UsageError
from doctool.project.config import Config
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
    text, config = propose_config(path.parent, _Reporter())
    files.write_bytes(path, text.encode())
    if options.json:
        say_json({"file": str(path)}, indent=None)
    else:
        say_text(text)
    tell("")
    tell(f"written to {path}; {_next(config)}")
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
    """Tells what is being done, each thing once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, doing: str) -> None:
        words = doing.rstrip("0123456789/ ")
        if words != self._last:
            tell(f"{words} …")
        self._last = words
