"""What this machine remembers between runs, in a directory that git ignores."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from doctool.environment import comparable_key
from doctool.errors import RecordError
from doctool.system import files

HISTORY = "null.json"
_MOST_REMEMBERED = 200


def prepare_cache(directory: Path) -> None:
    """Create the directory, which ignores itself in git."""
    directory.mkdir(parents=True, exist_ok=True)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        files.write_bytes(ignore, b"*\n")


def past_null_ratios(directory: Path, environment: Mapping[str, object]) -> tuple[float, ...]:
    """Return |A'/A - 1| of past sessions on machines comparable to this one, oldest first.

    Raises:
        RecordError: If the file that holds them cannot be read.
    """
    return _read(directory).get(_name_of(environment), ())


def remember_null_ratio(directory: Path, environment: Mapping[str, object], ratio: float) -> None:
    """Add the noise of a finished session.

    Raises:
        RecordError: If the file that holds the others cannot be read.
    """
    prepare_cache(directory)
    history, name = _read(directory), _name_of(environment)
    history[name] = (*history.get(name, ()), ratio)[-_MOST_REMEMBERED:]
    files.write_bytes(directory / HISTORY, msgspec.json.encode(history, order="deterministic") + b"\n")


def _read(directory: Path) -> dict[str, tuple[float, ...]]:
    path = directory / HISTORY
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[float, ...]])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as problem:
        raise RecordError(
            f"cannot be read: {problem}; remove it, and the noise of this machine is learned afresh", file=str(path)
        ) from problem


def _name_of(environment: Mapping[str, object]) -> str:
    return hashlib.sha256(repr(comparable_key(environment)).encode()).hexdigest()[:16]
