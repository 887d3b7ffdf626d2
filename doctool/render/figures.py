"""Draw training curves as SVG, from records alone. The only module that knows matplotlib.

A figure has no background and uses middle tones, so that it reads on white and on dark pages alike; arms differ in
dashes and hatching as well as in colour. The same record gives the same bytes.
"""

from __future__ import annotations

import io
import math
import re
import statistics
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from doctool.errors import DoctoolError, UsageError
from doctool.records import OFF, Record, TrainingComparison, TrainingRun
from doctool.terms.units import Language, format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#777777"
"""Of text and axes. As far from white as from the dark pages of code hosts: 4.3 to 1 or better."""
BACKGROUNDS = ("#ffffff", "#0d1117")
_DECIMALS = 3
_MOST_POINTS = 200
"""Longer curves are averaged over windows, run by run, before anything else; more points cannot be told apart."""


class _Pen(msgspec.Struct, frozen=True):
    colour: str
    dash: str
    hatch: str


PENS = (_Pen("#1f77d0", "-", ""), _Pen("#c4600a", "--", "///"))

_WORDS: dict[str, tuple[str, str]] = {
    "off": ("kapalı", "off"),
    "on": ("açık", "on"),
    "null": ("kapalı (ikinci kopya)", "off (second copy)"),
    "title": ("{mechanism}: eğitim kaybı", "{mechanism}: training loss"),
    "training": ("eğitim kaybı (nat)", "training loss (nats)"),
    "evaluation": ("doğrulama kaybı (nat)", "held-out loss (nats)"),
    "steps": ("adım", "step"),
    "target": ("hedef", "target"),
    "text": (
        (
            "{mechanism}, {scale}: {steps} adım boyunca eğitim ve doğrulama kaybı; varyant başına {seeds} tohum, çizgi "
            "medyan, bant en küçükten en büyüğe. Sondaki doğrulama kaybı (nat): {ends}. {target}"
        ),
        (
            "{mechanism}, {scale}: training and held-out loss over {steps} steps; {seeds} seeds per arm, the line is "
            "the median, the band reaches from the smallest to the largest. Held-out loss at the end (nats): {ends}. "
            "{target}"
        ),
    ),
    "end": ("{arm} {median} ({low} … {high})", "{arm} {median} ({low} … {high})"),
    "has-target": ("Hedef kayıp: {target}.", "Target loss: {target}."),
    "no-target": ("Hedef kayıp belirlenemedi.", "No target loss could be set."),
    "toy scale": ("oyuncak ölçek", "toy scale"),
}


def figure_path(record: Record, directory: Path, language: Language) -> Path:
    """Return where the figure of a record belongs; another record gives another name."""
    return directory / f"{record.mechanism}-training-{record.id}.{language}.svg"


def alt_text(record: Record, language: Language) -> str:
    """Describe the figure for those who do not see it: what is drawn, and where the curves end.

    Args:
        record: Of a training comparison.
        language: Of the words.

    Raises:
        UsageError: If the record holds no training curves.
    """
    training = _training_of(record)
    by_arm = _by_arm(training)
    ends = "; ".join(_describe_end(arm, runs, language) for arm, runs in by_arm.items())
    target = training.target_loss_nats
    scale = str(record.settings.get("scale", "toy scale"))
    return _say(
        "text",
        language,
        mechanism=record.mechanism,
        scale=_say(scale, language) if scale in _WORDS else scale,
        steps=str(max(len(run.losses_nats) for run in training.runs)),
        seeds=str(min(len(runs) for runs in by_arm.values())),
        ends=ends,
        target=_say("no-target", language)
        if target is None
        else _say("has-target", language, target=format_number(target, _DECIMALS, language)),
    )


def draw_training(record: Record, language: Language) -> bytes:
    """Draw the training and held-out loss of both arms over the steps: medians, and ranges over the seeds.

    Args:
        record: Of a training comparison.
        language: Of labels and numbers.

    Returns:
        An SVG file.

    Raises:
        UsageError: If the record holds no training curves.
        DoctoolError: If matplotlib is not installed.
    """
    try:
        # Large and optional; documents without a figure do not need it.
        import matplotlib as mpl  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as problem:
        raise DoctoolError(
            "drawing training curves needs matplotlib, which is not installed; `pip install doctool[figures]` brings it"
        ) from problem
    training = _training_of(record)
    with mpl.rc_context():
        # The user's own style would make other bytes of the same record.
        mpl.rcdefaults()
        mpl.rcParams.update(cast("Any", _style(record.id)))
        figure = Figure(figsize=(7.2, 6.0), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        for pen, (arm, runs) in zip(PENS, _by_arm(training).items(), strict=True):
            label = _say(arm, language) if arm in _WORDS else arm
            _draw_band(above, *_training_curves(runs), pen, label)
            _draw_band(below, *_evaluation_curves(runs), pen, label)
        _finish_axes((above, below), training.target_loss_nats, language)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    title = _say("title", language, mechanism=record.mechanism)
    return _add_text(drawn.getvalue(), title, alt_text(record, language), language)


def _style(salt: str) -> dict[str, Any]:
    ink = dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "legend.labelcolor"), INK
    )
    return {
        **ink,
        "svg.hashsalt": salt,
        # Letters stay letters: they can be searched, selected and read aloud.
        "svg.fonttype": "none",
        "font.size": 12.0,
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "hatch.linewidth": 0.6,
    }


