"""Make training and evaluation batches: a pure function of the source, the seed and the step.

Two kinds of source. Text is read as bytes, and split by file, so that no evaluated file was trained on. Recall is
a made-up task whose best possible loss is known. This module does not know the model.
"""

from __future__ import annotations

import hashlib
import math
import platform
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from mmrec import streams

IGNORED = -100
"""Target that is not scored."""
_EVALUATION_SEQUENCES = 64
_HELD_OUT_EVERY = 10
_STDLIB_LIMIT_BYTES = 4 * 2**20


class Batch(NamedTuple):
    """Tokens, and what should be predicted at each of them."""

    inputs: Tensor
    """`[B, T]`, int64."""
    targets: Tensor
    """`[B, T]`, int64, `IGNORED` where nothing is scored."""


class Source(Protocol):
    """Where batches come from."""

    @property
    def name(self) -> str:
        """What it is, in a few words."""

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the batches, besides seed, step and sizes."""

    @property
    def floor_nats(self) -> float:
        """Loss in nats per scored token that no model can beat, as far as it is known."""

    @property
    def vocabulary(self) -> int:
        """Token values used, from 0 up."""

    def train_batch(self, seed: int, step: int, batch: int, length: int) -> Batch:
        """Make the batch of a step."""

    def evaluation_batches(self, batch: int, length: int) -> Iterator[Batch]:
        """Make the evaluation set, the same for every seed and batch size."""


@dataclass(frozen=True, kw_only=True)
class TextSource:
    """Bytes of files, windows at random places for training and at even distances for evaluation."""

    train: Tensor = field(repr=False)
    """`[bytes]`, uint8."""
    evaluation: Tensor = field(repr=False)
    """`[bytes]`, uint8, of other files."""
    files: tuple[str, ...] = field(repr=False)
    """Names of all files, trained on and held out, in order."""
    digest: str
    """SHA-256 over names and contents."""
    name: str = "text"
    """What the text is, in a few words."""
    floor_nats: float = 0.0
    """Nothing better than 0 is known for real text."""
    vocabulary: int = 256
    """Bytes."""

    def train_batch(self, seed: int, step: int, batch: int, length: int) -> Batch:
        """Cut windows at places drawn from the stream of this seed and step.

        Args:
            seed: Of the run.
            step: From 0.
            batch: B.
            length: T; each window has one byte more.

        Raises:
            ValueError: The text is shorter than a window.
        """
        room = _room(self.train, length, "training")
        stream = streams.generator(seed, "text batch", step)
        return _windows(self.train, torch.randint(room, (batch,), generator=stream), length)

    def evaluation_batches(self, batch: int, length: int) -> Iterator[Batch]:
        """Cut at most 64 windows that do not overlap, evenly spread over the held-out text.

        Raises:
            ValueError: The held-out text is shorter than a window.
        """
        room = _room(self.evaluation, length, "evaluation")
        count = min(_EVALUATION_SEQUENCES, 1 + (room - 1) // (length + 1))
        starts = torch.linspace(0, room - 1, count, dtype=torch.float64).long()
        for part in torch.split(starts, batch):
            yield _windows(self.evaluation, part, length)


@dataclass(frozen=True, kw_only=True)
class RecallSource:
    """Multi-query associative recall: pairs of key and value are shown, then all keys are asked in new order.

    A sequence of T tokens holds T / 4 pairs twice; the value after a key of the second half is scored. Keys do not
    repeat, so every answer is certain: the floor is 0 nats. Guessing among the values costs ln 64 = 4.16 nats.

    Source: the task of Arora et al., Zoology (2023). Deviation: all pairs are asked, back to back, without filler.
    """

    keys: int = 64
    """Key tokens, 0 up to here."""
    values: int = 64
    """Value tokens, from `keys` up."""
    floor_nats: float = 0.0
    """Every answer was shown."""

    @property
    def vocabulary(self) -> int:
        """Keys and values."""
        return self.keys + self.values

    @property
    def chance_nats(self) -> float:
        """Loss of a model that knows only which tokens are values."""
        return math.log(self.values)

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        return "multi-query associative recall"

    @property
    def digest(self) -> str:
        """SHA-256 of the task's definition."""
        return hashlib.sha256(f"recall/1 {self.keys} {self.values}".encode()).hexdigest()

    def train_batch(self, seed: int, step: int, batch: int, length: int) -> Batch:
        """Draw the sequences of this seed and step.

        Args:
            seed: Of the run.
            step: From 0.
            batch: B.
            length: T, a multiple of 4, at most 4 · `keys`.

        Raises:
            ValueError: The length does not fit the task.
        """
        return self._draw(streams.generator(seed, "recall batch", step), batch, length)

    def evaluation_batches(self, batch: int, length: int) -> Iterator[Batch]:
        """Draw 64 sequences from a stream of their own, which no seed reaches."""
        whole = self._draw(streams.generator(0, "recall evaluation"), _EVALUATION_SEQUENCES, length)
        for inputs, targets in zip(*(torch.split(x, batch) for x in whole), strict=True):
            yield Batch(inputs, targets)

    def _draw(self, stream: torch.Generator, batch: int, length: int) -> Batch:
        pairs = length // 4
        if length % 4 or not 1 <= pairs <= self.keys:
            raise ValueError(f"length is {length}, expected a multiple of 4 from 4 to {4 * self.keys}")
        keys = torch.rand(batch, self.keys, generator=stream).argsort(dim=1)[:, :pairs]
        values = torch.randint(self.values, (batch, pairs), generator=stream) + self.keys
        shown = torch.stack([keys, values], dim=-1)  # [B, pairs, 2]
        order = torch.rand(batch, pairs, generator=stream).argsort(dim=1)
        asked = shown.gather(1, order[..., None].expand_as(shown))
        answers = torch.stack([asked[..., 1], torch.full_like(keys, IGNORED)], dim=-1)
        nothing = torch.full_like(shown, IGNORED)
        return Batch(torch.cat([shown, asked], 1).flatten(1), torch.cat([nothing, answers], 1).flatten(1))


