"""Where a project is: the nearest directory upwards that holds its settings."""

from __future__ import annotations

from pathlib import Path

from doctool.errors import ConfigError

FILE_NAME = "doctool.yaml"


def find_root(start: Path) -> Path:
    """Return the nearest directory, from `start` upwards, that has a `doctool.yaml`.

    Raises:
        ConfigError: If there is none.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / FILE_NAME).is_file():
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
