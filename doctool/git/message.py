"""The words of a commit: a subject, the figures that changed, and trailers that lead back to the measurements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

_SUBJECT_WIDTH = 72


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that changed.

    Args:
        what: What it is, in words: "hem, decode, block latency".
        old: What the document said, with unit; None if it said nothing.
        new: What it says now, with unit.
        verdict: What that means, in words; None for a figure that is compared with nothing.
    """

    what: str
    old: str | None
    new: str
    verdict: str | None = None


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where the figures come from.

    Args:
        records: Ids of the records.
        hardware: Names of the machines that measured.
        measured_commits: Commits of the code that was measured.
    """

    records: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()
    measured_commits: tuple[str, ...] = ()


def build_message(
    headlines: Sequence[Headline],
    provenance: Provenance,
    *,
    subject: str | None = None,
    documents: Sequence[str] = (),
) -> str:
    """Return the message of a commit.

    Args:
        headlines: The figures that changed, in the order in which they are to be listed.
        provenance: Where they come from.
        subject: The user's own message, which may have a body; it replaces the subject.
        documents: Names of the documents that changed.
    """
    body = "\n".join(map(_line_of, headlines))
    trailers = "\n".join(
        f"{key}: {_one_line(value)}"
        for key, values in (
            ("Doctool-Record", provenance.records),
            ("Doctool-Hardware", provenance.hardware),
            ("Doctool-Measured-Commit", provenance.measured_commits),
        )
        for value in dict.fromkeys(values)
    )
    own = (subject or "").strip() or _subject_of(documents)
    return "\n\n".join(part for part in (own, body, trailers) if part) + "\n"


def _subject_of(documents: Sequence[str]) -> str:
    what = f"{len(documents)} documents" if len(documents) > 1 else "".join(PurePosixPath(d).name for d in documents)
    subject = f"docs(perf): update the figures in {_one_line(what)}"
    return subject if what and len(subject) <= _SUBJECT_WIDTH else "docs(perf): update the measured figures"


def _line_of(headline: Headline) -> str:
    change = headline.new if headline.old is None else f"{headline.old} → {headline.new}"
    verdict = f" ({headline.verdict})" if headline.verdict else ""
    return _one_line(f"- {headline.what}: {change}{verdict}")


def _one_line(text: str) -> str:
    """Keep a value from ending its line: a trailer's second line would be taken for another one."""
    return " ".join(text.split())
