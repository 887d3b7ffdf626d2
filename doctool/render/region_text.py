"""Renders one region: what its template is given, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from doctool.document import Region
from doctool.document.address import CHANGE, SLOT, Address
from doctool.errors import DocumentError
from doctool.records import Record
from doctool.render.cells import Writer
from doctool.render.common import write_common, write_records
from doctool.render.engine import run_template
from doctool.render.environment_words import write_date
from doctool.render.escape import break_lines, code, escape, keep_in_line
from doctool.render.explanations import write_asides, write_explanations
from doctool.render.forest import Drawing, draw_forest
from doctool.render.given import Facts
from doctool.render.numbers import write_interval
from doctool.render.sources import collect_sources
from doctool.render.statements import write_captions, write_notes, write_provenance, write_refusals
from doctool.render.summary import write_summary
from doctool.render.table import build_table
from doctool.render.trace import Figure
from doctool.render.training_words import write_training
from doctool.render.trial_words import write_trials
from doctool.render.whole import SUMMARY
from doctool.terms.sentences import WORDS, say
from doctool.terms.units import Language
from doctool.vocabulary import ENVIRONMENT_KEYS


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A region's text.

    Args:
        text: Lines ended by a line feed, none after the last.
        figures: Every number and fact in it, with the line it is on, from 0.
        records: Ids of the records it rests on.
        unvouched: The same lines with a dash in place of all that comes from a record or is a sentence of doctool's.
        drawings: The pictures that it shows and that are drawn with it.
    """

    text: str
    figures: tuple[tuple[int, Figure], ...]
    records: tuple[str, ...]
    unvouched: str
    drawings: tuple[Drawing, ...] = ()


def render_region(region: Region, facts: Facts, language: Language, template_directories: tuple[Path, ...]) -> Rendered:
    """Render a region.

    Args:
        region: What the begin comment says.
        facts: The records to render from.
        language: Of words, dates and numbers.
        template_directories: The project's own, searched before the shipped ones.

    Raises:
        DocumentError: If the region names a template, a quantity or a unit that does not exist, or does not fit.
        ConfigError: If a template is at fault; with its file and line.
        RecordError: If a record holds a number that is none.
    """
    sources = collect_sources(region.template, template_directories)
    writer = Writer(region=region, facts=facts, language=language)
    drawings: dict[str, Drawing] = {}
    text = _tidy(run_template(sources, _context(writer, drawings), _filters(writer)))
    traced = writer.trace.finish(text)
    return Rendered(
        text=traced.text,
        figures=traced.figures,
        records=tuple(writer.used),
        unvouched=traced.unvouched,
        drawings=tuple(drawings.values()),
    )


def _context(writer: Writer, drawings: dict[str, Drawing]) -> dict[str, object]:
    """Write everything a template may lay out."""
    # The rows of a summary name mechanisms, and its columns workloads: there are no cells.
    table = None if writer.region.template == SUMMARY and not _asks_in_cells(writer) else build_table(writer)
    asked = list(writer.asked)
    if table is None:
        region = writer.region
        fitting = tuple(writer.facts.fitting(region.mechanism, region.workload, region.where))
        asked = list(fitting) or ([] if region.lines else [None])
    is_refused = bool(asked) and all(record is None or record.refusal is not None for record in asked)
    return {
        "language": writer.language,
        "region": writer.region,
        "lines": tuple(_write_line(writer, line) for line in writer.region.lines),
        # The author's own cells stand, whatever could not be measured beside them.
        "table": None if is_refused and not _keeps_words(writer.region) else table,
        "is_refused": is_refused,
        "refusals": _write_all_refusals(writer, asked),
        "captions": lambda: write_captions(writer),
        "provenance": lambda: writer.trace.vouch(write_provenance(writer)),
        "explanations": lambda: write_explanations(writer, table),
        "asides": lambda: write_asides(writer, table),
        "records": lambda: write_records(writer, table),
        "common": lambda: write_common(writer),
        "notes": lambda: write_notes(writer),
        "training": lambda: tuple(map(writer.trace.vouch, write_training(writer))),
        "trials": lambda: write_trials(writer),
        "summary": lambda: write_summary(writer),
        "forest": lambda: _write_forest(writer, drawings),
        "pictures": lambda: _write_pictures(writer, asked),
        "cell": lambda address: writer.write(writer.parse(address)),
        "fact": lambda key: writer.write(_fact(key)),
        "say": lambda key, **slots: _say(writer, key, slots),
    }


