"""What the source says now about everything a document needs: detections, digests, targets.

Reads source text through `detect`; nothing is imported or run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from doctool import detect, statistics
from doctool.environment import Facts, Setup
from doctool.errors import ConfigError, UsageError
from doctool.plan import (
    SELFTEST,
    Need,
    Target,
    arms_of,
    choose,
    entries_of,
    is_settled,
    needs_of_mechanism,
    settings_of,
    setups_of,
)
from doctool.project import Project
from doctool.project.config import BASELINE
from doctool.project.inputs import Inputs
from doctool.project.root import FILE_NAME
from doctool.terms.mechanism import Detection, Question, Status
from doctool.terms.nearest import suggest


class Targets:
    """Answers, from the source as it is now, what a record must have been made of.

    Args:
        project: The project.
        environments: What this machine is under every setup that doctool.yaml asks for, as `workload.look_around`
            tells; empty when only the code matters.
    """

    def __init__(self, project: Project, environments: Mapping[Setup, Facts]) -> None:
        self.project = project
        self.environments = environments
        self._made: dict[Need, Target] = {}

    @property
    def machine(self) -> Facts:
        """This machine, as code that asks for nothing in particular finds it."""
        return self.environments.get(Setup(), {})

    @cached_property
    def package(self) -> detect.Package:
        """The measured package, read once."""
        return detect.Package(self.project.root, self.project.config.package)

    @cached_property
    def survey(self) -> detect.Survey:
        """What the source says about every mechanism of doctool.yaml."""
        questions = {
            name: mechanism.question for name, mechanism in self.project.config.mechanisms.items() if mechanism.toggles
        }
        return self.package.survey(questions)

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
        if need.mechanism == SELFTEST:
            return self._of_selftest(need)
        config = self.project.config
        settings = settings_of(config, need)
        detection = self.detections.get(need.mechanism)
        questions = [config.mechanisms[need.mechanism].question] if need.mechanism != BASELINE else []
        for question in questions:
            self._ensure_switch(question)
        return Target(
            need=need,
            settings=settings,
            arms=arms_of(config, need.mechanism),
            digest=detect.digest_of(self.package, questions, entries_of(config, need)),
            protocol=statistics.PROTOCOL,
            environments=tuple(self.environments[setup] for setup in setups_of(settings) if setup in self.environments),
            status=detection.status if detection else Status.WIRED,
            inputs=self.project.inputs,
        )

    def _ensure_switch(self, question: Question) -> None:
        """Refuse a toggle that takes values: True and False would be handed to what has neither.

        Raises:
            ConfigError: If its default is neither True, False nor None.
        """
        choice = detect.find_choice(self.package.program, question)
        if choice is not None:
            raise ConfigError(
                f"toggle {choice.name!r} takes values, not True and False ({choice.file}:{choice.line} has the default "
                f"{choice.default}); name a switch, or build the model by a function of your own that has one",
                file=FILE_NAME,
            )

    def _of_selftest(self, need: Need) -> Target:
        """Return the target for trials of the rules: what can change is the rules, and nothing of the project."""
        return Target(
            need=need,
            settings={},
            arms={},
            digest=statistics.protocol_digest(),
            protocol=statistics.PROTOCOL,
            environments=(),
            status=Status.EFFECTIVE,
            inputs=Inputs(root=self.project.root),
        )


def targets_of_mechanisms(
    project: Project,
    targets: Targets,
    mechanisms: Sequence[str],
    workloads: Sequence[str],
    *,
    force: bool,
    quick_is_enough: bool = False,
) -> list[Target]:
    """Return what is missing or stale of the named mechanisms, or of all.

    Args:
        project: The project.
        targets: The source as it is now.
        mechanisms: Names in doctool.yaml; none means all.
        workloads: Names in doctool.yaml, or `training`; none means all.
        force: Also what is current.
        quick_is_enough: Whether a rough record is current.

    Raises:
        UsageError: If nothing in doctool.yaml has that name.
    """
    known = project.config.mechanisms
    for name in mechanisms:
        if name not in known:
            raise UsageError(f"there is no mechanism {name!r} in doctool.yaml; {suggest(name, known)}")
    needs = [need for name in (mechanisms or tuple(known)) for need in needs_of_mechanism(project.config, name)]
    wanted = [need for need in needs if not workloads or need.workload in workloads]
    if not wanted:
        names = ", ".join(sorted({need.workload for need in needs})) or "none"
        raise UsageError(f"nothing is measured under {', '.join(workloads) or 'any workload'}; known: {names}")
    candidates = [targets.of(need) for need in wanted]
    return [
        target
        for target in candidates
        if force or not is_settled(choose(project.records, target), quick_is_enough=quick_is_enough)
    ]
