"""Whole pages with claims of every form among what only looks like one, beside the list of what must be found."""

from pathlib import Path

import pytest

from doctool import document

PAGES = Path(__file__).parents[2] / "golden" / "claims"


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_a_whole_page_gives_the_claims_listed_beside_it(path, vocabulary):
    parsed = document.parse(path.read_bytes(), path.name, vocabulary)
    listed = "".join(
        f"{claim.line}: {claim.value} {claim.unit}"
        f"{' (estimate)' if claim.is_estimate else ''}{f' (allowed: {claim.allowed})' if claim.allowed else ''}\n"
        for claim in document.find_claims(parsed)
    )
    assert listed == path.with_suffix(".txt").read_text("utf-8")
