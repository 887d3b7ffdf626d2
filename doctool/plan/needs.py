"""What the documents need, which records answer it, and what is left to measure.

Pure: it looks at values only. A record answers a need on this machine when the code it measured, the protocol, the
settings and the machine are still the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from doctool.environment import Facts, Setup, is_comparable
from doctool.project.config import BASELINE, Config, Mechanism, Training, Workload
from doctool.project.inputs import Inputs
from doctool.records import NULL, OFF, ON, Record
from doctool.statistics import BUSY
from doctool.terms.mechanism import Detection, Status
from doctool.terms.metrics import Family, metric_of

TRAINING = "training"
"""Stands for the workload in a training comparison's record."""
SELFTEST = "selftest"
"""Stands for the mechanism in a record of how often the rules themselves are right."""
TRIALS = "trials"
"""Its workload, and the template that shows it."""


class Need(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One record that a document asks for.

    Args:
        mechanism: Name in doctool.yaml.
        workload: Name in doctool.yaml, or `TRAINING`.
    """

    mechanism: str
    workload: str

    def __str__(self) -> str:
        return f"{self.mechanism}/{self.workload}"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a record must have been made of to answer a need now.

    Args:
        need: The need.
        settings: The workload or training section, defaults filled in.
        arms: Effective toggles of every arm.
        digest: Digest of the code.
        protocol: Protocol id.
        environments: What measuring it here has as its environment, the likeliest first; none where the machine does
            not matter. A trainer decides by itself where it runs.
        status: What the source says about the mechanism now.
        inputs: The files and variables that figures may depend on besides.
    """

    need: Need
    settings: Mapping[str, Any]
    arms: Mapping[str, Mapping[str, Any]]
    digest: str
    protocol: str
    environments: tuple[Facts, ...]
    status: Status
    inputs: Inputs

    @property
    def environment(self) -> Facts:
        """What there is to say about the machine when nothing can be measured on it."""
        return self.environments[0] if self.environments else {}

    def is_answered_by(self, record: Record) -> bool:
        """Whether the record is about the same code, settings, protocol and machine."""
        return (
            self.is_about_same_code(record)
            and record.protocol == self.protocol
            and any(self._is_of(here, record) for here in self.environments)
        )

    def _is_of(self, here: Facts, record: Record) -> bool:
        # The type of its parameters is a trainer's own choice, and the same as long as its code is.
        chosen = {"dtype": record.environment.get("dtype", "")} if self.need.workload == TRAINING else {}
        return is_comparable(record.environment, {**here, **chosen})

    def changed_inputs(self, record: Record) -> tuple[str, ...]:
        """Return what the measured code read and is no longer as it was; of what was refused, nothing."""
        return tuple(self.inputs.changed(record.source.inputs)) if record.refusal is None else ()

    def is_about_same_code(self, record: Record) -> bool:
        """Whether the record measured this code with these settings, on whatever machine."""
        return (
            record.mechanism == self.need.mechanism
            and record.workload == self.need.workload
            and record.source.digest == self.digest
            and not self.changed_inputs(record)
            and requested_settings(record) == self.settings
            and (
                record.refusal is None or record.refusal.reason not in _READ_FROM_SOURCE or record.status is self.status
            )
        )


_READ_FROM_SOURCE = frozenset(status.value for status in (Status.ABSENT, Status.MENTIONED, Status.DECLARED))


def is_spoilt(record: Record) -> bool:
    """Whether the host was so busy that the record holds no time at all; such a measurement is tried again."""
    return spoiler_of(record) is not None


def spoiler_of(record: Record) -> str | None:
    """Return why a record of timed visits holds no time at all; None if it holds one, or is about something else."""
    reasons = {
        None if result.arms else result.reason
        for key, result in record.metrics.items()
        if metric_of(key).family is Family.SPEED
    }
    return next(iter(reasons)) if record.replicates and len(reasons) == 1 else None


def is_rough(record: Record) -> bool:
    """Whether it was made with less than a claim needs, because that was asked for: few processes, or a busy host."""
    return record.quick or record.settings.get(BUSY) is True


def requested_settings(record: Record) -> Mapping[str, Any]:
    """Return the settings as doctool.yaml asked for them, also where less was measured (see `Record.notes`).

    Keys that doctool.yaml did not have yet when it was measured are there with their defaults.
    """
    requested = record.settings.get("requested", record.settings)
    settings = requested if isinstance(requested, dict) else record.settings
    return {**_DEFAULTS[record.workload == TRAINING], **settings} if settings else {}


def settings_of(config: Config, need: Need) -> dict[str, Any]:
    """Return the workload or training section a need refers to, with its defaults, as plain JSON values."""
    section: Workload | Training | None = (
        config.mechanisms[need.mechanism].train if need.workload == TRAINING else config.workloads[need.workload]
    )
    return plain(section)


def setups_of(settings: Mapping[str, Any]) -> tuple[Setup, ...]:
    """Return how PyTorch may be set up for a workload or a training section, the likeliest first."""
    device, threads = settings.get("device", "auto"), settings.get("threads", 1)
    if "dtype" in settings:
        return (Setup(device=device, dtype=settings["dtype"], threads=threads),)
    return tuple(Setup(device=name, threads=threads) for name in dict.fromkeys((device, "cpu")))


def every_setup(config: Config) -> tuple[Setup, ...]:
    """Return all setups that doctool.yaml asks for, after the one that asks for nothing."""
    sections: list[Workload | Training] = [
        *config.workloads.values(),
        *(mechanism.train for mechanism in config.mechanisms.values() if mechanism.train is not None),
    ]
    return tuple(dict.fromkeys([Setup(), *(setup for section in sections for setup in setups_of(plain(section)))]))


def plain(section: Workload | Training | None) -> dict[str, Any]:
    """Return a section of doctool.yaml as plain JSON values, defaults filled in."""
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(section))
    return values


