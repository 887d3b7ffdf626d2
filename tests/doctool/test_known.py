"""Pages that were found true are known again, and never taken for true when anything that matters has changed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool import check, known
from doctool.cli import parser
from doctool.known import Circumstances, KnownPages, Outline, Warned
from tests.forged import forge, save
from tests.situations import git, run_here

TEMPLATE = "{{ rows | length }} rows\n"
SETTINGS = """package: tiny
documents:
  docs/PERF.md: {language: en}
  docs/NOTES.md: {language: en}
workloads:
  step: {build: "tiny.model:Net", features: [4, 32], blocks: "blocks.*", layers: ["blocks.*"]}
mechanisms:
  fast: {toggle: use_fast, symbols: [shortcut], owner: Net, compare: [step]}
claims: warn
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCTOOL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "true-pages.json"


@pytest.fixture
def project(tiny, cache):
    """Two true pages: one with a filled region, one with a number that is warned of."""
    tiny = tiny.root
    (tiny / "doctool.yaml").write_text(SETTINGS)
    record = save(forge(tiny), tiny / "given.json")
    assert run_here(tiny, "refresh", "docs/PERF.md", "--records", record, "--no-commit").returncode == 0
    record.unlink()
    (tiny / "docs/NOTES.md").write_text("# Notes\n\nA step takes 12 ms.\n")
    git(tiny, "add", "--all")
    git(tiny, "commit", "-qm", "pages")
    return tiny


@pytest.fixture
def looks():
    """The names of the pages that were really looked at."""
    names = []
    really = check.Checker.check

    def look(self, name, data):
        names.append(name)
        return really(self, name, data)

    with mock.patch.object(check.Checker, "check", look):
        yield names


def answer(root, *arguments):
    done = run_here(root, "check", *arguments)
    return done.returncode, done.stdout, done.stderr


def test_a_page_is_looked_at_once(project, looks):
    first = answer(project, "--all")
    assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"]
    assert first[0] == 0
    assert "'12 ms' is not backed" in first[1]
    looks.clear()
    assert answer(project, "--all") == first
    assert answer(project, "docs/PERF.md") == (0, "1 document checked, all true\n", "")
    assert looks == []


@pytest.mark.parametrize("style", [["--json"], ["--format", "github"], ["--format", "text"]])
def test_what_is_known_is_printed_as_if_it_had_just_been_found(project, style):
    afresh = answer(project, "--all", "--afresh", *style)
    assert answer(project, "--all", *style) == afresh
    assert answer(project, "--all", *style) == afresh


def test_a_page_in_which_something_is_wrong_is_looked_at_every_time(project, looks):
    page = project / "docs/PERF.md"
    page.write_text(page.read_text().replace("8.", "7.", 1))
    first = answer(project, "--all")
    assert first[0] == 11
    looks.clear()
    assert answer(project, "--all") == first
    assert looks == ["docs/PERF.md"]


def append(path, text):
    path.write_text(path.read_text() + text)


def replace(path, old, new):
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def own_template(root):
    (root / "templates").mkdir()
    (root / "templates/comparison.md.j2").write_text(TEMPLATE)


CHANGES = {
    "the page": lambda root: append(root / "docs/PERF.md", "\nIt takes 15 ms.\n"),
    "a marker": lambda root: replace(root / "docs/PERF.md", "template: comparison", "template: baseline"),
    "the settings": lambda root: replace(root / "doctool.yaml", "claims: warn", "claims: error"),
    "the language": lambda root: replace(root / "doctool.yaml", "PERF.md: {language: en}", "PERF.md: {language: tr}"),
    "the measured code": lambda root: replace(root / "tiny/model.py", "torch.relu(block(x))", "block(x)"),
    "a record's content": lambda root: replace(next((root / "docs/measurements").glob("*.json")), '"on"', '"no"'),
    "a record's absence": lambda root: next((root / "docs/measurements").glob("*.json")).unlink(),
    "a template of the project's own": own_template,
    "where a module's name begins": lambda root: (root / "__init__.py").write_text(""),
    "the package's place": lambda root: (root / "tiny").rename(root / "elsewhere"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_the_answer_is_seen(project, what):
    before = answer(project, "--all")
    assert answer(project, "--all") == before
    CHANGES[what](project)
    after = answer(project, "--all")
    assert after == answer(project, "--all", "--afresh")
    assert after != before


def test_what_does_not_matter_is_not_looked_at(project, looks):
    before = answer(project, "--all")
    looks.clear()
    (project / "README.md").write_text("# Read me\n")
    (project / "other.py").write_text("x = 1\n")
    assert answer(project, "--all") == before
    assert looks == []


def test_another_doctool_looks_again(project, looks, tmp_path, monkeypatch):
    answer(project, "--all")
    looks.clear()
    monkeypatch.setattr(known, "__file__", str(tmp_path / "doctool/known.py"))
    answer(project, "--all")
    assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"]
    looks.clear()
    (tmp_path / "doctool").mkdir()
    for name in ("changed.py", "changed.md.j2"):
        (tmp_path / "doctool" / name).write_text("x = 1\n")
        answer(project, "--all")
        assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"], name
        looks.clear()
    libraries = tmp_path / "site-packages"
    libraries.mkdir()
    monkeypatch.syspath_prepend(str(libraries))
    answer(project, "--all")
    looks.clear()
    (libraries / "markdown_it").mkdir()
    os.utime(libraries, ns=(1, 1))
    answer(project, "--all")
    assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"]


def test_what_changes_while_we_look_is_not_remembered(project, looks):
    really = check.Checker.check

    def meddle(self, name, data):
        found = really(self, name, data)
        append(project / "tiny/model.py", "\n# changed meanwhile\n")
        return found

    with mock.patch.object(check.Checker, "check", meddle):
        answer(project, "--all")
    looks.clear()
    answer(project, "--all")
    assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"]


def test_a_release_a_diff_and_a_fresh_look_go_by_nothing_known(project, looks):
    answer(project, "--all")
    for arguments in (["--all", "--afresh"], ["--all", "--diff"], ["--release"]):
        looks.clear()
        answer(project, *arguments)
        assert set(looks) == {"docs/NOTES.md", "docs/PERF.md"}, arguments


def test_the_hook_knows_a_page_that_was_checked_before(project, looks):
    append(project / "docs/PERF.md", "\nOne more line of 3 words.\n")
    assert answer(project, "--all")[0] == 0
    git(project, "add", "--all")
    looks.clear()
    assert answer(project, "--staged") == (0, "", "")
    assert looks == []


def test_a_page_that_passed_because_it_was_committed_so_is_not_known_as_true(project, looks):
    """The code has changed since: on its own, the page is stale."""
    replace(project / "tiny/model.py", "torch.relu(block(x))", "block(x)")
    git(project, "add", "--all")
    git(project, "commit", "-qm", "changed code")
    append(project / "docs/PERF.md", "\nOne more line of 3 words.\n")
    git(project, "add", "--all")
    assert answer(project, "--staged")[0] == 0
    assert answer(project, "--all")[0] == 13


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"format": 1}', b'{"format": 0, "projects": {}, "pages": {}}', b"\xff\x00", b"7"],
)
def test_a_broken_memory_is_no_memory(project, cache, looks, content):
    first = answer(project, "--all")
    cache.write_bytes(content)
    looks.clear()
    assert answer(project, "--all") == first
    assert sorted(looks) == ["docs/NOTES.md", "docs/PERF.md"]
    looks.clear()
    assert answer(project, "--all") == first
    assert looks == []