def _draw_band(axes: Axes, steps: Sequence[float], curves: Sequence[Sequence[float]], pen: _Pen, label: str) -> None:
    columns = list(zip(*curves, strict=True))
    axes.fill_between(
        steps,
        [min(column) for column in columns],
        [max(column) for column in columns],
        facecolor=(pen.colour, 0.25),
        edgecolor=(pen.colour, 0.6),
        hatch=pen.hatch,
        linewidth=0.6,
    )
    medians = [statistics.median(column) for column in columns]
    axes.plot(steps, medians, color=pen.colour, linestyle=pen.dash, linewidth=2.0, label=label)


def _finish_axes(axes: tuple[Axes, Axes], target: float | None, language: Language) -> None:
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415  as in draw_training

    above, below = axes
    if target is not None:
        label = f"{_say('target', language)} {format_number(target, _DECIMALS, language)}"
        below.axhline(target, color=INK, linestyle=":", linewidth=1.5, label=label)
    above.set_ylabel(_say("training", language))
    below.set_ylabel(_say("evaluation", language))
    below.set_xlabel(_say("steps", language))
    for axis in axes:
        low, high = axis.get_ylim()
        # Enough digits that no two ticks read the same.
        decimals = max(1, 1 - math.floor(math.log10(high - low)))
        label_tick = partial(_label_tick, decimals=decimals, language=language)
        axis.yaxis.set_major_formatter(FuncFormatter(label_tick))
        axis.legend()


def _label_tick(value: float, _: int, *, decimals: int, language: Language) -> str:
    return format_number(float(value), decimals, language)


def _training_curves(runs: Sequence[TrainingRun]) -> tuple[list[float], list[list[float]]]:
    """Return the steps and, for each run, its loss there; long runs as means over windows."""
    length = min(len(run.losses_nats) for run in runs)
    width = -(-length // _MOST_POINTS)
    starts = range(0, length, width)
    ends = [min(start + width, length) for start in starts]
    steps = [(start + 1 + end) / 2 for start, end in zip(starts, ends, strict=True)]
    curves = [
        [statistics.fmean(run.losses_nats[start:end]) for start, end in zip(starts, ends, strict=True)] for run in runs
    ]
    return steps, curves


def _evaluation_curves(runs: Sequence[TrainingRun]) -> tuple[list[float], list[list[float]]]:
    steps = [float(evaluation.step) for evaluation in runs[0].evaluations]
    return steps, [[evaluation.loss_nats for evaluation in run.evaluations] for run in runs]


def _training_of(record: Record) -> TrainingComparison:
    training = record.training
    if training is None or not training.runs or len({run.arm for run in training.runs}) != len(PENS):
        raise UsageError(f"record {record.id} of {record.mechanism!r} holds no training curves of two arms to draw")
    return training


def _by_arm(training: TrainingComparison) -> dict[str, list[TrainingRun]]:
    """Return the runs of each arm, `off` first."""
    names = sorted({run.arm for run in training.runs}, key=lambda arm: (arm != OFF, arm))
    return {arm: [run for run in training.runs if run.arm == arm] for arm in names}


def _describe_end(arm: str, runs: Sequence[TrainingRun], language: Language) -> str:
    losses = [run.evaluations[-1].loss_nats for run in runs]
    middle, low, high = (
        format_number(value, _DECIMALS, language) for value in (statistics.median(losses), min(losses), max(losses))
    )
    name = _say(arm, language) if arm in _WORDS else arm
    return _say("end", language, arm=name, median=middle, low=low, high=high)


def _add_text(svg: bytes, title: str, text: str, language: Language) -> bytes:
    """Put title and description where screen readers look for them."""
    title, text = (escape(each, quote=False) for each in (title, text))
    words = f'<title id="figure-title">{title}</title>\n <desc id="figure-text">{text}</desc>\n '
    attributes = f' role="img" lang="{language}" aria-labelledby="figure-title figure-text"'
    pattern = re.compile(r"(<svg\b[^>]*)(>\s*)")
    found = pattern.sub(lambda match: f"{match[1]}{attributes}{match[2]}{words}", svg.decode("utf-8"), count=1)
    return found.encode("utf-8")


def _say(key: str, language: Language, **slots: str) -> str:
    turkish, english = _WORDS[key]
    return (turkish if language == "tr" else english).format_map(slots)
