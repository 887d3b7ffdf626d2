"""Read small system files, which may be missing, forbidden or in odd encodings."""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str | None:
    """Return the file's text without surrounding blanks; None if it cannot be read or is empty."""
    try:
        return path.read_bytes().decode("utf-8", "replace").strip() or None
    except (OSError, ValueError):
        # A ValueError is a path with a zero byte, which another system file may hand on.
        return None


def as_line(text: str) -> str:
    """Return the text as one line: unprintable characters become blanks, and blanks become single spaces."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
