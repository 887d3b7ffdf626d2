"""What holds for every table of a document, said once: machines, when and from what it was measured, how to read it.

One region tells it: the one whose template is `provenance`, or else the last one with a table. A region that is
rendered by itself tells it of itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from doctool.records import Record
from doctool.render.cells import Writer
from doctool.render.environment_words import write_commit, write_date
from doctool.render.escape import code, keep_in_line
from doctool.render.statements import count_processes, describe_machine, name_machine
from doctool.render.table import Table
from doctool.render.whole import Whole, look_over
from doctool.terms.sentences import WORDS, say, say_count
from doctool.terms.units import Language

_MAKING = ("machine", "commit", "processes")


def write_common(writer: Writer) -> tuple[str, ...]:
    """Write what holds for every table, a sentence each; nothing if another region of the document tells it."""
    if not writer.facts.tells:
        return ()
    whole = writer.facts.whole
    if whole is None:
        whole = look_over([(writer.region, tuple(writer.used.values()))], writer.facts.mechanism_names)
    measured = [record for record in whole.records if record.refusal is None]
    if not measured:
        return ()
    return (*_write_machines(writer, measured), *_write_makings(writer, measured), *_write_how(writer, whole))


def write_records(writer: Writer, table: Table | None) -> str:
    """Write from which records a table is, and which part of it from which where they were not made alike."""
    used = list(writer.used.values())
    if not used:
        return ""
    language = writer.language
    origins = table.origins if table is not None else {}
    differing = _differing(used, language)
    if not differing or not origins:
        names = ", ".join(_name(writer, record) for record in used)
        return writer.trace.vouch(say_count("shown-record", len(used), names, language))
    parts = [
        # For the label nobody vouches but its author.
        say(
            "shown-apart",
            language,
            where=keep_in_line(label),
            record=_name(writer, record),
            what=", ".join(
                writer.tell_fact(record, key, text, text) for key, text in _making_of(record, language, differing)
            ),
        )
        for label, ids in origins.items()
        for record in used
        if record.id in ids
    ]
    return say("shown-records-apart", language, n="; ".join(parts))


def _differing(records: list[Record], language: Language) -> tuple[str, ...]:
    """Return in what the making of records differs: `machine`, `commit` or `processes`."""
    makings = [dict(_making_of(record, language, _MAKING)) for record in records if record.refusal is None]
    return tuple(key for key in _MAKING if len({making.get(key) for making in makings}) > 1)


def _name(writer: Writer, record: Record) -> str:
    return writer.tell_fact(record, "record", code(record.id), record.id)


def _write_machines(writer: Writer, records: list[Record]) -> Iterator[str]:
    """Yield the machine, where there is one for all; where there are several, each making names its own."""
    if len({name_machine(record, writer.language) for record in records}) == 1:
        text = describe_machine(records[0], writer.language)
        yield writer.tell_fact(records[0], "device", text, str(records[0].environment.get("device", "cpu")))


def _write_makings(writer: Writer, records: list[Record]) -> Iterator[str]:
    """Yield when and from what the records were made; where they differ, each making with its records."""
    language = writer.language
    several = len({name_machine(record, language) for record in records}) > 1
    told = (*(["machine"] if several else []), "date", "commit", "protocol", "processes")
    makings: dict[tuple[tuple[str, str], ...], list[Record]] = {}
    for record in records:
        makings.setdefault(_making_of(record, language, told), []).append(record)
    for making, group in makings.items():
        what = ", ".join(writer.tell_fact(group[0], key, text, text) for key, text in making)
        if len(makings) > 1:
            names = ", ".join(_name(writer, record) for record in group)
            what = say("made-with", language, what=what, records=say_count("record", len(group), names, language))
        yield writer.trace.vouch(say("made", language, what=what))


def _making_of(record: Record, language: Language, keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Write where, when, from which commit and in how many processes a record was made, as far as is asked."""
    commit = write_commit(record, language)
    facts = {
        "machine": name_machine(record, language),
        "date": write_date(record.started, language),
        "commit": say("commit", language, commit=commit) if record.source.commit else commit,
        "protocol": say("protocol", language, protocol=code(record.protocol)),
        **({"processes": count_processes(record, language)} if record.replicates else {}),
    }
    return tuple((key, facts[key]) for key in keys if key in facts)


def _write_how(writer: Writer, whole: Whole) -> Iterator[str]:
    has_changes = bool(whole.forms)
    wanted = [
        *(["how-values"] if whole.has_values else []),
        *(["how-changes", "how-paired"] if has_changes else []),
        *(f"form-{form}" for form in whole.forms if f"form-{form}" in WORDS),
    ]
    yield from (writer.trace.vouch(say(key, writer.language)) for key in wanted)
