"""The command line: the only part that prints, and the only one that decides exit codes."""

from doctool.cli.main import main

__all__ = ["main"]
