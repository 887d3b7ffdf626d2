"""What is staged, pushed and recorded is read as it is, whatever is on disk."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from doctool.errors import GitError
from doctool.git import (
    PushedTag,
    commit_paths,
    export_revision,
    export_staged,
    history,
    paths_at,
    read_at,
    staged_contents,
    staged_paths,
    tags_pushed,
)
from tests.doctool.git.conftest import DOCUMENT, Repo

ZERO, ONE = "0" * 40, "1" * 40


def test_the_staged_version_is_read_not_the_file(repo):
    with repo.untouched():
        found = staged_contents(repo.top, [Path("both.txt"), repo.top / DOCUMENT, Path("untracked ü.txt")])
        assert found == {Path("both.txt"): b"two\n", repo.top / DOCUMENT: b"intro\nTODO ms\nend\n"}
        assert staged_paths(repo.top) == (Path("both.txt"), Path("staged new.txt"))


def test_staged_paths_are_relative_to_the_project(repo):
    repo.write(DOCUMENT, b"edited\n")
    repo.git("add", DOCUMENT)
    repo.git("rm", "--quiet", "pkg/model.py")
    assert staged_paths(repo.top / "docs") == (Path(DOCUMENT).relative_to("docs"),)
    repo.git("config", "diff.relative", "true")
    assert Path("pkg/model.py") in staged_paths(repo.top)
    assert staged_paths(repo.top / "docs") == (Path(DOCUMENT).relative_to("docs"),)


def test_nothing_is_committed_yet(empty_repo):
    empty_repo.write("a b.md", b"a\r\n")
    empty_repo.git("add", "a b.md")
    assert staged_paths(empty_repo.top) == (Path("a b.md"),)
    assert staged_contents(empty_repo.top, [Path("a b.md")]) == {Path("a b.md"): b"a\r\n"}
    assert history(empty_repo.top, "docs") == ()


def test_line_endings_are_those_of_a_checkout(repo):
    repo.git("config", "core.autocrlf", "true")
    assert staged_contents(repo.top, [Path(DOCUMENT)]) == {Path(DOCUMENT): b"intro\r\nTODO ms\r\nend\r\n"}
    assert read_at(repo.top, "HEAD", DOCUMENT) == b"intro\r\nTODO ms\r\nend\r\n"


@pytest.mark.parametrize("command", [("-a",), ("--", "notes.txt"), ("-i", "notes.txt")])
def test_inside_a_hook_the_index_of_that_commit_counts(repo, command):
    script = "import sys; from pathlib import Path; from doctool.git import staged_contents, staged_paths\n"
    script += (
        "print([p.as_posix() for p in staged_paths(Path('.'))], staged_contents(Path('docs'), [Path('../notes.txt')]))"
    )
    repo.write("print.py", script.encode())
    repo.hook("pre-commit", f"'{sys.executable}' print.py > .git/said")
    repo.git("commit", "--quiet", "-m", "some", *command)
    said = (repo.top / ".git/said").read_text()
    assert "b'edited\\n'" in said
    assert ("both.txt" in said) == (command[0] != "--")


def test_an_index_of_another_repository_is_not_looked_at(repo, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert staged_paths(repo.top) == (Path("both.txt"), Path("staged new.txt"))


def test_what_is_staged_can_be_laid_out_elsewhere(repo, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (repo.top / "pkg/link.py").symlink_to("model.py")
    repo.git("add", "pkg/link.py")
    repo.write("pkg/model.py", b"not staged\n")
    with repo.untouched():
        assert export_staged(repo.top, ["pkg", "doctool.yaml", "nothing"], out) == (
            Path("doctool.yaml"),
            Path("pkg/model.py"),
        )
    assert (out / "pkg/model.py").read_bytes() == b"x = 1\n"
    assert sorted(path.name for path in out.rglob("*")) == ["doctool.yaml", "model.py", "pkg"]


def test_below_the_top_files_are_laid_out_from_the_project(repo, tmp_path):
    assert export_staged(repo.top / "pkg", [repo.top / "pkg"], tmp_path) == (Path("model.py"),)
    assert (tmp_path / "model.py").read_bytes() == b"x = 1\n"


def test_a_tag_can_be_laid_out(repo, tmp_path):
    repo.git("tag", "v1")
    repo.commit("later", **{"pkg/model.py": b"x = 2\n", "pkg/new.py": b"\n"})
    with repo.untouched():
        assert export_revision(repo.top, "v1", ["pkg"], tmp_path) == (Path("pkg/model.py"),)
    assert (tmp_path / "pkg/model.py").read_bytes() == b"x = 1\n"
    with pytest.raises(GitError, match="there is no commit or tag 'no-such'"):
        export_revision(repo.top, "no-such", ["pkg"], tmp_path)


def test_earlier_versions_are_read(repo):
    repo.git("tag", "v1")
    repo.commit("later", **{DOCUMENT: b"later\n", "docs/measurements/new.json": b"{}"})
    assert read_at(repo.top, "v1", DOCUMENT) == b"intro\nTODO ms\nend\n"
    assert read_at(repo.top / "docs", "HEAD", repo.top / DOCUMENT) == b"later\n"
    assert read_at(repo.top, "v1", "docs/measurements/new.json") is None
    assert paths_at(repo.top, "v1", "docs") == (Path(DOCUMENT),)
    assert paths_at(repo.top, "HEAD", "docs/measurements") == (Path("docs/measurements/new.json"),)
    for revision in ("v2", "--all", ""):
        with pytest.raises(GitError, match="is not a commit"):
            read_at(repo.top, revision, DOCUMENT)


def test_a_record_belongs_to_the_commit_that_brought_it(repo, monkeypatch, tmp_path):
    first = repo.commit("Ölçüm bir", **{"docs/measurements/a b.json": b"a"})
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit("side", **{"docs/measurements/side.json": b"s", "docs/measurements/deeper/no.json": b"n"})
    repo.git("checkout", "--quiet", "main")
    last = repo.commit("main", **{"docs/measurements/c.json": b"c", "docs/measurements/a b.json": b"changed"})
    repo.git("merge", "--quiet", "--no-edit", "side")
    repo.git("rm", "--quiet", "docs/measurements/c.json")
    repo.commit("removed")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    found = history(repo.top / "docs", "measurements")
    by_name = {record.path.as_posix(): record for record in found}
    assert {name: record.commit for name, record in by_name.items()} == {
        "measurements/a b.json": first,
        "measurements/side.json": side,
        "measurements/c.json": last,
    }
    assert found[0].subject == "Ölçüm bir"
    assert found[0].when.tzinfo is UTC
    assert read_at(repo.top, last, "docs/measurements/c.json") == b"c"


def test_a_repository_with_long_ids_is_committed_to_and_its_history_is_read(tmp_path):
    repo = Repo(tmp_path)
    repo.git("init", "--quiet", "--object-format=sha256")
    repo.write("a.json", b"{}")
    repo.hook("pre-commit", "exit 1")
    with repo.untouched(), pytest.raises(GitError, match="refused"):
        commit_paths(tmp_path, {Path("a.json"): b"{}"}, "records")
    repo.hook("pre-commit", "exit 0")
    assert commit_paths(tmp_path, {Path("a.json"): b"{}"}, "records").commit == repo.head()
    (found,) = history(tmp_path, ".")
    assert (found.path, found.commit, found.subject) == (Path("a.json"), repo.head(), "records")
    assert len(found.commit) == 64
    assert read_at(tmp_path, found.commit, "a.json") == b"{}"


def test_settings_about_logs_change_nothing_in_the_history(repo, monkeypatch, tmp_path):
    name = "docs/measurements/\u00fc \x01 a.json"
    commit = repo.commit("two\nlines", **{name: b"a"})
    for key, value in {
        "log.showSignature": "true",
        "log.decorate": "full",
        "log.follow": "true",
        "diff.relative": "true",
        "diff.external": "false",
        "diff.renames": "copies",
        "color.ui": "always",
        "core.pager": "false",
        "i18n.logOutputEncoding": "ISO-8859-9",
        "log.date": "relative",
        "notes.displayRef": "*",
    }.items():
        repo.git("config", key, value)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "nowhere"))
    (found,) = history(repo.top, "docs/measurements")
    assert (found.path, found.commit, found.subject) == (Path(name), commit, "two lines")


def test_a_file_that_only_a_merge_brings_is_found(repo):
    repo.git("stash", "--quiet", "--include-untracked")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("side", **{"side.txt": b"s"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("main", **{"main.txt": b"m"})
    repo.git("merge", "--quiet", "--no-commit", "side")
    merge = repo.commit("merge", **{"docs/measurements/m.json": b"m"})
    assert {(one.path.name, one.commit) for one in history(repo.top, "docs/measurements")} == {("m.json", merge)}


def test_only_tags_that_arrive_are_released():
    stdin = (
        f"refs/heads/main {ONE} refs/heads/main {ZERO}\n"
        f"refs/tags/v1.0 {ONE} refs/tags/v1.0 {ZERO}\n"
        f"refs/tags/nightly {ONE} refs/tags/nightly {ZERO}\n"
        f"HEAD {ONE} refs/tags/v1.1 {ONE}\n"
        f"(delete) {ZERO} refs/tags/v0.9 {ONE}\n"
    )
    assert tags_pushed(stdin, "v*") == (PushedTag(name="v1.0", revision=ONE), PushedTag(name="v1.1", revision=ONE))
    assert tags_pushed("", "v*") == ()


def test_reading_what_is_staged_imports_no_gitpython(repo):
    script = "import sys; from pathlib import Path; from doctool.git import staged_paths, source_state, commit_paths\n"
    script += "staged_paths(Path('.')); source_state(Path('.'), ['pkg']); commit_paths(Path('.'), {}, 'x')\n"
    script += "sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=repo.top, check=False).returncode == 0
