"""The sentence that a training comparison may become: its setting, and what the table above does not show.

Where steps are claimed, it is said whether time is as well: fewer steps that each take longer are no gain.
"""

from __future__ import annotations

from doctool.document.address import CHANGE, TRAINING, Address
from doctool.records import Record, TrainingComparison, Verdict
from doctool.render.cells import Writer
from doctool.render.escape import code, escape
from doctool.terms.sentences import say, say_count
from doctool.terms.units import format_number

_TOY = "toy scale"
_OUTCOMES = (("steps", "convergence_steps"), ("time", "convergence_time"), ("memory", "memory_overhead"))
_BETTER = frozenset({Verdict.LESS, Verdict.FASTER})


def write_training(writer: Writer) -> tuple[str, ...]:
    """Write one sentence for each training record the region has used or could use."""
    region = writer.region
    fitting = writer.facts.fitting(region.mechanism, TRAINING, region.where)
    return tuple(
        _write_sentence(writer, record, record.training)
        for record in fitting
        if record.training is not None and record.refusal is None
    )


def _write_sentence(writer: Writer, record: Record, training: TrainingComparison) -> str:
    language = writer.language
    setting = say(
        "training-setting",
        language,
        mechanism=code(record.mechanism),
        scale=_write_scale(writer, record, training),
        setting=", ".join(_write_setting(writer, record, training)),
    )
    known = [(name, metric) for name, metric in _OUTCOMES if metric in record.metrics]
    if not known:
        return ""
    record_id = writer.facts.id_of(record)
    parts = [
        say(f"training-{name}", language, what=_write_outcome(writer, record, metric))
        for name, metric in known
        if (record_id, metric) not in writer.told
    ]
    key = "training-sentence" if parts else "training-told"
    sentence = say(key, language, setting=setting, **({"outcome": "; ".join(parts)} if parts else {}))
    return " ".join((sentence, *_qualify(writer, record)))


def _write_scale(writer: Writer, record: Record, training: TrainingComparison) -> str:
    scale = str(training.plan.get("scale") or record.settings.get("scale") or _TOY)
    return say("scale-toy", writer.language) if scale == _TOY else escape(scale)


def _write_setting(writer: Writer, record: Record, training: TrainingComparison) -> list[str]:
    """Name the size of the model, the tokens, the data and the pairs, as far as the plan tells."""
    language = writer.language
    parts = []
    sizes = sorted(set(training.parameters.values()))
    if sizes:
        size = " / ".join(_write_count(size, writer) for size in sizes)
        parts.append(writer.print_fact(record, "parameters", say("parameters", language, n=size), sizes[0]))
    trainer = training.plan.get("trainer") or {}
    tokens, steps = trainer.get("tokens_per_step"), training.plan.get("steps")
    if isinstance(tokens, int) and isinstance(steps, int):
        text = say("tokens", language, n=_write_count(tokens * steps, writer))
        parts.append(writer.print_fact(record, "tokens", text, tokens * steps))
    if trainer.get("data"):
        data = say("data", language, data=escape(str(trainer["data"])))
        parts.append(writer.print_fact(record, "data", data, str(trainer["data"])))
    pairs = len({run.seed for run in training.runs})
    parts.append(writer.print_fact(record, "pairs", say_count("pairs", pairs, str(pairs), language), pairs))
    return parts


def _write_count(number: int, writer: Writer) -> str:
    return format_number(number, 0, writer.language)


def _write_outcome(writer: Writer, record: Record, metric: str) -> str:
    """Write off, on and the change, or the one reason there is none."""
    row = Address(metric=metric, mechanism=record.mechanism, workload=TRAINING)
    # As the table above tells its changes, if it tells all of them alike.
    form = next(iter(writer.forms)) if len(writer.forms) == 1 else None
    change = writer.write(row, Address(arm=CHANGE, form=form))
    if record.metrics[metric].reason is not None:
        return change
    off, on = (writer.write(row, Address(arm=arm)) for arm in ("off", "on"))
    return say("off-and-on", writer.language, off=off, on=on, change=change)


def _qualify(writer: Writer, record: Record) -> tuple[str, ...]:
    """Say it where fewer steps were claimed and a shorter time was not."""
    steps, time = (_verdict_of(writer, record, metric) for metric in ("convergence_steps", "convergence_time"))
    if steps not in _BETTER or time in _BETTER:
        return ()
    key = "training-slower" if time in {Verdict.MORE, Verdict.SLOWER} else "training-not-faster"
    return (say(key, writer.language),)


def _verdict_of(writer: Writer, record: Record, metric: str) -> Verdict | None:
    result = record.metrics.get(metric)
    comparison = writer.facts.comparison_of(record, metric, result) if result else None
    return comparison.verdict if comparison else None
