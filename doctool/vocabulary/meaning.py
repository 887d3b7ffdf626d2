"""What one label says, as data."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from doctool.terms.metrics import METRICS

CHANGE, VALUE = "change", "value"
FORMS = ("change", "improvement", "reduction", "speedup", "ratio")
"""The forms in which a change may be asked for."""
_DEVICES = {"gpu": "cuda", "cuda": "cuda", "cpu": "cpu"}


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says; None where it says nothing.

    Args:
        metric: Name of a metric.
        arm: `off`, `on`, `change` or `value`.
        form: Of a change, the form it is asked for in: one of `FORMS`.
        mechanism: Name of a mechanism.
        workload: Name of a workload.
        key: Environment key.
        device: Device that the quantity is one of: `cuda` or `cpu`.
        statistic: Which of many values is asked for: `median` or `mean`.
    """

    metric: str | None = None
    arm: str | None = None
    form: str | None = None
    mechanism: str | None = None
    workload: str | None = None
    key: str | None = None
    device: str | None = None
    statistic: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the label says nothing at all."""
        return self == _NOTHING

    @property
    def is_variant(self) -> bool:
        """Whether it names an arm, a mechanism or a workload, and no quantity and no fact."""
        return not self.metric and not self.key and not self.is_empty

    def with_part(self, part: Mapping[str, str]) -> Meaning | None:
        """Return what this and one more word say together, None if they contradict each other."""
        changed: dict[str, str] = {}
        for kind, name in part.items():
            said = getattr(self, kind)
            if said in {None, name} or (kind == "arm" and said == VALUE):
                changed[kind] = name
            elif not (kind == "arm" and name == VALUE):
                return None
        return replace(self, **changed)

    def and_also(self, other: Meaning) -> Meaning | None:
        """Return what this and another label say together, None if they contradict each other."""
        said = {kind: value for kind in self.__struct_fields__ if (value := getattr(other, kind)) is not None}
        together = self.with_part(said)
        return None if together is None else together.settled()

    def settled(self) -> Meaning | None:
        """Return the meaning with its words put together, None if they make no sense together.

        A device beside a quantity says where it is measured; a statistic is only a quantity's if it is made that way.
        """
        said = self
        if said.metric and said.key:
            device = _DEVICES.get(said.key)
            if device is None or said.device not in {None, device}:
                return None
            said = replace(said, key=None, device=device)
        if said.metric and said.statistic and said.statistic != METRICS[said.metric].statistic:
            return None
        if said.statistic and not said.metric and said.arm is None:
            return replace(said, arm=VALUE)
        return said


_NOTHING = Meaning()
