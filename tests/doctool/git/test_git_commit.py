"""A commit holds what doctool wrote, and nothing of what the user is doing besides."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import commit as commit_module
from doctool.git import commit_paths
from doctool.git import index as index_module
from tests.doctool.git.conftest import DOCUMENT, RECORD, Repo, busy, measured

RECORD_BYTES = b'{"id": "0a1b2c3d"}\n'
MESSAGE = "docs(perf): update figures\n\nDoctool-Record: 0a1b2c3d\n"


def refresh(repo, **options):
    """What a refresh does at its end: files written, then committed."""
    document = repo.top / DOCUMENT
    document.write_bytes(measured(document.read_bytes()))
    repo.write(RECORD, RECORD_BYTES)
    return commit_paths(repo.top, {document: measured, Path(RECORD): RECORD_BYTES}, MESSAGE, **options)


def check_refresh(repo, text: bytes = b"intro\n1.25 ms\nend\n") -> None:
    """Refresh, and hold the law: one commit with our two files and the user's work as it was."""
    before = repo.head()
    (repo.top / DOCUMENT).write_bytes(measured((repo.top / DOCUMENT).read_bytes()))
    repo.write(RECORD, RECORD_BYTES)
    with repo.untouched(DOCUMENT, RECORD):
        result = refresh(repo)
    assert result.commit == repo.head() != before
    assert repo.line("rev-list", "--count", f"{before}..HEAD") == "1"
    assert set(repo.line("diff", "--name-only", "-z", before, "HEAD").split("\0")) == {DOCUMENT, RECORD, ""}
    assert (repo.committed(DOCUMENT), repo.committed(RECORD)) == (text, RECORD_BYTES)
    assert set(result.paths) == {repo.top / DOCUMENT, Path(RECORD)}


def test_only_our_files_are_committed(repo):
    check_refresh(repo)
    assert DOCUMENT.encode() not in repo.status()


def test_the_users_edits_in_the_same_document_stay_uncommitted(repo):
    repo.write(DOCUMENT, b"intro, better\nTODO ms\nend\n")
    check_refresh(repo)
    assert b" M " + DOCUMENT.encode() in repo.status().split(b"\0")
    assert (repo.top / DOCUMENT).read_bytes() == b"intro, better\n1.25 ms\nend\n"


def test_what_is_staged_in_the_same_document_stays_staged(repo):
    repo.write(DOCUMENT, b"intro, staged\nTODO ms\nend\n")
    repo.git("add", "--", DOCUMENT)
    repo.write(DOCUMENT, b"intro, later\nTODO ms\nend\n")
    check_refresh(repo)
    assert b"MM " + DOCUMENT.encode() in repo.status().split(b"\0")
    assert repo.git("cat-file", "blob", f":{DOCUMENT}") == b"intro, staged\n1.25 ms\nend\n"


def test_a_second_commit_of_the_same_makes_none(repo):
    refresh(repo)
    before, status, index = repo.head(), repo.status(), (repo.git_dir() / "index").read_bytes()
    assert refresh(repo).commit is None
    assert (repo.git_dir() / "index").read_bytes() == index
    assert (repo.head(), repo.status()) == (before, status)


def test_the_first_commit_of_a_repository(empty_repo):
    empty_repo.write("staged.txt", b"staged\n")
    empty_repo.git("add", "staged.txt")
    empty_repo.write(DOCUMENT, b"1.25 ms\n")
    empty_repo.write(RECORD, RECORD_BYTES)
    with empty_repo.untouched(DOCUMENT, RECORD):
        result = refresh(empty_repo)
    assert empty_repo.head() == result.commit
    assert empty_repo.git("ls-tree", "-r", "--name-only", "-z", "HEAD").decode().split("\0")[:-1] == [DOCUMENT, RECORD]


def test_a_document_that_was_only_announced(repo):
    repo.write("docs/new.md", b"TODO ms\n")
    repo.git("add", "--intent-to-add", "docs/new.md")
    repo.write("docs/new.md", b"1.25 ms\n")
    with repo.untouched("docs/new.md"):
        commit_paths(repo.top, {Path("docs/new.md"): measured}, MESSAGE)
    assert repo.committed("docs/new.md") == b"1.25 ms\n"
    assert b"docs/new.md" not in repo.status()


