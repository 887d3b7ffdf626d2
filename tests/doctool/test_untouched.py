"""What was found is said again only while nobody touched the pages or anything behind them."""

import ast
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool import untouched
from doctool.cli.again import said_before
from doctool.untouched import Untouched, cache_directory, signature_of
from tests.doctool.test_known import CHANGES, SETTINGS, answer, append
from tests.forged import forge, save
from tests.situations import run_here

PAGES = ["docs/NOTES.md", "docs/PERF.md"]


def learn(root, *arguments):
    """Look, recognise by content and write it down."""
    answer(root, *arguments)
    return answer(root, *arguments)


def remembered(root, *arguments):
    with contextlib.chdir(root):
        return said_before(list(arguments))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCTOOL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "untouched"


@pytest.fixture
def fresh(tiny, cache):
    """Two pages that were written just now: one with a filled region, one with a number that is warned of."""
    root = tiny.root
    (root / "doctool.yaml").write_text(SETTINGS)
    record = save(forge(tiny.root), root / "given.json")
    assert run_here(root, "refresh", "docs/PERF.md", "--records", record, "--no-commit").returncode == 0
    record.unlink()
    (root / "docs/NOTES.md").write_text("# Notes\n\nA step takes 12 ms.\n")
    (root / "tiny/deep").mkdir()
    return root


@pytest.fixture
def project(fresh, monkeypatch):
    """The same, written long ago."""
    monkeypatch.setattr(untouched, "_RECENT_NS", 0)
    learn(fresh, "--all")
    assert remembered(fresh, "--all") is not None
    return fresh


@pytest.mark.parametrize("arguments", [["--all"], PAGES, PAGES[1:], PAGES[:1] * 2, ["./docs/../docs/PERF.md"]])
def test_what_is_said_again_is_what_was_found(project, arguments):
    lines = remembered(project, *arguments)
    assert (0, "".join(f"{line}\n" for line in lines), "") == answer(project, *arguments, "--afresh")
    assert answer(project, *arguments) == answer(project, *arguments, "--afresh")


