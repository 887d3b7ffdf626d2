"""A project that doctool looks after: where it is, what its `doctool.yaml` says."""

from __future__ import annotations

from doctool.project.project import Project, find_project, key_of

__all__ = ["Project", "find_project", "key_of"]
