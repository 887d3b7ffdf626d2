"""A page with a broken marker is refused with line and remedy, and no page is written, not even a healthy one."""

from pathlib import Path
from unittest import mock

import pytest

from doctool.measure import Measuring
from tests.situations import git, run_here

PAGES = Path(__file__).parents[2] / "golden" / "states"
NAMES = sorted(path.stem for path in PAGES.glob("malformed*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_marker_stops_the_run_before_anything_is_measured_or_written(tiny, name):
    expected = (PAGES / f"{name}.txt").read_text("utf-8").split("\n")[0]
    _, line, _, words = expected.split(":", 3)
    # Odd line endings and no final newline: the least careful writer would leave its trace.
    broken = (PAGES / f"{name}.md").read_bytes().replace(b"\n", b"\r\n").rstrip()
    (tiny.root / "docs/BROKEN.md").write_bytes(broken)
    settings = (tiny.root / "doctool.yaml").read_text()
    (tiny.root / "doctool.yaml").write_text(
        settings.replace("  docs/PERF.md: {language: en}\n", "  docs/PERF.md: {language: en}\n  docs/BROKEN.md: {}\n")
    )
    tiny.commit("a broken page")
    healthy, head = tiny.page.read_bytes(), git(tiny.root, "rev-parse", "HEAD")

    with mock.patch.object(Measuring, "run", side_effect=AssertionError("it went on to measure")):
        done = run_here(tiny.root, "refresh", "--all")

    assert done.returncode == 4
    assert f"docs/BROKEN.md:{line}: " in done.stderr
    assert words.strip().split("; ")[0] in done.stderr
    assert (tiny.root / "docs/BROKEN.md").read_bytes() == broken
    assert tiny.page.read_bytes() == healthy
    assert git(tiny.root, "rev-parse", "HEAD") == head
    assert git(tiny.root, "status", "--porcelain", "--untracked-files=all") == ""
