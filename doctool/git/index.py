"""Entries of indexes and trees: read, made from bytes, and replaced one by one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from doctool.errors import GitError
from doctool.git.command import ask, names_of, text_of, words_of
from doctool.git.place import Place

LOCK_WAIT_S = 10.0
"""How long somebody else's git may hold the index."""

REGULAR = "100644"
_SCRATCH = "doctool-"
_ABANDONED_AFTER_S = 3600.0


class Entry(msgspec.Struct, frozen=True):
    """A version of a file.

    Args:
        mode: Git's mode, in octal digits.
        object_id: Id of the blob.
    """

    mode: str
    object_id: str


Entries = Mapping[str, Entry | None]
"""Versions by git's names; None where there is no such file."""


def index_entries(place: Place, names: Iterable[str]) -> dict[str, Entry]:
    """Return what the index has of some files; files it does not have are left out."""
    names = tuple(names)
    if not names:
        # Without names git would list everything.
        return {}
    listing = ask(place.top, "ls-files", "--stage", "-z", "--", *names).stdout
    return _parse(listing, lambda words: Entry(words[0], words[1]))


def tree_entries(place: Place, revision: str | None, names: Iterable[str]) -> dict[str, Entry]:
    """Return what a commit has of some files; none, without a commit."""
    names = tuple(names)
    if revision is None or not names:
        return {}
    listing = ask(place.top, "ls-tree", "-z", "--full-tree", revision, "--", *names).stdout
    return _parse(listing, lambda words: Entry(words[0], words[2]))


def read_entry(place: Place, name: str, entry: Entry) -> bytes:
    """Return the content of a version as it would be checked out: line endings and filters applied."""
    return ask(place.top, "cat-file", "--filters", f"--path={name}", entry.object_id).stdout


def store(place: Place, name: str, data: bytes, before: Entry | None) -> Entry:
    """Put bytes of the work tree into the repository, as `git add` would.

    Args:
        place: The work tree.
        name: The file.
        data: Its bytes as they are, or would be, in the work tree.
        before: The version they replace.

    Raises:
        GitError: If a filter refuses them, or the version they replace is no plain file.
    """
    if before is not None and not before.mode.startswith("100"):
        raise GitError(
            "git has this as a link or a submodule, and on disk it is a file; commit that change first", file=name
        )
    filters = ("--no-filters",) if before is not None and _keeps_crlf(place, name, before) else (f"--path={name}",)
    # The user's own check (core.safecrlf) is about what a later checkout would look like; nothing is lost here.
    stored = ask(place.top, "-c", "core.safecrlf=false", "hash-object", "-w", *filters, "--stdin", stdin=data)
    return Entry(before.mode if before is not None else REGULAR, text_of(stored))


def write_entries(place: Place, entries: Entries, *, index: Path | None = None) -> None:
    """Replace entries of an index, or remove them; all others stay as they are.

    Raises:
        GitError: If somebody else keeps the index locked for `LOCK_WAIT_S`.
    """
    if not entries:
        return
    lines = (
        f"{entry.mode} {entry.object_id}\t{name}\0" if entry is not None else f"0 {place.no_object}\t{name}\0"
        for name, entry in entries.items()
    )
    listing = os.fsencode("".join(lines))
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        done = ask(place.top, "update-index", "-z", "--index-info", stdin=listing, index=index, check=False)
        if done.returncode == 0:
            return
        if b"File exists" not in done.stderr:
            raise GitError(f"git cannot change its index: {words_of(done)}")
        if time.monotonic() >= deadline:
            raise GitError(
                f"another git keeps the index locked (waited {LOCK_WAIT_S:g} s), so nothing was committed; if none is "
                f"running any more, remove {place.git_dir / 'index.lock'}"
            )
        time.sleep(0.05)


@contextmanager
def scratch_index(place: Place) -> Iterator[Path]:
    """Give a place for an index of our own, in the git directory, for as long as it is needed."""
    for left in place.git_dir.glob(f"{_SCRATCH}*/"):
        # A git whose doctool was killed may still be at work with its index: without it, it would commit no files.
        if time.time() - left.stat().st_mtime > _ABANDONED_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=place.git_dir, ignore_cleanup_errors=True) as directory:
        yield Path(directory) / "index"


def load_tree(place: Place, revision: str | None, index: Path) -> None:
    """Make an index hold exactly a commit; what the real index knows about the files on disk is kept."""
    index.unlink(missing_ok=True)
    real = place.git_dir / "index"
    if revision is None:
        ask(place.top, "read-tree", "--empty", index=index)
        return
    if real.exists():
        # With its time stamp, by which git knows files that were changed right when it was written.
        shutil.copy2(real, index)
    ask(place.top, "read-tree", "--reset", revision, index=index)


def announced(place: Place, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of these files the index only announces (`git add --intent-to-add`)."""
    names = tuple(names)
    if not names:
        return ()
    listing = ask(place.top, "diff", "--cached", "--name-only", "--no-ext-diff", "--no-renames", "-z", "--", *names)
    return tuple(name for name in names if name not in names_of(listing.stdout))


def announce(place: Place, names: Iterable[str]) -> None:
    """Enter files into the index without their content; the opposite of what `write_entries` does."""
    names = tuple(names)
    if names:
        ask(place.top, "add", "--force", "--intent-to-add", "--", *names)


def _parse(listing: bytes, entry_of: Callable[[list[str]], Entry]) -> dict[str, Entry]:
    entries = {}
    for line in listing.split(b"\0"):
        if line:
            facts, _, name = line.partition(b"\t")
            entries[os.fsdecode(name)] = entry_of(facts.decode("ascii").split())
    return entries


def _keeps_crlf(place: Place, name: str, before: Entry) -> bool:
    """Whether git leaves the line endings of this file alone because it was committed with CRLF.

    `git add` does (convert.c: `has_crlf_in_index`), `git hash-object` does not know what came before.
    """
    if b"\r\n" not in ask(place.top, "cat-file", "blob", before.object_id).stdout:
        return False
    listing = ask(place.top, "check-attr", "-z", "text", "filter", "--", name).stdout
    _, _, text, _, _, driver, *_ = os.fsdecode(listing).split("\0")
    return text in {"unspecified", "auto"} and driver == "unspecified"
