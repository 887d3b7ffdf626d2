"""The report as one HTML page that needs no network, no script and no other file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec

from doctool.document import Region
from doctool.document.address import Address
from doctool.project.config import Language
from doctool.records import COMMIT_LENGTH, OFF, ON, Comparison, Record, Result, Verdict
from doctool.render.addresses import unit_of
from doctool.render.cells import Writer
from doctool.render.changes import IMPROVEMENT, write_change
from doctool.render.counts import convert_count
from doctool.render.effects import CLAIMS, effects_of, subjects_of
from doctool.render.environment_words import write_date
from doctool.render.forest import draw_forest
from doctool.render.given import Facts
from doctool.render.html import as_drawing, render_html
from doctool.render.numbers import write_estimate, write_misses, write_why
from doctool.render.statements import count_processes, name_machine
from doctool.render.summary import write_effect
from doctool.report.gathering import Gathered, Place, Subject
from doctool.report.pictures import draw_curves, draw_history, draw_strips
from doctool.terms.facts import write_facts
from doctool.terms.metrics import metric_of
from doctool.terms.notes import write_note
from doctool.terms.sentences import WORDS, say
from doctool.terms.units import UNITS
from doctool.vocabulary import ENVIRONMENT_KEYS

_GOOD, _BAD, _OPEN, _EQUAL, _NONE = "good", "bad", "open", "equal", "none"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one record in words; `tone` says how its change is to be coloured."""

    label: str
    off: str
    on: str
    change: str
    tone: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What one record says.

    Args:
        workload: What it was measured under.
        record: Its id.
        made: Where, when and from what, in words.
        has_two: Whether anything is compared.
        rows: The quantities.
        asides: What would settle what is open, and what the reader must know.
        refusal: Why nothing was measured; empty if something was.
        strips: Drawing of the raw samples, if there are any.
        curves: Drawing of the training curves, if there are any.
    """

    workload: str
    record: str
    made: str
    has_two: bool
    rows: tuple[Row, ...]
    asides: tuple[str, ...]
    refusal: str
    strips: object | None
    curves: object | None


def write_page(gathered: Gathered, directory: Path) -> str:
    """Return the page.

    Args:
        gathered: What it shows.
        directory: Where it will be: links to the source start there.
    """
    language = gathered.language
    return render_html(
        "report",
        {
            "language": language,
            "say": lambda key, **slots: say(key, language, **slots),
            "package": gathered.project.config.package,
            "measurements": gathered.project.config.measurements,
            "commit": gathered.commit[:COMMIT_LENGTH] or say("no-commit", language),
            "summary": tuple(_summary(gathered)),
            "forest": _forest(gathered),
            "subjects": tuple(_subject(gathered, subject, directory) for subject in gathered.subjects),
            "machines": tuple(_machines(gathered)),
            "how": _how(language),
        },
    )


def _how(language: Language) -> tuple[str, ...]:
    keys = ("how-values", "how-changes", "how-paired", "form-improvement")
    return tuple(WORDS[key][language] for key in keys)


def _writer(gathered: Gathered) -> Writer:
    config, compared = gathered.project.config, [record for record in gathered.records if ON in record.arms]
    names = [name for name in config.mechanisms if any(one.mechanism == name for one in compared)]
    workloads = dict.fromkeys(one.workload for one in compared)
    region = Region(
        template="summary",
        rows={gathered.label(name): name for name in names},
        columns={gathered.label(name): name for name in workloads},
    )
    facts = Facts(records=tuple(compared), verdicts=gathered.verdicts, mechanisms=tuple(config.mechanisms))
    return Writer(region=region, facts=facts, language=gathered.language)


def _summary(gathered: Gathered) -> Iterator[dict[str, object]]:
    """Yield, for each mechanism, its name and what came out, quantity by quantity."""
    writer = _writer(gathered)
    for subject in subjects_of(writer):
        clauses = []
        for key, effects in effects_of(writer, subject):
            items = [
                {
                    "workload": effect.workload,
                    "text": write_effect(effect.comparison, effect, gathered.language),
                    "tone": _tone(effect.comparison, effect.key),
                }
                for effect in effects
            ]
            clauses.append({"noun": say(f"sum-{key}", gathered.language), "items": items})
        yield {"name": subject.name, "label": subject.label, "clauses": clauses}


def _forest(gathered: Gathered) -> object | None:
    drawing = draw_forest(_writer(gathered))
    return as_drawing(drawing.data.decode("utf-8")) if drawing is not None else None


def _subject(gathered: Gathered, subject: Subject, directory: Path) -> dict[str, object]:
    language = gathered.language
    return {
        "name": subject.name,
        "label": subject.label,
        "status": say(f"status-{subject.status.value}", language) if subject.status is not None else "",
        "acts": subject.status is not None and subject.status.value == "effective",
        "places": [_place(gathered, place, directory) for place in subject.places],
        "tables": [_table(gathered, record) for record in subject.records],
        "history": [
            {"workload": gathered.label(series.workload), "picture": as_drawing(drawn)}
            for series in subject.series
            if (drawn := draw_history(subject.label, series, language)) is not None
        ],
    }


def _place(gathered: Gathered, place: Place, directory: Path) -> dict[str, str]:
    evidence = place.evidence
    shows = (
        evidence.shows
        if isinstance(evidence.shows, str)
        else write_facts(evidence.shows, gathered.language, "‘{}’".format)
    )
    path = os.path.relpath(gathered.project.root / evidence.file, directory).replace(os.sep, "/")
    return {
        "where": f"{evidence.file}:{evidence.line}",
        # Editors and code hosts take the line from the fragment; a browser opens the file.
        "link": f"{quote(path)}#L{evidence.line}",
        "shows": shows,
        "source": place.source,
    }


def _table(gathered: Gathered, record: Record) -> Table:
    language = gathered.language
    made = [name_machine(record, language), write_date(record.started, language)]
    made += [f"commit {record.source.commit[:COMMIT_LENGTH]}"] if record.source.commit else []
    made += [count_processes(record, language)] if record.replicates else []
    strips, curves = draw_strips(record, language), draw_curves(record, language)
    refusal = record.refusal
    return Table(
        workload=gathered.label(record.workload) if record.workload != "training" else say("training", language),
        record=record.id,
        made=", ".join(made),
        has_two=any(result.comparison is not None for result in record.metrics.values()),
        rows=tuple(_row(gathered, record, key, result) for key, result in record.metrics.items()),
        asides=(*_asides(gathered, record), *(write_note(note, language) for note in record.notes)),
        refusal=say("not-measured", language, why=write_why(refusal.reason, language)) if refusal is not None else "",
        strips=as_drawing(strips) if strips is not None else None,
        curves=as_drawing(curves) if curves is not None else None,
    )


def _row(gathered: Gathered, record: Record, key: str, result: Result) -> Row:
    language = gathered.language
    metric = metric_of(key)
    _, _, part = key.partition("/")
    comparison = gathered.verdicts.get((record.id, key), result.comparison)
    change = "" if comparison is None else write_change(comparison, metric, language, IMPROVEMENT, "short")
    if result.reason is not None:
        change = write_misses(result, "", language) if result.misses else write_why(result.reason, language)
    return Row(
        label=say(f"metric-{metric.name}", language) + (f" ({part})" if part else ""),
        off=_value(record, key, result, OFF, language),
        on=_value(record, key, result, ON, language),
        change=change,
        tone=_tone(comparison, key),
    )


def _value(record: Record, key: str, result: Result, arm: str, language: Language) -> str:
    estimate = result.arms.get(arm)
    if estimate is None:
        return ""
    unit = unit_of(Address(metric=key), result.unit)
    return write_estimate(convert_count(estimate, result.unit, UNITS[unit].base, record), unit, language)


def _tone(comparison: Comparison | None, key: str) -> str:
    if comparison is None or comparison.verdict is Verdict.NOT_MEASURED:
        return _NONE
    if comparison.verdict in CLAIMS:
        return _GOOD if (comparison.change < 0) == metric_of(key).lower_is_better else _BAD
    is_equal = comparison.verdict is Verdict.NO_DIFFERENCE or (comparison.deterministic and comparison.change == 0)
    return _EQUAL if is_equal else _OPEN


def _asides(gathered: Gathered, record: Record) -> Iterator[str]:
    """Yield what would settle the open cells, as far as more of the same would."""
    open_ones = [
        comparison.needed
        for key in record.metrics
        if (comparison := gathered.verdicts.get((record.id, key))) is not None
        and comparison.verdict is Verdict.INCONCLUSIVE
        and comparison.needed is not None
    ]
    if open_ones:
        low, high = min(open_ones), max(open_ones)
        needed = str(low) if low == high else f"{low}–{high}"
        key = "settled-by-seeds" if record.training is not None else "settled-by"
        why = say(key, gathered.language, needed=needed)
        yield say("report-settles", gathered.language, why=why)


def _machines(gathered: Gathered) -> Iterator[dict[str, object]]:
    """Yield each machine once: its name, its facts, the records that were made on it."""
    found: dict[str, list[Record]] = {}
    for record in gathered.records:
        if record.refusal is None:
            found.setdefault(name_machine(record, gathered.language), []).append(record)
    for name, records in found.items():
        facts = records[0].environment
        yield {
            "name": name,
            "facts": [(key, str(facts[key])) for key in ENVIRONMENT_KEYS if facts.get(key) not in {None, ""}],
            "records": [record.id for record in records],
        }
