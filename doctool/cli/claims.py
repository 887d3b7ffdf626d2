"""`doctool claims`: numbers with a performance unit that no record backs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from doctool import document
from doctool.check.claims import find_claims
from doctool.cli.documents import documents_of
from doctool.cli.output import say, say_json
from doctool.document import Claim
from doctool.errors import DocumentError, UsageError
from doctool.plan.pages import read_document
from doctool.project import find_project, has_root
from doctool.render.pages import DocumentRenderer
from doctool.system.reading import DOCUMENT_BYTES, read_file
from doctool.vocabulary import build_vocabulary


def run(options: argparse.Namespace) -> int:
    """Print every claim with its place and the sentence around it."""
    rows = list(_find(options))
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
        say(f"{name}:{claim.line}: {claim.quantity}{note}")
        say(f"    {claim.text}")
    if not rows:
        say("no unbacked number with a performance unit")
    return 0


def _find(options: argparse.Namespace) -> Iterator[tuple[str, Claim]]:
    """Yield the claims of each document with its name; documents that are named need no `doctool.yaml`."""
    if options.all or has_root(options.project):
        project = find_project(options.project)
        for name in documents_of(options, project):
            parsed = document.parse(read_document(project, name), name, project.vocabulary)
            yield from ((name, claim) for claim in find_claims(parsed, DocumentRenderer.of_shown(project, parsed)))
    elif options.documents:
        vocabulary = build_vocabulary({}, {})
        for path in dict.fromkeys(options.documents):
            name = path.as_posix()
            try:
                data = read_file(path, inside=None, limit=DOCUMENT_BYTES)
            except OSError as problem:
                raise DocumentError(f"this document cannot be read: {problem.strerror}", file=name) from problem
            parsed = document.parse(data, name, vocabulary)
            yield from ((name, claim) for claim in document.find_claims(parsed))
    else:
        raise UsageError("name a document; --all needs a doctool.yaml that lists them")
