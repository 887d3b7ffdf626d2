"""What the source says now about everything a document needs: detections, digests, targets.

Reads source text through `detect`; nothing is imported or run.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from doctool import detect
from doctool.config import BASELINE
from doctool.environment import comparable_key
from doctool.mechanism import Detection, Status
from doctool.plan import Need, Target, arms_of, entry_of, settings_of
from doctool.project import Project
from doctool.recording import PROTOCOL


class Targets:
    """Answers, from the source as it is now, what a record must have been made of.

    Args:
        project: The project.
        machine: Facts about this machine; empty when only the code matters.
    """

    def __init__(self, project: Project, machine: Mapping[str, Any]) -> None:
        self.project = project
        self.machine = machine
        self._made: dict[Need, Target] = {}

    @cached_property
    def survey(self) -> detect.Survey:
        """What the source says about every mechanism of doctool.yaml."""
        questions = {
            name: mechanism.question for name, mechanism in self.project.config.mechanisms.items() if mechanism.toggles
        }
        return detect.detect(self.project.root, self.project.config.package, questions)

    @property
    def detections(self) -> Mapping[str, Detection]:
        """The detections, by mechanism."""
        return self.survey.detections

    def of(self, need: Need) -> Target:
        """Return the target for a need."""
        if need not in self._made:
            self._made[need] = self._make(need)
        return self._made[need]

    def _make(self, need: Need) -> Target:
        config = self.project.config
        settings = settings_of(config, need)
        conditions = {"device": self._device(settings.get("device", "auto")), "dtype": settings.get("dtype", "float32")}
        detection = self.detections.get(need.mechanism)
        questions = [config.mechanisms[need.mechanism].question] if need.mechanism != BASELINE else []
        return Target(
            need=need,
            settings=settings,
            arms=arms_of(config, need.mechanism),
            digest=detect.source_digest(self.project.root, config.package, questions, [entry_of(config, need)]),
            protocol=PROTOCOL,
            machine=comparable_key({**self.machine, **conditions}),
            conditions=conditions,
            status=detection.status if detection else Status.WIRED,
        )

    def _device(self, asked: str) -> str:
        """Return the device that `auto` means here, as far as can be told without importing torch."""
        if asked != "auto":
            return asked
        is_cpu_build = str(self.machine.get("torch", "")).endswith("+cpu")
        return "cuda" if "gpu" in self.machine and not is_cpu_build else "cpu"
