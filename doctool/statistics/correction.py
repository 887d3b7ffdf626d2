"""Claims that stand in one document are corrected together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from doctool.records import Comparison
from doctool.statistics.comparison import ALPHA, is_claim, make_inconclusive

Key = TypeVar("Key", bound=Hashable)


def correct_together(comparisons: Mapping[Key, Comparison], alpha: float = ALPHA) -> dict[Key, Comparison]:
    """Withdraw the claims that many looks alone could explain.

    Every comparison counts as a look, also one that claims nothing; exact counts cannot come about by chance and pass.

    Args:
        comparisons: The headline comparisons of a document.
        alpha: Probability, at most, that any of the claims of the document is chance.

    Returns:
        The same keys in the same order; withdrawn claims are inconclusive with the reason `corrected`.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
    Deviation: none.
    """
    looks = [key for key, comparison in comparisons.items() if not comparison.deterministic]
    by_p = sorted(looks, key=lambda key: comparisons[key].p_value)
    passed = 0
    while passed < len(by_p) and comparisons[by_p[passed]].p_value <= alpha / (len(by_p) - passed):
        passed += 1
    failed = {key for key in by_p[passed:] if is_claim(comparisons[key].verdict)}
    return {
        key: make_inconclusive(comparison, "corrected") if key in failed else comparison
        for key, comparison in comparisons.items()
    }
