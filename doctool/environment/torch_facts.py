"""What PyTorch says about itself and its device. Runs in the processes that measure, and in one that only looks.

Everything that is compared between the machine in a record and the machine as it is now comes from here and from
`machine`, in such a process: a second source of the same fact would sooner or later say something else.
"""

from __future__ import annotations

import re
from typing import Any

from doctool.environment.gpu import card_of, collect_gpu, open_nvml
from doctool.environment.keys import Facts
from doctool.environment.machine import collect_machine
from doctool.environment.setup import Setup

_TRITON_PACKAGES = ("triton", "pytorch-triton", "pytorch-triton-rocm", "pytorch-triton-xpu")
"""PyTorch's own builds of Triton are packages of other names."""


def look_around(setup: Setup) -> Facts:
    """Return the whole environment that something measured here, set up like this, would have.

    Where PyTorch is not installed, what it would say is absent; nothing can be measured there either.
    """
    machine = collect_machine()
    try:
        device = choose_device(setup.device)
    except ModuleNotFoundError as problem:
        if problem.name != "torch":
            raise
        return {**machine, "dtype": setup.dtype, "threads": setup.threads}
    return {**machine, **collect_torch(device, setup.dtype, setup.threads)}


def choose_device(asked: str) -> str:
    """Return `cpu` or `cuda`: what is asked for, and for `auto` what there is."""
    # PyTorch takes seconds to load, and only the measuring process needs it.
    import torch  # noqa: PLC0415

    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "cpu"


def collect_torch(device: str, dtype: str, threads: int) -> Facts:
    """Return the facts that only a process with PyTorch loaded and configured can know.

    Args:
        device: `cpu` or `cuda`.
        dtype: Type of parameters and features, such as `float32`.
        threads: Threads that PyTorch was told to use.
    """
    import torch  # noqa: PLC0415

    facts: Facts = {
        "torch": str(torch.__version__),
        "threads": threads,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "device": device,
        "dtype": dtype,
    }
    blas, triton = find_blas(torch.__config__.show()), _find_triton()
    if blas is not None:
        facts["blas"] = blas
    if triton is not None:
        facts["triton"] = triton
    # Asked for and not there: the measurement is refused, and what is written down is a machine without one.
    if device == "cuda" and torch.cuda.is_available():
        return facts | _collect_cuda(torch)
    nvml = open_nvml()
    return facts | (collect_gpu(nvml) if nvml is not None else {})


def find_blas(configuration: str) -> str | None:
    """Return the matrix library named in PyTorch's build configuration, with its version where it is given."""
    version = re.search(r"Math Kernel Library Version (\S+)", configuration)
    name = re.search(r"BLAS_INFO=(\w+)", configuration)
    if name is None:
        return None
    return f"mkl {version[1]}" if name[1] == "mkl" and version else name[1]


def _find_triton() -> str | None:
    # It loads an e-mail parser, and most commands ask for no version.
    from importlib import metadata  # noqa: PLC0415

    for package in _TRITON_PACKAGES:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None


def _collect_cuda(torch: Any) -> Facts:
    device = torch.cuda.get_device_properties(torch.cuda.current_device())
    nvml = open_nvml()
    facts = collect_gpu(nvml, card_of(device)) if nvml is not None else {}
    facts |= {
        "tf32": torch.get_float32_matmul_precision() != "highest",
        "gpu": device.name,
        "gpu_count": torch.cuda.device_count(),
        "gpu_memory_bytes": device.total_memory,
        "compute_capability": f"{device.major}.{device.minor}",
    }
    if torch.version.cuda is not None:
        facts["cuda"] = torch.version.cuda
    cudnn = torch.backends.cudnn.version()
    return facts | ({"cudnn": str(cudnn)} if cudnn is not None else {})
