"""What `check` says to do about a number that is left open."""

import pytest

from doctool.check import Checker
from doctool.project import find_project
from tests.situations import make_tiny

REMEDY = "run `doctool refresh"
TABLE = "# P\n\n## fast\n\n| Metric | Original | Fast |\n|---|---|---|\n| Forward latency | [X] ms | [X] ms |\n"


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    return Checker(find_project(make_tiny(tmp_path_factory.mktemp("open") / "repository").root))


def messages(checker, text):
    return [found.message for found in checker.check("page.md", text.encode()) if found.state.value == "unmeasured"]


def test_a_refresh_is_advised_where_it_fills_the_cell(checker):
    said = messages(checker, TABLE)
    assert len(said) == 2
    assert all(REMEDY in message for message in said)


@pytest.mark.parametrize(
    "text",
    [
        "# P\n\nIt takes [X] ms in all.\n",
        "# P\n\n## Something else\n\n| Metric | Ours | Theirs |\n|---|---|---|\n| Forward latency | [X] ms | TBD |\n",
        "# P\n\n## fast\n\nSpeedup: [X]x\n",
        "# P\n\n```\n| Latency | TBD |\n```\n",
    ],
)
def test_no_refresh_is_advised_where_it_fills_nothing(text, checker):
    said = messages(checker, text)
    assert said
    assert not any(REMEDY in message for message in said)


def test_an_allowed_or_ignored_open_number_is_no_finding(checker, tmp_path):
    assert messages(checker, "# P\n\n<!-- doctool:allow a form -->\nIt takes [X] ms in all.\n") == []
    root = make_tiny(tmp_path / "repository").root
    settings = root / "doctool.yaml"
    settings.write_text(settings.read_text("utf-8") + 'ignore: ["takes [X] ms"]\n', encoding="utf-8")
    assert messages(Checker(find_project(root)), "# P\n\nIt takes [X] ms in all.\n") == []
