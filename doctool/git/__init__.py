"""Git: what is committed and staged, the commit of what doctool wrote, and the hooks.

Knows nothing about documents or records but their paths. Importing it does not import GitPython.
"""

from __future__ import annotations

from doctool.git.commit import CommitResult, Rewrite, commit_paths
from doctool.git.history import Recorded, history, paths_at, read_at
from doctool.git.hook_script import HookKind
from doctool.git.hooks import HookState, HookStatus, Watch, hook_status, install_hook, uninstall_hook
from doctool.git.lock import exclusive
from doctool.git.message import Headline, Provenance, build_message
from doctool.git.obstacles import ensure_committable
from doctool.git.place import repository_root
from doctool.git.pushed import PushedTag, tagged_at, tags_pushed
from doctool.git.staged import (
    committed_contents,
    export_revision,
    export_staged,
    staged_contents,
    staged_paths,
    tracked_paths,
)
from doctool.git.state import (
    SourceState,
    changed_paths,
    has_commit,
    head_commit,
    is_dirty,
    patch_digest,
    project_files,
    source_state,
    ssh_signing_key,
)

__all__ = [
    "CommitResult",
    "Headline",
    "HookKind",
    "HookState",
    "HookStatus",
    "Provenance",
    "PushedTag",
    "Recorded",
    "Rewrite",
    "SourceState",
    "Watch",
    "build_message",
    "changed_paths",
    "commit_paths",
    "committed_contents",
    "ensure_committable",
    "exclusive",
    "export_revision",
    "export_staged",
    "has_commit",
    "head_commit",
    "history",
    "hook_status",
    "install_hook",
    "is_dirty",
    "patch_digest",
    "paths_at",
    "project_files",
    "read_at",
    "repository_root",
    "source_state",
    "ssh_signing_key",
    "staged_contents",
    "staged_paths",
    "tagged_at",
    "tags_pushed",
    "tracked_paths",
    "uninstall_hook",
]