def arms_of(config: Config, mechanism: str) -> dict[str, dict[str, bool]]:
    """Return the toggles of each arm. The null arm is a second `off`; the baseline has no `on`."""
    every = {toggle: False for other in config.mechanisms.values() for toggle in other.toggles}
    own = config.mechanisms[mechanism].toggles
    arms = {OFF: {toggle: every[toggle] for toggle in own}, NULL: {toggle: every[toggle] for toggle in own}}
    if mechanism != BASELINE:
        arms[ON] = dict.fromkeys(own, True)
    return arms


def entries_of(config: Config, need: Need) -> tuple[str, ...]:
    """Return the callables that build what is measured."""
    if need.workload == TRAINING:
        training = config.mechanisms[need.mechanism].train
        return (training.build if training else "",)
    workload = config.workloads[need.workload]
    return (workload.build, workload.config) if workload.config else (workload.build,)


def needs_of_mechanism(config: Config, name: str) -> tuple[Need, ...]:
    """Return everything doctool.yaml says can be measured about a mechanism."""
    mechanism: Mechanism = config.mechanisms[name]
    workloads = (*mechanism.measure, *mechanism.compare)
    if mechanism.train is not None:
        workloads = (*workloads, TRAINING)
    return tuple(Need(mechanism=name, workload=workload) for workload in dict.fromkeys(workloads))


def _defaults_of(section: type[Workload | Training]) -> dict[str, Any]:
    """Return the settings of a section that need not be given, as plain JSON values."""
    fields = msgspec.structs.fields(section)
    values = {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}
    # A default that is a dictionary is made anew for each section.
    values |= {each.name: each.default_factory() for each in fields if each.default_factory is not msgspec.NODEFAULT}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(values))
    return found


_DEFAULTS = {False: _defaults_of(Workload), True: _defaults_of(Training)}


def choose(records: Iterable[Record], target: Target) -> Record | None:
    """Return the best record that answers the target; see `newest`."""
    return newest(record for record in records if target.is_answered_by(record))


def newest(records: Iterable[Record]) -> Record | None:
    """Return the record that was started last: unspoilt before spoilt, full before rough."""
    return max(records, key=lambda record: (not is_spoilt(record), not is_rough(record), record.started), default=None)


def is_settled(record: Record | None, *, quick_is_enough: bool = True) -> bool:
    """Whether there is nothing to measure: a record that a busy host spoilt is shown, but tried again.

    Args:
        record: What answers a need so far.
        quick_is_enough: Whether a rough record is an answer; if not, it is shown until there is a full one.
    """
    return record is not None and not is_spoilt(record) and (quick_is_enough or not is_rough(record))


def is_measurable(detection: Detection | None) -> bool:
    """Whether the source leaves a chance that the mechanism does something; the probe has the last word."""
    return detection is None or detection.status in {Status.WIRED, Status.UNKNOWN}
