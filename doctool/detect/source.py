"""Find and read the Python files of a package; parse only those that are asked for.

It knows files, bytes and module names, and nothing about mechanisms. Nothing is imported or run.
"""

from __future__ import annotations

import ast
import difflib
import re
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from os import walk
from pathlib import Path

from doctool import errors
from doctool.detect.survey import Unreadable
from doctool.system.reading import SOURCE_BYTES, inside_of, read_file

_SKIPPED_DIRECTORIES = {"__pycache__", "node_modules", "site-packages", "build", "dist"}
_TEST_DIRECTORIES = {"test", "tests", "testing"}
# Bytes from 0x80 up are parts of letters in UTF-8, so `use_hemö` is another name.
_BEFORE, _AFTER = rb"(?<![A-Za-z0-9_\x80-\xff])", rb"(?![A-Za-z0-9_\x80-\xff])"
DEFINITION = re.compile(rb"^[ \t]*(?:class|def|async[ \t]+def)[ \t]+([A-Za-z0-9_\x80-\xff]+)", re.MULTILINE)

_MANY_SCANS = 24
"""From here on it is cheaper to know the words of every file than to scan all of them again."""
_LETTERS = frozenset(code for code in range(256) if code >= 0x80 or chr(code).isalnum() or code == ord("_"))


def word_pattern(names: Iterable[str]) -> re.Pattern[bytes]:
    """Build a pattern that finds any of the names as a whole identifier."""
    choices = b"|".join(re.escape(name.encode()) for name in sorted(set(names)))
    return re.compile(_BEFORE + rb"(?:" + choices + rb")" + _AFTER)


_TO_SPACES = bytes(code if code in _LETTERS else ord(" ") for code in range(256))


def _is_end(byte: bytes) -> bool:
    """Whether a byte beside a name, or none, ends it."""
    return not byte or byte[0] not in _LETTERS


class SourceFile:
    """One file: its bytes, its place and, when asked for, its syntax tree."""

    def __init__(self, path: Path, file: str, module: str, root: Path) -> None:
        self.path = path
        self.root = root
        self.file = file
        self.module = module
        self.unreadable: Unreadable | None = None

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file; empty when the system refuses to give them."""
        try:
            return read_file(self.path, inside=self.root, limit=SOURCE_BYTES)
        except OSError as error:
            self.unreadable = Unreadable(file=self.file, line=1, reason=error.strerror or str(error))
            return b""

    def lines_with(self, name: bytes) -> Iterator[bytes]:
        """Yield each line that holds a name as a whole identifier, once for each time it does."""
        data, at = self.data, -1
        while (at := data.find(name, at + 1)) >= 0:
            end = at + len(name)
            if _is_end(data[at - 1 : at]) and _is_end(data[end : end + 1]):
                start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
                stop = data.find(b"\n", end)
                yield data[start : stop if stop >= 0 else len(data)]

    @cached_property
    def words(self) -> frozenset[bytes]:
        """Every identifier in the file, also those in comments and strings."""
        return frozenset(self.data.translate(_TO_SPACES).split())

    def defines(self, name: bytes) -> bool:
        """Whether a line of the file defines a class or function of a name."""
        return any(DEFINITION.match(line) and DEFINITION.match(line)[1] == name for line in self.lines_with(name))  # type: ignore[index]

    @property
    def is_package(self) -> bool:
        """Whether the file is the `__init__.py` of its module."""
        return self.path.name == "__init__.py"

    @cached_property
    def is_test(self) -> bool:
        """Whether the file is run by a test runner, not by users of the package."""
        *directories, name = self.file.split("/")
        return (
            not _TEST_DIRECTORIES.isdisjoint(directories)
            or name.startswith("test_")
            or name.endswith("_test.py")
            or name == "conftest.py"
        )

    @cached_property
    def tree(self) -> ast.Module | None:
        """The syntax tree, or None for a file that CPython cannot parse (see `unreadable`)."""
        limit = sys.getrecursionlimit()
        try:
            # The parser may go as deep as in a fresh interpreter, and no deeper: its stack is the C stack.
            sys.setrecursionlimit(sum(1 for _ in traceback.walk_stack(None)) + 1000)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.data, self.file)
        except SyntaxError as error:
            self._refuse(error.lineno or 1, error.msg)
        except (ValueError, RecursionError, MemoryError) as error:
            self._refuse(1, str(error) or "nested too deeply")
        finally:
            sys.setrecursionlimit(limit)
        return None

    def _refuse(self, line: int, reason: str) -> None:
        self.unreadable = Unreadable(file=self.file, line=max(line, 1), reason=reason)


class SourceTree:
    """The Python files of one package below one project root.

    Args:
        root: The project root; reported paths are relative to it.
        package: A dotted name, or a path relative to the root.

    Raises:
        errors.UsageError: There is no such package below the root.
    """

    def __init__(self, root: Path, package: str) -> None:
        self.root = root.resolve()
        self.location = _locate(self.root, package)
        # Modules are imported from the root, or from a directory below it, and never from above it.
        base = self.location if self.location == self.root else self.location.parent
        while (base / "__init__.py").exists() and base not in {self.root, base.parent}:
            base = base.parent
        self.base = base
        self.files = tuple(self._walk())
        self._scans = 0
        self.by_module = {source.module: source for source in self.files}
        self.by_file = {source.file: source for source in self.files}

    def _walk(self) -> Iterator[SourceFile]:
        paths = [self.location] if self.location.is_file() else sorted(python_files(self.location))
        for path in paths:
            parts = path.relative_to(self.base).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield SourceFile(path, self.relative(path), module, self.root)

    def relative(self, path: Path) -> str:
        """Name a path as the user would: from the root, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def with_any(self, names: Iterable[str]) -> list[SourceFile]:
        """Find the files whose bytes hold one of the names as a whole identifier."""
        wanted = sorted(set(names))
        if not wanted:
            return []
        needles = [name.encode() for name in wanted]
        self._scans += len(needles)
        if self._scans > _MANY_SCANS:
            return [source for source in self.files if not source.words.isdisjoint(needles)]
        return [
            source
            for source in self.files
            if any(next(source.lines_with(needle), None) is not None for needle in needles if needle in source.data)
        ]

    def unreadable(self) -> tuple[Unreadable, ...]:
        """List the files that were wanted and could not be read."""
        return tuple(source.unreadable for source in self.files if source.unreadable is not None)