@pytest.mark.parametrize("what", [*CHANGES, "a file of the package", "a file deep in it", "a record too many"])
def test_whatever_changes_the_answer_is_seen(project, what):
    more = {
        "a file of the package": lambda root: (root / "tiny/more.py").write_text("use_fast = 1\n"),
        "a file deep in it": lambda root: (root / "tiny/deep/more.py").write_text("use_fast = 1\n"),
        "a record too many": lambda root: (root / "docs/measurements/more.json").write_text("{}"),
    }
    (CHANGES | more)[what](project)
    assert remembered(project, "--all") is None
    assert answer(project, "--all") == answer(project, "--all", "--afresh")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_same_size_and_age_is_not_the_same_page(project, name):
    page = project / name
    old = page.stat()
    text = page.read_text()
    page.write_text(text.replace("1", "2", 1))
    os.utime(page, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert (page.stat().st_size, page.stat().st_mtime_ns) == (old.st_size, old.st_mtime_ns)
    assert remembered(project, "--all") is None
    assert remembered(project, name) is None


def test_what_was_written_just_now_might_be_written_again_in_the_same_tick(fresh):
    learn(fresh, "--all")
    assert remembered(fresh, "--all") is None


def test_a_page_that_was_written_just_now_does_not_keep_the_others_from_being_known(fresh, monkeypatch):
    root = fresh
    newest = max(path.stat().st_ctime_ns for path in root.rglob("*"))
    with contextlib.chdir(root):
        behind = {str(root / "doctool.yaml"): signature_of("doctool.yaml")}
        pages = {str(root / name): (signature_of(name, follow=False), []) for name in PAGES}
    os.utime(root / "docs/NOTES.md")
    pages[str(root / "docs/NOTES.md")] = (signature_of(str(root / "docs/NOTES.md"), follow=False), [])
    monkeypatch.setattr(untouched, "_RECENT_NS", 0)
    Untouched(cache_directory(), str(root)).remember([], behind, pages, newest + 1)
    assert remembered(root, "docs/PERF.md") is not None
    assert remembered(root, "docs/NOTES.md") is None


def test_one_changed_page_leaves_the_others_known(project):
    append(project / "docs/NOTES.md", "More words.\n")
    assert remembered(project, "docs/PERF.md") is not None
    learn(project, "docs/NOTES.md")
    assert remembered(project, *PAGES) is not None


def test_a_page_in_which_something_is_wrong_is_not_remembered(project):
    page = project / "docs/PERF.md"
    page.write_text(page.read_text().replace("8.", "7.", 1))
    assert learn(project, "--all")[0] == 11
    assert remembered(project, "docs/PERF.md") is None


def test_a_link_is_looked_at(project):
    (project / "link.md").symlink_to("docs/PERF.md")
    (project / "linked").symlink_to("docs")
    learn(project, "link.md")
    assert remembered(project, "link.md") is None
    # A link among the directories is followed by name, as `check` does.
    assert remembered(project, "linked/PERF.md") == remembered(project, "docs/PERF.md")
    (project / "linked").unlink()
    assert remembered(project, "linked/PERF.md") is None


def test_a_listed_document_that_is_a_link_is_looked_at(project):
    (project / "docs/PERF.md").rename(project / "docs/elsewhere.txt")
    (project / "docs/PERF.md").symlink_to("elsewhere.txt")
    assert learn(project, "--all")[0] == 0
    append(project / "docs/elsewhere.txt", "It takes 13 ms.\n")
    assert remembered(project, "--all") is None
    assert "'13 ms'" in answer(project, "--all")[1]


def test_what_was_found_before_the_code_changed_is_forgotten(project):
    CHANGES["the measured code"](project)
    assert learn(project, "docs/NOTES.md")[0] == 0
    assert remembered(project, "docs/NOTES.md") is not None
    assert remembered(project, "docs/PERF.md") is None
    assert answer(project, "docs/PERF.md")[0] == 13


def test_it_is_known_from_everywhere_in_the_project(project):
    expected = remembered(project, "docs/PERF.md")
    assert remembered(project / "docs", "PERF.md") == expected
    assert remembered(project / "docs", "--all") == remembered(project, "--all")
    assert remembered(project.parent, "repository/docs/PERF.md") is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--all", "docs/PERF.md"],
        ["--afresh", "docs/PERF.md"],
        ["--all", "--json"],
        ["--staged"],
        ["docs/PERF.md", "docs/NONE.md"],
        ["docs"],
        [""],
        ["."],
        ["\0"],
    ],
)
def test_whatever_else_is_asked_is_not_answered_from_memory(project, arguments):
    assert remembered(project, *arguments) is None


def test_another_doctool_or_another_library_looks_again(project, monkeypatch, tmp_path):
    with monkeypatch.context() as other:
        other.setattr(untouched, "__file__", str(tmp_path / "doctool/untouched.py"))
        assert remembered(project, "--all") is None
    with monkeypatch.context() as other:
        (tmp_path / "site-packages").mkdir()
        other.syspath_prepend(str(tmp_path / "site-packages"))
        assert remembered(project, "--all") is None
    assert remembered(project, "--all") is not None


def only_file(cache):
    (file,) = cache.iterdir()
    return file


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00\n\n\n\n\nend", b"doctool untouched 1\n\n\nx\nend"])
def test_a_broken_memory_is_no_memory(project, cache, content):
    expected = answer(project, "--all")
    only_file(cache).write_bytes(content)
    assert remembered(project, "--all") is None
    assert answer(project, "--all") == expected


def test_half_a_memory_is_none(project, cache):
    whole = only_file(cache).read_bytes()
    lines = whole.split(b"\n")
    for count in range(len(lines)):
        only_file(cache).write_bytes(b"\n".join(lines[:count]))
        assert remembered(project, "--all") is None, count
    only_file(cache).write_bytes(whole)
    assert remembered(project, "--all") is not None


