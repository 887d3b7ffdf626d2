"""`doctool schema`: the JSON Schemas, from the types that read the files."""

from __future__ import annotations

import argparse

from doctool.project.schemas import schema_text


def run(options: argparse.Namespace) -> int:
    """Print one schema."""
    print(schema_text(options.kind), end="")
    return 0
