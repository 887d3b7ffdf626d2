"""Whether numbers from two machines may share a ratio.

Source: PROTOCOL `doctool-ab/1`, "Written down with every record".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

_FINGERPRINT_LENGTH = 16


def _driver_major(facts: Mapping[str, object]) -> str:
    return str(facts.get("driver", "")).partition(".")[0]


def _comparable_facts(facts: Mapping[str, object]) -> dict[str, str]:
    plain = {key: str(facts.get(key, "")) for key in ("cpu", "cores", "gpu", "torch", "dtype", "device")}
    return {**plain, "driver (major)": _driver_major(facts)}


def comparable_key(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Return what must be equal for two environments to be comparable; an absent fact is empty."""
    return tuple(_comparable_facts(facts).values())


def is_comparable(first: Mapping[str, object], second: Mapping[str, object]) -> bool:
    """Tell whether numbers measured in the two environments may stand in one ratio."""
    return comparable_key(first) == comparable_key(second)


def explain_difference(first: Mapping[str, object], second: Mapping[str, object]) -> str:
    """Say in words why two environments are not comparable; nothing if they are."""
    one, other = _comparable_facts(first), _comparable_facts(second)
    return "; ".join(
        f"{key}: {one[key] or 'unknown'!r} and {other[key] or 'unknown'!r}" for key in one if one[key] != other[key]
    )


def fingerprint(facts: Mapping[str, object]) -> str:
    """Return a digest over every fact about the machine, by which a replicate remembers where it was measured.

    The version of doctool itself is left out: it may be added to the facts later.
    """
    text = json.dumps({key: facts[key] for key in facts if key != "doctool"}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_LENGTH]
