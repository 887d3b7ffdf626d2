"""Turns the tables and lines that leave numbers open into managed regions, and says what it could not turn into one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from doctool.document.address import BASELINE, SLOT, Address, parse_address
from doctool.document.context import read_headings
from doctool.document.insertion import Change, apply_changes, with_ids
from doctool.document.kept import open_estimates
from doctool.document.lines import continuation
from doctool.document.mapping import map_table
from doctool.document.measurable import why_not_measured
from doctool.document.metadata import MetadataLine, Run, UnknownLine, find_runs, is_blank_between, read_metadata
from doctool.document.outline import Table
from doctool.document.parsing import Document
from doctool.document.placeholders import Open, has_estimate_word, is_estimate
from doctool.document.region import Region, RegionError, decode_region, encode_region
from doctool.document.sides import Problem, UnmappableError, no_mechanism
from doctool.document.sightings import open_cells, postponed_cells, visible_cell

HINTS = {
    "code": "it is inside a code block, where doctool does not write; move the table out of it",
    "html": "it is inside HTML, where doctool does not write; make it a Markdown table",
    "front": "it is in the front matter, where doctool does not write; fill it in by hand",
}


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Something that looks like an open number and was not touched.

    Args:
        line: Its line in the document before adoption, counted from 1.
        text: What stands there.
        reason: Why it was left, and what to do.
        nearest: Known names that look like it.
        kind: `unmapped`, `code`, `html`, `front` or `estimate`.
        cells: Lines and columns of the open cells it keeps as they are; column 0 is that of the labels.
    """

    line: int
    text: str
    reason: str
    nearest: tuple[str, ...] = ()
    kind: str = "unmapped"
    cells: tuple[tuple[int, int], ...] = ()


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """What came of adopting a document.

    Args:
        document: The document with empty regions in place of what was understood.
        adopted: Ids of the new regions.
        left: What was not understood.
        taken: Lines of the document before adoption that became regions, from 0, the last one exclusive.
    """

    document: Document
    adopted: tuple[str, ...]
    left: tuple[Left, ...]
    taken: tuple[tuple[int, int], ...] = ()


def adopt(document: Document, *, replace_estimates: bool = False, only: Mapping[str, Region] | None = None) -> Adoption:
    """Turn what a document leaves open into empty regions.

    Args:
        document: A parsed document.
        replace_estimates: Take numbers that their author marked as estimates for placeholders too.
        only: Adopt nothing but what becomes one of these regions, by id.

    Raises:
        DocumentError: If the document is nested too deeply to be read.
    """
    if replace_estimates and document.regions:
        document = open_estimates(document)
    if b"|" not in document.data and not document.placeholders:
        return Adoption(document=document, adopted=(), left=())
    left: list[Left] = []
    changes = _changes(document, left, replace_estimates=replace_estimates)
    named = {
        name: change
        for name, change in with_ids(document, changes).items()
        if only is None or only.get(name) == change.region
    }
    adopted = apply_changes(document, named)
    if adopted is None:
        named, adopted = _apply_one_by_one(document, named, left)
    left += [
        Left(line=found.line, text=found.text, reason=HINTS[found.place], kind=found.place)
        for found in document.placeholders
        if found.place in HINTS
    ]
    return Adoption(
        document=adopted,
        adopted=tuple(named),
        left=tuple(sorted(left, key=lambda item: item.line)),
        taken=tuple((change.start, change.end) for change in named.values()),
    )


