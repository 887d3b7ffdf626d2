"""How much measuring the user allows."""

from __future__ import annotations

import argparse

from doctool import git
from doctool.errors import UsageError
from doctool.measure import Effort
from doctool.project import Project

QUICK_S = 300.0
"""Most seconds of a quick run, unless a budget is given."""


def effort_of(options: argparse.Namespace, project: Project) -> Effort:
    """Return the effort from the command line, the budget from doctool.yaml if none is given.

    Raises:
        UsageError: If it is to be signed, and git has no SSH key to sign with.
    """
    usual_s = project.config.budget_s
    return Effort(
        budget_s=options.budget or (min(usual_s, QUICK_S) if options.quick else usual_s),
        is_quick=options.quick,
        is_busy=options.busy,
        keep_failures=options.accept_failures,
        signing_key=_signing_key(project) if options.sign else None,
    )


def _signing_key(project: Project) -> str:
    key = git.ssh_signing_key(project.root)
    if key is None:
        raise UsageError(
            "git has no SSH key to sign with; set `gpg.format` to ssh and `user.signingKey` to a key, as for commits"
        )
    return key
