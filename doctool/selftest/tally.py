"""Count what was said against what is true. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from doctool.records import Comparison, Verdict
from doctool.selftest.session import MORE, SAME, SessionResult
from doctool.statistics import is_claim

RIGHT = Verdict.SLOWER
"""The only claim that is true of the arm with more work."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule called something a difference.

    Args:
        comparisons: How often it was asked.
        claims: How often it said yes.
    """

    comparisons: int
    claims: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in one situation.

    Args:
        null: Claims about an arm compared with itself; every one is false.
        positive: Claims that the arm with more work is slower.
        undecided: How often nothing was said about the arm with more work.
        wrong: How often something false was said about it: that there is no difference, or that it is faster.
        naive: By careless rule, the same two counts on the same samples.
        unmeasured: Sessions that gave nothing.
        keeps_order: Whether the situation leaves the protocol's order alone.
    """

    null: Count
    positive: Count
    undecided: int
    wrong: int
    naive: Mapping[str, tuple[Count, Count]]
    unmeasured: int
    keeps_order: bool

    @property
    def has_answer(self) -> bool:
        """Whether any session gave a comparison; without one, that nothing false was said says nothing."""
        return self.null.comparisons > 0

    @property
    def holds(self) -> bool:
        """Whether nothing false was said."""
        return self.null.claims == 0 and not (self.wrong and self.keeps_order)


def tally(results: Sequence[SessionResult]) -> Tally:
    """Count over the sessions of one situation."""
    null = [result.findings[SAME].comparison for result in results]
    positive = [result.findings[MORE].comparison for result in results]
    said = Counter(_judge(comparison) for comparison in positive if comparison is not None)
    rules = dict.fromkeys(rule for result in results for rule in result.findings[SAME].naive)
    return Tally(
        null=_count(null),
        positive=Count(comparisons=said.total(), claims=said["right"]),
        undecided=said["undecided"],
        wrong=said["wrong"],
        naive={rule: (_count_naive(results, SAME, rule), _count_naive(results, MORE, rule)) for rule in rules},
        unmeasured=sum(comparison is None for comparison in null),
        keeps_order=all(result.situation.keeps_order for result in results),
    )


def _count(comparisons: Iterable[Comparison | None]) -> Count:
    verdicts = [comparison.verdict for comparison in comparisons if comparison is not None]
    return Count(comparisons=len(verdicts), claims=sum(map(is_claim, verdicts)))


def _judge(comparison: Comparison) -> str:
    if comparison.verdict is RIGHT:
        return "right"
    return "undecided" if comparison.verdict is Verdict.INCONCLUSIVE else "wrong"


def _count_naive(results: Sequence[SessionResult], arm: str, rule: str) -> Count:
    asked = [result.findings[arm].naive[rule] for result in results if rule in result.findings[arm].naive]
    # A careless claim that the arm with more work is faster finds nothing.
    claims = sum(claim.claims and (arm == SAME or claim.change > 0) for claim in asked)
    return Count(comparisons=len(asked), claims=claims)