def python_files(directory: Path) -> Iterator[Path]:
    """Walk a directory for Python files, past hidden, cached and vendored ones; no link to a directory is followed."""
    for where, directories, names in walk(directory):
        directories[:] = sorted(
            name for name in directories if name not in _SKIPPED_DIRECTORIES and not name.startswith(".")
        )
        for name in names:
            if name.endswith(".py"):
                yield Path(where, name)


def places_of(package: str) -> tuple[str, ...]:
    """Return where a package may be, relative to the project root or absolute; the first that is there is meant.

    Args:
        package: A dotted name, or a path.
    """
    if Path(package).is_absolute():
        return (package,)
    relative = package.strip().replace("\\", "/").strip("/") or "."
    if relative == ".":
        return (relative,)
    dotted = relative.replace(".", "/") if "/" not in relative and not relative.endswith(".py") else relative
    names = dict.fromkeys((relative, f"{relative}.py", dotted, f"{dotted}.py"))
    return tuple(start + name for name in names for start in ("", "src/"))


def _locate(root: Path, package: str) -> Path:
    for place in places_of(package):
        path = root / place
        if path.is_dir() or (path.is_file() and path.suffix == ".py"):
            try:
                return inside_of(path, root)
            except OSError as problem:
                raise errors.UsageError(f"this package cannot be read: {problem.strerror}", file=package) from problem
    raise errors.UsageError(
        f"there is no package {package!r} below {str(root)!r}; "
        f"{_nearest(package.strip().replace('.', '/'), packages_below(root))}"
    )


def packages_below(root: Path) -> list[str]:
    """List what could be meant by a package: directories and modules at the root and in `src/`."""
    found: list[str] = []
    for start in (root, root / "src"):
        if not start.is_dir():
            continue
        for path in sorted(start.iterdir()):
            if path.name.startswith(".") or path.name in _SKIPPED_DIRECTORIES:
                continue
            if path.is_file() and path.suffix == ".py":
                found.append(path.stem)
            elif path.is_dir() and next(path.glob("*.py"), None) is not None:
                found.append(path.name)
    return found


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:5]
    if not close:
        return "no Python package was found there"
    return "there is " + ", ".join(repr(one) for one in close)


def nearest_names(name: str, known: Iterable[str]) -> str:
    """Say which known names are like a name that was not found."""
    return _nearest(name, sorted(set(known)))
