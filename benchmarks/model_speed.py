"""How long does a forward pass of MM-Rec take beside GRU and LSTM language models of the same width and depth?

The peers have the same embedding and the same tied head, and nothing between but `torch.nn.GRU` or `nn.LSTM`: they are
smaller, and have neither memory nor feed-forward part. `gemms` is a floor for any program that computes the same
model: its matrix products with a weight, and nothing else, the recurrence's one step after the other.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch
from interleaved import Program, median_seconds, report
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmrec.config import MMRecConfig
from mmrec.model import MMRecModel

_PEERS = {"gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentModel(nn.Module):
    """A language model with one of torch's recurrent layers, tokens `[B, T]` to logits `[B, T, V]`."""

    def __init__(self, peer: type[nn.GRU | nn.LSTM], config: MMRecConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.layers = peer(config.width, config.width, num_layers=config.layers, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Score the next token at each position."""
        hidden, _ = self.layers(self.embedding(tokens))
        return nn.functional.linear(hidden, self.embedding.weight)


def matrix_products(model: MMRecModel, tokens: Tensor) -> Program:
    """Return a program that does the products with a weight of one forward pass, and nothing else."""
    inputs: list[tuple[nn.Linear, Tensor]] = []

    def keep(layer: nn.Module, given: tuple[Tensor, ...], _output: Any) -> None:
        assert isinstance(layer, nn.Linear)
        inputs.append((layer, given[0]))

    hooks = [layer.register_forward_hook(keep) for layer in model.modules() if isinstance(layer, nn.Linear)]
    with torch.inference_mode():
        model(tokens)
    for hook in hooks:
        hook.remove()
    batch, length = tokens.shape
    hidden = torch.randn(batch, length, model.config.width)
    gates = [layer for name, layer in model.named_modules() if name.endswith("W_gate") and isinstance(layer, nn.Linear)]

    def run() -> None:
        for layer, x in inputs:
            layer(x)
        for gate in gates:
            h, turned = hidden[:, 0], gate.weight.t()
            for _ in range(length):
                h = torch.addmm(gate.bias, h, turned)
        nn.functional.linear(hidden, model.embedding.weight)

    return run


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=15, help="timed rounds of each")
    parser.add_argument("--presets", nargs="+", default=["small", "medium"], metavar="NAME", help="sizes of the model")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 512], metavar="T", help="tokens of one sequence")
    options = parser.parse_args()
    torch.manual_seed(0)
    ratios: dict[str, float] = {}
    seconds: dict[str, dict[str, float]] = {}
    for preset in options.presets:
        config = MMRecConfig.preset(preset)
        ours = MMRecModel(config)
        models: dict[str, nn.Module] = {"model": ours}
        models |= {name: RecurrentModel(peer, config) for name, peer in _PEERS.items()}
        for length in options.lengths:
            tokens = torch.randint(config.vocabulary, (1, length))
            programs: dict[str, Program] = {name: partial(model, tokens) for name, model in models.items()}
            programs["gemms"] = matrix_products(ours, tokens)
            inference = {name: torch.inference_mode()(program) for name, program in programs.items()}
            times = median_seconds(inference, options.rounds)
            size = f"{preset}-T{length}"
            seconds[size] = times
            ratios |= {f"model/{peer}/{size}": times["model"] / times[peer] for peer in times if peer != "model"}
    report(ratios, seconds, as_json=options.json)


if __name__ == "__main__":
    main()
