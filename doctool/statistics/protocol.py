"""The numbers that turn samples into words, and a digest by which a record remembers them."""

from __future__ import annotations

import hashlib
import json

from doctool.statistics.comparison import ALPHA, MAX_REPLICATES, MIN_MARGIN, MIN_REPLICATES
from doctool.statistics.speed import MAX_EXCLUDED, MIN_NULL_SESSIONS
from doctool.statistics.training import MAX_MISSES, TRAINING_MARGIN

PROTOCOL = "doctool-ab/1"
"""Names the rules by which arms are measured and compared; a change of them changes the name."""

RULES: dict[str, float] = {
    "claim level": ALPHA,
    "equivalence level": 0.10,
    "fewest replicates": MIN_REPLICATES,
    "most replicates": MAX_REPLICATES,
    "smallest margin": MIN_MARGIN,
    "training margin": TRAINING_MARGIN,
    "most excluded blocks": MAX_EXCLUDED,
    "null sessions for a margin": MIN_NULL_SESSIONS,
    "most misses": MAX_MISSES,
}
"""What a change of would make an old record read differently."""
_DIGEST_LENGTH = 16


def protocol_digest() -> str:
    """Return a digest over the rules."""
    return hashlib.sha256(json.dumps(RULES, sort_keys=True).encode()).hexdigest()[:_DIGEST_LENGTH]
