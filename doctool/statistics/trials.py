"""How often a rule is right about arms of which the truth is known, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from doctool.records import Trial


class RuleSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule.

    Args:
        rule: Its name.
        null: Times it was asked about equal arms.
        false: Claims among them; every one is false.
        positive: Times it was asked about arms that differ.
        found: Right claims among them: of a difference, with the right sign.
        seconds: Seconds of asking, wrong answers included, per right claim; None without one.
        samples: Timed calls per right claim, counted likewise.
    """

    rule: str
    null: int
    false: int
    positive: int
    found: int
    seconds: float | None
    samples: float | None


def summarise_trials(trials: Sequence[Trial]) -> tuple[RuleSummary, ...]:
    """Count, rule by rule, in the order in which they first answered."""
    rules = dict.fromkeys(trial.rule for trial in trials)
    return tuple(_summarise(rule, [trial for trial in trials if trial.rule == rule]) for rule in rules)


def _summarise(rule: str, trials: Sequence[Trial]) -> RuleSummary:
    null = [trial for trial in trials if trial.truth == 0.0]
    positive = [trial for trial in trials if trial.truth != 0.0]
    found = sum(trial.is_claim and trial.change * trial.truth > 0.0 for trial in positive)
    return RuleSummary(
        rule=rule,
        null=len(null),
        false=sum(trial.is_claim for trial in null),
        positive=len(positive),
        found=found,
        # Asking again until it is claimed costs the whole of the failures too.
        seconds=math.fsum(trial.seconds for trial in positive) / found if found else None,
        samples=sum(trial.samples for trial in positive) / found if found else None,
    )
