"""What the cells of a table leave out, said once below it: why not measured, what would settle what is open."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from doctool.records import Comparison
from doctool.render.numbers import write_reason, write_why
from doctool.render.trace import Trace
from doctool.terms.metrics import Family, Metric
from doctool.terms.sentences import say
from doctool.terms.units import Language

_NEEDED = {False: "settled-by", True: "settled-by-seeds"}


class _Place(msgspec.Struct, frozen=True):
    row: str
    column: str


class Asides(msgspec.Struct, frozen=True):
    """Collects the reasons while the cells of one table are written.

    Args:
        place: Row and column of the cell that is being written, the last one counts.
        unmeasured: By reason, the cells that were not measured.
        unsettled: By reason that more processes would not mend, the cells that are open.
        needed: By whether seeds are counted, how many would settle each open cell.
        shows_intervals: Whether a column of the table shows the intervals, so that its changes need not.
    """

    place: list[_Place] = msgspec.field(default_factory=list)
    unmeasured: dict[str, dict[_Place, None]] = msgspec.field(default_factory=dict)
    unsettled: dict[str, dict[_Place, None]] = msgspec.field(default_factory=dict)
    needed: dict[bool, dict[_Place, int]] = msgspec.field(default_factory=dict)
    shows_intervals: bool = False

    def enter(self, row: str, column: str) -> None:
        """Say which cell is written next, by the labels that the page shows."""
        self.place[:] = [_Place(row, column)]

    def note_unmeasured(self, reason: str) -> None:
        """Remember why the cell was not measured."""
        self.unmeasured.setdefault(reason, {}).update(dict.fromkeys(self.place))

    def note_open(self, comparison: Comparison, metric: Metric) -> None:
        """Remember what would settle the cell."""
        if comparison.needed is not None and comparison.reason in {None, "wide"}:
            counts = self.needed.setdefault(metric.family is Family.TRAINING, {})
            counts.update(dict.fromkeys(self.place, comparison.needed))
        else:
            self.unsettled.setdefault(comparison.reason or "wide", {}).update(dict.fromkeys(self.place))

    def write(self, trace: Trace, language: Language) -> Iterator[str]:
        """Yield a sentence for each reason, with the cells it is about where there are several reasons."""
        yield from _write_group(
            [
                (say("aside-not-measured", language, why=write_why(reason, language)), tuple(places))
                for reason, places in self.unmeasured.items()
            ],
            trace,
            language,
        )
        settling = [
            (say(_NEEDED[is_of_seeds], language, needed=_span(tuple(counts.values()))), tuple(counts))
            for is_of_seeds, counts in self.needed.items()
        ]
        settling += [(write_reason(reason, language), tuple(places)) for reason, places in self.unsettled.items()]
        sentences = [(say("aside-open", language, why=why), places) for why, places in settling]
        yield from _write_group(sentences, trace, language)


def _span(counts: tuple[int, ...]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low}–{high}"


def _write_group(sentences: list[tuple[str, tuple[_Place, ...]]], trace: Trace, language: Language) -> Iterator[str]:
    rows = {place.row for _, places in sentences for place in places}
    for sentence, places in sentences:
        told = trace.vouch(sentence)
        if len(sentences) == 1:
            yield told
            continue
        # In a table of one row, the columns are what tells the cells apart.
        labels = dict.fromkeys(place.row if len(rows) > 1 else place.column for place in places)
        # For the labels nobody vouches but their author.
        yield say("aside-of", language, where=", ".join(labels), what=told)
