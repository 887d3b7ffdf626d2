"""What commit the files are at, and whether they differ from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from doctool.git.command import ask, names_of, text_of
from doctool.git.place import Place, find_place, the_place

# Whatever a user's settings, attributes or environment say about diffs, the same change gives the same bytes.
_PLAIN_DIFF = (
    *("-c", "diff.suppressBlankEmpty=false", "-c", "diff.ignoreSubmodules=none"),
    *("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--no-relative", "--no-indent-heuristic"),
    *("--binary", "--full-index", "-O/dev/null", "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short"),
)


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of some files.

    Args:
        commit: Id of the commit that is checked out; None outside a repository and before the first commit.
        is_dirty: Whether the files differ from that commit.
        patch_digest: SHA-256 of the difference, in hex; None when there is none.
    """

    commit: str | None
    is_dirty: bool
    patch_digest: str | None


def head_commit(root: Path) -> str | None:
    """Return the full id of the commit that is checked out; None before the first one."""
    done = ask(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)
    return text_of(done) if done.returncode == 0 else None


def has_commit(root: Path, commit: str) -> bool:
    """Whether the repository that `root` is in has a commit with this full id."""
    return ask(root, "cat-file", "-e", f"{commit}^{{commit}}", check=False).returncode == 0


def is_dirty(root: Path, paths: Iterable[str | Path]) -> bool:
    """Whether files, or files below directories, differ from the commit; new files count unless they are ignored."""
    return patch_digest(root, paths) is not None


def patch_digest(root: Path, paths: Iterable[str | Path] = ()) -> str | None:
    """Return the SHA-256 of the uncommitted changes, new files included.

    Args:
        root: A directory of the work tree.
        paths: Files and directories to look at; none means the whole work tree.

    Returns:
        Hex digits, the same for the same changes whatever the user's settings; None when nothing differs.
    """
    return _patch_digest(the_place(root), paths, head_commit(root))


def changed_paths(root: Path, paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """Return the files that make `is_dirty` true, relative to `root`; files that are not below it are left out."""
    place = the_place(root)
    names = _changed_names(place, place.names_of(paths) or (".",), head_commit(root))
    return tuple(path for name in sorted(names) if (path := place.from_root(name)) is not None)


def project_files(root: Path) -> list[str]:
    """Return the files below `root` that git tracks, or that are new and not ignored, as paths relative to it."""
    place = the_place(root)
    names = ask(place.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate").stdout
    return sorted(name for name in names_of(names) if (place.root / name).is_file())


def source_state(root: Path, paths: Iterable[str | Path]) -> SourceState:
    """Return the state of the files that a measurement depends on.

    Args:
        root: The project's root; it need not be in a repository.
        paths: Files and directories that matter; changes elsewhere do not count.
    """
    place = find_place(root)
    if place is None:
        return SourceState(commit=None, is_dirty=False, patch_digest=None)
    commit = head_commit(root)
    digest = _patch_digest(place, paths, commit)
    return SourceState(commit=commit, is_dirty=digest is not None, patch_digest=digest)


def empty_tree(root: Path) -> str:
    """Return the id of the tree without files, which stands for the commit before the first one."""
    return text_of(ask(root, "hash-object", "-t", "tree", "--stdin"))


def ssh_signing_key(root: Path) -> str | None:
    """Return the key that git signs with, if it is one of SSH: a file, or a public key itself."""
    kind, key = (text_of(ask(root, "config", "--get", name, check=False)) for name in ("gpg.format", "user.signingKey"))
    return key if kind == "ssh" and key else None


def _patch_digest(place: Place, paths: Iterable[str | Path], commit: str | None) -> str | None:
    wanted = place.names_of(paths) or (".",)
    base = commit or empty_tree(place.top)
    patch = ask(place.top, *_PLAIN_DIFF, base, "--", *wanted).stdout
    new = _new_names(place, wanted)
    if not patch and not new:
        return None
    digest = hashlib.sha256(patch)
    for name in sorted(new):
        path = place.top / name
        digest.update(b"\0" + os.fsencode(name) + b"\0" + _digest_of(path))
    return digest.hexdigest()


def _digest_of(path: Path) -> bytes:
    """Return the SHA-256 of a file; of a link, of where it leads, as git has it; of anything else, of nothing."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).digest()
    if not path.is_file():
        return hashlib.sha256().digest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _changed_names(place: Place, wanted: tuple[str, ...], commit: str | None) -> tuple[str, ...]:
    base = commit or empty_tree(place.top)
    return (
        *names_of(ask(place.top, *_PLAIN_DIFF, "--name-only", "-z", base, "--", *wanted).stdout),
        *_new_names(place, wanted),
    )


def _new_names(place: Place, wanted: tuple[str, ...]) -> tuple[str, ...]:
    # Compiled modules appear by merely running the code, in a repository that does not ignore them.
    others = ("--others", "--exclude-standard", "--exclude=__pycache__/", "--exclude=*.py[co]")
    return names_of(ask(place.top, "ls-files", "-z", *others, "--", *wanted).stdout)
