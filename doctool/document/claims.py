"""Numbers with a performance unit that stand outside the regions.

Versions, dates, sizes of models and data, requirements and settings are not claims, as far as the words around them
tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from doctool.document import markdown
from doctool.document.claim_forms import (
    CLAIM,
    HARDWARE,
    LABELLED,
    MAY_BE_LABELLED,
    MAY_CLAIM,
    MEMORY_OF_MACHINE,
    MEMORY_TAKEN,
    MEMORY_WORDS,
    NOT_A_SHARE,
    NUMERIC,
    NUMERIC_CELL,
    PERCENT_BEFORE,
    PERFORMANCE_WORDS,
    REQUIREMENT_WORDS,
    SIZE_WORDS,
)
from doctool.document.kept import line_of_cell
from doctool.document.lines import decode
from doctool.document.markers import ALLOW
from doctool.document.outline import Outline
from doctool.document.parsing import Document
from doctool.document.placeholders import has_estimate_word, strip_unit
from doctool.document.sightings import visible_cell
from doctool.errors import DocumentError
from doctool.terms.metrics import METRICS
from doctool.vocabulary import Vocabulary, normalise

_MARKUP = re.compile(r"[*`\\]+")
_NEAR = 40
_DELIMITERS = re.compile(rb"[\s>|:*+0-9.)-]*-[\s>|:*+0-9.)-]*")
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|\n{2,}")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A number somebody states without a record.

    Args:
        line: Its line, counted from 1.
        value: As written.
        unit: As written; for a bare number in a table, the unit of its row or column.
        text: The sentence or the row around it.
        allowed: The reason of the `doctool:allow` comment that covers it, else None.
        is_estimate: Whether its author marked it as not measured.
    """

    line: int
    value: str
    unit: str
    text: str
    allowed: str | None = None
    is_estimate: bool = False


def find_claims(document: Document) -> tuple[Claim, ...]:
    """Return the numbers with a performance unit that no record backs, in the order of their lines.

    Those are all outside the regions, and inside them the cells that their author filled in himself.

    Raises:
        DocumentError: If a `doctool:allow` comment gives no reason.
    """
    reasons = _reasons(document)
    found = list(_in_kept_cells(document))
    if any(_may_claim(part, document.vocabulary) for part in document.outside):
        outline = document.outline
        found += [*_in_paragraphs(outline), *_in_html(outline), *_in_tables(outline, document.vocabulary)]
    allowed = {line: reason for (start, end), reason in reasons for line in range(start, end)}
    found = [replace(claim, allowed=allowed.get(claim.line - 1)) for claim in found]
    return tuple(sorted(found, key=lambda claim: claim.line))


def _may_claim(data: bytes, vocabulary: Vocabulary) -> bool:
    """Whether a part of a document may hold a claim; looks at the source without parsing it, and says yes in doubt."""
    may_claim = (
        MAY_CLAIM.search(data)
        or (b"%" in data and PERCENT_BEFORE.search(data))
        or any(word in data for word in (b"erplexity", b"ppl", b"PPL", b"erpleksite"))
    )
    text = _MARKUP.sub("", decode(data)).replace("&nbsp;", " ") if may_claim else ""
    for match in CLAIM.finditer(text):
        if match["perplexity"] or match["loss"] or match["rate"] or match["time"]:
            return True
        block = text[max(text.rfind("\n\n", 0, match.start()), 0) : text.find("\n\n", match.end()) % (len(text) + 1)]
        if "|" in block or _mentions(block, MEMORY_WORDS if match["bytes"] else PERFORMANCE_WORDS):
            return True
    if b"(" in data and MAY_BE_LABELLED.search(data) and LABELLED.search(_MARKUP.sub("", decode(data))):
        return True
    if b"|" not in data or not NUMERIC_CELL.search(data):
        return False
    return any(
        vocabulary.may_measure(cell) and _asked(_MARKUP.sub("", decode(cell)), vocabulary) for cell in _labels(data)
    )


def _labels(data: bytes) -> set[bytes]:
    """Return the cells that may label a row or a column: the first ones of each row, and all above a delimiter row."""
    found: set[bytes] = set()
    previous: list[bytes] = []
    for row in data.split(b"\n"):
        if b"|" not in row:
            previous = []
            continue
        if b"-" in row and _DELIMITERS.fullmatch(row):
            found.update(previous)
            continue
        previous = row.split(b"|")
        # In a quote or a list, the marks stand before the first pipe.
        found.update(previous[:2])
    return {cell.strip() for cell in found} - {b""}


