"""What PyTorch says about itself and its device. Runs in the measuring process only."""

from __future__ import annotations

import re
from typing import Any

from doctool.environment.keys import Facts


def collect_torch(device: str, dtype: str, threads: int) -> Facts:
    """Return the facts that only a process with PyTorch loaded and configured can know.

    Args:
        device: `cpu` or `cuda`.
        dtype: Type of parameters and features, such as `float32`.
        threads: Threads that PyTorch was told to use.
    """
    # PyTorch takes seconds to load, and only the measuring process needs it.
    import torch  # noqa: PLC0415

    facts: Facts = {
        "torch": str(torch.__version__),
        "threads": threads,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "compile": "none",
        "device": device,
        "dtype": dtype,
    }
    blas = find_blas(torch.__config__.show())
    if blas is not None:
        facts["blas"] = blas
    return facts | (_collect_cuda(torch) if device == "cuda" else {})


def find_blas(configuration: str) -> str | None:
    """Return the matrix library named in PyTorch's build configuration, with its version where it is given."""
    version = re.search(r"Math Kernel Library Version (\S+)", configuration)
    name = re.search(r"BLAS_INFO=(\w+)", configuration)
    if name is None:
        return None
    return f"mkl {version[1]}" if name[1] == "mkl" and version else name[1]


def _collect_cuda(torch: Any) -> Facts:
    facts: Facts = {
        "tf32": torch.get_float32_matmul_precision() != "highest",
        "gpu_count": torch.cuda.device_count(),
    }
    device = torch.cuda.get_device_properties(torch.cuda.current_device())
    facts |= {
        "gpu": device.name,
        "gpu_memory_bytes": device.total_memory,
        "compute_capability": f"{device.major}.{device.minor}",
    }
    if torch.version.cuda is not None:
        facts["cuda"] = torch.version.cuda
    cudnn = torch.backends.cudnn.version()
    return facts | ({"cudnn": str(cudnn)} if cudnn is not None else {})
