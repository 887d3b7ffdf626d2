"""Every row of hostile input, on the doctool of this checkout; `python -m tests.hostile` runs the same."""

import pytest

from tests.hostile.rows import ROWS, problems_of_row

# Pages and source of the worst kinds take their time on a busy machine, and are bounded by what others test.
SLOW = ("a page with", "source with")


def _mark(row):
    return [pytest.mark.long] if row.name.startswith(SLOW) else []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=_mark(row)) for row in ROWS])
def test_hostile_input_is_survived(row, tmp_path):
    assert problems_of_row(row, tmp_path) == []
