"""The lines below a table that say how to read it: which numbers nobody measured, and in which direction changes go."""

from __future__ import annotations

from collections.abc import Iterator

from doctool.document.address import CHANGE, Address
from doctool.records import OFF, ON
from doctool.render.cells import Writer
from doctool.render.escape import keep_in_line
from doctool.render.table import Table
from doctool.terms.sentences import WORDS, say


def write_explanations(writer: Writer, table: Table | None) -> tuple[str, ...]:
    """Write what a reader must know to read the table right; nothing where it goes without saying.

    Args:
        writer: Has written the table.
        table: The table.
    """
    forms = (say(f"form-{form}", writer.language) for form in writer.forms if f"form-{form}" in WORDS)
    # The author's own numbers first, as ever; then how to read the measured ones.
    return (*_write_mark(writer, table), *map(writer.trace.vouch, forms), *_write_own(writer, table))


def write_asides(writer: Writer, table: Table | None) -> tuple[str, ...]:
    """Write what is about this table alone, and not about every table of the document; arguments as above."""
    return (*_write_mark(writer, table), *_write_own(writer, table))


def _write_mark(writer: Writer, table: Table | None) -> Iterator[str]:
    if table is not None and table.mark:
        yield writer.trace.vouch(say("own-number", writer.language, mark=table.mark))


def _write_own(writer: Writer, table: Table | None) -> Iterator[str]:
    # For the labels in these nobody vouches but their author.
    yield from dict.fromkeys(_write_directions(writer))
    if table is not None:
        yield from table.asides.write(writer.trace, writer.language)


def _write_directions(writer: Writer) -> Iterator[str]:
    """Say which is compared with which where a change goes from on to off."""
    region = writer.region
    for labels in (region.rows, region.columns):
        asked = {label: writer.parse(address) for label, address in labels.items()}
        for label, address in asked.items():
            if address.is_reversed:
                shown, first, second = (
                    keep_in_line(region.shown.get(one, one)) for one in (label, _named(asked, ON), _named(asked, OFF))
                )
                yield say("direction", writer.language, change=shown, first=first, second=second)


def _named(asked: dict[str, Address], arm: str) -> str:
    """Return the label of an arm; a mechanism that names no arm is the changed one."""
    found = [label for label, address in asked.items() if address.arm == arm]
    found += [label for label, address in asked.items() if address.arm is None and address.mechanism and arm == ON]
    return next((label for label in found if asked[label].arm != CHANGE), arm)
