"""What becomes of a page: its new bytes, computed before anything is written."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from doctool import document
from doctool.document import ManagedRegion, Replacement
from doctool.document.address import SLOT
from doctool.errors import DocumentError
from doctool.measure.recorder import Parts, make_record
from doctool.plan import SELFTEST, Target
from doctool.plan.pages import Page, needs_of_region, unified_diff
from doctool.plan.selection import Selection
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import Record, Refusal, Source
from doctool.render.forest import Drawing
from doctool.render.pages import fill_document
from doctool.render.sources import collect_sources
from doctool.workload import NO_TIME


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


def ensure_fillable(project: Project, page: Page, selection: Selection, targets: Targets) -> None:
    """Fill the page with records that hold nothing: what it asks for and cannot be given is told before it is measured.

    Raises:
        DocumentError: If a region asks for something its template cannot show; with file and line.
        ConfigError: If a template is faulty; with its file and line.
    """
    stand_ins = {}
    for managed in page.document.regions:
        if managed.id in selection.replaced:
            needs = needs_of_region(managed, project.config, page.name)
            stand_ins[managed.id] = tuple(_stand_in(targets.of(need)) for need in needs if need.mechanism != SELFTEST)
    fill_document(project, page.document, stand_ins)


def _stand_in(target: Target) -> Record:
    parts = Parts(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_s=0.0,
        environment=target.environment,
        status=target.status,
        refusal=Refusal(reason=NO_TIME),
    )
    return make_record(target, Source(digest=target.digest), parts)


def outline_of(managed: ManagedRegion, blank: str = "…") -> str:
    """Return what a region will look like, without a figure in it."""
    region = managed.region
    lines = [SLOT.sub(lambda slot: blank if slot[1] else slot[0], line) for line in region.lines]
    if region.rows and region.columns:
        rows = [
            (label, *(region.keep.get(label, {}).get(name, blank) for name in region.columns)) for label in region.rows
        ]
        table = [(region.corner, *region.columns), ("---",) * (len(region.columns) + 1), *rows]
        lines += ["", *(f"| {' | '.join(cells)} |" for cells in table)]
    return "\n".join(lines or [blank]).strip("\n")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A document and what becomes of it.

    Args:
        page: The document as read.
        data: Its new bytes.
        records: The records its regions show now.
        filled: Ids of the regions that were written anew.
        drawings: The pictures that its regions show and that are drawn with them.
    """

    page: Page
    data: bytes
    records: tuple[Record, ...]
    filled: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether the bytes differ."""
        return self.data != self.page.data

    def diff(self) -> str:
        """Return the change as a unified diff."""
        return unified_diff(self.page.name, self.page.data, self.data)


def fill_page(project: Project, page: Page, selection: Selection) -> Change:
    """Compute the new bytes of a page. Text that already says the same stays, however a formatter laid it out."""
    page = page.without(selection.waiting)
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
    drawings = {drawing.name: drawing for one in rendered.values() for drawing in one.drawings}
    return Change(
        page=page,
        data=data,
        records=tuple(shown.values()),
        filled=tuple(replacements),
        drawings=tuple(drawings.values()),
    )