def _changes(document: Document, left: list[Left], *, replace_estimates: bool) -> list[Change]:
    outline, vocabulary = document.outline, document.vocabulary
    found = list(read_metadata(outline, document.lines, vocabulary))
    runs = list(find_runs([line for line in found if isinstance(line, MetadataLine)], document.lines))
    left.extend(_left_line(line, document) for line in found if isinstance(line, UnknownLine))
    changes: list[Change] = []
    for table in outline.tables:
        run = next((run for run in runs if _is_above(run, table, document)), None)
        opened = open_cells(table, outline.env, vocabulary)
        estimates = _estimates(table, opened, document)
        if replace_estimates:
            opened = {**opened, **estimates}
        else:
            left.extend(_left_estimate(table, place) for place in estimates)
        change = (
            _change_table(document, table, opened, run, left, takes_estimates=replace_estimates) if opened else None
        )
        if change:
            changes.append(change)
        elif run:
            left.extend(
                Left(
                    line=line.line + 1,
                    text=document.lines.text(line.line).strip(),
                    reason="the line describes the table below, which was left alone",
                )
                for line in run.lines
            )
        if run:
            runs.remove(run)
    changes += [change for run in runs for change in _change_lines(document, run, left)]
    return sorted(changes, key=lambda change: change.start)


def _is_above(run: Run, table: Table, document: Document) -> bool:
    inner = continuation(table.prefix)
    return (
        run.end <= table.start
        and continuation(run.lines[0].outer).rstrip() == inner.rstrip()
        and len(continuation(run.lines[0].outer)) == len(inner)
        and is_blank_between(document.lines, run.end, table.start)
    )


def _estimates(table: Table, opened: Mapping[tuple[int, int], Open], document: Document) -> dict[tuple[int, int], Open]:
    """Return the cells that are marked as not measured, there or in their column's header."""
    env = document.outline.env
    found = {}
    postponed = set(postponed_cells(table, env, document.vocabulary))
    headers = [has_estimate_word(visible_cell(cell, env)) for cell in table.header.cells]
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells[1:], start=1):
            visible = visible_cell(cell, env)
            is_marked = (
                is_estimate(visible)
                or (number, column) in postponed
                or (headers[column] and any(char.isdigit() for char in visible))
            )
            if is_marked and (number, column) not in opened:
                found[number, column] = Open(tokens=(visible,), is_strong=True)
    return found


def _left_estimate(table: Table, place: tuple[int, int]) -> Left:
    row = table.rows[place[0]]
    return Left(
        line=row.line + 1,
        text=row.cells[place[1]],
        reason="its author marked this as not measured; `--replace-estimates` has it measured",
        kind="estimate",
    )


def _left_line(line: UnknownLine, document: Document) -> Left:
    text = document.lines.text(line.line).strip()
    if line.is_lazy:
        return Left(line=line.line + 1, text=text, reason=_LAZY)
    if not line.is_labelled:
        return Left(line=line.line + 1, text=text, reason=_IN_SENTENCE)
    if line.reason:
        return Left(line=line.line + 1, text=text, reason=line.reason)
    words = line.label if 0 < len(line.label.split()) < 5 else line.token.strip("[]{}<>")
    return Left(
        line=line.line + 1,
        text=text,
        reason=f"nothing is known by the name {words!r}; use a known one, or add it under 'aliases: metadata' "
        "in doctool.yaml",
        nearest=document.vocabulary.nearest(words, ("key", "metric"))
        or document.vocabulary.nearest(line.label, ("key", "metric")),
    )


def _change_table(
    document: Document,
    table: Table,
    opened: Mapping[tuple[int, int], Open],
    run: Run | None,
    left: list[Left],
    *,
    takes_estimates: bool,
) -> Change | None:
    try:
        mapped = map_table(table, opened, document.outline.env, document.vocabulary, takes_estimates=takes_estimates)
    except UnmappableError as refused:
        left.extend(_left_problems(refused.problems))
        return None
    region = mapped.region
    start, prefix = table.start, table.prefix
    about = (region.mechanism, region.workload)
    if run is not None and all(_is_measurable(line, *about, document, left) for line in run.lines):
        region = msgspec.structs.replace(region, lines=run.texts())
        start, prefix = run.start, run.lines[0].outer
    change = Change(start=start, end=table.end, region=region, prefix=prefix)
    if not _can_be_written(region):
        left.append(Left(line=table.start + 1, text=table.header.cells[0], reason=_UNWRITABLE))
        return None
    left.extend(_left_problems(mapped.problems))
    return change


