"""The facts that may stand in a record's environment: what each means, its type and its unit."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Facts = dict[str, str | int | float | bool]


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about hardware or software.

    Args:
        name: Its key in records and templates.
        meaning: What it says, in a few words.
        kind: The type of its value.
        unit: The unit of a number, None where there is none.
    """

    name: str
    meaning: str
    kind: type[str | int | float | bool]
    unit: str | None = None


def _key(name: str, kind: type[str | int | float | bool], meaning: str, unit: str | None = None) -> Key:
    return Key(name=name, meaning=meaning, kind=kind, unit=unit)


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        _key("cpu", str, "processor model"),
        _key("cores", int, "logical processors this process may use"),
        _key("cpu_quota", float, "processor time the control group grants", "cores"),
        _key("governor", str, "frequency policy of the processors"),
        _key("turbo", bool, "whether processors may exceed their base clock"),
        _key("ram_bytes", int, "main memory", "B"),
        _key("gpu", str, "name of the GPU in use, or of the first that there is"),
        _key("gpu_count", int, "GPUs that can be used"),
        _key("gpu_memory_bytes", int, "memory of the GPU", "B"),
        _key("compute_capability", str, "CUDA generation of the GPU"),
        _key("driver", str, "version of the NVIDIA driver"),
        _key("cuda", str, "CUDA version PyTorch was built with"),
        _key("cudnn", str, "cuDNN version"),
        _key("gpu_power_limit_w", float, "enforced power limit of the GPU", "W"),
        _key("gpu_ecc", bool, "whether the GPU corrects memory errors"),
        _key("gpu_mig", bool, "whether the GPU is split into instances"),
        _key("gpu_persistence", bool, "whether the driver stays loaded"),
        _key("os", str, "operating system"),
        _key("kernel", str, "kernel release"),
        _key("container", str, "kind of container"),
        _key("python", str, "implementation and version of Python"),
        _key("torch", str, "version of PyTorch"),
        _key("triton", str, "version of Triton"),
        _key("blas", str, "library PyTorch multiplies matrices with"),
        _key("threads", int, "threads of PyTorch"),
        _key("tf32", bool, "whether float32 products may be rounded to TF32"),
        _key("deterministic", bool, "whether only deterministic algorithms are allowed"),
        _key("compile", str, "mode of torch.compile"),
        _key("device", str, "where the measured code ran"),
        _key("dtype", str, "type of parameters and features"),
        _key("doctool", str, "version of doctool"),
    )
}


def check(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Tell what is wrong with an environment.

    Returns:
        One sentence per problem: an unknown key, a value of the wrong type, an empty or many-lined text.
    """
    return tuple(problem for name, value in facts.items() if (problem := _check_one(name, value)))


def _check_one(name: str, value: object) -> str | None:
    if name not in KEYS:
        return f"{name}: not a known fact"
    kind = KEYS[name].kind
    if type(value) is not kind and not (kind is float and type(value) is int):
        return f"{name}: {value!r} should be of type {kind.__name__}"
    if isinstance(value, str) and (not value.strip() or "\n" in value or "\r" in value):
        return f"{name}: {value!r} should be one line of text"
    return None
