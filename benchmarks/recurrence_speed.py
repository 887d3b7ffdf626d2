"""How long does the gated recurrence take beside `torch.nn.GRU` and `nn.LSTM` of the same width?

Each gets the same input `[B, T, D]` and makes its own input part of it: ours with one layer of D features, the peers
with theirs of 3·D and 4·D. `gemms` is the floor that no loop in torch can go below: ours without anything but its
matrix products, one for all inputs and one per step for the state.

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

from mmrec import recurrence

_PEERS = {"gru": nn.GRU, "lstm": nn.LSTM}


class GatedRecurrence(nn.Module):
    """The recurrence of the block with an input layer of its own, `[B, T, D]` to `[B, T, D]`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.W_z = nn.Linear(width, width, bias=False)
        self.W_gate = nn.Linear(width, width)
        self.decay = nn.Parameter(torch.rand(width))

    def forward(self, x: Tensor) -> Tensor:
        """Run the whole sequence from a state of zeros."""
        z = self.W_z(x)
        gamma = self.decay.expand_as(z)
        start = z.new_zeros(x.shape[0], x.shape[2])
        states, _ = recurrence.scan(z, gamma, self.W_gate.weight, self.W_gate.bias, start)
        return states

    def matrix_products(self, x: Tensor) -> Tensor:
        """Do the matrix products alone: the steps wait for each other, as they have to."""
        h: Tensor = self.W_z(x)[:, 0]
        turned = self.W_gate.weight.t()
        for _ in range(x.shape[1]):
            h = torch.addmm(self.W_gate.bias, h, turned)
        return h


class FirstResult(nn.Module):
    """A recurrent layer of torch without the state that it also returns."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Run the whole sequence, `[B, T, D]` to `[B, T, D]`."""
        states, _ = self.layer(x)
        return torch.as_tensor(states)


def programs_for(x: Tensor) -> dict[str, dict[str, Program]]:
    """Return what is timed, for inference and for training."""
    width = x.shape[2]
    ours = GatedRecurrence(width)
    layers: dict[str, nn.Module] = {"scan": ours}
    layers |= {name: FirstResult(peer(width, width, batch_first=True)) for name, peer in _PEERS.items()}
    inference: dict[str, Program] = {name: partial(layer, x) for name, layer in layers.items()}
    inference["gemms"] = partial(ours.matrix_products, x)
    return {
        "forward": {name: torch.inference_mode()(program) for name, program in inference.items()},
        "training": {name: partial(_train, layer, x) for name, layer in layers.items()},
    }


def _train(layer: nn.Module, x: Tensor) -> None:
    torch.autograd.backward(layer(x).sum())


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=15, help="timed rounds of each")
    parser.add_argument("--widths", type=int, nargs="+", default=[512, 1024], metavar="D", help="features")
    parser.add_argument("--tokens", type=int, nargs=2, default=[2, 512], metavar=("B", "T"), help="batch and length")
    options = parser.parse_args()
    torch.manual_seed(0)
    ratios: dict[str, float] = {}
    seconds: dict[str, dict[str, float]] = {}
    for width in options.widths:
        for regime, programs in programs_for(torch.randn(*options.tokens, width)).items():
            times = median_seconds(programs, options.rounds)
            seconds[f"{regime}-D{width}"] = times
            peers = [name for name in times if name != "scan"]
            ratios |= {f"scan-{regime}/{peer}/D{width}": times["scan"] / times[peer] for peer in peers}
    report(ratios, seconds, as_json=options.json)


if __name__ == "__main__":
    main()
