"""Pages that were found true before, recognised without reading what they say.

A page is known by a digest over everything on which the answer of `check` depends: its name and bytes, doctool.yaml,
the sources of the measured package, the records, the project's templates, doctool itself and its libraries. A page in
which something was wrong is never remembered; of one that only had warnings, these are.

What is remembered lies in the user's cache directory, never in the project. Lost or broken, it is made anew.
Imports nothing but the standard library, and little of that: a hook waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from doctool.errors import DoctoolError
from doctool.root import FILE_NAME
from doctool.untouched import library_directories, signature_of

_FILE = "true-pages.json"
_FORMAT = 1
_MOST_PAGES = 40_000
_MOST_PROJECTS = 100
_NO_SOURCES = frozenset({"__pycache__"})
_OWN_SUFFIXES = (".py", ".j2", ".yaml", ".json")


class Outline(NamedTuple):
    """What doctool.yaml says about where things are; known by the bytes of that file.

    Args:
        documents: That it lists.
        sources: Where the measured package may be: files and directories, relative to the root or absolute.
        others: Directories of which every file matters: records and templates.
    """

    documents: tuple[str, ...]
    sources: tuple[str, ...]
    others: tuple[str, ...]


class Warned(NamedTuple):
    """A warning about a page, as plain values; see `findings.Finding`."""

    line: int
    state: str
    message: str
    region: str | None


class KnownPages:
    """What is remembered about pages and projects.

    Args:
        directory: Of the cache; None remembers nothing.
    """

    def __init__(self, directory: str | None) -> None:
        self._file = Path(directory, _FILE) if directory is not None else None
        self._pages: dict[str, tuple[Warned, ...]] = {}
        self._outlines: dict[str, Outline] = {}
        self._is_changed = False
        self._read()

    def outline(self, settings: bytes) -> Outline | None:
        """Return what is known about a project with these bytes of doctool.yaml."""
        return self._outlines.get(_digest(settings))

    def learn(self, settings: bytes, outline: Outline) -> None:
        """Remember what a doctool.yaml says."""
        key = _digest(settings)
        if self._outlines.get(key) != outline:
            self._outlines[key] = outline
            self._is_changed = True

    def warnings_of(self, key: str) -> tuple[Warned, ...] | None:
        """Return the warnings about a page with this key, see `Circumstances`; None if nothing is known about it."""
        return self._pages.get(key)

    def remember(self, key: str, warnings: Iterable[Warned]) -> None:
        """Remember a page in which nothing was wrong."""
        self._pages[key] = tuple(warnings)
        self._is_changed = True

    def save(self) -> None:
        """Write what is new; where that cannot be done, it is forgotten."""
        if self._file is None or not self._is_changed:
            return
        content = {
            "format": _FORMAT,
            "projects": {
                key: [outline.documents, outline.sources, outline.others]
                for key, outline in list(self._outlines.items())[-_MOST_PROJECTS:]
            },
            "pages": dict(list(self._pages.items())[-_MOST_PAGES:]),
        }
        from doctool import files  # noqa: PLC0415 - a known page needs no writing

        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(self._file, json.dumps(content).encode())
        except (OSError, DoctoolError):
            return

    def _read(self) -> None:
        if self._file is None:
            return
        try:
            content = json.loads(self._file.read_bytes())
            if content["format"] == _FORMAT:
                self._outlines = {
                    key: Outline(documents=tuple(documents), sources=tuple(sources), others=tuple(others))
                    for key, (documents, sources, others) in content["projects"].items()
                }
                self._pages = {
                    key: tuple(Warned(*warned) for warned in warnings) for key, warnings in content["pages"].items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._pages, self._outlines = {}, {}


class Circumstances:
    """Everything but the page itself on which the answer of `check` depends, as it is on the disk now.

    Args:
        root: Of the project.
        settings: The bytes of its doctool.yaml.
        outline: What these say.
    """

    def __init__(self, root: Path, settings: bytes, outline: Outline) -> None:
        self._signatures: dict[str, str] = {}
        self._sign(os.path.join(root, FILE_NAME))  # noqa: PTH118
        content = hashlib.sha256()
        parts = (
            *self._own_parts(),
            settings,
            *self._source_parts(root, outline.sources),
            *self._parts(root, outline.others),
        )
        for part in parts:
            content.update(len(part).to_bytes(8, "big"))
            content.update(part)
        self._digest = content.digest()

    @property
    def signatures(self) -> dict[str, str]:
        """What `untouched.signature_of` said of each file and directory, before it was read."""
        return self._signatures

    def key_of(self, name: str, data: bytes) -> str:
        """Return the key of a page.

        Args:
            name: Relative to the root.
            data: Its bytes.
        """
        encoded = os.fsencode(name)
        return _digest(self._digest + len(encoded).to_bytes(8, "big") + encoded + data)

    def _sign(self, path: str) -> bytes:
        self._signatures[path] = found = signature_of(path)
        return f"{path}: {found}".encode(errors="surrogateescape")

    def _own_parts(self) -> Iterator[bytes]:
        """Yield what tells one doctool from another, down to a line changed in its sources, and its libraries."""
        yield repr((sys.version, sys.flags.optimize)).encode()
        for path in self._files_below(os.path.dirname(__file__), hidden=False):  # noqa: PTH120
            if path.endswith(_OWN_SUFFIXES):
                yield self._sign(path)
        for directory in library_directories():
            # Whatever is installed or removed there leaves its trace.
            yield self._sign(directory)

    def _source_parts(self, root: Path, places: Iterable[str]) -> Iterator[bytes]:
        for place in places:
            path = os.path.join(root, place)  # noqa: PTH118
            yield os.fsencode(place)
            yield repr((os.path.isfile(path), os.path.isdir(path))).encode()  # noqa: PTH112, PTH113
            yield b"%d" % self._packages_above(path)
            if path.endswith(".py"):
                yield _read_bytes(path) or b""
            yield from self._contents(path, ".py", hidden=False)

    def _packages_above(self, path: str) -> int:
        """Count the packages that a file or directory lies in: a module's name begins with the outermost one."""
        count, parent = 0, os.path.dirname(path)  # noqa: PTH120
        while self._is_package(parent) and parent != os.path.dirname(parent):  # noqa: PTH120
            count, parent = count + 1, os.path.dirname(parent)  # noqa: PTH120
        return count

    def _is_package(self, directory: str) -> bool:
        path = os.path.join(directory, "__init__.py")  # noqa: PTH118
        self._sign(path)
        return os.path.exists(path)  # noqa: PTH110

    def _parts(self, root: Path, places: Iterable[str]) -> Iterator[bytes]:
        for place in places:
            yield os.fsencode(place)
            yield from self._contents(os.path.join(root, place), "", hidden=True)  # noqa: PTH118

    def _contents(self, directory: str, suffix: str, *, hidden: bool) -> Iterator[bytes]:
        for path in self._files_below(directory, hidden=hidden):
            if path.endswith(suffix):
                self._sign(path)
                yield os.fsencode(path[len(directory) :])
                data = _read_bytes(path)
                yield b"read" if data is not None else b"cannot be read"
                yield data or b""

    def _files_below(self, directory: str, *, hidden: bool) -> Iterator[str]:
        self._sign(directory)
        for where, directories, names in os.walk(directory):
            directories[:] = sorted(
                name for name in directories if hidden or (name not in _NO_SOURCES and not name.startswith("."))
            )
            for name in directories:
                self._sign(os.path.join(where, name))  # noqa: PTH118
            for name in sorted(names):
                yield os.path.join(where, name)  # noqa: PTH118


def read_settings(root: Path) -> bytes | None:
    """Return the bytes of the project's doctool.yaml; None if it cannot be read."""
    return _read_bytes(root / FILE_NAME)


def read_page(root: Path, name: str) -> bytes | None:
    """Return the bytes of a page of the project; None if it cannot be read."""
    return _read_bytes(os.path.join(root, name))  # noqa: PTH118


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _read_bytes(path: Path | str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of them, and pathlib costs twice as much
            return file.read()
    except OSError:
        return None