def test_the_memory_of_another_project_is_not_used(project, cache):
    """Two roots may share a file name."""
    file = only_file(cache)
    file.write_bytes(file.read_bytes().replace(os.fsencode(project) + b"\n", os.fsencode(project) + b"2\n"))
    assert remembered(project, "--all") is None


def test_nothing_is_kept_where_nothing_may_be(project, cache, monkeypatch):
    expected = answer(project, "--all")
    only_file(cache).unlink()
    cache.rmdir()
    cache.write_text("a file is in the way")
    assert learn(project, "--all") == expected
    monkeypatch.setenv("DOCTOOL_CACHE", "")
    assert remembered(project, "--all") is None


def test_the_memory_does_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(untouched, "_MOST_PROJECTS", 2)
    monkeypatch.setattr(untouched, "_MOST_PAGES", 3)
    (tmp_path / "page").write_text("")
    found = signature_of(str(tmp_path / "page"))
    later = 2**62
    pages = {str(tmp_path / str(number)): (found, []) for number in range(5)}
    for root in ("/a", "/b", "/c"):
        Untouched(str(tmp_path), root).remember([], {"/": signature_of("/")}, pages, later)
    assert len(list((tmp_path / "untouched").iterdir())) == 2
    assert Untouched(str(tmp_path), "/c")._pages.keys() == {str(tmp_path / str(number)) for number in (2, 3, 4)}


names = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1, max_size=6)


@given(st.lists(names, max_size=3), st.dictionaries(names, st.lists(names, max_size=2), max_size=3))
def test_what_is_written_down_comes_back_or_is_left_out(tmp_path_factory, documents, pages):
    directory = tmp_path_factory.mktemp("memory")
    behind = {str(directory): signature_of(str(directory))}
    given_pages = {name: ("1 1 1 1 1", said) for name, said in pages.items()}
    Untouched(str(directory), "/root").remember(documents, behind, given_pages, 2**62)
    again = Untouched(str(directory), "/root")
    assert again._behind == behind
    assert again._pages == {
        name: (found, said)
        for name, (found, said) in given_pages.items()
        if not any(mark in text for text in (name, *said) for mark in "\n\t")
    }
    assert again.documents in ([], documents)


def test_the_users_cache_directory_is_asked_of_the_environment():
    assert cache_directory({"DOCTOOL_CACHE": "/here"}) == "/here"
    assert cache_directory({"DOCTOOL_CACHE": "", "XDG_CACHE_HOME": "/there"}) is None
    assert cache_directory({"XDG_CACHE_HOME": "/there"}) == "/there/doctool"
    # What is not absolute would depend on where one stands.
    assert cache_directory({"XDG_CACHE_HOME": "there"}) == str(Path.home() / ".cache/doctool")


def test_it_is_answered_with_almost_nothing_imported(project):
    """Users who check in a loop or a hook wait for this."""
    program = (
        "import os, sys\nbefore = set(sys.modules)\nfrom doctool.cli import main\n"
        "try: main(['check', '--all'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print(sorted(set(sys.modules) - before), file=sys.stderr)\n"
    )
    own = Path(untouched.__file__).parents[1]
    libraries = os.pathsep.join((str(own), *untouched.library_directories()))
    # The memory of a Python with other libraries is another one, so it has to learn first.
    environment = {**os.environ, "PYTHONPATH": libraries}
    argv = [sys.executable, "-S", "-c", program]
    learning = "import sys; from doctool import untouched; untouched._RECENT_NS = 0; from doctool.cli import main; "
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-S", "-c", learning + "main(['check', '--all'])"],
            cwd=project, env=environment, check=True, capture_output=True,
        )  # fmt: skip
    done = subprocess.run(argv, cwd=project, env=environment, capture_output=True, text=True, check=True)
    imported = ast.literal_eval(done.stderr)
    assert {name for name in imported if not name.startswith("doctool")} <= {"__future__", "zlib"}