def _reasons(document: Document) -> list[tuple[tuple[int, int], str]]:
    """Return what each `doctool:allow` comment covers: first line, line after the last, and the reason."""
    found = []
    for marker in document.markers:
        if marker.kind != ALLOW:
            continue
        reason = " ".join(marker.content.split())
        if not reason:
            raise DocumentError(
                "'doctool:allow' gives no reason; write one, such as '<!-- doctool:allow vendor data sheet -->'",
                file=document.file,
                line=marker.line + 1,
            )
        found.append((_covered(document.outline, marker.line, marker.last_line), reason))
    return found


def _covered(outline: Outline, line: int, last_line: int) -> tuple[int, int]:
    for table in outline.tables:
        if table.start <= line < table.end:
            return (line, line + 1)
    for paragraph in outline.paragraphs:
        if paragraph.start <= line < paragraph.end:
            return (paragraph.start, paragraph.end)
    following = [block for block in outline.blocks if block[0] > last_line]
    first = min((start for start, _ in following), default=0)
    return max((block for block in following if block[0] == first), default=(0, 0))


def _in_paragraphs(outline: Outline) -> Iterator[Claim]:
    for paragraph in outline.paragraphs:
        if any(char.isdigit() for char in paragraph.content):
            text = "\n".join(markdown.visible_lines(paragraph.content, outline.env, markdown.Shown.LINKS))
            yield from _in_text(text, paragraph.start)


def _in_html(outline: Outline) -> Iterator[Claim]:
    for literal in outline.literals:
        if literal.kind == "html":
            text = re.sub(
                r"<!--.*?(?:-->|$)", lambda match: re.sub(r"[^\n]", " ", match[0]), literal.content, flags=re.DOTALL
            )
            yield from _in_text(re.sub(r"<[^<>]*>", " ", text), literal.start)


def _in_text(text: str, first_line: int) -> Iterator[Claim]:
    with_unit = list(CLAIM.finditer(text))
    taken = {place for match in with_unit for place in range(match.start(), match.end())}
    labelled = [match for match in LABELLED.finditer(text) if match.start("value") not in taken]
    for match in (*with_unit, *labelled):
        start, end = _sentence(text, match.start(), match.end())
        sentence = text[start:end]
        before = text[max(start, match.start() - _NEAR) : match.start()]
        judge = _is_labelled_claim if match.re is LABELLED else _is_claim
        if not judge(match, sentence, before, text[match.end() : min(end, match.end() + _NEAR)]):
            continue
        value, unit = _value_and_unit(match)
        yield Claim(
            line=first_line + text.count("\n", 0, match.start()) + 1,
            value=value,
            unit=unit,
            text=" ".join(sentence.split()),
            is_estimate=has_estimate_word(sentence),
        )


def _is_labelled_claim(match: re.Match[str], sentence: str, before: str, after: str) -> bool:
    near = before + " " + after
    if _mentions(near, REQUIREMENT_WORDS):
        return False
    if match["bytes"]:
        is_about_memory = _mentions(sentence, MEMORY_WORDS)
        return is_about_memory and not _mentions(near, SIZE_WORDS) and not HARDWARE.search(near)
    if match["percent"]:
        return _mentions(sentence, PERFORMANCE_WORDS) and not _mentions(near, NOT_A_SHARE)
    return bool(match["rate"]) or match["time"] != "s" or _mentions(sentence, PERFORMANCE_WORDS)


def _value_and_unit(match: re.Match[str]) -> tuple[str, str]:
    if match.re is LABELLED:
        return match["value"], next(match[kind] for kind in ("rate", "time", "bytes", "percent") if match[kind])
    if match["before"]:
        return match["before"].lstrip("% "), "%"
    if match["perplexity"]:
        return match["perplexity"], "perplexity"
    kinds = ("rate", "time", "bytes", "percent", "times", "fold", "loss")
    return match["value"], next(match[kind] for kind in kinds if match[kind])


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    left = max((found.end() for found in _SENTENCE_END.finditer(text, 0, start)), default=0)
    right = next((found.start() for found in _SENTENCE_END.finditer(text, end)), len(text))
    return left, right


@lru_cache(maxsize=8)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + ")")


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return bool(_any_of(words).search(normalise(text)))


