"""What is staged, and what a commit holds: read without touching the work tree or the index."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from doctool.errors import GitError
from doctool.git.command import ask, names_of, read
from doctool.git.place import Place, the_place


def staged_paths(root: Path) -> tuple[Path, ...]:
    """Return the files below `root` whose staged version differs from the commit, removed ones included.

    Returns:
        Paths relative to `root`.
    """
    place = the_place(root)
    options = ("--cached", "--name-only", "--no-ext-diff", "--no-renames", "--no-relative", "-z")
    names = names_of(read(place.top, "diff", *options, index=_index_of(place)).stdout)
    return tuple(path for name in names if (path := place.from_root(name)) is not None)


def tracked_paths(root: Path, pattern: str) -> tuple[Path, ...]:
    """Return the files below `root` that git tracks and whose names fit a pattern, in any case.

    Args:
        root: Any directory; outside a repository nothing is tracked.
        pattern: Such as `*.md`; `*` also stands for directories.

    Returns:
        Paths relative to `root`.
    """
    done = ask(root, "ls-files", "-z", "--", f":(icase){pattern}", literal=False, check=False)
    return tuple(Path(name) for name in names_of(done.stdout)) if done.returncode == 0 else ()


def staged_contents(root: Path, paths: Iterable[str | Path]) -> dict[Path, bytes]:
    """Return staged files as they would be checked out: line endings and filters applied.

    Args:
        root: A directory of the work tree.
        paths: The files, absolute or relative to `root`.

    Returns:
        The bytes by the paths given; files that are not in the index are left out.
    """
    place = the_place(root)
    names = {Path(path): place.name_of(path) for path in paths}
    with tempfile.TemporaryDirectory(prefix="doctool-staged-") as directory:
        exported = set(_export(place, names.values(), Path(directory), _index_of(place)))
        return {path: (Path(directory) / name).read_bytes() for path, name in names.items() if name in exported}


def committed_contents(root: Path, names: Iterable[str], *, is_to_be_kept: bool = True) -> dict[str, bytes]:
    """Return files of the last commit as they would be checked out; files it does not have are left out.

    Args:
        root: A directory of the work tree.
        names: The files, relative to `root`.
        is_to_be_kept: Whether they are to be committed again, so that the repository's own filters apply.
    """
    place = the_place(root)
    found = {}
    git = ask if is_to_be_kept else read
    for name in names:
        done = git(place.top, "cat-file", "--filters", f"HEAD:{place.name_of(name)}", check=False)
        if done.returncode == 0:
            found[name] = done.stdout
    return found


def export_staged(root: Path, paths: Iterable[str | Path], directory: Path) -> tuple[Path, ...]:
    """Write staged files into another directory, laid out there as they are below `root`.

    Args:
        root: A directory of the work tree.
        paths: Files and directories below `root`.
        directory: An existing directory.

    Returns:
        The files written, relative to `root`, and so to `directory`.
    """
    place = the_place(root)
    return _export_below(place, paths, directory, _index_of(place))


def export_revision(root: Path, revision: str, paths: Iterable[str | Path], directory: Path) -> tuple[Path, ...]:
    """Write files of a commit or tag into another directory, as `export_staged` does.

    Raises:
        GitError: If there is no such commit.
    """
    place = the_place(root)
    found = read(place.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}", check=False)
    if found.returncode != 0:
        raise GitError(f"there is no commit or tag {revision!r} in {place.top}; `git log` and `git tag` list them")
    with tempfile.TemporaryDirectory(prefix="doctool-index-") as scratch:
        index = Path(scratch) / "index"
        read(place.top, "read-tree", "--end-of-options", f"{revision}^{{tree}}", index=index)
        return _export_below(place, paths, directory, index)


def _export_below(place: Place, paths: Iterable[str | Path], directory: Path, index: Path | None) -> tuple[Path, ...]:
    # Git lays files out from the top of the work tree; the caller thinks from its own root.
    with tempfile.TemporaryDirectory(prefix=".doctool-", dir=directory) as scratch:
        names = _export(place, place.names_of(paths), Path(scratch), index)
        written = {name: path for name in names if (path := place.from_root(name)) is not None}
        for name, path in written.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / name).replace(directory / path)
    return tuple(written.values())


def _export(place: Place, names: Iterable[str], directory: Path, index: Path | None) -> tuple[str, ...]:
    """Write files of an index below `directory`; links, submodules and names that lead out of it are left out."""
    wanted = tuple(names)
    if not wanted:
        return ()
    listing = read(place.top, "ls-files", "--stage", "-z", "--", *wanted, index=index).stdout
    lines = (os.fsdecode(line).partition("\t") for line in listing.split(b"\0") if line)
    files = tuple(name for facts, _, name in lines if facts.startswith("100") and facts.endswith(" 0"))
    files = tuple(name for name in files if ".." not in name.split("/") and not name.startswith("/"))
    stdin = b"".join(os.fsencode(name) + b"\0" for name in files)
    read(place.top, "checkout-index", "--force", f"--prefix={directory}/", "-z", "--stdin", stdin=stdin, index=index)
    return files


def _index_of(place: Place) -> Path | None:
    """Return the index that a hook is asked about, None for the repository's usual one.

    For `git commit -a` and `git commit -- PATH` git makes another index and names it in GIT_INDEX_FILE, from the top
    of the work tree. A name that leads elsewhere was meant for another repository.
    """
    given = os.environ.get("GIT_INDEX_FILE")
    if not given:
        return None
    path = Path(os.path.realpath(place.top / given))
    return path if path.is_relative_to(os.path.realpath(place.git_dir)) and path.exists() else None
