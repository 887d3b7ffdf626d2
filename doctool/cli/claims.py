"""`doctool claims`: numbers with a performance unit that no record backs."""

from __future__ import annotations

import argparse

from doctool import document
from doctool.cli.documents import documents_of
from doctool.cli.output import say, say_json
from doctool.plan.pages import read_document, vocabulary_of
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Print every claim with its place and the sentence around it."""
    project = find_project(options.project)
    vocabulary = vocabulary_of(project.config)
    rows = []
    for name in documents_of(options, project):
        parsed = document.parse(read_document(project, name), name, vocabulary)
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
        say_json({"claims": claims})
        return 0
    for name, claim in rows:
        note = f"  (allowed: {claim.allowed})" if claim.allowed else ""
        say(f"{name}:{claim.line}: {claim.value} {claim.unit}{note}")
        say(f"    {claim.text}")
    if not rows:
        say("no number with a performance unit outside the regions")
    return 0
