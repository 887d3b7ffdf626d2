"""What a figure depends on besides the source that is reached: files of the project, and environment variables."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import msgspec

from doctool.system.reading import SOURCE_BYTES, read_ends, read_file

VARIABLE = "$"
"""Stands before the name of an environment variable where files and variables are named together."""
_LENGTH = 16
_UNSET = "unset"
_SAMPLE_BYTES = 1 << 20

Read = Callable[[str], bytes | None]
"""Returns the content of a file by its name relative to the root, None if there is none."""


class Inputs(msgspec.Struct, frozen=True, dict=True):
    """The inputs of a project as they are now; each is read once.

    Args:
        root: Directory that the names are relative to.
        patterns: Files that count whether or not they were seen to be read, such as `data/*.json`.
        read: Reads a file; from the disk if None.
    """

    root: Path
    patterns: Sequence[str] = ()
    read: Read | None = None

    @cached_property
    def _digests(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def listed(self) -> Mapping[str, str]:
        """Digests of the files that the patterns name, by name relative to the root."""
        files = {path for pattern in self.patterns for path in self.root.glob(pattern) if path.is_file()}
        names = sorted(path.relative_to(self.root).as_posix() for path in files)
        return {name: digest for name in names if (digest := self._digest(name)) is not None}

    def changed(self, recorded: Mapping[str, str]) -> Iterator[str]:
        """Yield the names of what is no longer as it was recorded, or was not there then.

        A variable that is not set here says nothing: most machines that check have other work than those that measure.

        Args:
            recorded: Digests by name, as `digest_of` and `digest_of_variable` give them.
        """
        for name, digest in recorded.items():
            if name.startswith(VARIABLE):
                value = os.environ.get(name.removeprefix(VARIABLE))
                if value is not None and digest_of_variable(value) != digest:
                    yield name
            elif self._digest(name) != digest:
                yield name
        # In a laid-out copy only what was recorded is there to be seen.
        if self.read is None:
            yield from (name for name in self.listed if name not in recorded)

    def _digest(self, name: str) -> str | None:
        if name not in self._digests:
            self._digests[name] = self._read_digest(name)
        return self._digests[name]

    def _read_digest(self, name: str) -> str | None:
        if self.read is None:
            return digest_of_file(self.root / name, self.root)
        data = self.read(name)
        return digest_of(data, name) if data is not None else None


def is_source(name: str, sources: Sequence[str]) -> bool:
    """Whether a file is Python of the measured package, which counts by what is reached of it and not as a whole."""
    return name.endswith(".py") and any(name == each or fnmatchcase(name, f"{each}/*") for each in sources)


def digest_of_file(path: Path, root: Path) -> str | None:
    """Return the digest of a file of a project, None if there is none that may be read."""
    try:
        size, ends = read_ends(path, inside=root, ends=_SAMPLE_BYTES)
        # Nobody waits for gigabytes of data to be read at every commit.
        if size > SOURCE_BYTES:
            return digest_of(b"%d" % size + ends, "sample")
        return digest_of(read_file(path, inside=root, limit=SOURCE_BYTES), path.name)
    except OSError:
        return None


def digest_of(data: bytes, name: str) -> str:
    """Return the digest of a file's content; of Python, layout and comments do not count."""
    if name.endswith(".py"):
        # What is not valid Python counts byte for byte.
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            data = ast.dump(ast.parse(data)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:_LENGTH]


def digest_of_variable(text: str | None) -> str:
    """Return the digest of a variable's value; of one that is not set, a word that no digest is."""
    return _UNSET if text is None else hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_LENGTH]
