"""Commit what doctool wrote, and nothing else.

The commit is made by `git commit` itself, with the user's hooks, signature, filters and identity, on an index of its
own that holds the last commit and our changes. The user's index gets the same entries for our files first: whoever is
killed in between leaves files that are staged, never a commit that the index would take back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from doctool.errors import GitError
from doctool.git.command import act, ask, names_of, text_of, words_of
from doctool.git.index import (
    Entries,
    Entry,
    announce,
    announced,
    index_entries,
    load_tree,
    read_entry,
    scratch_index,
    store,
    tree_entries,
    write_entries,
)
from doctool.git.lock import exclusive
from doctool.git.obstacles import refuse_obstacles
from doctool.git.place import Place
from doctool.git.state import empty_tree, head_commit
from doctool.system.process import Completed

Rewrite = bytes | Callable[[bytes], bytes]
"""Bytes that are wholly ours, or how to bring our part into any version of a file that we share with the user."""

_ATTEMPTS = 5
"""How often the branch may move under us before we give up."""


class CommitResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a commit.

    Args:
        commit: Its full id; None when nothing differed from the last commit.
        paths: The files whose content it changed, as they were given.
    """

    commit: str | None
    paths: tuple[Path, ...] = ()


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of our files. All by git's names.

    Args:
        base: The commit it was made for; None before the first one.
        before: What the index has now.
        staged: What the index is to have.
        committed: What the commit is to have.
        announced: Which of the files the index only announces now.
    """

    base: str | None
    before: Entries
    staged: Entries
    committed: Entries
    announced: tuple[str, ...]


def commit_paths(
    root: Path, changes: Mapping[Path, Rewrite | None], message: str, *, signoff: bool = False
) -> CommitResult:
    """Commit files that are already written to the work tree.

    What the user has staged or edited elsewhere stays exactly as it was. In a file that is shared with him, his own
    uncommitted edits stay uncommitted, staged ones staged.

    Args:
        root: A directory of the work tree.
        changes: The files, absolute or relative to `root`. Bytes are committed as they are. A function gets the
            committed version of its file and returns what to commit; when another version is staged, it gets that too
            and returns what to stage. For a file that was never committed it gets what is staged, or else the file.
            None commits the removal of a file.
        message: The whole message.
        signoff: Add the user's `Signed-off-by`.

    Raises:
        GitError: If the repository, a hook or the signature does not permit it. The files stay written; index, branch
            and everything else are as before. What a function raises goes through, likewise.
    """
    with exclusive(root) as place:
        names = {place.name_of(path): path for path in changes}
        refuse_obstacles(place, tuple(names))
        with scratch_index(place) as scratch:
            for _ in range(_ATTEMPTS):
                plan = _make_plan(place, {name: changes[path] for name, path in names.items()})
                load_tree(place, plan.base, scratch)
                write_entries(place, plan.committed, index=scratch)
                changed = _changed(place, plan, scratch)
                if not changed:
                    return CommitResult(commit=None)
                commit = _commit(place, plan, scratch, message, signoff=signoff)
                if commit is not None:
                    return CommitResult(commit=commit, paths=tuple(names[name] for name in changed if name in names))
    raise GitError("the branch kept moving while doctool was committing, so nothing was committed; try again")


def _make_plan(place: Place, changes: Mapping[str, Rewrite | None]) -> _Plan:
    base = head_commit(place.top)
    head, index = tree_entries(place, base, changes), index_entries(place, changes)
    only_announced = announced(place, (name for name in index if name not in head))
    committed: dict[str, Entry | None] = {}
    staged: dict[str, Entry | None] = {}
    for name, rewrite in changes.items():
        last, added = head.get(name), None if name in only_announced else index.get(name)
        if rewrite is None:
            committed[name] = staged[name] = None
            continue
        if isinstance(rewrite, bytes):
            committed[name] = staged[name] = store(place, name, rewrite, last or added)
            continue
        if last is not None and added is None:
            raise GitError(
                "its removal is staged, so nothing was committed; commit the removal, or undo it with "
                "`git restore --staged`",
                file=name,
            )
        committed[name] = _rewritten(place, name, last or added, rewrite)
        is_other = last is not None and added is not None and added != last
        staged[name] = _rewritten(place, name, added, rewrite) if is_other else committed[name]
    before = {name: index.get(name) for name in changes}
    return _Plan(base=base, before=before, staged=staged, committed=committed, announced=only_announced)


def _rewritten(place: Place, name: str, version: Entry | None, rewrite: Callable[[bytes], bytes]) -> Entry:
    if version is None:
        return store(place, name, rewrite((place.top / name).read_bytes()), None)
    text = read_entry(place, name, version)
    new = rewrite(text)
    # Storing the same text again could still change it, where a filter or an attribute came after the commit.
    return version if new == text else store(place, name, new, version)


def _changed(place: Place, plan: _Plan, index: Path) -> tuple[str, ...]:
    base = plan.base or empty_tree(place.top)
    return names_of(ask(place.top, "diff-index", "--cached", "--name-only", "-z", base, index=index).stdout)


def _commit(place: Place, plan: _Plan, scratch: Path, message: str, *, signoff: bool) -> str | None:
    """Make the commit; None if the branch moved meanwhile, and everything is as before."""
    write_entries(place, {name: entry for name, entry in plan.staged.items() if entry != plan.before[name]})
    ask(place.top, "update-index", "-q", "--refresh", index=scratch, check=False)
    # The message is UTF-8 whatever the user's own messages are in.
    command = ("-c", "i18n.commitEncoding=UTF-8", "commit")
    options = ("--quiet", "--cleanup=whitespace", *(("--signoff",) if signoff else ()), "--file=-")
    try:
        done = act(place.top, *command, *options, stdin=message.encode(), index=scratch)
    except BaseException:
        # Interrupted: with the commit already made, the old entries would take it back.
        if head_commit(place.top) == plan.base:
            _unstage(place, plan)
        raise
    commit = _find(place, plan, scratch) if done.returncode == 0 else None
    if commit is not None:
        _follow_hooks(place, plan, commit)
        return commit
    _unstage(place, plan)
    if done.returncode != 0 and head_commit(place.top) == plan.base:
        raise _refusal(done)
    return None


def _find(place: Place, plan: _Plan, scratch: Path) -> str | None:
    """Return the id of the commit just made, unless it has another parent than planned: then it is taken back.

    `git commit` reads the branch when it starts. Were another commit made right before that, ours would undo it.
    """
    tree = text_of(ask(place.top, "write-tree", index=scratch))
    span = "HEAD" if plan.base is None else f"{plan.base}..HEAD"
    listing = text_of(ask(place.top, "log", "--no-show-signature", "--no-color", "--format=%H %T %P", span))
    lines = [line.split() for line in listing.splitlines()]
    if not lines:
        return None
    ours = next((line for line in reversed(lines) if line[1] == tree), lines[-1])
    commit, _, *parents = ours
    if parents == ([] if plan.base is None else [plan.base]):
        return commit
    ask(place.top, "update-ref", "-m", "doctool: the branch had moved", "HEAD", parents[0], commit)
    return None


def _follow_hooks(place: Place, plan: _Plan, commit: str) -> None:
    """Bring what a hook added to the commit into the user's index, where he has nothing else staged."""
    base = plan.base or empty_tree(place.top)
    names = names_of(ask(place.top, "diff-tree", "-r", "--name-only", "--no-renames", "-z", base, commit).stdout)
    before, now = tree_entries(place, plan.base, names), tree_entries(place, commit, names)
    index = index_entries(place, names)
    expected = {name: plan.staged.get(name, before.get(name)) for name in names}
    behind = {
        name: now.get(name)
        for name in names
        if index.get(name) != now.get(name)
        and index.get(name) == expected[name]
        and plan.staged.get(name) == plan.committed.get(name)
    }
    write_entries(place, behind)


def _unstage(place: Place, plan: _Plan) -> None:
    """Give the user's index its entries back, where nobody else has changed them since."""
    index = index_entries(place, plan.staged)
    ours = [name for name in plan.staged if index.get(name) == plan.staged[name] != plan.before[name]]
    write_entries(place, {name: None if name in plan.announced else plan.before[name] for name in ours})
    announce(place, (name for name in ours if name in plan.announced))


def _refusal(done: Completed) -> GitError:
    what = "git could not commit" if b"fatal:" in done.stderr else "a hook of this repository refused the commit"
    return GitError(
        f"{what}; documents and records are written and kept. Settle what it says and run the command again, or commit "
        f"them yourself. Its words:\n{words_of(done)}"
    )