def test_a_detached_head(repo):
    repo.git("checkout", "--quiet", "--detach")
    check_refresh(repo)


def test_a_linked_worktree(repo, tmp_path):
    repo.git("worktree", "add", "--quiet", str(tmp_path / "öteki ağaç"), "-b", "other")
    other = Repo(tmp_path / "öteki ağaç")
    busy(other)
    with repo.untouched():
        check_refresh(other)


def test_a_submodule(repo, tmp_path):
    origin = Repo(tmp_path / "origin")
    origin.top.mkdir()
    origin.git("init", "--quiet")
    for name in ("both.txt", "notes.txt"):
        origin.write(name, b"one\n")
    origin.write(DOCUMENT, b"intro\nTODO ms\nend\n")
    origin.commit()
    repo.git("submodule", "--quiet", "add", str(origin.top), "sub module")
    sub = Repo(repo.top / "sub module")
    busy(sub)
    check_refresh(sub)
    with pytest.raises(GitError, match="another repository"):
        commit_paths(repo.top, {sub.top / DOCUMENT: measured}, MESSAGE)


def test_a_project_below_the_top_of_the_repository(repo):
    project = repo.top / "docs"
    before = repo.head()
    repo.write(RECORD, RECORD_BYTES)
    with repo.untouched(RECORD):
        result = commit_paths(project, {Path("measurements") / Path(RECORD).name: RECORD_BYTES}, MESSAGE)
    assert repo.line("diff", "--name-only", before, str(result.commit)) == RECORD


def _autocrlf(repo, _):
    repo.git("config", "core.autocrlf", "true")
    repo.git("config", "core.safecrlf", "true")


def _fsmonitor(repo, tmp_path):
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\nprintf 'token\\0'\n")
    liar.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(liar))


def _external_diff(repo, _):
    for key, value in {
        "diff.external": "false",
        "diff.noprefix": "true",
        "color.ui": "always",
        "log.showSignature": "true",
        "core.quotePath": "true",
        "commit.verbose": "true",
        "commit.cleanup": "strip",
        "commit.template": "/nowhere",
        "core.editor": "false",
        "status.relativePaths": "true",
        "core.untrackedCache": "true",
        "index.version": "4",
        "core.splitIndex": "true",
    }.items():
        repo.git("config", key, value)


def _hooks_path(repo, tmp_path):
    repo.git("config", "core.hooksPath", str(tmp_path / "common hooks"))
    repo.hook("pre-commit", "git diff --cached --name-only | grep -q measurements || exit 7")


