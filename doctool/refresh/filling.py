"""What becomes of a page: its new bytes, computed before anything is written."""

from __future__ import annotations

import msgspec

from doctool import document
from doctool.document import Replacement
from doctool.errors import DocumentError
from doctool.plan.pages import Page, unified_diff
from doctool.plan.selection import Selection
from doctool.project import Project
from doctool.records import Record
from doctool.render.pages import fill_document
from doctool.render.sources import collect_sources


def ensure_templates(project: Project, page: Page) -> None:
    """Find the templates of all regions, so that a misspelt one is told before anything is measured.

    Raises:
        DocumentError: If a region names one that does not exist; with file and line.
        ConfigError: If a template cannot be read, or includes one that does not exist.
    """
    for managed in page.document.regions:
        try:
            collect_sources(managed.region.template, project.template_directories)
        except DocumentError as problem:
            raise DocumentError(
                f"region {managed.id!r}: {problem.message}", file=page.name, line=managed.line
            ) from problem


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A document and what becomes of it.

    Args:
        page: The document as read.
        data: Its new bytes.
        records: The records its regions show now.
    """

    page: Page
    data: bytes
    records: tuple[Record, ...]

    @property
    def is_change(self) -> bool:
        """Whether the bytes differ."""
        return self.data != self.page.data

    def diff(self) -> str:
        """Return the change as a unified diff."""
        return unified_diff(self.page.name, self.page.data, self.data)


def fill_page(project: Project, page: Page, selection: Selection) -> Change:
    """Compute the new bytes of a page. Text that already says the same stays, however a formatter laid it out."""
    rendered = fill_document(project, page.document, selection.records)
    replacements = {}
    for managed in page.document.regions:
        if managed.id not in selection.replaced:
            continue
        new = rendered[managed.id]
        if managed.is_rendered and managed.records == new.records and document.says_the_same(managed.text, new.text):
            continue
        replacements[managed.id] = Replacement(text=new.text, records=new.records)
    shown = {record.id: record for group in selection.records.values() for record in group}
    data = document.splice(page.document, replacements) if replacements else page.data
    return Change(page=page, data=data, records=tuple(shown.values()))
