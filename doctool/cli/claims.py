"""`doctool claims`: numbers with a performance unit that no record backs."""

from __future__ import annotations

import argparse
import json

from doctool import document
from doctool.cli.documents import documents_of
from doctool.plan.pages import read_document
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Print every claim with its place and the sentence around it."""
    project = find_project(options.project)
    vocabulary = project.vocabulary
    rows = []
    for name in documents_of(options, project):
        parsed = document.parse(read_document(project.root / name, name), name, vocabulary)
        rows += [(name, claim) for claim in document.find_claims(parsed)]
    if options.json:
        claims = [
            {
                "file": name,
                "line": claim.line,
                "value": claim.value,
                "unit": claim.unit,
                "text": claim.text,
                "backed": False,
                "allowed": claim.allowed,
            }
            for name, claim in rows
        ]
        print(json.dumps({"claims": claims}, ensure_ascii=False, indent=2))
        return 0
    for name, claim in rows:
        note = f"  (allowed: {claim.allowed})" if claim.allowed else ""
        print(f"{name}:{claim.line}: {claim.value} {claim.unit}{note}\n    {claim.text}")
    if not rows:
        print("no number with a performance unit outside the regions")
    return 0