_LAZY = "its paragraph continues a list or a quote without the blanks or the '>' in front; write them"
_IN_SENTENCE = (
    "it stands in a sentence, where no number is filled in; write it behind a name (`Latency: [X] ms`) or in a table"
)
_UNWRITABLE = "its labels hold characters that cannot be written into a comment; rewrite them in UTF-8"


def _can_be_written(region: Region) -> bool:
    try:
        return decode_region(encode_region(region)) == region
    except (RegionError, UnicodeEncodeError):
        return False


def _left_problems(problems: tuple[Problem, ...]) -> Iterator[Left]:
    """Say each reason once, however many cells it keeps open."""
    by_reason: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        by_reason.setdefault((problem.kind, problem.reason), []).append(problem)
    for (kind, reason), found in by_reason.items():
        line, text = found[0].about or (found[0].line, found[0].text)
        yield Left(
            line=line + 1,
            text=text,
            reason=reason,
            kind=kind,
            cells=tuple((problem.line + 1, problem.column) for problem in found),
        )


def _change_lines(document: Document, run: Run, left: list[Left]) -> Iterator[Change]:
    """Turn metadata lines with no table of their own into a region."""
    context = read_headings(run.lines[0].headings, document.vocabulary)
    mechanism = context.mechanism
    if any(line.has_metric for line in run.lines) and mechanism is None and context.stranger is None:
        others = [name for name in document.vocabulary.mechanisms if name != BASELINE]
        if BASELINE in document.vocabulary.mechanisms:
            mechanism = BASELINE
        elif len(others) == 1:
            mechanism = others[0]
    if any(line.has_metric for line in run.lines) and mechanism is None:
        shown = document.lines.text(run.start).strip()
        left.append(Left(line=run.start + 1, text=shown, reason=no_mechanism("line", context)))
        return
    workload = context.workload
    if workload is None and any(line.has_metric for line in run.lines):
        workload = next(iter(document.vocabulary.workloads_of.get(mechanism or "", ())), None)
    good = [line for line in run.lines if _is_measurable(line, mechanism, workload, document, left)]
    for part in find_runs(good, document.lines):
        region = Region(template="environment", mechanism=mechanism, workload=workload, lines=part.texts())
        if _can_be_written(region):
            yield Change(start=part.start, end=part.end, region=region, prefix=part.lines[0].outer)
        else:
            shown = document.lines.text(part.start).strip()
            left.append(Left(line=part.start + 1, text=shown, reason=_UNWRITABLE))


def _is_measurable(
    line: MetadataLine, mechanism: str | None, workload: str | None, document: Document, left: list[Left]
) -> bool:
    """Whether what a line asks for can be measured, as far as the settings tell; if not, it is said why."""
    names = (document.vocabulary.mechanisms, document.vocabulary.workloads)
    for slot in SLOT.finditer(line.text):
        if not slot[1]:
            continue
        asked = Address(mechanism=mechanism, workload=workload).combined(parse_address(slot[1], *names))
        reason = why_not_measured(asked, document.vocabulary) if asked.metric else None
        if reason:
            left.append(Left(line=line.line + 1, text=document.lines.text(line.line).strip(), reason=reason))
            return False
    return True


def _apply_one_by_one(
    document: Document, named: Mapping[str, Change], left: list[Left]
) -> tuple[dict[str, Change], Document]:
    """Make the changes that can be made; a comment at the others' place would change what the lines after it are."""
    made: dict[str, Change] = {}
    after = document
    for name, change in named.items():
        tried = apply_changes(document, {**made, name: change})
        if tried is None:
            left.append(
                Left(
                    line=change.start + 1,
                    text=document.lines.text(change.start).strip(),
                    reason="a comment here would change how the lines after it are read; put a blank line around the "
                    "table or the line",
                )
            )
        else:
            made[name], after = change, tried
    return made, after
