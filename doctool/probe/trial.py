"""Run one arm once for inference and once for training, and write down everything that can be compared."""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from doctool.workload.channel import RefusedError, Tell
from doctool.workload.subject import Subject, set_seed
from doctool.workload.trees import not_finite, tensors_of

Kernel = tuple[str, tuple[str, ...]]
"""An operator and the type and shape of every tensor it was given."""


_IDLE = ("aten.empty", "aten._unsafe_view", "aten.lift_fresh", "aten.alias", "aten.detach")
"""Operators that compute nothing, beside those that PyTorch itself calls views."""


class KernelCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the operators that compute something; views only look at memory in another way."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Counter[Kernel] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count one operator and run it."""
        name = str(func.overloadpacket)
        if not getattr(func, "is_view", False) and not name.startswith(_IDLE):
            inputs = (tensor for _, tensor in tensors_of((args, kwargs)))
            given = tuple(f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}" for tensor in inputs)
            self.calls[name, given] += 1
        return func(*args, **(kwargs or {}))


class Observed(msgspec.Struct, kw_only=True):
    """What one arm showed.

    Args:
        parameters: Shape by name.
        modules: How many of each class.
        outputs: Tensors of the inference call, by path.
        kernels: Operators of the inference call.
        training_outputs: Tensors of the training call, by path, detached.
        training_kernels: Operators of the training call and of its gradients.
        gradients: Of one fixed function of the shared outputs, by parameter.
        steering: For each training output that only this arm has, how many parameters it gives gradients to.
        draws: The random streams after the inference call; empty if it drew nothing.
        training_draws: The same after the training call.
        training_failure: Why there is no training call; empty if there is one.
        compiled: What compiles code of this arm. Where the kernels are counted, such code falls back to plain
            operators, so that nothing is seen of what really runs.
    """

    parameters: Mapping[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    modules: Counter[str] = msgspec.field(default_factory=Counter)
    outputs: Mapping[str, Tensor] = msgspec.field(default_factory=dict)
    kernels: Counter[Kernel] = msgspec.field(default_factory=Counter)
    training_outputs: Mapping[str, Tensor] = msgspec.field(default_factory=dict)
    training_kernels: Counter[Kernel] = msgspec.field(default_factory=Counter)
    gradients: Mapping[str, Tensor] = msgspec.field(default_factory=dict)
    steering: Mapping[str, int] = msgspec.field(default_factory=dict)
    draws: str = ""
    training_draws: str = ""
    training_failure: str = ""
    compiled: tuple[str, ...] = ()


def observe(subject: Subject, seed: int, tell: Tell, shared: Collection[str] | None = None) -> Observed:
    """Run an arm.

    Args:
        subject: The arm.
        seed: Restarts all random streams before each run, so that arms draw alike.
        tell: Told about every run.
        shared: Paths of the training outputs that the arm it is compared with has; None if they are its own.

    Raises:
        RefusedError: If an output is not finite.
    """
    observed = Observed()
    if subject.module is not None:
        observed.parameters = {name: tuple(value.shape) for name, value in subject.module.named_parameters()}
        observed.modules = Counter(type(module).__name__ for module in subject.module.modules())
    tell(f"calling {subject.name}")
    # A first call that does not count: what is computed once and kept belongs to no particular call.
    before = _graphs_compiled()
    with torch.no_grad():
        subject.call()
    observed.compiled = tuple(_compilers(subject, compiled_now=_graphs_compiled() > before))
    set_seed(seed)
    fresh = _streams()
    with torch.no_grad(), KernelCounter() as counter:
        result = subject.call()
    observed.draws = _drawn(fresh)
    place = not_finite(result)
    if place is not None:
        raise RefusedError("nan", f"arm {subject.name!r}: {place} holds values that are not finite")
    observed.outputs, observed.kernels = dict(tensors_of(result)), counter.calls
    if subject.module is not None:
        tell(f"training {subject.name}")
        try:
            _train(subject, seed, observed, shared)
        except RefusedError:
            raise
        except Exception as problem:  # noqa: BLE001  code that is only made for inference may fail in any way
            observed.training_failure = f"{type(problem).__name__}: {problem}".splitlines()[0]
    return observed


def _compilers(subject: Subject, *, compiled_now: bool) -> Iterator[str]:
    """Yield what compiles the code of an arm."""
    modules = list(subject.module.modules()) if subject.module is not None else []
    called = [subject.call, *modules, *(getattr(module, "forward", None) for module in modules)]
    is_wrapped = any(getattr(each, "_torchdynamo_orig_callable", None) is not None for each in called)
    is_compiled_in_place = any(getattr(module, "_compiled_call_impl", None) is not None for module in modules)
    if compiled_now or is_wrapped or is_compiled_in_place:
        yield "torch.compile"
    if any(isinstance(each, torch.jit.ScriptModule | torch.jit.ScriptFunction) for each in called):
        yield "torch.jit"


def _graphs_compiled() -> int:
    """Return how many graphs torch.compile has made in this process."""
    # Loading it takes seconds, and without it nothing was compiled.
    dynamo = sys.modules.get("torch._dynamo.utils")
    return int(dynamo.counters["stats"]["unique_graphs"]) if dynamo is not None else 0


def _train(subject: Subject, seed: int, observed: Observed, shared: Collection[str] | None) -> None:
    if subject.module is None:
        return
    subject.module.train()
    set_seed(seed)
    fresh = _streams()
    counter = KernelCounter()
    with counter:
        result = subject.call()
    observed.training_draws = _drawn(fresh)
    place = not_finite(result)
    if place is not None:
        raise RefusedError("nan", f"arm {subject.name!r} in training mode: {place} holds values that are not finite")
    outputs = dict(tensors_of(result))
    own = {path: value for path, value in outputs.items() if shared is not None and path not in shared}
    scalars = [_scalar_of(value) for path, value in outputs.items() if path not in own and value.requires_grad]
    parameters = {name: value for name, value in subject.module.named_parameters() if value.requires_grad}
    if scalars:
        with counter:
            observed.gradients = _gradients_of(scalars, parameters)
    observed.training_outputs = {path: value.detach() for path, value in outputs.items()}
    observed.training_kernels = counter.calls
    observed.steering = {
        path: sum(bool(found.count_nonzero()) for found in _gradients_of([_scalar_of(value)], parameters).values())
        for path, value in own.items()
        if value.requires_grad
    }


def _streams() -> str:
    """Where every random stream stands that measured code may draw from, as a digest."""
    digest = hashlib.sha256(torch.get_rng_state().numpy().tobytes())
    digest.update(repr(random.getstate()).encode())
    if torch.cuda.is_available():
        digest.update(torch.cuda.get_rng_state().numpy().tobytes())
    if "numpy" in sys.modules:
        state = sys.modules["numpy"].random.get_state()
        digest.update(state[1].tobytes() + repr(state[2:]).encode())
    return digest.hexdigest()


def _drawn(fresh: str) -> str:
    now = _streams()
    return "" if now == fresh else now


def _scalar_of(value: Tensor) -> Tensor:
    """Weigh the elements unevenly, so that outputs whose sum is constant have gradients too."""
    weights = torch.linspace(0.0, 7.0, value.numel(), dtype=torch.float64, device=value.device).cos()
    return (value.reshape(-1) * weights.to(value.dtype)).sum()


def _gradients_of(scalars: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found = torch.autograd.grad(scalars, list(parameters.values()), retain_graph=True, allow_unused=True)
    return {name: value for name, value in zip(parameters, found, strict=True) if value is not None}
