"""Every number that a document leaves open, and what has to happen for it to be filled."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from doctool.document.adopt import HINTS, adopt
from doctool.document.kept import open_in_regions
from doctool.document.parsing import Document
from doctool.document.sightings import Placeholder

_MOST_REASONS = 500
"""Of thousands of them nobody reads each reason."""
_MANY = "`doctool refresh {file}` fills what it understands, and says why not of the rest"
_NOWHERE = "doctool cannot fill it where it stands; write it behind the name of a quantity, or in a table of them"


def find_unfilled(document: Document) -> tuple[Placeholder, ...]:
    """Return the numbers left open, in the order of their lines.

    Those without a reason are filled by the next refresh; the others say why they are not, and what to do.

    Raises:
        DocumentError: If the document is nested too deeply to be read.
    """
    found = [*_outside(document), *open_in_regions(document)]
    return tuple(sorted(found, key=lambda placeholder: placeholder.line))


def _outside(document: Document) -> Iterator[Placeholder]:
    if len(document.placeholders) > _MOST_REASONS:
        for found in document.placeholders:
            yield replace(found, reason=HINTS.get(found.place) or _MANY.format(file=document.file))
        return
    if not document.placeholders:
        return
    adoption = adopt(document)
    by_cell: dict[tuple[int, int], tuple[str, str]] = {}
    by_line: dict[int, str] = {}
    for left in adoption.left:
        hint = f" (did you mean {' or '.join(map(repr, left.nearest))}?)" if left.nearest else ""
        by_cell.update(dict.fromkeys(left.cells, (left.reason + hint, left.kind)))
        if left.kind == "unmapped" and not left.cells:
            by_line[left.line] = left.reason + hint
    for found in document.placeholders:
        is_taken = any(start < found.line <= end for start, end in adoption.taken)
        otherwise = by_line.get(found.line, "" if is_taken or found.place == "estimate" else _NOWHERE)
        if found.place in HINTS:
            yield replace(found, reason=HINTS[found.place])
        elif found.place == "line":
            yield replace(found, reason=otherwise)
        else:
            reason, kind = by_cell.get((found.line, found.column), (otherwise, found.place))
            yield replace(found, reason=reason, place="estimate" if kind == "estimate" else found.place)
