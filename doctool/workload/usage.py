"""Which files of the project, and which environment variables, the measured code reads while it runs.

What a figure depends on is more than the definitions that the source shows to be reached: a table of settings, a helper
beside the package, a variable. What was read is digested with the figure, so that a change makes the figure stale.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from doctool.project.inputs import VARIABLE, digest_of_file, digest_of_variable

_IGNORED = frozenset({".git", ".doctool", "__pycache__", ".venv", "venv", "node_modules", "site-packages"})
_WRITES = os.O_WRONLY | os.O_RDWR


class Usage:
    """Watches this process from now on; it cannot be stopped.

    Args:
        root: Of the project; only files below it, and variables that code below it asks for, count.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._files: set[Path] = set()
        self._variables: set[str] = set()
        sys.addaudithook(self._hear)
        _watch_variables(self)

    def digests(self) -> dict[str, str]:
        """Return a digest of everything that was read, by path relative to the root, or by `$NAME` of a variable."""
        files = {path.as_posix(): digest_of_file(self._root / path, self._root) for path in sorted(self._files)}
        variables = {VARIABLE + name: digest_of_variable(os.environ.get(name)) for name in sorted(self._variables)}
        return {**{name: digest for name, digest in files.items() if digest is not None}, **variables}

    def ask_for(self, name: object, file: str) -> None:
        """Remember that code in `file` asked for an environment variable."""
        if isinstance(name, str) and self._inside(file) is not None:
            self._variables.add(name)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Hear of an `open`. An audit hook must never raise, and nothing that it calls may open a file."""
        if event != "open" or not isinstance(arguments[0], str | bytes):
            return
        flags = arguments[2]
        if isinstance(flags, int) and flags & _WRITES:
            return
        inside = self._inside(os.fsdecode(arguments[0]))
        if inside is not None:
            self._files.add(inside)

    def _inside(self, file: str) -> Path | None:
        """Return a path relative to the root, None for what is outside or belongs to nobody's source."""
        path = Path(os.path.normpath(Path.cwd() / file))
        if not path.is_relative_to(self._root):
            return None
        inside = path.relative_to(self._root)
        return inside if _IGNORED.isdisjoint(inside.parts) else None


def _watch_variables(usage: Usage) -> None:
    """Have `os.environ` tell who asks it for what."""
    plain = type(os.environ)

    class Watched(plain):  # type: ignore[misc,valid-type]
        def __getitem__(self, key: str) -> str:
            frame = sys._getframe(1)  # noqa: SLF001
            # `get`, `getenv` and `in` stand between us and whoever asks.
            while frame.f_back is not None and frame.f_code.co_filename.startswith(("<frozen", os.__file__)):
                frame = frame.f_back
            usage.ask_for(key, frame.f_code.co_filename)
            return str(super().__getitem__(key))

    os.environ.__class__ = Watched
