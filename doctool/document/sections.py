"""Where a region stands: the heading above it, as a link leads there."""

from __future__ import annotations

import re

from doctool.document.markdown import Shown, visible_lines
from doctool.document.parsing import Document
from doctool.document.region import ManagedRegion

_DROPPED = re.compile(r"[^\w\- ]")


def anchor_above(document: Document, managed: ManagedRegion) -> str:
    """Return the anchor of the nearest heading above a region, as code hosts make it; empty without a heading."""
    found, seen = "", dict[str, int]()
    for paragraph in document.outline.paragraphs:
        if paragraph.is_heading:
            if paragraph.start >= managed.line - 1:
                break
            words = " ".join(visible_lines(paragraph.content, document.outline.env, Shown.EVERYTHING))
            slug = _DROPPED.sub("", words.strip().lower()).replace(" ", "-")
            number = seen.get(slug, 0)
            seen[slug] = number + 1
            found = f"{slug}-{number}" if number else slug
    return found
