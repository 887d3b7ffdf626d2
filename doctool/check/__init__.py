"""What is no longer true in a document; nothing is measured or written."""

from __future__ import annotations

from doctool.check.checker import Checker

__all__ = ["Checker"]
