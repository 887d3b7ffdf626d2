"""What a page needs, what the code makes of it now, and which records answer."""

from __future__ import annotations

from doctool.plan.needs import (
    SELFTEST,
    TRAINING,
    TRIALS,
    Need,
    Target,
    arms_of,
    choose,
    entries_of,
    every_setup,
    is_measurable,
    is_rough,
    is_settled,
    is_spoilt,
    needs_of_mechanism,
    newest,
    plain,
    settings_of,
    setups_of,
    spoiler_of,
)

__all__ = [
    "SELFTEST",
    "TRAINING",
    "TRIALS",
    "Need",
    "Target",
    "arms_of",
    "choose",
    "entries_of",
    "every_setup",
    "is_measurable",
    "is_rough",
    "is_settled",
    "is_spoilt",
    "needs_of_mechanism",
    "newest",
    "plain",
    "settings_of",
    "setups_of",
    "spoiler_of",
]
