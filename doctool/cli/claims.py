"""`doctool claims`: numbers with a performance unit that no record backs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from doctool import document
from doctool.cli.documents import documents_of
from doctool.plan.pages import read_document
from doctool.errors import UsageError
from doctool.project import find_project, has_root
from doctool.vocabulary import Vocabulary, build_vocabulary


def run(options: argparse.Namespace) -> int:
    """Print every claim with its place and the sentence around it."""
    rows = []
    for path, name, vocabulary in _documents(options):
        parsed = document.parse(read_document(path, name), name, vocabulary)
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
        print(f"{name}:{claim.line}: {claim.quantity}{note}\n    {claim.text}")
    if not rows:
        print("no number with a performance unit outside the regions")
    return 0


def _documents(options: argparse.Namespace) -> Iterator[tuple[Path, str, Vocabulary]]:
    """Yield path, name and words of each document; those that are named need no `doctool.yaml`."""
    if options.all or has_root(options.project):
        project = find_project(options.project)
        for name in documents_of(options, project):
            yield project.root / name, name, project.vocabulary
    elif options.documents:
        vocabulary = build_vocabulary({}, {})
        for path in dict.fromkeys(options.documents):
            yield path, path.as_posix(), vocabulary
    else:
        raise UsageError("name a document; only where there is a doctool.yaml does --all know which ones there are")
