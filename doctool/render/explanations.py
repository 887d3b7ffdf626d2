"""The lines below a table that say how to read it: which numbers nobody measured, and in which direction changes go."""

from __future__ import annotations

from collections.abc import Iterator

from doctool.document.address import CHANGE, Address
from doctool.records import OFF, ON
from doctool.render.cells import Writer
from doctool.render.escape import keep_in_line
from doctool.terms.sentences import WORDS, say


def write_explanations(writer: Writer, mark: str) -> tuple[str, ...]:
    """Write what a reader must know to read the table right; nothing where it goes without saying.

    Args:
        writer: Has written the table.
        mark: What stands behind the numbers that were kept; empty without any.
    """
    language = writer.language
    marks = (say("own-number", language, mark=mark),) if mark else ()
    forms = tuple(say(f"form-{form}", language) for form in writer.forms if f"form-{form}" in WORDS)
    # For the labels in the last ones nobody vouches but their author.
    return (*map(writer.trace.vouch, (*marks, *forms)), *dict.fromkeys(_write_directions(writer)))


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
