"""How much measuring the user allows."""

from __future__ import annotations

import argparse

from doctool.measure import Effort
from doctool.project import Project


def effort_of(options: argparse.Namespace, project: Project) -> Effort:
    """Return the effort from the command line, the budget from doctool.yaml if none is given."""
    return Effort(
        budget_s=options.budget or project.config.budget_s,
        is_quick=options.quick,
        is_busy=options.busy,
        keep_failures=options.accept_failures,
    )
