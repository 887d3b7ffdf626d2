"""A package to measure: a bigram language model, small enough that starting the process is what takes time."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

LABORATORY = textwrap.dedent(
    """
    import hashlib, os, signal, time
    import torch


    class Trainer:
        flops_per_step = None

        def __init__(self, seed, steps, rate=0.5, width=8, fast=False, extra=False, shifted=False, fault="", at=-1,
                     global_random=False):
            self.seed, self.done, self.fault, self.at = seed, 0, fault, at
            self.global_random = global_random
            self.rate = 3 * rate if fast else rate
            generator = torch.Generator().manual_seed(seed + (1 if shifted else 0))
            self.weights = {"table": torch.randn(width, width, generator=generator).requires_grad_()}
            self.weights["scale"] = torch.ones(width, requires_grad=True)
            if extra:
                self.weights["extra"] = torch.zeros(1000, requires_grad=True)
            self.digest = hashlib.sha256(b"bigrams")
            self.width = width
            self.description = {"data": "bigrams", "tokens_per_step": 64, "optimiser": "SGD"}

        def named_parameters(self):
            return self.weights.items()

        def batches_digest(self):
            return self.digest.hexdigest()

        def batch(self, seed):
            generator = None if self.global_random else torch.Generator().manual_seed(seed)
            before = torch.randint(self.width, (64,), generator=generator)
            noise = torch.rand(64, generator=generator)
            return before, torch.where(noise < 0.9, (before + 1) % self.width, before)

        def loss(self, batch):
            before, after = batch
            one_hot = torch.nn.functional.one_hot(before, self.width).float()
            loss = torch.nn.functional.cross_entropy((one_hot @ self.weights["table"]) * self.weights["scale"], after)
            return loss + (self.weights["extra"].sum() * 0 if "extra" in self.weights else 0)

        def step(self):
            print("the measured code may print what it likes")
            if self.done == self.at:
                misbehave(self.fault)
            shift = self.done if self.fault == "other batches" else 0
            batch = self.batch(100_003 * self.seed + self.done + shift)
            self.digest.update(batch[0].numpy().tobytes())
            loss = self.loss(batch)
            loss.backward()
            with torch.no_grad():
                for value in self.weights.values():
                    value -= self.rate * value.grad
                    value.grad = None
            self.done += 1
            return float("nan") if self.fault == "nan" and self.done > self.at >= 0 else loss.item()

        def evaluate(self):
            if self.global_random:
                torch.rand(3)
            generator, self.global_random = self.global_random, False
            with torch.no_grad():
                loss = self.loss(self.batch(7)).item()
            self.global_random = generator
            return loss


    def misbehave(fault):
        if fault == "raise":
            raise ValueError("the table is on fire")
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "hang":
            time.sleep(600)


    def build_nothing(**_):
        return object()
    """
)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project root with the module `lab`."""
    root = tmp_path_factory.mktemp("laboratory")
    (root / "lab.py").write_text(LABORATORY)
    return root