SETTINGS: dict[str, Callable] = {
    "autocrlf": _autocrlf,
    "fsmonitor": _fsmonitor,
    "external-diff": _external_diff,
    "hooks-path": _hooks_path,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_hostile_settings_change_nothing(repo, tmp_path, name):
    SETTINGS[name](repo, tmp_path)
    check_refresh(repo)


def test_the_environment_of_another_repositorys_hook_changes_nothing(repo, tmp_path, monkeypatch):
    other = Repo(tmp_path / "other")
    other.top.mkdir()
    other.git("init", "--quiet")
    other.write("f", b"f\n")
    other.commit()
    before = repo.everything_but(DOCUMENT, RECORD)
    with monkeypatch.context() as patch, other.untouched():
        patch.setenv("GIT_DIR", str(other.top / ".git"))
        patch.setenv("GIT_WORK_TREE", str(other.top))
        patch.setenv("GIT_INDEX_FILE", str(other.top / ".git/index"))
        patch.setenv("GIT_PREFIX", "docs/")
        patch.setenv("GIT_GLOB_PATHSPECS", "1")
        repo.write(RECORD, RECORD_BYTES)
        result = commit_paths(repo.top, {Path(RECORD): RECORD_BYTES}, MESSAGE)
        patch.undo()
    assert repo.head() == result.commit
    assert repo.everything_but(DOCUMENT, RECORD)[:2] == before[:2]


def test_line_endings_are_stored_as_git_add_would(repo):
    repo.git("config", "core.autocrlf", "true")
    repo.write(DOCUMENT, b"intro\r\nTODO ms\r\nend\r\n")
    check_refresh(repo)
    assert DOCUMENT.encode() not in repo.status()


def test_a_file_committed_with_crlf_keeps_it(repo):
    repo.write(DOCUMENT, b"intro\r\nTODO ms\r\nend\r\n")
    repo.git("commit", "--quiet", "-m", "crlf", "--", DOCUMENT)
    repo.git("config", "core.autocrlf", "true")
    check_refresh(repo, b"intro\r\n1.25 ms\r\nend\r\n")


def test_clean_and_smudge_filters_apply(repo):
    repo.write(".gitattributes", b"*.md filter=upper\n*.json filter=upper\n")
    repo.git("config", "filter.upper.clean", "tr 'a-z' 'A-Z'")
    repo.git("config", "filter.upper.smudge", "tr 'A-Z' 'a-z'")
    repo.git("config", "filter.upper.required", "true")
    repo.git("add", "--renormalize", DOCUMENT)
    repo.git("commit", "--quiet", "-m", "filtered", "--", DOCUMENT, ".gitattributes", check=False)
    repo.git("add", ".gitattributes")
    repo.git("commit", "--quiet", "-m", "filtered", "--", DOCUMENT, ".gitattributes")
    seen = []

    def rewrite(data: bytes) -> bytes:
        seen.append(data)
        return data.replace(b"todo ms", b"1.25 ms")

    repo.write(DOCUMENT, b"intro\n1.25 ms\nend\n")
    with repo.untouched(DOCUMENT):
        commit_paths(repo.top, {Path(DOCUMENT): rewrite}, MESSAGE)
    assert seen == [b"intro\ntodo ms\nend\n"]
    assert repo.committed(DOCUMENT) == b"INTRO\n1.25 MS\nEND\n"


def test_the_commit_is_signed_when_the_user_signs(repo, ssh_key, out_of_reach):
    (out_of_reach / "allowed").write_text(f"ayse@example.org {ssh_key.with_suffix('.pub').read_text()}")
    for key, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(ssh_key),
        "commit.gpgsign": "true",
        "log.showSignature": "true",
        "gpg.ssh.allowedSignersFile": str(out_of_reach / "allowed"),
    }.items():
        repo.git("config", key, value)
    check_refresh(repo)
    assert repo.line("log", "-1", "--no-show-signature", "--format=%G?") == "G"


def test_a_signature_that_fails_leaves_everything_as_it_was(repo):
    repo.git("config", "commit.gpgsign", "true")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(repo.top / "no such key"))
    assert_refused(repo, "git could not commit", lambda: refresh(repo))


def assert_refused(repo, words: str, action: Callable) -> GitError:
    """Nothing is committed, and but for the files on disk everything is as before, our own index entries included."""
    (repo.top / DOCUMENT).write_bytes(measured((repo.top / DOCUMENT).read_bytes()))
    repo.write(RECORD, RECORD_BYTES)
    before = repo.head()
    with repo.untouched(), pytest.raises(GitError, match=words) as caught:
        action()
    assert repo.head() == before
    assert (repo.top / RECORD).read_bytes() == RECORD_BYTES
    return caught.value


def test_a_refusing_hook_is_heard(repo):
    repo.hook("pre-commit", "echo 'çok uzun satır' >&2; exit 1")
    repo.write(DOCUMENT, b"intro, staged\nTODO ms\nend\n")
    repo.git("add", "--", DOCUMENT)
    error = assert_refused(repo, "a hook of this repository refused", lambda: refresh(repo))
    assert "çok uzun satır" in error.message


def test_a_refusing_hook_leaves_an_announced_document_announced(repo):
    repo.hook("pre-commit", "exit 1")
    repo.write("docs/new.md", b"1.25 ms\n")
    repo.git("add", "--intent-to-add", "docs/new.md")
    assert_refused(repo, "refused", lambda: commit_paths(repo.top, {Path("docs/new.md"): measured}, MESSAGE))
    assert b" A docs/new.md" in repo.status().split(b"\0")


