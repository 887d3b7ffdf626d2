"""`doctool detect`: print what the source says about each mechanism."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doctool import detect
from doctool.cli.output import say, say_json, tell
from doctool.errors import UsageError
from doctool.plan import is_measurable
from doctool.plan.targets import Targets
from doctool.probe import ProbeResult
from doctool.project import find_project
from doctool.system.reading import SOURCE_BYTES, read_file
from doctool.terms.facts import write_facts
from doctool.terms.mechanism import Detection, Evidence, Question, Status

_MOST_PLACES = 3
"""Shown of each mechanism; `--explain` shows them all."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed of one mechanism.

    Args:
        detection: Its status, also after a probe, and the places in the source.
        probe: What the probe saw, in words; None if it was not probed.
    """

    detection: Detection
    probe: str | None = None


def run(options: argparse.Namespace) -> int:
    """Detect, probe if asked, print."""
    root, survey = _survey(options)
    probes = _probe(options, survey.detections) if options.probe else {}
    answers = {name: _answer(one, probes.get(name)) for name, one in survey.detections.items()}
    places = _Places(root, options.project)
    for file in survey.unreadable:
        tell(f"{places.name(file.file)}:{file.line}: cannot be read: {file.reason}")
    if options.json:
        say_json(_to_json(answers, places))
    else:
        for line in _to_lines(answers, places, explains=options.explain):
            say(line)
    return 0


class _Places:
    """Names files as they can be opened from where the user stands.

    Args:
        root: What the paths of evidence are relative to.
        start: Where the command was asked to run; None where it was started.
    """

    def __init__(self, root: Path, start: Path | None) -> None:
        self._root = root
        self._start = os.path.realpath(start or Path())

    def name(self, file: str) -> str:
        """The path from where the user stands."""
        return Path(os.path.relpath(self._root / file, self._start)).as_posix()

    def source(self, one: Evidence) -> str:
        """The line of source; empty where it is gone."""
        data = read_file(self._root / one.file, inside=self._root, limit=SOURCE_BYTES)
        lines = data.decode("utf-8", "replace").splitlines()
        return lines[one.line - 1].strip() if one.line <= len(lines) else ""


def _survey(options: argparse.Namespace) -> tuple[Path, detect.Survey]:
    if options.package is not None:
        directory = Path(os.path.realpath(options.package))
        package = detect.Package(directory.parent, directory.name)
        if options.all:
            return directory.parent, package.survey_all()
        return directory.parent, package.survey(_asked(options))
    project = find_project(options.project)
    if options.toggle or options.symbol or options.owner:
        raise UsageError("--toggle, --symbol and --owner ask about a --package; doctool.yaml names those of its own")
    if options.all:
        return project.root, detect.Package(project.root, project.config.package).survey_all()
    targets = Targets(project, {})
    known = targets.detections
    for name in options.mechanisms:
        if name not in known:
            raise UsageError(f"there is no mechanism {name!r} with a toggle in doctool.yaml; known: {', '.join(known)}")
    chosen = {name: known[name] for name in options.mechanisms or known}
    return project.root, detect.Survey(detections=chosen, unreadable=targets.survey.unreadable)


def _asked(options: argparse.Namespace) -> dict[str, Question]:
    if not options.toggle and not options.symbol:
        raise UsageError(
            "--package needs --toggle NAME, the parameter that switches the mechanism on, or --symbol NAME, a name "
            "that only it uses; --all lists every switch"
        )
    question = Question(toggles=tuple(options.toggle), symbols=tuple(options.symbol), owner=options.owner)
    return {(options.toggle or options.symbol)[0]: question}


def _probe(options: argparse.Namespace, detections: Mapping[str, Detection]) -> dict[str, ProbeResult]:
    """Run what may act; the only part of this command that runs the measured code, and only in child processes."""
    if options.package is not None or options.all:
        raise UsageError("--probe runs the mechanisms of doctool.yaml, which says what to build and how to call it")
    from doctool.measure import probe_mechanism  # noqa: PLC0415  loads what measures

    project = find_project(options.project)
    found = {}
    for name, detection in detections.items():
        if is_measurable(detection):
            tell(f"probing {name} ...")
            found[name] = probe_mechanism(project, name)
    return found


def _answer(detection: Detection, result: ProbeResult | None) -> _Answer:
    if result is None:
        return _Answer(detection=detection)
    if result.refusal is not None:
        return _Answer(
            detection=detection,
            probe=f"{result.refusal.reason}: {write_facts(result.refusal.seen, 'en') or result.refusal.detail}",
        )
    words = write_facts(result.differences, "en") or "nothing differs off and on"
    return _Answer(detection=replace(detection, status=result.status), probe=words)


def _told(evidence: Evidence) -> str:
    return evidence.shows if isinstance(evidence.shows, str) else write_facts(evidence.shows, "en")


def _to_json(answers: Mapping[str, _Answer], places: _Places) -> dict[str, object]:
    return {
        "mechanisms": {
            name: {
                "status": one.detection.status.value,
                "evidence": [
                    {"file": places.name(each.file), "line": each.line, "shows": _told(each)}
                    for each in one.detection.evidence
                ],
                "probe": one.probe,
            }
            for name, one in answers.items()
        }
    }


def _to_lines(answers: Mapping[str, _Answer], places: _Places, *, explains: bool) -> Iterator[str]:
    width = max((len(name) for name in answers), default=0)
    for name, one in answers.items():
        status = one.detection.status
        yield f"{name:<{width}}  {status.value:<9}  {_advice(one)}"
        evidence = one.detection.evidence
        shown = evidence if explains else evidence[:_MOST_PLACES]
        for number, each in enumerate(shown, start=1):
            mark = f"{number}." if explains else "-"
            yield f"{'':<{width}}  {mark} {places.name(each.file)}:{each.line}  {_told(each)}"
            if explains:
                yield f"{'':<{width}}       {places.source(each)}"
        if len(shown) < len(evidence):
            yield f"{'':<{width}}  - and {len(evidence) - len(shown)} more; see --explain"
        if one.probe is not None:
            yield f"{'':<{width}}  = probe: {one.probe}"


def _advice(one: _Answer) -> str:
    if one.probe is not None and one.detection.status in {Status.WIRED, Status.UNKNOWN}:
        return "the probe could not tell whether it changes anything"
    return _ADVICE[one.detection.status]


_ADVICE = {
    Status.ABSENT: "no trace of it; nothing to measure",
    Status.MENTIONED: "nothing takes it; nothing to measure",
    Status.DECLARED: "nothing uses it; wire it or remove it",
    Status.WIRED: "used by code that runs; the probe will show whether it changes anything",
    Status.UNKNOWN: "the source alone cannot tell; the probe will",
    Status.EFFECTIVE: "it changes what runs",
    Status.INERT: "on and off behave alike",
}
