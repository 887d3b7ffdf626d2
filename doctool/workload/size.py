"""The size of a workload's input, and how it shrinks where memory is short."""

from __future__ import annotations

import msgspec

from doctool.project.config import Workload


def shrink(workload: Workload) -> Workload | None:
    """Halve the batch, or the length where the batch is 1; None if the input cannot become smaller."""
    shape = workload.tokens or workload.features or ()
    for place in range(min(free_dimensions(workload), 2)):
        if shape[place] > 1:
            smaller = (*shape[:place], shape[place] // 2, *shape[place + 1 :])
            field = "tokens" if workload.tokens else "features"
            return msgspec.structs.replace(workload, **{field: smaller})
    return None


def free_dimensions(workload: Workload) -> int:
    """Return how many dimensions of the input, from the first, are of a size that the model does not dictate.

    The last number of `features` is a width, so it stays. Of images and volumes only the batch is free: behind it come
    the channels, and what follows may be tied to the number of patches.
    """
    if workload.tokens is not None:
        return len(workload.tokens)
    rank = len(workload.features or ())
    return 1 if rank > 3 else rank - 1


def describe_size(workload: Workload) -> str:
    """Return the shape of the input in words, such as `tokens [2, 512]`."""
    kind, shape = ("tokens", workload.tokens) if workload.tokens else ("features", workload.features)
    return f"{kind} {list(shape or ())}"
