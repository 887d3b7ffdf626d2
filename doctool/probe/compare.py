"""Decide from what off and on showed whether the mechanism acts: pure comparison of observations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from doctool.probe.messages import Seen
from doctool.probe.trial import Kernel, Observed
from doctool.terms.facts import Fact, fact

_MOST_NAMED = 4


def judge(off: Observed, twin: Observed, on: Observed, tolerance: float) -> Seen:
    """Compare on with off, and disregard whatever already differs between off and its twin.

    Parameters and modules that nothing uses make no difference when the model runs; so they are facts, and decide
    nothing.

    Args:
        off: Without the mechanism.
        twin: A second instance of the same.
        on: With the mechanism.
        tolerance: Relative and absolute difference of outputs that still counts as none.
    """
    acts: list[Fact] = []
    for compare in _ACTING:
        noise = compare(off, twin, tolerance)
        found = compare(off, on, tolerance)
        if found and not noise:
            acts += found
    output_differences = tuple(_differing("output", off.outputs, on.outputs, tolerance))
    compilers = sorted({*off.compiled, *on.compiled})
    if not acts and compilers:
        # Nothing that can be seen differs, and what cannot be seen may: only the comparison tells.
        acts.append(fact("compiled", ", ".join(compilers)))
    built = [*_built_differently(off, on)]
    if not acts and built:
        built.append(fact("runs-the-same"))
    elif not acts:
        built.append(fact("all-the-same"))
    if _is_shifted(off.draws, on.draws) or _is_shifted(off.training_draws, on.training_draws):
        built.append(fact("other-draws"))
    failure = [fact("training-failed", on.training_failure)] if on.training_failure else []
    return Seen(
        is_effective=bool(acts),
        differences=(*acts, *built, *failure),
        equal_outputs=not output_differences,
        output_differences=output_differences,
    )


def _is_shifted(off: str, on: str) -> bool:
    """Whether both draw at random and not the same: then every later draw differs, whatever the mechanism does."""
    return bool(off) and off != on


def _kernels_differ(off: Observed, on: Observed, _: float) -> list[Fact]:
    return _count_kernels("kernels", off.kernels, on.kernels)


def _training_kernels_differ(off: Observed, on: Observed, _: float) -> list[Fact]:
    if off.training_failure or on.training_failure:
        return []
    return _count_kernels("training-kernels", off.training_kernels, on.training_kernels)


def _outputs_differ(off: Observed, on: Observed, tolerance: float) -> list[Fact]:
    if _is_shifted(off.draws, on.draws):
        return []
    return [*_differing("output", off.outputs, on.outputs, tolerance)]


def _training_outputs_differ(off: Observed, on: Observed, tolerance: float) -> list[Fact]:
    if off.training_failure or on.training_failure:
        return []
    common = sorted(off.training_outputs.keys() & on.training_outputs.keys())
    first, second = ({path: arm.training_outputs[path] for path in common} for arm in (off, on))
    new = sorted(on.training_outputs.keys() - off.training_outputs.keys())
    shifted = _is_shifted(off.training_draws, on.training_draws)
    changed = () if shifted else _differing("training", first, second, tolerance)
    return [*(_describe_auxiliary(path, on) for path in new), *changed]


def _gradients_differ(off: Observed, on: Observed, tolerance: float) -> list[Fact]:
    if off.training_failure or on.training_failure or _is_shifted(off.training_draws, on.training_draws):
        return []
    # What arrives in one arm and not in the other differs too, as long as both have the parameter.
    shared = off.parameters.keys() & on.parameters.keys() & (off.gradients.keys() | on.gradients.keys())
    first, second = ({name: arm.gradients[name] for name in shared & arm.gradients.keys()} for arm in (off, on))
    count = sum(1 for _ in _differing("output", first, second, tolerance))
    return [fact("gradients", count, len(shared))] if count else []


_ACTING: tuple[Callable[[Observed, Observed, float], list[Fact]], ...] = (
    _outputs_differ,
    _training_outputs_differ,
    _kernels_differ,
    _training_kernels_differ,
    _gradients_differ,
)


def _describe_auxiliary(path: str, on: Observed) -> Fact:
    value = on.training_outputs[path]
    size = f"{value.item():.4g}" if value.numel() == 1 else str(list(value.shape))
    count = on.steering.get(path, 0)
    return fact("auxiliary", path, size, count) if count else fact("auxiliary-alone", path, size)


def _count_kernels(kind: str, off: Counter[Kernel], on: Counter[Kernel]) -> list[Fact]:
    by_name = [Counter[str](), Counter[str]()]
    for total, calls in zip(by_name, (off, on), strict=True):
        for (name, _), count in calls.items():
            total[name] += count
    first, second = by_name
    changed = [name for name in sorted(first.keys() | second.keys()) if first[name] != second[name]]
    if changed:
        return [fact(kind, _some([f"{name} {first[name]} → {second[name]}" for name in changed]))]
    other = sorted({name for name, _ in (off - on) + (on - off)})
    return [fact(f"{kind}-of-other-shapes", _some(other))] if other else []


def _built_differently(off: Observed, on: Observed) -> Iterator[Fact]:
    if off.parameters != on.parameters:
        gone = sorted(off.parameters.items() - on.parameters.items())
        new = sorted(on.parameters.items() - off.parameters.items())
        signs = [f"+{name} {list(shape)}" for name, shape in new] + [f"-{name} {list(shape)}" for name, shape in gone]
        yield fact("parameters", len(off.parameters), len(on.parameters), _some(signs))
    if off.modules != on.modules:
        names = sorted(off.modules.keys() | on.modules.keys())
        changes = {name: (off.modules[name], on.modules[name]) for name in names}
        yield fact("modules", _some([f"{name} {a} → {b}" for name, (a, b) in changes.items() if a != b]))


def _differing(where: str, off: Mapping[str, Tensor], on: Mapping[str, Tensor], tolerance: float) -> Iterator[Fact]:
    for path in off:
        if path not in on:
            yield fact(f"{where}-gone", path)
            continue
        first, second = off[path], on[path]
        if first.shape != second.shape:
            yield fact(f"{where}-shape", path, list(first.shape), list(second.shape))
        elif not _are_close(first, second, tolerance):
            largest = (first.to(torch.float64) - second.to(torch.float64)).abs().max().item()
            yield fact(f"{where}-differs", path, f"{largest:.3g}")
    for path in on:
        if path not in off:
            yield fact(f"{where}-new", path)


def _are_close(first: Tensor, second: Tensor, tolerance: float) -> bool:
    if not first.is_floating_point():
        return bool(torch.equal(first, second.to(first.dtype)))
    return torch.allclose(first, second.to(first.dtype), rtol=tolerance, atol=tolerance)


def _some(parts: list[str]) -> str:
    shown = ", ".join(parts[:_MOST_NAMED])
    return f"{shown}, … (+{len(parts) - _MOST_NAMED})" if len(parts) > _MOST_NAMED else shown
