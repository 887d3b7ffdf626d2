"""The guide that lists every metric, unit, label and arm, written from the vocabulary itself.

python -m doctool.vocabulary.guide > docs/guides/labels.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping

from doctool.terms.metrics import METRICS
from doctool.terms.units import SPELLINGS, UNITS
from doctool.vocabulary.fact_terms import METADATA_TERMS
from doctool.vocabulary.placeholders import UNIT_WORDS
from doctool.vocabulary.terms import (
    AGAINST_WORDS,
    CONDITION_TERMS,
    DEVICE_METRIC_TERMS,
    METRIC_TERMS,
    STATISTIC_TERMS,
    UNIT_METRIC_TERMS,
    VARIANT_TERMS,
)
from doctool.vocabulary.unmeasured import SENTENCES

_INTRODUCTION = """\
# What the labels of a table mean

*Written by `python -m doctool.vocabulary.guide`; a test holds it to the vocabulary.*

`doctool refresh` reads a table cell by cell. A cell is filled if its row and its column say together what is to be
measured; everything else stays as you wrote it, and what is left open is reported with the reason. Case, accents,
markup,
numbering and emoji in a label do not matter. Every word of a label has to mean something: `P95 latency` is not
`latency`.
`aliases` in `doctool.yaml` adds your own words to those below.
"""

_METRICS = """\
## Metrics

The name is what `doctool.yaml` and a region's begin comment use. A label asks for a unit in brackets, behind a comma
or by
itself (`Latency (ms)`, `Latency, ms`, `Latency ms`), a cell by the unit beside its placeholder (`[X] ms`); that unit
is written.
"""

_ARMS = """\
## Arms, and forms of a change

`off`, `on` and `change` are the arms; the other names are forms in which a change is told, as the header asks for it.
`=True` and `=False` behind a toggle are its arms too: `bias=True`, `bias=False`.

- `change`: `on / off - 1`, signed, in percent. Left to right: where the changed arm stands first, it is that of the
  second
  column against the first, and a line below says so (`change reversed`).
- `improvement`: in percent, above zero where it got better: of a time or of memory the share saved.
- `reduction`: in percent, above zero where it became less.
- `speedup`: a ratio, above one where it got better; `gain` is the same in percent above one, for `Speedup (%)`.
- `ratio`: `on / off`.

A cell may ask for another form than its header: `[X]x` under `Improvement` gives the speed-up, `[X]%` under
`Speedup` the gain. A
difference in milliseconds or megabytes is not written: records hold no interval of it.
"""

_STATISTICS = """\
## Median and mean

Latencies are medians, throughput is all tokens over all time. A label that asks for the other one is reported, not
filled.
"""

_CONDITIONS = """\
## Settings in labels

`Latency (batch=8)`, a row `8` under `Batch size`, a column `Precision`: such a row is filled if a workload in
`doctool.yaml` is known
to be that, by its `tokens` or `features`, `dtype` and `threads`, and reported otherwise. What a label says of a
model, a data set
or a resolution cannot be known, so it has to be the name or an alias of a workload.
"""

_UNMEASURED = """\
## What is not measured

Labels of these kinds are reported with the reason, and never filled with something like it:
"""


def write_guide() -> str:
    """Return the guide as Markdown."""
    return "\n".join([*_write_parts()]).rstrip() + "\n"


def _write_parts() -> Iterator[str]:
    yield _INTRODUCTION
    yield _METRICS
    yield from _table(
        ("Metric", "Units", "Labels"),
        ((f"`{name}`", _units_of(name), _listed(METRIC_TERMS[name])) for name in METRICS),
    )
    yield (
        "Of memory, a label may name the device; without such a device the cell says that nothing was measured there:\n"
    )
    yield from _table(
        ("Metric", "Device", "Labels"),
        ((f"`{name}`", f"`{device}`", _listed(terms)) for (name, device), terms in DEVICE_METRIC_TERMS.items()),
    )
    yield "Some words name a quantity only beside a unit of it:\n"
    yield from _table(("Unit", "Labels"), ((f"`{base}`", _listed(terms)) for base, terms in UNIT_METRIC_TERMS.items()))
    yield _ARMS
    yield from _table(("Name", "Headers"), ((f"`{name}`", _listed(terms)) for name, terms in VARIANT_TERMS.items()))
    yield f"Behind a change, {_listed(AGAINST_WORDS)} may name what it is counted from: `Speedup vs baseline`.\n"
    yield _STATISTICS
    yield from _table(("Name", "Words"), ((f"`{name}`", _listed(terms)) for name, terms in STATISTIC_TERMS.items()))
    yield _CONDITIONS
    yield from _table(("Setting", "Words"), ((f"`{name}`", _listed(terms)) for name, terms in CONDITION_TERMS.items()))
    yield _UNMEASURED
    yield from (f"- {sentence.format(label='…').partition(', so')[0]}" for sentence in SENTENCES.values())
    yield "\n## Units\n"
    yield from _table(
        ("Unit", "Also written"), ((f"`{unit}`", _listed(_spellings(unit))) for unit in UNITS if unit != "1")
    )
    yield "`%` and `x` (`×`, `kat`) are the units of a change.\n"
    yield "## Facts about the machine and the measurement\n"
    yield from _table(("Name", "Labels"), ((f"`{name}`", _listed(terms)) for name, terms in METADATA_TERMS.items()))


def _units_of(name: str) -> str:
    metric = METRICS[name]
    return _listed(unit for unit, kind in UNITS.items() if metric.is_in(kind.base) and unit != "1")


def _spellings(unit: str) -> list[str]:
    every: Mapping[str, str] = {**SPELLINGS, **UNIT_WORDS}
    return [spelling for spelling, means in every.items() if means == unit]


def _listed(terms: Iterable[str]) -> str:
    return ", ".join(term.replace("|", "\\|") for term in terms)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(write_guide())
