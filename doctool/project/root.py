"""Where a project is: the nearest directory upwards that holds its settings, and their text."""

from __future__ import annotations

import os
from pathlib import Path

from doctool.errors import ConfigError
from doctool.system.reading import SETTINGS_BYTES, read_file

FILE_NAME = "doctool.yaml"


def find_root(start: Path) -> Path:
    """Return the nearest directory, from `start` upwards, that has a `doctool.yaml`.

    Raises:
        ConfigError: If there is none.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        # Also one that cannot be read: what is in its place is for whoever reads it to say.
        if os.path.lexists(directory / FILE_NAME):
            return directory
    raise ConfigError(
        f"there is no {FILE_NAME} in {start} or above it; run `doctool init` in the project's root to have one proposed"
    )


def has_root(start: Path) -> bool:
    """Whether `start` is in a project."""
    try:
        find_root(start)
    except ConfigError:
        return False
    return True


def read_settings(root: Path) -> str:
    """Return the text of the project's `doctool.yaml`.

    Raises:
        ConfigError: If the file is missing, or cannot be read.
    """
    path = root / FILE_NAME
    try:
        return read_file(path, inside=root, limit=SETTINGS_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {FILE_NAME} here; run `doctool init` to have one proposed", file=str(path)
        ) from None
    except OSError as problem:
        raise ConfigError(f"cannot be read: {problem.strerror}", file=FILE_NAME) from problem
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise ConfigError(f"cannot be read: it is not UTF-8 ({problem.reason})", file=FILE_NAME, line=line) from None
