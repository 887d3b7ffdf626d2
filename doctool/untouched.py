"""What was found in pages, as long as nobody touches them or anything behind them.

For each project a list is kept: the files and directories on which the findings of `check` depend, and the pages in
which nothing was wrong, each with what the file system tells about it: size, times of change, number. While all that
is as it was, nothing has to be read. This is how git tells which files it need not read; and as git does, it trusts
no file that was changed so shortly before it was looked at that a later change could bear the same time.

Where this cannot tell, `known` may: it goes by content. The list lies in the user's cache directory, never in the
project. A hook waits for this module, so it imports almost nothing.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib

_FORMAT = "doctool untouched 1"
_END = "end"
_DIRECTORY = "untouched"
_MOST_PROJECTS = 100
_MOST_PAGES = 40_000
_SEPARATORS = frozenset("\n\t")
_FIRST = 5
_RECENT_NS = 2_000_000_000
"""The coarsest clock of a file system in use counts in steps of two seconds."""


class Untouched:
    """What is remembered about one project.

    Args:
        cache: The user's cache directory for doctool.
        root: Of the project, absolute and without links.
    """

    def __init__(self, cache: str, root: str) -> None:
        self._root = root
        self._file = os.path.join(cache, _DIRECTORY, f"{zlib.crc32(os.fsencode(root)):08x}")  # noqa: PTH118
        self._behind: dict[str, str] = {}
        self._pages: dict[str, tuple[str, list[str]]] = {}
        self.documents: list[str] = []
        self._read()

    def holds(self) -> bool:
        """Say whether everything is as it was that the findings depend on, the pages aside."""
        return bool(self._behind) and all(signature_of(path) == was for path, was in self._behind.items())

    def said_of(self, path: str) -> list[str] | None:
        """Return the warnings about a page, as printed; None if it is unknown, was touched, or is reached by a link.

        Args:
            path: Absolute, with no link among the directories.
        """
        was, said = self._pages.get(path, ("", []))
        return said if was and signature_of(path, follow=False) == was else None

    def remember(
        self, documents: list[str], behind: dict[str, str], pages: dict[str, tuple[str, list[str]]], began_ns: int
    ) -> None:
        """Write down what was found; what cannot be written, or might be touched without a trace, is left out.

        Args:
            documents: Absolute paths of those that doctool.yaml lists.
            behind: Signature of each file and directory that the findings depend on.
            pages: Signature and warnings of each page in which nothing was wrong.
            began_ns: A time before any of these was read, as `time.time_ns` gives it.
        """
        trusted = began_ns - _RECENT_NS
        if not all(_is_writable(path) and _newest(is_now) < trusted for path, is_now in behind.items()):
            return
        fresh = {
            path: (is_now, said)
            for path, (is_now, said) in pages.items()
            if _newest(is_now) < trusted and all(map(_is_writable, (path, *said)))
        }
        kept = self._pages if behind == self._behind else {}
        merged = {**kept, **fresh}
        listed = documents if all(map(_is_writable, documents)) else []
        if merged == self._pages and behind == self._behind and listed == self.documents:
            return
        self._pages, self._behind, self.documents = merged, behind, listed
        self._write()

    def _read(self) -> None:
        try:
            with open(self._file, encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
                lines = file.read().split("\n")
            if lines[:3] != [_FORMAT, _program(), self._root] or lines[-1] != _END:
                return
            last = _FIRST + int(lines[4])
            behind = dict(line.split("\t")[::-1] for line in lines[_FIRST:last])
            pages = {}
            for line in lines[last:-1]:
                was, path, *said = line.split("\t")
                pages[path] = was, said
        except (OSError, ValueError):
            return
        self.documents = lines[3].split("\t") if lines[3] else []
        self._behind, self._pages = behind, pages

    def _write(self) -> None:
        from pathlib import Path  # noqa: PLC0415 - an untouched page needs no writing

        from doctool.errors import DoctoolError  # noqa: PLC0415
        from doctool.files import write_bytes  # noqa: PLC0415

        pages = list(self._pages.items())[-_MOST_PAGES:]
        lines = [
            *(_FORMAT, _program(), self._root, "\t".join(self.documents), str(len(self._behind))),
            *(f"{was}\t{path}" for path, was in self._behind.items()),
            *("\t".join((was, path, *said)) for path, (was, said) in pages),
            _END,
        ]
        file = Path(self._file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(file, "\n".join(lines).encode(errors="surrogateescape"))
            oldest = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)[:-_MOST_PROJECTS]
            for path in oldest:
                path.unlink()
        except (OSError, DoctoolError):
            return


def signature_of(path: str, *, follow: bool = True) -> str:
    """Return what the file system tells of a file or directory; empty if there is none, or a link not followed."""
    try:
        found = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - thousands of them
    except (OSError, ValueError):
        return ""
    if not follow and not stat.S_ISREG(found.st_mode):
        return ""
    return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} {found.st_ino} {found.st_dev}"


def cache_directory(variables: dict[str, str] | os._Environ[str] = os.environ) -> str | None:
    """Return the user's cache directory for doctool; None where there is no home, or nothing is to be remembered.

    Args:
        variables: The environment; `DOCTOOL_CACHE` names the directory, and empty it turns remembering off.
    """
    if "DOCTOOL_CACHE" in variables:
        return variables["DOCTOOL_CACHE"] or None
    named = variables.get("XDG_CACHE_HOME") or variables.get("LOCALAPPDATA")
    if named and os.path.isabs(named):  # noqa: PTH117
        return os.path.join(named, "doctool")  # noqa: PTH118
    home = os.path.expanduser("~")  # noqa: PTH111
    if home == "~":
        return None
    return os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache", "doctool")  # noqa: PTH118


def library_directories() -> list[str]:
    """Return where the libraries of this Python are installed."""
    return [path for path in sys.path if os.path.basename(path) in {"site-packages", "dist-packages"}]  # noqa: PTH119


def _program() -> str:
    return repr((sys.version, sys.flags.optimize, os.path.dirname(__file__), library_directories()))  # noqa: PTH120


def _newest(signature: str) -> int:
    """Return when a file was last changed, in name or content; nothing that is not there can have been."""
    return max(map(int, signature.split(" ")[:2])) if signature else 0


def _is_writable(text: str) -> bool:
    return _SEPARATORS.isdisjoint(text)
