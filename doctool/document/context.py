"""What the headings above a table or a line say about it."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from doctool.document.address import BASELINE
from doctool.document.outline import Heading, Table
from doctool.document.placeholders import strip_unit, unit_key
from doctool.vocabulary import Vocabulary, normalise


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Names found above a table, the nearest heading first; None where nothing is said.

    Args:
        mechanism: Name of a mechanism.
        workload: Name of a workload.
        metric: Name of a metric.
        stranger: The nearest heading that names none of these and speaks of something else; what is below it may
            be about that, so nothing is guessed there.
    """

    mechanism: str | None = None
    workload: str | None = None
    metric: str | None = None
    stranger: str | None = None


def find_context(table: Table, vocabulary: Vocabulary) -> Context:
    """Return what is said above a table: by its headings, its corner cell and the paragraph right above it."""
    near = [table.caption] if len(table.caption) < 200 and "\n" not in table.caption else []
    found = read_headings(table.headings, vocabulary)
    caption = _read_texts(tuple(near), vocabulary)
    corner = next((m.metric for m in vocabulary.meanings(strip_unit(table.header.cells[0])[0]) if m.metric), None)
    return Context(
        mechanism=found.mechanism or caption.mechanism,
        workload=caption.workload or found.workload,
        metric=corner or caption.metric or found.metric,
        stranger=None if caption.mechanism else found.stranger,
    )


def read_headings(headings: tuple[Heading, ...], vocabulary: Vocabulary) -> Context:
    """Return what headings say, the innermost first.

    A heading that names several mechanisms says nothing, unless only one of them is not the baseline. Below a stranger
    no heading further out names the mechanism.
    """
    for depth, heading in reversed(list(enumerate(headings))):
        here = _read_texts((heading.text,), vocabulary)
        if here.mechanism:
            break
        if not here.workload and _is_strange(heading, vocabulary, is_innermost=depth == len(headings) - 1):
            inner = _read_texts(tuple(one.text for one in headings[depth:]), vocabulary)
            return replace(inner, stranger=heading.text)
    return _read_texts(tuple(one.text for one in headings), vocabulary)


def _is_strange(heading: Heading, vocabulary: Vocabulary, *, is_innermost: bool) -> bool:
    """Whether a heading speaks of something that the project does not know.

    A title may have the name of the project in it; if it has nothing else, what is right below may be about that.
    """
    unknown = vocabulary.unknown_words(heading.text)
    if heading.is_title:
        return is_innermost and len(unknown) == len(normalise(heading.text).split())
    return bool(unknown)


def _read_texts(texts: tuple[str, ...], vocabulary: Vocabulary) -> Context:
    mechanism = workload = metric = None
    for text in reversed(texts):
        if mechanism is None:
            named = vocabulary.named_in(text, "mechanism")
            others = [name for name in named if name != BASELINE]
            if len(others) == 1:
                mechanism = others[0]
            elif named and not others:
                mechanism = named[0]
        if workload is None:
            named = vocabulary.named_in(text, "workload")
            workload = named[0] if named else None
        if metric is None:
            words, unit = strip_unit(text)
            named = vocabulary.named_in(words if unit_key(unit) else text, "metric")
            metric = named[0] if named else None
    return Context(mechanism=mechanism, workload=workload, metric=metric)
