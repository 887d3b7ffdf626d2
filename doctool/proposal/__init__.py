"""Propose a `doctool.yaml` for a repository that has none.

Reads source and documents; runs none of it, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from doctool.errors import UsageError
from doctool.project.config import Config
from doctool.project.loading import parse_config
from doctool.proposal.choosing import choose
from doctool.proposal.pages import files_below, read_pages
from doctool.proposal.writing import write_config
from doctool.vocabulary import build_vocabulary

__all__ = ["propose_config"]


def propose_config(root: Path, report: Callable[[str], None] = lambda _: None) -> tuple[str, Config]:
    """Return the text of a `doctool.yaml`, with comments, ready to edit; and what it says.

    Args:
        root: Root of the repository.
        report: Told what is being done, as that goes on.

    Raises:
        UsageError: If no Python package is found.
        ConfigError: If what was found cannot be written down; then nothing is to be written.
    """
    files = files_below(root)
    vocabulary = build_vocabulary({}, {})
    pages = read_pages(root, files, vocabulary, lambda done, total: report(f"reading documents {done}/{total}"))
    proposal = choose(root, files, pages, report)
    if proposal is None:
        raise UsageError(
            "no Python package was found here; run this in the repository's root, or write doctool.yaml "
            "by hand: `doctool schema config` prints what it may hold",
            file=str(root),
        )
    text = write_config(proposal, pages)
    return text, parse_config(text)
