"""The table of how often each rule was right about arms of which the truth is known."""

from __future__ import annotations

from doctool import statistics
from doctool.records import Record
from doctool.render.cells import Writer
from doctool.render.escape import escape
from doctool.render.table import Column, Row, Table
from doctool.statistics import RuleSummary
from doctool.terms.sentences import say
from doctool.terms.units import format_number, format_percent, format_quantity

_LEFT, _RIGHT = "---", "---:"


def write_trials(writer: Writer) -> Table | None:
    """Write one row for each rule; None if no record holds trials."""
    fitting = writer.facts.fitting(writer.region.mechanism, writer.region.workload, writer.region.where)
    record = next((record for record in fitting if record.trials), None)
    if record is None:
        return None
    truth = max(abs(trial.truth) for trial in record.trials)
    language = writer.language
    headers = (
        say("trials-null", language),
        say("trials-positive", language, change=format_percent(truth, 0, language)),
        say("trials-seconds", language),
        say("trials-samples", language),
    )
    return Table(
        corner=Column(label=say("trials-rule", language), rule=_LEFT),
        columns=tuple(Column(label=writer.trace.vouch(header), rule=_RIGHT) for header in headers),
        rows=tuple(_write_row(writer, record, rule) for rule in statistics.summarise_trials(record.trials)),
    )


def _write_row(writer: Writer, record: Record, rule: RuleSummary) -> Row:
    language = writer.language
    none = say("trials-none", language)

    def put(key: str, text: str, value: float) -> str:
        return writer.print_fact(record, f"{rule.rule}: {key}", text, value)

    def count(claims: int, asked: int) -> str:
        return say("trials-of", language, claims=str(claims), asked=str(asked))

    cells = [
        put("false claims", count(rule.false, rule.null), rule.false),
        put("right claims", count(rule.found, rule.positive), rule.found),
        none if rule.seconds is None else put("seconds", format_quantity(rule.seconds, "s", language), rule.seconds),
        none if rule.samples is None else put("samples", format_number(rule.samples, 0, language), rule.samples),
    ]
    return Row(label=writer.trace.vouch(escape(rule.rule)), cells=tuple(cells))
