"""Labels of a region that say one thing and ask for another: the figures below them are true, and the page is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from doctool.document import Address, ManagedRegion, parse_address
from doctool.document.readings import read_label
from doctool.document.sightings import visible_label
from doctool.records import Record
from doctool.vocabulary import Meaning, Vocabulary
from doctool.vocabulary.unmeasured import kind_of_unmeasured

_LITERAL = re.compile(r"^\W*(?P<label>[^:：{}]{1,60}?)\W*[:：]\W*(?P<text>[^{}]+)$")


def find_mislabelled(
    managed: ManagedRegion, records: Sequence[Record], vocabulary: Vocabulary
) -> Iterator[tuple[str, str]]:
    """Yield each label that does not say what its row, column or line shows, with what is wrong.

    A label that means nothing to the vocabulary may stand over anything: it is the author's own word.

    Args:
        managed: The region.
        records: The records that it shows.
        vocabulary: Names and words of the project, its aliases included.
    """
    names = (vocabulary.mechanisms, vocabulary.workloads)
    for label, text in (*managed.region.rows.items(), *managed.region.columns.items()):
        address = parse_address(text, *names)
        wrong = _contradiction(visible_label(label, {}), address, vocabulary)
        if wrong is not None:
            yield label, f"{label!r} stands over {text!r}: {wrong}"
    for line in managed.region.lines:
        yield from ((line, wrong) for wrong in _wrong_facts(visible_label(line, {}), records, vocabulary))


def _contradiction(label: str, address: Address, vocabulary: Vocabulary) -> str | None:
    readings = read_label(label, vocabulary)
    if not readings:
        kind = kind_of_unmeasured(label) if address.metric is not None else None
        return f"the label asks for something else ({kind}), which doctool does not measure" if kind else None
    if any(_fits(reading.meaning, address) for reading in readings):
        return None
    said = ", ".join(dict.fromkeys(_name_of(reading.meaning) for reading in readings))
    return f"the label means {said}"


def _fits(meaning: Meaning, address: Address) -> bool:
    metric = address.metric.partition("/")[0] if address.metric else None
    pairs = [
        (meaning.metric, metric),
        (None if meaning.arm == "value" else meaning.arm, address.arm),
        (meaning.mechanism, address.mechanism),
        (meaning.workload, address.workload),
        (meaning.key, address.key),
        (meaning.device, address.where.get("device")),
    ]
    return all(said is None or asked is None or said == asked for said, asked in pairs)


def _name_of(meaning: Meaning) -> str:
    parts = (meaning.metric, meaning.arm, meaning.mechanism, meaning.workload, meaning.key, meaning.device)
    return " ".join(part for part in parts if part)


def _wrong_facts(line: str, records: Sequence[Record], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what is wrong with a line such as `GPU: NVIDIA H200` that states a fact instead of asking for it."""
    literal = _LITERAL.match(line)
    key = vocabulary.key_of(literal["label"]) if literal is not None else None
    if literal is None or key is None:
        return
    for fact in dict.fromkeys(str(record.environment.get(key, "")) for record in records):
        if not fact or fact.casefold() not in literal["text"].casefold():
            shown = f"the records say {fact!r}" if fact else "the records say nothing about it"
            yield f"the line says {literal['text'].strip()!r} of {key!r}, and {shown}; {{{key}}} has it filled in"
