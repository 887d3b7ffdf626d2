"""What is run: subjects built from doctool.yaml, and the protocol with the child process that they run in.

`ask`, `look_around` and `shrink` belong to the parent. `channel`, `subject` and `trees` belong to the child, the only
place where the measured code is imported. Nothing here measures anything.
"""

from __future__ import annotations

from doctool.workload.launch import NO_TIME, Child, ask, until
from doctool.workload.messages import NOT_INSTALLED
from doctool.workload.size import describe_size, free_dimensions, shrink
from doctool.workload.surroundings import look_around

__all__ = [
    "NOT_INSTALLED",
    "NO_TIME",
    "Child",
    "ask",
    "describe_size",
    "free_dimensions",
    "look_around",
    "shrink",
    "until",
]
