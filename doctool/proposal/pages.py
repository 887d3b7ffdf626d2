"""The documents of a repository that leave numbers open, and what they speak of."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from doctool import document, git
from doctool.errors import DoctoolError
from doctool.system.reading import read_file
from doctool.vocabulary import Vocabulary, normalise

_SKIPPED = frozenset({"node_modules", "site-packages", "build", "dist", "venv", "env"})
_ENDINGS = (".md", ".markdown")
_TURKISH = "ğışĞİŞ"
_LIMIT_S = 4.0
_MOST_BYTES = 4_000_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A document with open numbers.

    Args:
        name: Relative to the project root.
        language: The language it is probably in.
        text: Its text.
        words: The same, normalised, with a blank on either side.
        headings: The nearest heading of each table that leaves something open.
    """

    name: str
    language: str
    text: str
    words: str
    headings: tuple[str, ...]

    def names(self, name: str) -> bool:
        """Whether an identifier occurs in it, as it is written in the code."""
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text, re.IGNORECASE) is not None

    def speaks_of(self, name: str) -> bool:
        """Whether the words of a name occur in it."""
        return f" {normalise(name)} " in self.words


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Args:
        found: The documents.
        unread: How many files were left unread because the time ran out.
    """

    found: tuple[Page, ...]
    unread: int = 0


def files_below(root: Path) -> list[str]:
    """Return the files of a project that git tracks or would track; without git, all that are not hidden."""
    with_git = _from_git(root)
    if with_git is not None:
        return with_git
    found = []
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        found += [Path(directory, name).relative_to(root).as_posix() for name in sorted(names)]
    return found


def _from_git(root: Path) -> list[str] | None:
    try:
        return git.project_files(root) if git.repository_root(root) is not None else None
    except DoctoolError:
        return None


def read_pages(root: Path, files: list[str], vocabulary: Vocabulary, report: Callable[[int, int], None]) -> Pages:
    """Find the Markdown files that hold a placeholder.

    Args:
        root: The project root.
        files: Files of the project, relative to it.
        vocabulary: The words that doctool knows.
        report: Told how many files were read.
    """
    names = [name for name in files if name.lower().endswith(_ENDINGS)]
    end = time.monotonic() + _LIMIT_S
    found: list[Page] = []
    for number, name in enumerate(names):
        if time.monotonic() > end:
            return Pages(found=tuple(found), unread=len(names) - number)
        found += _page(root, name, vocabulary)
        report(number + 1, len(names))
    return Pages(found=tuple(found))


def _page(root: Path, name: str, vocabulary: Vocabulary) -> Iterator[Page]:
    try:
        data = read_file(root / name, inside=root, limit=_MOST_BYTES)
        if not document.may_matter(data, vocabulary):
            return
        parsed = document.parse(data, name, vocabulary)
        is_open = any(placeholder.place in {"table", "line"} for placeholder in parsed.placeholders)
    except (OSError, DoctoolError):
        return
    if is_open:
        text = data.decode("utf-8", "replace")
        yield Page(
            name=name,
            language="tr" if any(letter in text for letter in _TURKISH) else "en",
            text=text,
            words=f" {normalise(text)} ",
            headings=tuple(_headings(parsed)),
        )


def _headings(parsed: document.Document) -> Iterator[str]:
    lines = {placeholder.line for placeholder in parsed.placeholders if placeholder.place == "table"}
    for table in parsed.outline.tables:
        if table.headings and any(table.start < line <= table.end for line in lines):
            yield table.headings[-1].text
