"""What a person wrote into a region is neither overwritten nor committed unasked."""

import re

from tests.forged import forge, save
from tests.situations import git, run_here


def test_a_figure_edited_by_hand_is_left_and_never_committed(tiny, tmp_path):
    record = save(forge(tiny.root), tmp_path / "record.json")
    assert run_here(tiny.root, "refresh", "--all", "--records", record).returncode == 0
    head = git(tiny.root, "rev-parse", "HEAD")
    edited = re.sub(r"(Forward Time \| )\d", r"\g<1>7", tiny.page.read_text("utf-8"))
    tiny.page.write_text(edited, "utf-8")

    done = run_here(tiny.root, "refresh", "--all")

    assert "was edited by hand and is left as it is" in done.stderr
    assert tiny.page.read_text("utf-8") == edited
    assert git(tiny.root, "rev-parse", "HEAD") == head
