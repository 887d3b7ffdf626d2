"""What the reader of a record must know, as facts: a kind with its slots. The sentences are made where it is read."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from doctool.terms.sentences import say, slots_of
from doctool.terms.units import Language


class NoteKind(enum.Enum):
    """What there is to know; the values are stable, as records hold them."""

    FEWER_STEPS = "fewer-steps"
    """Training was cut to `steps` of `asked`, to fit `seconds`."""
    NO_SUBMODULE = "no-submodule"
    """No submodule is called `name`, so it was not timed."""
    DROPPED = "dropped"
    """`count` earlier replicates had another size or environment."""
    LAUNCH_BOUND = "launch-bound"
    """Enqueueing the kernels of `arm` takes as long as running them."""
    NO_GRAPH = "no-graph"
    """As `LAUNCH_BOUND`, and `arm` cannot be recorded as a CUDA graph."""
    SMALLER = "smaller"
    """Memory was too short for `large`; every arm was measured with `small`."""
    BUSY = "busy"
    """The machine disturbed `spoilt` of `blocks` blocks, and they count."""
    APART = "apart"
    """Throughput and latency do not follow from each other, by up to `percent`."""


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that the reader must know.

    Args:
        kind: What it is.
        slots: What its sentence names.

    Raises:
        ValueError: The slots are not those of its sentence.
    """

    kind: NoteKind
    slots: dict[str, str] = {}

    def __post_init__(self) -> None:
        asked = slots_of(_key(self.kind))
        if self.slots.keys() != asked:
            raise ValueError(f"a note of the kind {self.kind.value!r} has the slots {', '.join(sorted(asked))}")


def note(kind: NoteKind, **slots: object) -> Note:
    """Return a note of a kind; numbers become text."""
    return Note(kind=kind, slots={name: str(value) for name, value in slots.items()})


def distinct(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return each note once, in the order of their first mention."""
    kept: list[Note] = []
    for each in notes:
        if each not in kept:
            kept.append(each)
    return tuple(kept)


def write_note(each: Note | str, language: Language) -> str:
    """Return a note as a sentence; those of records of schema 1 are English sentences and stay as they are."""
    return each if isinstance(each, str) else say(_key(each.kind), language, **each.slots)


def _key(kind: NoteKind) -> str:
    return f"note-{kind.value}"