def _side(repo):
    """A branch whose note differs from ours, so that anything joining the two stops."""
    repo.git("stash", "--quiet", "--include-untracked")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("side", **{"notes.txt": b"side\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("main", **{"notes.txt": b"main\n"})
    repo.commit("main", **{"notes.txt": b"main again\n"})


UNDER_WAY = {
    "merge": ("a merge", ("merge", "side")),
    "rebase": ("a rebase", ("rebase", "side")),
    "cherry-pick": ("a cherry-pick", ("cherry-pick", "side")),
    "revert": ("a revert", ("revert", "--no-edit", "HEAD~1")),
    "bisect": ("a bisection", ("bisect", "start")),
}


@pytest.mark.parametrize("name", UNDER_WAY)
def test_nothing_is_committed_into_an_operation_under_way(repo, name):
    words, command = UNDER_WAY[name]
    _side(repo)
    repo.git(*command, check=False)
    assert_refused(repo, f"{words} is under way", lambda: refresh(repo))


def test_unsettled_conflicts_are_named(repo):
    _side(repo)
    repo.git("stash", "pop", check=False)
    assert repo.git("ls-files", "--unmerged")
    error = assert_refused(repo, "conflicts", lambda: refresh(repo))
    assert error.file == "notes.txt"


def test_a_locked_index_is_waited_for(repo, monkeypatch):
    monkeypatch.setattr(index_module, "LOCK_WAIT_S", 0.2)
    lock = repo.git_dir() / "index.lock"
    lock.touch()
    try:
        with pytest.raises(GitError, match="keeps the index locked"):
            refresh(repo)
    finally:
        lock.unlink()
    check_refresh(repo)


def test_a_lock_that_goes_away_is_no_obstacle(repo, monkeypatch):
    lock = repo.git_dir() / "index.lock"
    lock.touch()
    monkeypatch.setattr(index_module.time, "sleep", lambda _: lock.unlink())
    check_refresh(repo)


def test_any_name_is_only_a_name(repo):
    names = [":(top)x.md", "*.md", "-rf.md", "a [b].md", "!x.md", "tab\tin.md", "Ünlü/ş.md", "\udcff.md"]
    repo.commit("named", **dict.fromkeys([*names, "other.md", "a b.md"], b"TODO ms\n"))
    for name in [*names, "other.md", "a b.md"]:
        repo.write(name, b"the user's\n1.25 ms\n")
    # Two of them alone, since "*.md" as a pattern would find all.
    for batch in (names[:1], names[3:4], [names[1], names[2], *names[4:]]):
        with repo.untouched(*batch):
            commit_paths(repo.top, dict.fromkeys(map(Path, batch), measured), MESSAGE)
        changed = repo.git("log", "-1", "--format=", "--name-only", "-z").split(b"\0")
        assert sorted(map(os.fsdecode, changed)) == sorted([*batch, ""])
        assert b"the user's" not in repo.git("show", "HEAD")
    repo.write(".git/info/exclude", b"*.md\n")
    with pytest.raises(GitError, match="git ignores this path") as caught:
        commit_paths(repo.top, {Path("*.md"): measured, Path(":(top)new.md"): b""}, MESSAGE)
    assert caught.value.file == ":(top)new.md"


def test_files_outside_ignored_or_removed_are_refused(repo, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"TODO ms\n")
    assert_refused(repo, "outside the repository", lambda: commit_paths(repo.top, {outside: measured}, MESSAGE))
    repo.write(".git/info/exclude", b"measurements/\n")
    assert_refused(repo, "git ignores this path", lambda: refresh(repo))
    repo.write(".git/info/exclude", b"")
    repo.git("rm", "--quiet", "--cached", "--", DOCUMENT)
    assert_refused(repo, "its removal is staged", lambda: refresh(repo))


def test_outside_of_any_repository(tmp_path):
    with pytest.raises(GitError, match="not in a git repository"):
        commit_paths(tmp_path, {Path("x"): b""}, MESSAGE)


def test_without_an_identity_git_is_not_asked_to_commit(repo):
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    config.write_text("[user]\n useConfigOnly = true\n")
    assert_refused(repo, "git config user.email", lambda: refresh(repo))


def test_an_error_of_the_caller_goes_through_and_changes_nothing(repo):
    def fail(_: bytes) -> bytes:
        raise GitError("the region is not in the committed text")

    assert_refused(repo, "the region is not", lambda: commit_paths(repo.top, {Path(DOCUMENT): fail}, MESSAGE))


def test_an_interruption_leaves_the_index_as_the_branch_is(repo, monkeypatch):
    real = commit_module.act

    def interrupt_before(*_, **__):
        raise KeyboardInterrupt

    def interrupt_after(*arguments, **options):
        real(*arguments, **options)
        raise KeyboardInterrupt

    before = repo.head()
    repo.write(RECORD, RECORD_BYTES)
    (repo.top / DOCUMENT).write_bytes(b"intro\n1.25 ms\nend\n")
    monkeypatch.setattr(commit_module, "act", interrupt_before)
    with repo.untouched(), pytest.raises(KeyboardInterrupt):
        refresh(repo)
    assert repo.head() == before
    monkeypatch.setattr(commit_module, "act", interrupt_after)
    with repo.untouched(DOCUMENT, RECORD), pytest.raises(KeyboardInterrupt):
        refresh(repo)
    assert repo.committed(RECORD) == RECORD_BYTES
    assert b"hem-decode" not in repo.status()


def test_a_text_that_stays_is_not_stored_anew(repo):
    repo.write(DOCUMENT, b"intro\r\n1.25 ms\r\nend\r\n")
    repo.git("commit", "--quiet", "-m", "crlf", "--", DOCUMENT)
    repo.write(".gitattributes", b"* text eol=crlf\n")
    assert commit_paths(repo.top, {Path(DOCUMENT): measured}, MESSAGE).commit is None


def test_an_empty_committed_document_does_not_take_the_users_text_along(repo):
    repo.commit("empty", **{"docs/empty.md": b""})
    repo.write("docs/empty.md", b"the user's\n1.25 ms\n")
    with repo.untouched():
        assert commit_paths(repo.top, {Path("docs/empty.md"): measured}, MESSAGE).commit is None


def test_what_a_hook_adds_to_the_commit_is_not_staged_for_removal(repo):
    repo.hook("pre-commit", "echo added > added.txt; printf 'formatted\\n' >> notes.txt; git add added.txt notes.txt")
    refresh(repo)
    assert repo.committed("added.txt") == b"added\n"
    names = repo.git("diff", "--cached", "--name-only", "-z").decode().split("\0")[:-1]
    assert names == ["both.txt", "staged new.txt"]


def test_hooks_run_in_order_and_may_change_the_message(repo):
    for kind in ("pre-commit", "prepare-commit-msg", "post-commit"):
        repo.hook(kind, f"echo {kind} >> .git/ran")
    repo.hook("commit-msg", "echo commit-msg >> .git/ran; echo 'Reviewed-by: hook' >> \"$1\"")
    refresh(repo, signoff=True)
    assert (repo.top / ".git/ran").read_text().split() == [
        "pre-commit",
        "prepare-commit-msg",
        "commit-msg",
        "post-commit",
    ]
    assert repo.line("log", "-1", "--format=%B") == (
        "docs(perf): update figures\n\nDoctool-Record: 0a1b2c3d\n"
        "Signed-off-by: Ayşe Ölçer <ayse@example.org>\nReviewed-by: hook"
    )


def test_the_message_is_what_was_given_whatever_the_users_encoding(repo):
    repo.git("config", "i18n.commitEncoding", "ISO-8859-9")
    repo.write(RECORD, RECORD_BYTES)
    commit_paths(repo.top, {Path(RECORD): RECORD_BYTES}, "# UBÖO: 1 ms → 2 ms\n")
    assert repo.line("log", "-1", "--encoding=UTF-8", "--format=%B") == "# UBÖO: 1 ms → 2 ms"


def test_a_mode_and_a_link_survive(repo):
    (repo.top / DOCUMENT).chmod(0o755)
    repo.git("commit", "--quiet", "-m", "mode", "--", DOCUMENT)
    (repo.top / "link.md").symlink_to(DOCUMENT)
    (repo.top / DOCUMENT).write_bytes(b"intro\n1.25 ms\nend\n")
    with repo.untouched(DOCUMENT):
        commit_paths(repo.top, {repo.top / "link.md": measured}, MESSAGE)
    assert repo.line("ls-tree", "HEAD", "--", DOCUMENT).startswith("100755")
    assert DOCUMENT.encode() not in repo.status()
