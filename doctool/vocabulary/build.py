"""The vocabulary of a project: the shipped words, its own names, and its author's aliases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from doctool.vocabulary.fact_terms import METADATA_TERMS
from doctool.vocabulary.labels import Vocabulary
from doctool.vocabulary.terms import METRIC_TERMS, STATISTIC_TERMS, VARIANT_TERMS


class AliasTables(Protocol):
    """The author's own words, by the name they stand for."""

    @property
    def metrics(self) -> Mapping[str, Iterable[str]]:
        """Of metrics."""

    @property
    def variants(self) -> Mapping[str, Iterable[str]]:
        """Of arms and of changes."""

    @property
    def mechanisms(self) -> Mapping[str, Iterable[str]]:
        """Of mechanisms."""

    @property
    def workloads(self) -> Mapping[str, Iterable[str]]:
        """Of workloads."""

    @property
    def metadata(self) -> Mapping[str, Iterable[str]]:
        """Of facts about the machine and the measurement."""


def build_vocabulary(
    mechanisms: Mapping[str, tuple[str, ...]],
    workloads: Mapping[str, tuple[str, ...]],
    aliases: AliasTables | None = None,
    placeholders: tuple[str, ...] = (),
    all_workloads: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Vocabulary:
    """Put the shipped words, the project's names and the author's aliases together.

    Args:
        mechanisms: Name: its toggles.
        workloads: Mechanism name: the workloads it is measured under, in order.
        aliases: The author's words, added to the shipped ones.
        placeholders: Further texts that stand for a missing number.
        all_workloads: Names of workloads, also those that no mechanism uses.
        ignore: Texts that keep a line from being reported.
    """
    names = dict.fromkeys([*all_workloads, *(name for group in workloads.values() for name in group)])
    extra: dict[str, Mapping[str, Iterable[str]]] = {
        "metric": aliases.metrics if aliases else {},
        "arm": aliases.variants if aliases else {},
        "mechanism": aliases.mechanisms if aliases else {},
        "workload": aliases.workloads if aliases else {},
        "key": aliases.metadata if aliases else {},
    }
    shipped: dict[str, dict[str, tuple[str, ...]]] = {
        "metric": METRIC_TERMS,
        "statistic": STATISTIC_TERMS,
        "arm": VARIANT_TERMS,
        "mechanism": dict(mechanisms),
        "workload": dict.fromkeys(names, ()),
        "key": METADATA_TERMS,
    }
    terms = {
        kind: {
            name: (*known.get(name, ()), *extra.get(kind, {}).get(name, ()))
            for name in dict.fromkeys([*known, *extra.get(kind, {})])
        }
        for kind, known in shipped.items()
    }
    return Vocabulary(
        mechanisms=tuple(mechanisms),
        workloads=tuple(names),
        workloads_of=dict(workloads),
        terms=terms,
        placeholders=placeholders,
        ignore=ignore,
    )
