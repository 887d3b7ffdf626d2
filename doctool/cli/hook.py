"""`doctool hook`: install, remove or show the git hook."""

from __future__ import annotations

import argparse
from pathlib import Path

from doctool import git
from doctool.cli.output import say, say_json
from doctool.cli.snapshots import watched_names
from doctool.project import Project, find_project
from doctool.project.root import FILE_NAME


def run(options: argparse.Namespace) -> int:
    """Do what is asked and print where the hook is and what state it is in."""
    project = find_project(options.project)
    watch = _watch(project)
    if options.action == "install":
        status = git.install_hook(project.root, options.type, watch, _watch_at)
    elif options.action == "uninstall":
        status = git.uninstall_hook(project.root, options.type, _watch_at)
    else:
        status = git.hook_status(project.root, options.type, watch, _watch_at)
    chained = str(status.chained) if status.chained else None
    if options.json:
        said = {"kind": status.kind, "path": str(status.path), "state": status.state.value, "chained": chained}
        say_json(said, indent=None)
    else:
        say(f"{status.path}: {status.state.value}" + (f"; runs {chained} first" if chained else ""))
    return 0


def _watch(project: Project) -> git.Watch:
    return git.Watch(paths=watched_names(project), documents=tuple(project.config.documents))


def _watch_at(root: Path) -> git.Watch | None:
    return _watch(find_project(root)) if (root / FILE_NAME).is_file() else None
