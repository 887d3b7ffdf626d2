"""The pictures of the report: raw samples per process, training curves, effects over the commits."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from doctool.compare.history import Point, Series
from doctool.records import COMMIT_LENGTH, OFF, ON, Comparison, Record, TrainingRun
from doctool.render import svg
from doctool.render.effects import CLAIMS
from doctool.render.summary import write_shares
from doctool.terms.sentences import say
from doctool.terms.units import UNITS, Language, format_number, format_percent

_WIDTH, _LEFT, _RIGHT = 520, 84, 16
_PENS = {OFF: (svg.BLUE, ""), ON: (svg.ORANGE, "6 3")}
_UNITS = ("s", "ms", "µs", "ns")
Place = Callable[[float], float]


def draw_strips(record: Record, language: Language) -> str | None:
    """Draw every visit that counts as a tick: a row for each process, off above and on below."""
    processes = [
        {
            arm: [
                visit.median_s
                for block in replicate.blocks
                if not block.excluded
                for visit in block.visits
                if visit.arm == arm
            ]
            for arm in (OFF, ON)
        }
        for replicate in record.replicates
    ]
    values = [value for arms in processes for samples in arms.values() for value in samples]
    if not values:
        return None
    unit = next((name for name in _UNITS if min(values) >= UNITS[name].factor), "ns")
    at = _scale(min(values), max(values))
    rows, height = [], 18
    for number, arms in enumerate(processes):
        top = 8 + number * height
        rows.append(svg.words(_LEFT - 8, top + height / 2, say("strips-process", language, n=str(number + 1)), "end"))
        rows += [
            svg.ticked([at(value) for value in samples], top + (1 if arm == OFF else 9), 7, _PENS[arm][0])
            for arm, samples in arms.items()
            if samples
        ]
    bottom = 8 + len(processes) * height
    text = say(
        "strips-text",
        language,
        mechanism=record.mechanism,
        workload=record.workload,
        processes=str(len(processes)),
        samples=str(len(values)),
    )
    title = say("strips-title", language, unit=unit)
    axis = _axis(at, (min(values), max(values)), bottom, lambda value: _write(value / UNITS[unit].factor, language))
    return svg.picture(
        _WIDTH,
        bottom + 60,
        title,
        text,
        language,
        [*rows, *axis, _below(bottom, title), _legend(bottom + 48, language)],
    )


def draw_curves(record: Record, language: Language) -> str | None:
    """Draw the held-out loss of both arms over the steps: medians, and ranges over the seeds."""
    training = record.training
    runs = [run for run in training.runs if run.evaluations] if training is not None else []
    by_arm = {arm: [run for run in runs if run.arm == arm] for arm in (OFF, ON)}
    if not all(by_arm.values()):
        return None
    losses = [evaluation.loss_nats for run in runs for evaluation in run.evaluations]
    steps = [float(evaluation.step) for evaluation in runs[0].evaluations]
    across, up = _scale(min(steps), max(steps)), _rise(min(losses), max(losses), 8, 188)
    parts = []
    for arm, group in by_arm.items():
        colour, dash = _PENS[arm]
        columns = _columns(group)
        low, high = (
            [(across(step), up(end(column))) for step, column in zip(steps, columns, strict=False)]
            for end in (min, max)
        )
        middle = [(across(step), up(statistics.median(column))) for step, column in zip(steps, columns, strict=False)]
        parts += [svg.area([*low, *reversed(high)], colour), svg.path(middle, colour, 2, dash)]
    parts += [
        svg.words(_LEFT - 8, up(tick), _write(tick, language), "end") for tick in svg.ticks(min(losses), max(losses), 5)
    ]
    text = say(
        "curves-text",
        language,
        mechanism=record.mechanism,
        steps=str(int(max(steps))),
        seeds=str(min(map(len, by_arm.values()))),
    )
    title = say("curves-title", language)
    axis = _axis(across, (min(steps), max(steps)), 196, lambda value: format_number(value, 0, language))
    return svg.picture(_WIDTH, 254, title, text, language, [*parts, *axis, _below(196, title), _legend(244, language)])


def draw_history(mechanism: str, series: Series, language: Language) -> str | None:
    """Draw the share of the time saved in each record of a series, with its interval, oldest first."""
    points = [(point, point.comparison) for point in series.points if point.comparison is not None]
    if not points:
        return None
    ends = [(-one.high, -one.low) for _, one in points]
    low, high = min(0.0, *(end[0] for end in ends)), max(0.0, *(end[1] for end in ends))
    up = _rise(low, high, 14, 134)
    gap = (_WIDTH - _LEFT - _RIGHT) / (len(points) + 1)
    places = [_LEFT + gap * (number + 1) for number in range(len(points))]
    parts = [svg.line((_LEFT, up(0.0)), (_WIDTH - _RIGHT, up(0.0)))]
    parts += [
        svg.words(
            _LEFT - 8, up(tick), format_percent(tick, 0 if abs(high - low) > 0.05 else 1, language, signed=True), "end"
        )
        for tick in svg.ticks(low, high, 5)
    ]
    parts.append(
        svg.path([(x, up(-one.change)) for x, (_, one) in zip(places, points, strict=True)], svg.INK, 1.5, "4 3")
    )
    for x, (point, one), (bottom, top) in zip(places, points, ends, strict=True):
        is_claim = one.verdict in CLAIMS
        colour = (svg.BLUE if one.change < 0 else svg.ORANGE) if is_claim else svg.INK
        parts += [
            svg.line((x, up(bottom)), (x, up(top)), colour, 2.5),
            svg.dot(x, up(-one.change), 5, colour, is_filled=is_claim),
            svg.words(x, 156, _commit(point), "middle"),
        ]
    rows = "; ".join(_describe(point, one, language) for point, one in points)
    text = say(
        "history-text", language, mechanism=mechanism, workload=series.workload, points=str(len(points)), rows=rows
    )
    return svg.picture(_WIDTH, 172, say("history-title", language), text, language, parts)


def _describe(point: Point, comparison: Comparison, language: Language) -> str:
    _, low, high = write_shares(-comparison.change, -comparison.high, -comparison.low, language, is_signed=True)
    return say("history-row", language, commit=_commit(point), low=low, high=high)


def _commit(point: Point) -> str:
    return (point.record.source.commit or point.record.id)[:COMMIT_LENGTH]


def _columns(runs: Sequence[TrainingRun]) -> list[tuple[float, ...]]:
    return list(zip(*([evaluation.loss_nats for evaluation in run.evaluations] for run in runs), strict=False))


def _scale(low: float, high: float) -> Place:
    width = (high - low) or 1.0
    return lambda value: _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / width


def _rise(low: float, high: float, top: float, bottom: float) -> Place:
    height = (high - low) or 1.0
    return lambda value: bottom - (bottom - top) * (value - low) / height


def _axis(at: Place, ends: tuple[float, float], bottom: float, write: Callable[[float], str]) -> list[str]:
    parts = [svg.line((at(ends[0]), bottom), (at(ends[1]), bottom))]
    for tick in svg.ticks(*ends, most=5):
        parts += [
            svg.line((at(tick), bottom), (at(tick), bottom + 5)),
            svg.words(at(tick), bottom + 15, write(tick), "middle"),
        ]
    return parts


def _below(bottom: float, title: str) -> str:
    return svg.words((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 30, title, "middle")


def _legend(y: float, language: Language) -> str:
    off, on = (say(f"report-{arm}", language) for arm in (OFF, ON))
    return "".join(
        (
            svg.line((_LEFT, y), (_LEFT + 24, y), _PENS[OFF][0], 3.0),
            svg.words(_LEFT + 30, y, off),
            svg.line((_LEFT + 130, y), (_LEFT + 154, y), _PENS[ON][0], 3.0, _PENS[ON][1]),
            svg.words(_LEFT + 160, y, on),
        )
    )


def _write(value: float, language: Language) -> str:
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return format_number(value, decimals, language)