def test_where_nothing_can_be_remembered_every_answer_is_the_same(project, cache, monkeypatch):
    first = answer(project, "--all")
    shutil.rmtree(cache.parent)
    cache.parent.write_text("a file is in the way")
    assert answer(project, "--all") == first
    monkeypatch.setenv("DOCTOOL_CACHE", "")
    assert answer(project, "--all") == first


def test_nothing_is_written_into_the_project(project):
    before = git(project, "status", "--porcelain", "--ignored")
    answer(project, "--all")
    assert git(project, "status", "--porcelain", "--ignored") == before


def test_the_memory_does_not_grow_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "_MOST_PAGES", 3)
    monkeypatch.setattr(known, "_MOST_PROJECTS", 2)
    pages = KnownPages(str(tmp_path))
    for number in range(5):
        pages.remember(f"page {number}", [])
        pages.learn(b"%d" % number, Outline((), (), ()))
    pages.save()
    again = KnownPages(str(tmp_path))
    assert [again.warnings_of(f"page {number}") for number in range(5)] == [None, None, (), (), ()]
    assert [again.outline(b"%d" % number) is None for number in range(5)] == [True, True, True, False, False]
    assert len(json.loads((tmp_path / "true-pages.json").read_bytes())["pages"]) == 3


def test_warnings_come_back_as_they_were(tmp_path):
    warned = Warned(3, "unbacked", "'12 ms' is „not“ backed", None)
    pages = KnownPages(str(tmp_path))
    pages.remember("key", [warned])
    pages.save()
    assert KnownPages(str(tmp_path)).warnings_of("key") == (warned,)


names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.tuples(names, st.binary(max_size=6)), min_size=2, max_size=2, unique=True))
def test_two_pages_never_share_a_key(pages):
    circumstances = Circumstances(Path("/nowhere"), b"", Outline((), (), ()))
    first, second = (circumstances.key_of(name, data) for name, data in pages)
    assert first != second


def test_what_is_cut_elsewhere_has_another_key(tmp_path):
    for root, contents in (("one", {"a.py": b"1/b.pyread2"}), ("two", {"a.py": b"1", "b.py": b"2"})):
        (tmp_path / root / "tiny").mkdir(parents=True)
        for name, data in contents.items():
            (tmp_path / root / "tiny" / name).write_bytes(data)
    outline = Outline((), ("tiny",), ())
    one, two = (Circumstances(tmp_path / root, b"", outline) for root in ("one", "two"))
    assert one.key_of("page", b"") != two.key_of("page", b"")
    assert one.key_of("a", b"bc") != one.key_of("ab", b"c")


def test_a_known_page_is_answered_without_what_reads_pages(project, tmp_path):
    """The hook waits for this."""
    answer(project, "--all")
    program = (
        "import sys\nfrom doctool.cli import main\n"
        "try: main(['check', '--all'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:])), file=sys.stderr)\n"
    )
    heavy = ["msgspec", "yaml", "markdown_it", "jinja2", "torch", "subprocess"]
    done = subprocess.run(
        [sys.executable, "-c", program, *heavy], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def test_the_parser_offers_a_fresh_look():
    assert parser.build_parser().parse_args(["check", "--all", "--afresh"]).afresh
