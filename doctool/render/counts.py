"""Throughput told in another count: tokens, samples or calls per second, as far as the workload's input tells.

Exact: a call holds a whole number of each, written in the record's settings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from doctool.errors import DocumentError
from doctool.records import Estimate, Record


def convert_count(estimate: Estimate, held_in: str, wanted: str, record: Record) -> Estimate:
    """Return a throughput in another count.

    Args:
        estimate: In the base unit `held_in`.
        held_in: Base unit of the record.
        wanted: Base unit that is asked for.
        record: Its settings hold the shape of the input.

    Raises:
        DocumentError: If the workload's input is not counted in what is asked for.
    """
    if held_in == wanted:
        return estimate
    counts = counts_per_call(record)
    if held_in not in counts or wanted not in counts:
        raise DocumentError(
            f"the inputs of workload {record.workload!r} are not counted in {wanted.partition('/')[0]}; "
            f"units that fit: {', '.join(counts)}"
        )
    scale = counts[wanted] / counts[held_in]

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * scale

    return replace(estimate, value=estimate.value * scale, low=scaled(estimate.low), high=scaled(estimate.high))


def counts_per_call(record: Record) -> Mapping[str, int]:
    """Return how much of each base unit of throughput one call of the record's workload holds."""
    tokens, features = record.settings.get("tokens"), record.settings.get("features")
    counts = {"calls/s": 1}
    shape: Sequence[int] = tokens or features or ()
    if tokens:
        counts["tokens/s"] = math.prod(tokens)
    if len(shape) > 1:
        counts["samples/s"] = int(shape[0])
    return counts
