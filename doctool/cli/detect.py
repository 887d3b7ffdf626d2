"""`doctool detect`: print what the source says about each mechanism."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from doctool import detect
from doctool.errors import UsageError
from doctool.plan import is_measurable
from doctool.plan.targets import Targets
from doctool.probe import ProbeResult
from doctool.project import find_project
from doctool.terms.mechanism import Detection, Question, Status


def run(options: argparse.Namespace) -> int:
    """Detect, probe if asked, print."""
    if options.package is not None:
        survey, probes = _ask_about(options.package, options), dict[str, str]()
    else:
        survey, probes = _ask_project(options)
    for file in survey.unreadable:
        print(f"{file.file}:{file.line}: cannot be read: {file.reason}", file=sys.stderr)
    if options.json:
        print(json.dumps(_to_json(survey.detections, probes), ensure_ascii=False, indent=2))
    else:
        for line in _to_lines(survey.detections, probes, chain=options.explain):
            print(line)
    return 0


def _ask_about(package: Path, options: argparse.Namespace) -> detect.Survey:
    if not options.toggle:
        raise UsageError("--package needs at least one --toggle NAME, the parameter that switches the mechanism on")
    question = Question(toggles=tuple(options.toggle), symbols=tuple(options.symbol), owner=options.owner)
    directory = package.resolve()
    return detect.detect(directory.parent, directory.name, {options.toggle[0]: question})


def _ask_project(options: argparse.Namespace) -> tuple[detect.Survey, dict[str, str]]:
    project = find_project(options.project)
    targets = Targets(project, {})
    known = targets.detections
    for name in options.mechanisms:
        if name not in known:
            raise UsageError(f"there is no mechanism {name!r} with a toggle in doctool.yaml; known: {', '.join(known)}")
    chosen = {name: known[name] for name in options.mechanisms or known}
    survey = detect.Survey(detections=chosen, unreadable=targets.survey.unreadable)
    if not options.probe:
        return survey, {}
    # The only part of this command that runs the measured code, and only in child processes.
    from doctool.measure import probe_mechanism  # noqa: PLC0415

    probes = {}
    for name, detection in chosen.items():
        if is_measurable(detection):
            print(f"probing {name} ...", file=sys.stderr)
            probes[name] = probe_mechanism(project, name)
    return survey, {name: _sentence(result) for name, result in probes.items()}


def _sentence(result: ProbeResult) -> str:
    if result.refusal is not None:
        return f"{result.refusal.reason}: {result.refusal.detail}"
    return f"{result.status.value}: {'; '.join(result.differences) or 'nothing differs off and on'}"


def _to_json(detections: Mapping[str, Detection], probes: Mapping[str, str]) -> dict[str, object]:
    return {
        "mechanisms": {
            name: {
                "status": detection.status.value,
                "evidence": [{"file": one.file, "line": one.line, "shows": one.shows} for one in detection.evidence],
                "probe": probes.get(name),
            }
            for name, detection in detections.items()
        }
    }


def _to_lines(detections: Mapping[str, Detection], probes: Mapping[str, str], *, chain: bool) -> Iterable[str]:
    width = max((len(name) for name in detections), default=0)
    for name, detection in detections.items():
        yield f"{name:<{width}}  {detection.status.value:<9}  {_ADVICE[detection.status]}"
        shown = detection.evidence if chain else detection.evidence[:3]
        for number, one in enumerate(shown, start=1):
            mark = f"{number}." if chain else "-"
            yield f"{'':<{width}}  {mark} {one.file}:{one.line}  {one.shows}"
        if len(shown) < len(detection.evidence):
            yield f"{'':<{width}}  - and {len(detection.evidence) - len(shown)} more; see --explain"
        if name in probes:
            yield f"{'':<{width}}  = probe: {probes[name]}"


_ADVICE = {
    Status.ABSENT: "no trace of it; nothing to measure",
    Status.MENTIONED: "only comments and strings speak of it; nothing to measure",
    Status.DECLARED: "it can be asked for, and nothing uses it; wire it or remove it",
    Status.WIRED: "its toggle reaches what runs; the probe will show whether it acts",
    Status.UNKNOWN: "the source alone cannot tell; the probe will",
    Status.EFFECTIVE: "it acts",
    Status.INERT: "it is wired and does nothing",
}