def _asks_in_cells(writer: Writer) -> bool:
    addresses = map(writer.parse, (*writer.region.rows.values(), *writer.region.columns.values()))
    return any(address.metric or address.key for address in addresses)


def _keeps_words(region: Region) -> bool:
    return any(char.isalnum() for cells in region.keep.values() for text in cells.values() for char in text)


def _filters(writer: Writer) -> dict[str, Callable[..., object]]:
    """Return the filters; those for numbers take an address, so that no number comes from anywhere but a record."""

    def read(address: str, unit: str | None) -> Address:
        return writer.parse(f"{address} in {unit}" if unit else address)

    return {
        "quantity": lambda address, unit=None: writer.write(read(address, unit)),
        "interval": lambda address, unit=None: writer.write(read(address, unit), None, write_interval),
        "percent": lambda address: writer.write(read(address, None), Address(arm=CHANGE)),
        "date": lambda started: write_date(started, writer.language),
        "escape": escape,
        "code": code,
        "broken": lambda lines: break_lines(tuple(lines)),
    }


def _write_pictures(writer: Writer, asked: list[Record | None]) -> tuple[str, ...]:
    records = {writer.facts.id_of(record): record for record in asked if record is not None}
    pictures = writer.facts.pictures
    return tuple(
        writer.print_fact(record, "picture", pictures[record_id], pictures[record_id])
        for record_id, record in records.items()
        if record_id in pictures
    )


def _write_forest(writer: Writer, drawings: dict[str, Drawing]) -> tuple[str, ...]:
    drawing = draw_forest(writer)
    if drawing is None:
        return ()
    drawings[drawing.name] = drawing
    place = f"{writer.facts.figures}/{drawing.name}" if writer.facts.figures else drawing.name
    return (writer.trace.vouch(f"![{escape(drawing.text)}]({place})"),)


def _write_all_refusals(writer: Writer, asked: list[Record | None]) -> tuple[str, ...]:
    records = {writer.facts.id_of(record): record for record in asked if record is not None}
    sentences = write_refusals(writer, tuple(records.values()))
    if sentences or None not in asked or records:
        return sentences
    mechanism = writer.region.mechanism
    why = say("why-no-record", writer.language)
    if mechanism is None:
        return (writer.trace.vouch(say("no-record", writer.language)),)
    return (writer.trace.vouch(say("refusal", writer.language, mechanism=code(mechanism), why=why)),)


def _write_line(writer: Writer, line: str) -> str:
    """Fill the slots of one of the author's lines: `**GPU**: {gpu}`."""

    def fill(match: re.Match[str]) -> str:
        slot = match[1]
        if slot is None:
            return match[0][0]
        try:
            return writer.write(writer.parse(slot))
        except DocumentError as problem:
            hint = f"write {{{match[0]}}} for the braces themselves"
            raise DocumentError(f"line {line!r}: {problem.message}; {hint}") from problem

    return SLOT.sub(fill, keep_in_line(line))


def _fact(key: str) -> Address:
    if key not in ENVIRONMENT_KEYS:
        raise DocumentError(f"there is no fact {key!r}; known: {', '.join(sorted(ENVIRONMENT_KEYS))}")
    return Address(key=key)


def _say(writer: Writer, key: str, slots: dict[str, str]) -> str:
    if key not in WORDS:
        raise DocumentError(f"there is no sentence {key!r}")
    sentence = say(key, writer.language, **slots)
    # For what the template itself puts into a sentence, nobody vouches.
    return sentence if slots else writer.trace.vouch(sentence)


def _tidy(text: str) -> str:
    """Keep at most one blank line between blocks and none around them."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip("\n")
