"""Build the arms of a workload from the measured code. Runs in the child process."""

from __future__ import annotations

import importlib
import inspect
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import torch
from torch import Tensor, nn

from doctool.environment import choose_device
from doctool.project.config import Workload
from doctool.records import OFF, ON
from doctool.workload.channel import RefusedError
from doctool.workload.trees import not_finite

_NO_SUCH_ROW = "index out of range"
"""Part of the message with which PyTorch refuses a token id on a CPU; it has no exception of its own."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One arm, ready to be called.

    Args:
        name: Of the arm.
        function: What is called with the input.
        module: The same, if it is a module.
        value: The input.
        arguments: Keyword arguments of each call.
    """

    name: str
    function: Callable[..., Any]
    module: nn.Module | None
    value: Tensor
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def call(self) -> Any:
        """Run it once.

        Raises:
            RefusedError: If a token id has no row in an embedding: then the settings are wrong, not the code.
        """
        try:
            return self.function(self.value, **self.arguments)
        except IndexError as problem:
            rows = self._rows_too_few()
            if _NO_SUCH_ROW not in str(problem) or not rows:
                raise
            raise RefusedError(
                "settings",
                f"the input holds token ids up to {int(self.value.max())}, and {rows} has no row for that; give the "
                "workload the `vocabulary` of the model",
            ) from problem

    def _rows_too_few(self) -> str:
        """The embeddings that are too small for the largest token id, in words."""
        if self.module is None or self.value.is_floating_point():
            return ""
        largest = int(self.value.max())
        small = [
            f"{name or 'the embedding'} with {module.num_embeddings} rows"
            for name, module in self.module.named_modules()
            if isinstance(module, nn.Embedding) and module.num_embeddings <= largest
        ]
        return " or ".join(small)

    def defaults(self) -> tuple[str, ...]:
        """The parameters that a call leaves at their default, as `name=default`."""
        target = self.module.forward if self.module is not None else self.function
        try:
            taken = list(inspect.signature(target).parameters.values())[1:]
        except (TypeError, ValueError):
            return ()
        left = [one for one in taken if one.default is not one.empty and one.name not in self.arguments]
        return tuple(f"{one.name}={one.default!r}" for one in left)

    def check(self) -> None:
        """Run it once and look at the result.

        Raises:
            RefusedError: If an output is not finite.
        """
        with torch.inference_mode():
            place = not_finite(self.call())
        if place is not None:
            raise RefusedError("nan", f"arm {self.name!r}: {place} holds values that are not finite")


def configure(workload: Workload) -> str:
    """Set up PyTorch and return the device to run on, `cpu` or `cuda`.

    Raises:
        RefusedError: If the workload wants a GPU and there is none.
    """
    torch.set_num_threads(workload.threads)
    device = choose_device(workload.device)
    if device == "cuda" and not torch.cuda.is_available():
        raise RefusedError("no-gpu", "the workload says 'device: cuda', and PyTorch finds no CUDA device")
    return device


def build_subjects(
    workload: Workload, arms: Mapping[str, Mapping[str, Any]], seed: int, order: Sequence[str] = ()
) -> dict[str, Subject]:
    """Build all arms from one seed, with one set of shared weights and one input.

    Args:
        workload: What is built and called.
        arms: Toggles by arm; where `off` is among them, the others take the weights that they share with it.
        seed: Of the weights and the input.
        order: In which order the arms are built; that of `arms` if empty.

    Raises:
        RefusedError: As `configure`; or if an arm cannot take over the weights.
    """
    device, dtype = configure(workload), getattr(torch, workload.dtype)
    functions = {name: _build(workload, name, arms[name], seed) for name in order or arms}
    base = functions.get(OFF)
    for name, function in functions.items():
        is_pair = name != OFF and isinstance(base, nn.Module) and isinstance(function, nn.Module)
        if is_pair and workload.shared_weights:
            _share(name, base, function)
    subjects = {}
    for name in arms:
        function = functions[name]
        module = function if isinstance(function, nn.Module) else None
        if module is not None:
            module.eval().to(device=device, dtype=dtype)
        value = make_input(workload, seed).to(device)
        subjects[name] = Subject(name=name, function=function, module=module, value=value, arguments=workload.call)
    return subjects


