"""Hold every size and toggle of a model in one frozen, checked record.

Dimension letters, used in the whole package: B batch, T time, D width, H heads, K head width (D / H), P rotary
width (`pe_dim`), M memory slots, S segment length, N segments, V vocabulary, L layers.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from dataclasses import dataclass
from typing import Any

_AT_LEAST_ONE = (
    "vocabulary",
    "width",
    "layers",
    "heads",
    "segment_length",
    "sequence_length",
    "dpg_rank",
    "feedforward_multiplier",
)
_TOGGLES = ("use_hem", "use_dpg", "use_uboo")


@dataclass(frozen=True, kw_only=True)
class MMRecConfig:
    """Sizes and mechanisms of one model; complete and checked once built.

    Raises:
        ValueError: A size is out of range, or two sizes do not fit together.
    """

    vocabulary: int = 256
    """V, number of token values, at least 1; 256 reads plain bytes."""
    width: int = 512
    """D, features per token, at least 1 and a multiple of `heads`."""
    layers: int = 2
    """L, number of blocks, at least 1."""
    heads: int = 8
    """H, attention heads over the memory, at least 1."""
    pe_dim: int = 32
    """P, features of the decoupled rotary pair, even, at least 2."""
    memory_slots: int = 32
    """M, slots held at most, a multiple of 4, at least 16: half fine, a quarter pooled by 4, a quarter by 16."""
    segment_length: int = 16
    """S, tokens per segment, at least 1."""
    sequence_length: int = 512
    """T, tokens per training sequence unless told otherwise, at least 1; the model itself has no limit."""
    dpg_rank: int = 128
    """Rank of the low-rank decay, at least 1; read with `use_dpg` only."""
    planning_weight: float = 0.1
    """λ_P, weight of the planning loss, finite, at least 0; read with `use_uboo` only."""
    feedforward_multiplier: int = 4
    """Hidden features of the feed-forward part per feature of D, at least 1."""
    use_hem: bool = False
    """One fused input projection instead of six."""
    use_dpg: bool = False
    """Low-rank decay instead of MDI's two MLPs."""
    use_uboo: bool = False
    """Add the planning-error loss to the result."""

    def __post_init__(self) -> None:
        for name in (*_AT_LEAST_ONE, "pe_dim", "memory_slots"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")
        for name in _TOGGLES:
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected True or False")  # noqa: TRY004  one error type for all fields
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}; change one of them")
        if self.pe_dim % 2:
            raise ValueError(f"pe_dim is {self.pe_dim}, expected an even number: rotary features come in pairs")
        if self.memory_slots % 4 or self.memory_slots < 16:
            raise ValueError(f"memory_slots is {self.memory_slots}, expected a multiple of 4, at least 16")
        weight = self.planning_weight
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
            raise ValueError(f"planning_weight is {weight!r}, expected a finite number of at least 0")

    @property
    def head_width(self) -> int:
        """K, features per head."""
        return self.width // self.heads

    @property
    def slot_capacities(self) -> tuple[int, int, int]:
        """Slots held at full resolution, pooled by 4, and pooled by 16; their sum is M."""
        quarter = self.memory_slots // 4
        return 2 * quarter, quarter, quarter

    @classmethod
    def preset(cls, name: str, **overrides: Any) -> MMRecConfig:
        """Build a named configuration, with some fields replaced.

        Args:
            name: One of `PRESETS`.
            overrides: Fields of `MMRecConfig`.

        Raises:
            ValueError: No such preset or field (the nearest is named), or a value is out of range.
        """
        if name not in PRESETS:
            raise ValueError(f"unknown preset {name!r}; {_nearest(name, tuple(PRESETS))}")
        known = tuple(field.name for field in dataclasses.fields(cls))
        for key in overrides:
            if key not in known:
                raise ValueError(f"unknown configuration field {key!r}; {_nearest(key, known)}")
        return dataclasses.replace(PRESETS[name], **overrides)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(known)}"


PRESETS: dict[str, MMRecConfig] = {
    # For tests and toy training: every mechanism works, a step takes milliseconds.
    "tiny": MMRecConfig(
        width=64,
        heads=4,
        pe_dim=16,
        memory_slots=16,
        segment_length=8,
        sequence_length=128,
        dpg_rank=16,
    ),
    "small": MMRecConfig(),
    "medium": MMRecConfig(width=1024, pe_dim=64, sequence_length=1024),
    # From here on for a GPU; the rank stays 128, as in the definition of DPG.
    "base": MMRecConfig(width=768, layers=12, heads=12, sequence_length=1024),
    "large": MMRecConfig(width=1536, layers=16, heads=12, pe_dim=64, memory_slots=64, sequence_length=2048),
    "xlarge": MMRecConfig(width=2048, layers=24, heads=16, pe_dim=64, memory_slots=64, sequence_length=4096),
}
"""The named configurations."""