def open_source(data: str | Sequence[Path]) -> Source:
    """Open a source by name, or the text of the files given.

    Args:
        data: `"stdlib"`, the sources of the running interpreter's library; `"recall"`; or at least two files.

    Raises:
        ValueError: Unknown name, or fewer than two files.
        OSError: A file cannot be read.
    """
    if data == "recall":
        return RecallSource()
    if data == "stdlib":
        version = ".".join(platform.python_version_tuple()[:2])
        return read_text(stdlib_files(), name=f"Python {version} standard library sources, as bytes")
    if isinstance(data, str):
        raise ValueError(  # noqa: TRY004  the type is right, the name is not
            f"unknown data {data!r}; expected 'stdlib', 'recall' or a list of files"
        )
    return read_text(data)


def stdlib_files(limit_bytes: int = _STDLIB_LIMIT_BYTES) -> tuple[Path, ...]:
    """List the top-level sources of the standard library by name, up to a total size.

    Args:
        limit_bytes: The list ends before the file that would pass this.
    """
    chosen, total = [], 0
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"), key=lambda file: file.name):
        total += path.stat().st_size
        if total > limit_bytes:
            break
        chosen.append(path)
    return tuple(chosen)


def read_text(paths: Sequence[Path], name: str = "text") -> TextSource:
    """Read files as bytes, and hold every tenth out for evaluation (the last one, of fewer than ten).

    Args:
        paths: At least two files; their order matters, their folders do not.
        name: What the text is, in a few words.

    Raises:
        ValueError: Fewer than two files.
        OSError: A file cannot be read.
    """
    if len(paths) < 2:
        raise ValueError(f"found {len(paths)} text files, expected at least 2: one of them is held out")
    every = min(_HELD_OUT_EVERY, len(paths))
    digest = hashlib.sha256()
    train, evaluation = bytearray(), bytearray()
    for index, path in enumerate(paths):
        content = path.read_bytes()
        digest.update(repr((path.name, len(content))).encode() + content)
        (evaluation if index % every == every - 1 else train).extend(content)
    return TextSource(
        train=torch.frombuffer(train, dtype=torch.uint8) if train else torch.empty(0, dtype=torch.uint8),
        evaluation=(
            torch.frombuffer(evaluation, dtype=torch.uint8) if evaluation else torch.empty(0, dtype=torch.uint8)
        ),
        files=tuple(path.name for path in paths),
        name=name,
        digest=digest.hexdigest(),
    )


def _room(text: Tensor, length: int, purpose: str) -> int:
    room = len(text) - length
    if room < 1:
        raise ValueError(f"the {purpose} text has {len(text)} bytes, expected at least {length + 1}")
    return room


def _windows(text: Tensor, starts: Tensor, length: int) -> Batch:
    rows = text[starts[:, None] + torch.arange(length + 1)].long()  # [B, T + 1]
    return Batch(rows[:, :-1], rows[:, 1:])