def make_input(workload: Workload, seed: int) -> Tensor:
    """Draw the input: token ids in [0, vocabulary), or standard-normal numbers of the workload's dtype."""
    generator = torch.Generator().manual_seed(seed)
    if workload.tokens is not None:
        return torch.randint(workload.vocabulary, workload.tokens, generator=generator)
    return torch.randn(workload.features or (), generator=generator).to(getattr(torch, workload.dtype))


def share_weights(base: nn.Module, other: nn.Module) -> None:
    """Copy what both have from `base` into `other`; a module may convert layouts in its own load hooks."""
    own = other.state_dict()
    shared = {
        name: value
        for name, value in base.state_dict().items()
        # Even a lenient load refuses a parameter that has the same name and another shape.
        if name not in own or getattr(own[name], "shape", None) == getattr(value, "shape", None)
    }
    other.load_state_dict(shared, strict=False)


def _share(name: str, base: Any, other: Any) -> None:
    try:
        share_weights(base, other)
    except Exception as problem:  # a module's own hooks may raise anything
        what = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise RefusedError(
            "weights",
            f"doctool's own load_state_dict of the weights of 'off' into {name!r} failed ({what}): that arm keeps them "
            "in another form; say 'shared_weights: false' under the workload in doctool.yaml, and each arm is measured "
            "with the weights that its builder gives it under one seed",
        ) from problem


def set_seed(seed: int) -> None:
    """Restart every random stream that the measured code may draw from."""
    random.seed(seed)
    torch.manual_seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)


def find_target(target: str) -> Callable[..., Any]:
    """Import `module:attribute`.

    Raises:
        TypeError: If it is not callable. Importing may raise anything.
    """
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{target} is {found!r}, which cannot be called")
    function: Callable[..., Any] = found
    return function


def _build(workload: Workload, name: str, toggles: Mapping[str, Any], seed: int) -> Callable[[Tensor], Any]:
    if workload.config is not None:
        return _build_from_object(workload, workload.config, toggles, seed)
    target = find_target(workload.build)
    takes_toggles = _takes(target, {**workload.args, **toggles})
    set_seed(seed)
    built = target(**{**workload.args, **(toggles if takes_toggles else {})})
    if isinstance(built, Mapping) and OFF in built and ON in built:
        return _choose(built, name, toggles)
    module = _module(built, workload, ", or a mapping of 'off' and 'on' to callables")
    if not takes_toggles:
        raise TypeError(
            f"{workload.build} does not take the toggles {', '.join(toggles)}; where they are fields of an "
            "object that it takes, name the class of that as 'config' of the workload"
        )
    return module


def _build_from_object(workload: Workload, config: str, toggles: Mapping[str, Any], seed: int) -> nn.Module:
    make = find_target(config)
    if not _takes(make, {**workload.args, **toggles}):
        raise TypeError(f"{config} does not take the toggles {', '.join(toggles)}")
    set_seed(seed)
    return _module(find_target(workload.build)(make(**{**workload.args, **toggles})), workload)


def _module(built: object, workload: Workload, other: str = "") -> nn.Module:
    if not isinstance(built, nn.Module):
        raise TypeError(f"{workload.build} returned {type(built).__name__}; expected an nn.Module{other}")
    return built


def _takes(target: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(target).bind(**arguments)
    except TypeError:
        return False
    except ValueError:
        # Written in C, so without a signature to look at; the call itself will tell.
        return True
    return True


def _choose(built: Mapping[str, Callable[[Tensor], Any]], name: str, toggles: Mapping[str, Any]) -> Callable[..., Any]:
    if not any(toggles.values()):
        return built[OFF]
    return built[name] if name in built else built[ON]
