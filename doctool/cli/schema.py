"""`doctool schema`: the JSON Schemas, from the types that read the files."""

from __future__ import annotations

import argparse

from doctool.cli.output import say_text
from doctool.project.schemas import schema_text


def run(options: argparse.Namespace) -> int:
    """Print one schema."""
    say_text(schema_text(options.kind))
    return 0
