"""The size of a workload's input, and how it shrinks where memory is short."""

from __future__ import annotations

import msgspec

from doctool.project.config import Workload


def shrink(workload: Workload) -> Workload | None:
    """Halve the batch, or the length where the batch is 1; None if the input cannot become smaller.

    The last number of `features` is a width that the model dictates, so it stays.
    """
    shape = workload.tokens or workload.features or ()
    adjustable = len(shape) if workload.tokens else len(shape) - 1
    for place in range(min(adjustable, 2)):
        if shape[place] > 1:
            smaller = (*shape[:place], shape[place] // 2, *shape[place + 1 :])
            field = "tokens" if workload.tokens else "features"
            return msgspec.structs.replace(workload, **{field: smaller})
    return None


def describe_size(workload: Workload) -> str:
    """Return the shape of the input in words, such as `tokens [2, 512]`."""
    kind, shape = ("tokens", workload.tokens) if workload.tokens else ("features", workload.features)
    return f"{kind} {list(shape or ())}"
