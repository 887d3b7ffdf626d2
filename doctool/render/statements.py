"""The sentences around a table: what was not measured and why, on what, when, and from which records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from doctool.records import Record, Refusal
from doctool.render.cells import Writer
from doctool.render.environment_words import write_commit, write_date
from doctool.render.escape import code, escape
from doctool.render.numbers import write_why
from doctool.terms.facts import write_facts
from doctool.terms.mechanism import Evidence
from doctool.terms.notes import write_note
from doctool.terms.sentences import say, say_count
from doctool.terms.units import Language

_SHOWN_EVIDENCE = 3
_DETAIL_LENGTH = 200


def write_refusals(writer: Writer, records: Sequence[Record]) -> tuple[str, ...]:
    """Write one sentence for each mechanism that was not measured, or one per workload where the reasons differ."""
    refused: dict[str, list[tuple[Record, Refusal]]] = {}
    for record in records:
        if record.refusal is not None:
            refused.setdefault(record.mechanism, []).append((record, record.refusal))
    sentences = []
    for mechanism, entries in refused.items():
        is_of_all = not any(record.mechanism == mechanism and record.refusal is None for record in records)
        if is_of_all and len({refusal.reason for _, refusal in entries}) == 1:
            sentences.append(_write_refusal(writer, *entries[0]))
        else:
            sentences += [_write_refusal(writer, *entry, with_workload=True) for entry in entries]
    return tuple(sentences)


def write_captions(writer: Writer) -> tuple[str, ...]:
    """Write on which processor or device each of the used records was measured, once for each machine."""
    records = [record for record in writer.used.values() if record.refusal is None]
    captions = {describe_machine(record, writer.language): record for record in records}
    return tuple(
        writer.print_fact(record, "device", caption, str(record.environment.get("device", "cpu")))
        for caption, record in captions.items()
    )


def write_provenance(writer: Writer) -> str:
    """Write when and from what the used records were made; empty if there are none."""
    records = list(writer.used.values())
    if not records:
        return ""
    language = writer.language
    parts = [
        _join(writer, records, "date", lambda record: write_date(record.started, language)),
        _join(writer, records, "commit", lambda record: _name_commit(writer, record)),
        say("protocol", language, protocol=_join(writer, records, "protocol", lambda record: code(record.protocol))),
    ]
    measured = [record for record in records if record.replicates]
    if measured:
        parts.append(_join(writer, measured, "processes", lambda record: count_processes(record, language)))
    names = _join(writer, records, "record", lambda record: code(writer.facts.id_of(record)))
    parts.append(say_count("record", len(records), names, language))
    return say("measured", language, what=", ".join(parts))


def write_notes(writer: Writer) -> tuple[str, ...]:
    """Write what the reader must know: quick runs, reduced sizes."""
    language = writer.language
    notes: dict[str, tuple[Record, str]] = {}
    for record in writer.used.values():
        if record.quick and record.refusal is None:
            notes.setdefault(say("quick", language), (record, "quick"))
        for note in record.notes:
            shown = write_note(note, language)
            notes.setdefault(say("note", language, note=escape(shown)), (record, shown))
    return tuple(writer.print_fact(record, "note", text, note) for text, (record, note) in notes.items())


def _write_refusal(writer: Writer, record: Record, refusal: Refusal, *, with_workload: bool = False) -> str:
    language = writer.language
    writer.use(record)
    slots = {"mechanism": code(record.mechanism), "why": write_why(refusal.reason, language)}
    if with_workload:
        parts = [say("refusal-of-workload", language, workload=code(record.workload), **slots)]
    else:
        parts = [say("refusal", language, **slots)]
    if refusal.evidence:
        evidence = ", ".join(_show_evidence(each, language) for each in refusal.evidence[:_SHOWN_EVIDENCE])
        rest = ", …" if len(refusal.evidence) > _SHOWN_EVIDENCE else ""
        parts.append(say("refusal-evidence", language, evidence=evidence + rest))
    detail = write_facts(refusal.seen, language, code, escape) or _last_words(refusal)
    if detail:
        parts.append(say("refusal-detail", language, detail=detail))
    return writer.print_fact(record, "refusal", " ".join(parts), refusal.reason)


def _last_words(refusal: Refusal) -> str:
    """Write the last line of an error, which is the one that says what happened."""
    last = refusal.detail.strip().rpartition("\n")[2]
    shown = last if len(last) <= _DETAIL_LENGTH else f"{last[:_DETAIL_LENGTH]}…"
    return code(shown) if shown else ""


def _show_evidence(evidence: Evidence, language: Language) -> str:
    place = code(f"{evidence.file}:{evidence.line}")
    if isinstance(evidence.shows, str):
        told = code(evidence.shows) if evidence.shows.strip() else ""
    else:
        told = write_facts(evidence.shows, language, code, escape)
    return f"{place} ({told})" if told else place


def describe_machine(record: Record, language: Language) -> str:
    """Write on which processor or device a record was measured, as a sentence."""
    key = "on-gpu" if record.environment.get("device") == "cuda" else "on-cpu"
    return say(key, language, what=name_machine(record, language))


def name_machine(record: Record, language: Language) -> str:
    """Write what a record was measured on: the processor or device, and what counts of its setup."""
    environment = record.environment
    if environment.get("device") == "cuda":
        parts = [escape(str(environment.get("gpu", say("unknown", language))))]
        if "driver" in environment:
            parts.append(say("driver", language, driver=escape(str(environment["driver"]))))
        if "cuda" in environment:
            parts.append(f"CUDA {escape(str(environment['cuda']))}")
        return ", ".join(parts)
    parts = [escape(str(environment.get("cpu", say("unknown", language))))]
    for key in ("cores", "threads"):
        number = environment.get(key)
        if isinstance(number, int):
            parts.append(say_count(key, number, str(number), language))
    return ", ".join(parts)


def _join(writer: Writer, records: Iterable[Record], key: str, write: Callable[[Record], str]) -> str:
    """Write a fact of all records, each distinct text once."""
    texts: dict[str, Record] = {}
    for record in records:
        texts.setdefault(write(record), record)
    return ", ".join(writer.print_fact(record, key, text, text) for text, record in texts.items())


def _name_commit(writer: Writer, record: Record) -> str:
    text = write_commit(record, writer.language)
    return say("commit", writer.language, commit=text) if record.source.commit else text


def count_processes(record: Record, language: Language) -> str:
    """Write in how many fresh processes a record was measured."""
    number = len(record.replicates)
    return say_count("processes", number, str(number), language)
