"""Find the tensors in whatever the measured code returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

_DEEPEST = 20
"""Deeper than any result, and a bound for one that contains itself."""


def tensors_of(tree: Any, path: str = "output", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor with its path: through mappings, sequences, named tuples and dataclasses.

    Args:
        tree: What was returned.
        path: Path of the tree itself.
        depth: How deep in a larger tree it stands.
    """
    if isinstance(tree, Tensor):
        yield path, tree
    elif depth < _DEEPEST:
        for name, part in _parts_of(tree):
            yield from tensors_of(part, f"{path}.{name}", depth + 1)


def _parts_of(tree: Any) -> Iterator[tuple[object, Any]]:
    if isinstance(tree, Mapping):
        yield from tree.items()
    elif isinstance(tree, tuple) and hasattr(tree, "_fields"):
        yield from zip(tree._fields, tree, strict=True)
    elif isinstance(tree, list | tuple):
        yield from enumerate(tree)
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for field in dataclasses.fields(tree):
            yield field.name, getattr(tree, field.name)


def not_finite(tree: Any) -> str | None:
    """Return the path of the first tensor that holds NaN or infinity, or None."""
    for path, tensor in tensors_of(tree):
        if (tensor.is_floating_point() or tensor.is_complex()) and not bool(torch.isfinite(tensor).all()):
            return path
    return None
