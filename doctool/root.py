"""Where a project is: the nearest directory upwards that holds its settings. Nothing is read or imported for it."""

from __future__ import annotations

import os

from doctool.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "doctool.yaml"


def find_root(start: Path) -> Path:
    """Return the nearest directory, from `start` upwards, that has a `doctool.yaml`.

    Raises:
        ConfigError: If there is none.
    """
    start = start.resolve()
    root = root_above(str(start))
    if root is None:
        raise ConfigError(
            f"there is no {FILE_NAME} in {start} or above it; run `doctool init` in the project's root to have one "
            "proposed"
        )
    return type(start)(root)


def root_above(directory: str) -> str | None:
    """Return what `find_root` does, or None; for an absolute directory, and without pathlib, as a hook waits for it."""
    while not os.path.isfile(os.path.join(directory, FILE_NAME)):  # noqa: PTH113, PTH118
        above = os.path.dirname(directory)  # noqa: PTH120
        if above == directory:
            return None
        directory = above
    return directory
