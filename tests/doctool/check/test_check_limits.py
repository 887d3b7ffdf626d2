"""Pages that cannot be read: said of each such page, and the others are checked."""

from tests.situations import run_here


def test_a_page_that_cannot_be_read_keeps_no_other_from_being_checked(tiny):
    tiny.write("docs/A.md", "Latency: [X] ms\n")
    tiny.write("docs/PERF.md", "Latency: [X] ms\n\n" + "#\n" * 200_001)
    tiny.write("docs/Z.md", "Latency: [X] ms\n")
    done = run_here(tiny.root, "check", "docs/A.md", "docs/PERF.md", "docs/Z.md")
    first, second, third = done.stdout.splitlines()
    assert first.startswith("docs/A.md:1: unmeasured")
    assert second == (
        "docs/PERF.md:1: malformed: it has 200,003 lines and cells, and 200,000 are the most that doctool reads in a "
        "document; split it"
    )
    assert third.startswith("docs/Z.md:1: unmeasured")
    assert done.returncode == 10
