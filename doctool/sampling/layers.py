"""Time submodules inside the very calls that are timed as a whole. Runs in the child process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from torch import nn

_Mark = TypeVar("_Mark")


class LayerWatch(Generic[_Mark]):
    """Marks when submodules begin and end, call by call.

    Args:
        module: Whose submodules are watched; None watches nothing.
        names: Their names in `named_modules`.
        mark: Returns the present time in whatever form the device has.
    """

    def __init__(self, module: nn.Module | None, names: Iterable[str], mark: Callable[[], _Mark]) -> None:
        self._mark = mark
        self._spans: dict[str, list[tuple[_Mark, _Mark]]] = {}
        if module is not None:
            for name in names:
                self._attach(name, module.get_submodule(name))

    def _attach(self, name: str, layer: nn.Module) -> None:
        # A stack: a module may contain itself, or be called again before it returns.
        begun: list[_Mark] = []
        mark, spans = self._mark, self._spans

        def begin(*_: Any) -> None:
            begun.append(mark())

        def end(*_: Any) -> None:
            spans.setdefault(name, []).append((begun.pop(), mark()))

        layer.register_forward_pre_hook(begin)
        layer.register_forward_hook(end)

    def take(self) -> dict[str, list[tuple[_Mark, _Mark]]]:
        """Return the spans since the last time, by name, and forget them."""
        spans = dict(self._spans)
        self._spans.clear()
        return spans