def _is_claim(match: re.Match[str], sentence: str, before: str, after: str) -> bool:
    near = before + " " + after
    if _mentions(near, REQUIREMENT_WORDS) or re.search(r"[≥≤]\s?$|>=\s?$|<=\s?$", before):
        return False
    if match["perplexity"] or match["loss"] or match["rate"]:
        return True
    if match["time"]:
        return match["time"] != "s" or " " in match[0] or "." in match[0] or _mentions(sentence, PERFORMANCE_WORDS)
    if match["bytes"]:
        is_about_memory = _mentions(sentence, MEMORY_WORDS)
        return is_about_memory and not _mentions(near, SIZE_WORDS) and not HARDWARE.search(near)
    if match["times"] and HARDWARE.match(after.lstrip()):
        return False
    return _mentions(sentence, PERFORMANCE_WORDS) and not _mentions(near, NOT_A_SHARE)


class _Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as a reader sees it: with its labels, its whole row, and the words above the table."""

    line: int
    text: str
    label: str
    header: str
    row: str
    above: str = ""


def _in_tables(outline: Outline, vocabulary: Vocabulary) -> Iterator[Claim]:
    for table in outline.tables:
        headers = [visible_cell(cell, outline.env, markdown.Shown.LINKS) for cell in table.header.cells]
        above = f"{table.caption} {' '.join(heading.text for heading in table.headings[-1:])}"
        for row in table.rows:
            cells = [visible_cell(cell, outline.env, markdown.Shown.LINKS) for cell in row.cells]
            for header, text in zip(headers[1:], cells[1:], strict=True):
                cell = _Cell(
                    line=row.line + 1, text=text, label=cells[0], header=header, row=" | ".join(cells), above=above
                )
                yield from _in_cell(cell, vocabulary)


def _in_kept_cells(document: Document) -> Iterator[Claim]:
    """Yield the claims among the cells that regions keep as their author filled them in."""
    for managed in document.regions:
        for label, cells in managed.region.keep.items():
            for header, text in cells.items():
                shown, label_shown, header_shown = (
                    visible_cell(part, {}, markdown.Shown.LINKS) for part in (text, label, header)
                )
                row = f"{label_shown} | {shown}"
                line = line_of_cell(managed, label, text)
                cell = _Cell(line=line, text=shown, label=label_shown, header=header_shown, row=row)
                yield from _in_cell(cell, document.vocabulary)


def _in_cell(cell: _Cell, vocabulary: Vocabulary) -> Iterator[Claim]:
    is_required = _mentions(f"{cell.label} {cell.header}", REQUIREMENT_WORDS)
    if is_required or not any(char.isdigit() for char in cell.text) or _is_of_machine(cell):
        return
    if _counts_parameters(cell.label, vocabulary) or _counts_parameters(cell.header, vocabulary):
        return
    asked = _asked(cell.label, vocabulary) or _asked(cell.header, vocabulary)
    is_estimate = has_estimate_word(f"{cell.header} {cell.text}")
    numeric = NUMERIC.fullmatch(cell.text.strip())
    if numeric and asked:
        yield Claim(line=cell.line, value=numeric["value"], unit=asked, text=cell.row, is_estimate=is_estimate)
        return
    about = asked is not None or _is_change(cell.header, vocabulary) or _is_change(cell.label, vocabulary)
    around = f"{cell.label} {cell.header} {cell.above} {cell.text}"
    for match in CLAIM.finditer(cell.text):
        is_ratio = match["before"] or match["percent"] or match["times"] or match["fold"]
        if (is_ratio and about) or _is_claim(match, around, cell.text[: match.start()], cell.text[match.end() :]):
            value, unit = _value_and_unit(match)
            yield Claim(line=cell.line, value=value, unit=unit, text=cell.row, is_estimate=is_estimate)


def _is_of_machine(cell: _Cell) -> bool:
    """Whether the cell says how much memory a machine has, not how much of it something takes."""
    is_memory = _mentions(cell.header, MEMORY_OF_MACHINE) and not _mentions(cell.header, MEMORY_TAKEN)
    return is_memory and bool(HARDWARE.search(cell.label))


def _counts_parameters(label: str, vocabulary: Vocabulary) -> bool:
    return any(meaning.metric == "parameters" for meaning in vocabulary.meanings(strip_unit(label)[0]))


def _asked(label: str, vocabulary: Vocabulary) -> str | None:
    """Return the unit in which a label has its numbers read, None if it names no measured quantity."""
    words, unit = strip_unit(label)
    metric = next((meaning.metric for meaning in vocabulary.meanings(words) if meaning.metric), None)
    if unit:
        return unit
    return METRICS[metric].shown_in if metric else None


def _is_change(label: str, vocabulary: Vocabulary) -> bool:
    return any(meaning.arm == "change" for meaning in vocabulary.meanings(strip_unit(label)[0]))
