"""How long does the fused input projection take beside the six it stands for?

Only the projections are timed, without the model around them; what HEM does for a whole model is measured by
`doctool refresh`. `gemm` is the floor: one matrix product with a weight of the same size, and no module around it.

`forward` runs without gradients, `training` forward and backward.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import torch
from interleaved import Program, median_seconds, report
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmrec.config import MMRecConfig
from mmrec.projections import FusedProjection, SixProjections


def programs_for(x: Tensor) -> dict[str, dict[str, Program]]:
    """Return what is timed, for inference and for training; `x` is `[B, T, D]`."""
    config = MMRecConfig(width=x.shape[2])
    fused, six = FusedProjection(config, 0), SixProjections(config, 0)
    weight = fused.W_fused.weight.detach().t()

    inference: dict[str, Program] = {
        "fused": partial(fused, x),
        "six": partial(six, x),
        "gemm": partial(torch.matmul, x.flatten(0, 1), weight),
    }
    return {
        "forward": {name: torch.inference_mode()(program) for name, program in inference.items()},
        "training": {"fused": partial(_train, fused, x), "six": partial(_train, six, x)},
    }


def _train(projections: nn.Module, x: Tensor) -> None:
    torch.autograd.backward([one.sum() for one in projections(x)])


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=200, help="timed rounds of each")
    parser.add_argument("--widths", type=int, nargs="+", default=[512, 1024], metavar="D", help="features")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 512], metavar="T", help="tokens of one sequence")
    options = parser.parse_args()
    torch.manual_seed(0)
    ratios: dict[str, float] = {}
    seconds: dict[str, dict[str, float]] = {}
    for width in options.widths:
        for length in options.lengths:
            size = f"D{width}-T{length}"
            for regime, programs in programs_for(torch.randn(1, length, width)).items():
                times = median_seconds(programs, options.rounds)
                seconds[f"{regime}-{size}"] = times
                peers = [name for name in times if name != "fused"]
                ratios |= {f"fused-{regime}/{peer}/{size}": times["fused"] / times[peer] for peer in peers}
    report(ratios, seconds, as_json=options.json)


if __name__ == "__main__":
    main()
