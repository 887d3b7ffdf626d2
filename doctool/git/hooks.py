"""Install doctool's hooks beside whatever hook is already there, and take them away again."""

from __future__ import annotations

import enum
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from doctool.errors import GitError
from doctool.git.command import ask, text_of
from doctool.git.hook_script import CHAINED_SUFFIX, MARK, Baked, HookKind, roots_in, script_of
from doctool.git.place import Place, the_place


class HookState(enum.Enum):
    """Where a hook stands; the values are words for the user."""

    ABSENT = "not installed"
    OTHER = "not installed; another hook is there"
    INSTALLED = "installed"
    OUTDATED = "installed for other settings or another environment; install it again"


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the hook looks out for. Paths are relative to the project's root.

    Args:
        paths: The measured package, measurements, templates.
        documents: The documents.
        config: The configuration file.
    """

    paths: tuple[str, ...]
    documents: tuple[str, ...] = ()
    config: str = "doctool.yaml"


class HookStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A hook of a repository.

    Args:
        kind: Which one.
        path: Its file, whether or not it exists.
        state: Where it stands.
        chained: The earlier hook that ours runs first.
    """

    kind: HookKind
    path: Path
    state: HookState
    chained: Path | None


WatchOf = Callable[[Path], Watch | None]
"""What is to be looked out for in another project of the repository, by its root; None if it is no project any more."""


def _nothing_else(_root: Path) -> Watch | None:
    return None


def install_hook(root: Path, kind: HookKind, watch: Watch, others: WatchOf = _nothing_else) -> HookStatus:
    """Install a hook, or bring the installed one up to date. An earlier hook is kept beside it and runs first.

    One hook serves all projects of a repository that have installed it.

    Args:
        root: The project's root.
        kind: Which hook.
        watch: What it looks out for there.
        others: What it looks out for in the other projects that the installed hook serves.

    Raises:
        GitError: If the hooks of this repository are outside it, or two hooks stand in the way.
    """
    place = the_place(root)
    path = _path_of(place, kind)
    _refuse_shared(place, path.parent)
    chained = _chained_of(path)
    if os.path.lexists(path) and not _is_ours(path):
        if os.path.lexists(chained) and not _is_copy(chained, path):
            raise GitError(
                f"another program has put its hook in place of doctool's, and the hook from before is still kept as "
                f"{chained.name}; join the two or remove one, then install again",
                file=str(path),
            )
        chained.unlink(missing_ok=True)
        # A copy first, so that a hook is in force at every moment.
        shutil.copy2(path, chained, follow_symlinks=False)
    _write(path, script_of(kind, _bake_all(place, path, watch, others)))
    return hook_status(root, kind, watch, others)


def uninstall_hook(root: Path, kind: HookKind, others: WatchOf = _nothing_else) -> HookStatus:
    """Take a project out of the hook; with the last one, remove it and bring the earlier one back.

    What is not doctool's stays. Arguments as in `install_hook`.

    Raises:
        GitError: If the hooks of this repository are outside it.
    """
    place = the_place(root)
    path = _path_of(place, kind)
    if _is_ours(path):
        _refuse_shared(place, path.parent)
        chained = _chained_of(path)
        left = _bake_all(place, path, None, others)
        if left:
            _write(path, script_of(kind, left))
        elif os.path.lexists(chained):
            chained.replace(path)
        else:
            path.unlink()
    return hook_status(root, kind, None, others)


def hook_status(root: Path, kind: HookKind, watch: Watch | None = None, others: WatchOf = _nothing_else) -> HookStatus:
    """Return where a hook stands.

    Args:
        root: The project's root.
        kind: Which hook.
        watch: What it should look out for; without it, a hook that serves the project counts as up to date.
        others: As in `install_hook`.
    """
    place = the_place(root)
    path = _path_of(place, kind)
    if _is_ours(path) and _own_root(place) in _roots_of(path):
        expected = None if watch is None else script_of(kind, _bake_all(place, path, watch, others))
        is_current = expected is None or path.read_bytes() == os.fsencode(expected)
        state = HookState.INSTALLED if is_current and os.access(path, os.X_OK) else HookState.OUTDATED
    elif _is_ours(path):
        state = HookState.ABSENT
    else:
        state = HookState.OTHER if os.path.lexists(path) else HookState.ABSENT
    chained = _chained_of(path)
    has_chained = state in {HookState.INSTALLED, HookState.OUTDATED} and os.path.lexists(chained)
    return HookStatus(kind=kind, path=path, state=state, chained=chained if has_chained else None)


def _path_of(place: Place, kind: HookKind) -> Path:
    """Return the hook's file where git looks for it: core.hooksPath, or what all worktrees share."""
    return place.top / text_of(ask(place.top, "rev-parse", "--git-path", "hooks")) / kind


def _chained_of(path: Path) -> Path:
    return path.with_name(path.name + CHAINED_SUFFIX)


def _refuse_shared(place: Place, directory: Path) -> None:
    common = place.top / text_of(ask(place.top, "rev-parse", "--git-common-dir"))
    real = Path(os.path.realpath(directory))
    if not any(real.is_relative_to(os.path.realpath(own)) for own in (place.top, common)):
        raise GitError(
            f"the hooks of this repository are in {directory} (core.hooksPath), which is outside it and may serve "
            "other repositories, so nothing was changed there; call `doctool check --staged` from your hook in that "
            f"directory, or give this repository its own: `git config core.hooksPath {common / 'hooks'}`"
        )


def _is_ours(path: Path) -> bool:
    return path.is_file() and MARK.encode() in path.read_bytes()


def _is_copy(copy: Path, original: Path) -> bool:
    """Whether an installation was cut short right after it had kept the earlier hook."""
    if copy.is_symlink() or original.is_symlink():
        return copy.is_symlink() and original.is_symlink() and copy.readlink() == original.readlink()
    return copy.read_bytes() == original.read_bytes()


def _own_root(place: Place) -> str:
    return place.root.relative_to(place.top).as_posix()


def _roots_of(path: Path) -> tuple[str, ...]:
    return roots_in(os.fsdecode(path.read_bytes())) if _is_ours(path) else ()


def _bake_all(place: Place, path: Path, watch: Watch | None, others: WatchOf) -> list[Baked]:
    """Return what the hook holds: the projects it serves, this one among them if there is a `watch`."""
    own = _own_root(place)
    watches = {root: others(place.top / root) for root in _roots_of(path) if root != own}
    watches[own] = watch
    return [_bake(the_place(place.top / root), each) for root, each in sorted(watches.items()) if each is not None]


def _bake(place: Place, watch: Watch) -> Baked:
    config = place.name_of(watch.config)
    content = (place.top / config).read_bytes() if (place.top / config).is_file() else b""
    return Baked(
        program=_program(),
        root=_own_root(place),
        config=config,
        config_id=text_of(ask(place.top, "hash-object", f"--path={config}", "--stdin", stdin=content)),
        documents=tuple(sorted(place.names_of(watch.documents))),
        names=tuple(sorted(place.names_of(watch.paths))),
    )


def _program() -> str:
    """Return the `doctool` beside the running Python, which is the environment that installs the hook."""
    beside = Path(sys.executable).with_name("doctool")
    return str(beside if beside.exists() else shutil.which("doctool") or beside)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".doctool")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.fsencode(text))
        temporary.chmod(0o755)
        # Not through a link: the hook behind it may serve others.
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
