"""Numbers that no record backs: outside the regions of a page, and inside them where nobody vouches for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from msgspec.structs import replace

from doctool import document
from doctool.document import Claim, Document, ManagedRegion
from doctool.document.lines import encode
from doctool.errors import DoctoolError
from doctool.render import Rendered
from doctool.render.pages import DocumentRenderer


def find_claims(parsed: Document, renderer: DocumentRenderer) -> tuple[Claim, ...]:
    """Return the numbers with a performance unit that no record backs, in the order of their lines.

    Args:
        parsed: The document.
        renderer: Renders its regions; what it cannot render is left to the other findings about the region.

    Raises:
        DocumentError: If a `doctool:allow` comment gives no reason.
    """
    found = [*document.find_claims(parsed)]
    read = lru_cache(maxsize=None)(partial(_in_text, parsed))  # regions share labels and sentences
    for managed in parsed.regions:
        if managed.id in renderer.records:
            try:
                rendered = renderer.render(managed)
            except DoctoolError:
                continue
            found += _in_region(parsed, managed, rendered, read)
    return tuple(sorted(found, key=lambda claim: claim.line))


def _in_region(
    parsed: Document, managed: ManagedRegion, rendered: Rendered, read: Callable[[str], tuple[Claim, ...]]
) -> Iterator[Claim]:
    """Yield what labels, lines, kept cells and the template itself claim in a region."""
    lines = rendered.unvouched.split("\n")
    found = [(claim.line - 1, claim) for claim in read(rendered.unvouched)]
    for label in (managed.region.corner, *managed.region.columns, *managed.region.rows):
        # In a table of the author's own a label is no claim; in a region it stands under doctool's seal.
        place = next((number for number, line in enumerate(lines) if label in line), 0)
        found += [(place, claim) for claim in read(label)]
    for place, claim in found:
        line = min(managed.text_line + place, managed.end_line)
        yield replace(claim, line=line, allowed=parsed.allowed.get(line - 1))


def _in_text(parsed: Document, text: str) -> tuple[Claim, ...]:
    return document.find_claims(document.parse(encode(text), parsed.file, parsed.vocabulary))
