"""`doctool hook`: install, remove or show the git hook."""

from __future__ import annotations

import argparse
import json

from doctool import git
from doctool.cli.snapshots import watched_names
from doctool.project import find_project


def run(options: argparse.Namespace) -> int:
    """Do what is asked and print where the hook is and what state it is in."""
    project = find_project(options.project)
    watch = git.Watch(paths=watched_names(project), documents=tuple(project.config.documents))
    if options.action == "install":
        status = git.install_hook(project.root, options.type, watch)
    elif options.action == "uninstall":
        status = git.uninstall_hook(project.root, options.type)
    else:
        status = git.hook_status(project.root, options.type, watch)
    chained = str(status.chained) if status.chained else None
    if options.json:
        print(
            json.dumps({"kind": status.kind, "path": str(status.path), "state": status.state.value, "chained": chained})
        )
    else:
        print(f"{status.path}: {status.state.value}" + (f"; runs {chained} first" if chained else ""))
    return 0
