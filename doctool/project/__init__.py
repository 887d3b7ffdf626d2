"""A project that doctool looks after: where it is, what its `doctool.yaml` says."""

from __future__ import annotations

from doctool.project.project import Project, find_project, key_of
from doctool.project.root import has_root

__all__ = ["Project", "find_project", "has_root", "key_of"]
