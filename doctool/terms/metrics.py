"""The quantities that can be measured: what each is called, its unit, and which way is better.

Data only. How a metric is measured is the business of `sampling` and `training`; how it reads, of `units`.
"""

from __future__ import annotations

import enum

import msgspec


class Family(enum.Enum):
    """Where a metric's samples come from."""

    SPEED = "speed"
    """Timed visits, compared in pairs."""
    MEMORY = "memory"
    """Peak memory, from processes of its own."""
    TRAINING = "training"
    """Paired training runs."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One measurable quantity.

    Args:
        name: Its key in records and templates.
        family: Where its samples come from.
        unit: Unit in which records store it (SI base units).
        shown_in: Unit in which documents show it unless they ask for another.
        lower_is_better: Whether a smaller value is the better one.
        is_headline: Whether a claim may be made about it; per-layer rows carry none.
        statistic: Which of many values it is, `median` or `mean`; None where it is neither.
        also: Further base units in which records may hold it, or documents may ask for it.
    """

    name: str
    family: Family
    unit: str
    shown_in: str
    lower_is_better: bool = True
    is_headline: bool = True
    statistic: str | None = None
    also: tuple[str, ...] = ()

    def is_in(self, base: str) -> bool:
        """Whether the metric can be a number of this base unit."""
        return base == self.unit or base in self.also


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="forward_latency", family=Family.SPEED, unit="s", shown_in="ms", statistic="median"),
        Metric(name="block_latency", family=Family.SPEED, unit="s", shown_in="ms", statistic="median"),
        Metric(
            name="layer_latency",
            family=Family.SPEED,
            unit="s",
            shown_in="ms",
            is_headline=False,
            statistic="median",
        ),
        Metric(
            name="throughput",
            family=Family.SPEED,
            unit="tokens/s",
            shown_in="tokens/s",
            lower_is_better=False,
            statistic="mean",
            also=("samples/s", "calls/s"),
        ),
        Metric(name="peak_memory", family=Family.MEMORY, unit="B", shown_in="MB"),
        Metric(name="parameters", family=Family.MEMORY, unit="1", shown_in="1", is_headline=False),
        Metric(name="convergence_steps", family=Family.TRAINING, unit="steps", shown_in="steps"),
        Metric(name="convergence_time", family=Family.TRAINING, unit="s", shown_in="s"),
        Metric(name="final_perplexity", family=Family.TRAINING, unit="1", shown_in="1"),
        Metric(name="loss_variance", family=Family.TRAINING, unit="nats²", shown_in="nats²"),
        Metric(name="memory_overhead", family=Family.TRAINING, unit="B", shown_in="MB"),
    )
}


def metric_of(key: str) -> Metric:
    """Return the metric a record key belongs to: `layer_latency/blocks.0` is a `layer_latency`.

    Raises:
        KeyError: If no metric has that name.
    """
    return METRICS[key.partition("/")[0]]
