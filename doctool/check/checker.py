"""Findings about documents: what in them is no longer true, and where.

The right half of `refresh` again: every region is rendered from its records and its template, and what stands on the
page must be what comes out. None of the measured code is run, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from doctool import document
from doctool.check.claims import find_claims
from doctool.check.contrast import Contrast, contrast
from doctool.check.findings import Finding, State
from doctool.check.labels import find_mislabelled
from doctool.document import Document, ManagedRegion
from doctool.environment import is_comparable
from doctool.errors import ConfigError, DoctoolError, DocumentError, RecordError
from doctool.plan import Need, Target, newest
from doctool.plan.pages import needs_of_region, unified_diff
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import Record
from doctool.render import Rendered
from doctool.render.pages import DocumentRenderer, is_drawn
from doctool.render.sources import collect_sources


class Checker(msgspec.Struct, frozen=True, dict=True):
    """Checks documents of one project; what they share is read once.

    Args:
        project: The project.
        before: Versions of documents that were committed with the same code, settings and records. Regions that ask
            and show the same as there are not asked again whether the code has changed.
    """

    project: Project
    before: Mapping[str, bytes] = msgspec.field(default_factory=dict)

    @cached_property
    def targets(self) -> Targets:
        """The source as it is now; the machine does not matter."""
        return Targets(self.project, {})

    def check(self, name: str, data: bytes) -> tuple[Finding, ...]:
        """Return everything that is wrong with one document.

        Args:
            name: The document, relative to the project's root.
            data: Its bytes.
        """
        try:
            parsed = document.parse(data, name, self.project.vocabulary)
            renderer = DocumentRenderer.of_shown(self.project, parsed)
            findings = [
                *self._check_regions(parsed, renderer),
                *self._check_placeholders(parsed),
                *self._check_claims(parsed, renderer),
            ]
        except DocumentError as problem:
            return (Finding(file=name, line=problem.line or 1, state=State.MALFORMED, message=problem.message),)
        return tuple(sorted(findings, key=lambda finding: finding.line))

    def diff(self, name: str, data: bytes) -> str:
        """Return what would change if the document were filled again from the records it shows."""
        parsed = document.parse(data, name, self.project.vocabulary)
        renderer = DocumentRenderer.of_shown(self.project, parsed)
        replacements = {}
        for managed in parsed.regions:
            if managed.id in renderer.records:
                rendered = renderer.render(managed)
                if not document.says_the_same(managed.text, rendered.text):
                    replacements[managed.id] = document.Replacement(text=rendered.text, records=rendered.records)
        return unified_diff(name, data, document.splice(parsed, replacements)) if replacements else ""

    def _check_regions(self, parsed: Document, renderer: DocumentRenderer) -> Iterator[Finding]:
        # Verdicts are corrected over all records of a page: with one missing, the others would not read as they did.
        is_whole = all(managed.id in renderer.records for managed in parsed.regions if managed.records)
        for managed in parsed.regions:
            found = list(self._check_records(parsed, managed))
            if not found:
                found += self._check_text(managed, renderer if is_whole else None, parsed)
            yield from found
            if managed.id in renderer.records:
                yield from self._check_labels(parsed, managed, renderer.records[managed.id])
            if managed.id in renderer.records and not self._is_as_before(parsed.file, managed):
                yield from self._check_code(parsed, managed, renderer.records[managed.id])

    def _check_records(self, parsed: Document, managed: ManagedRegion) -> Iterator[Finding]:
        remedy = f"run `doctool refresh {parsed.file}`"
        try:
            self._ensure_template(managed.region.template)
        except DocumentError as problem:
            yield _finding(parsed, managed, State.MALFORMED, f"region {managed.id!r}: {problem.message}")
            return
        if not managed.is_rendered and not managed.text:
            message = f"region {managed.id!r} has never been filled; {remedy}"
            yield _finding(parsed, managed, State.UNMEASURED, message)
            return
        try:
            records = {record.id for record in self._records_of(managed)}
        except RecordError as problem:
            message = f"region {managed.id!r} shows a record that cannot be trusted: {problem}"
            yield _finding(parsed, managed, State.ORPHANED, message)
            return
        missing = [record_id for record_id in managed.records if record_id not in records]
        if missing:
            where = self.project.config.measurements
            message = (
                f"region {managed.id!r} shows record {', '.join(missing)}, which is not in {where}; "
                f"restore it, or {remedy}"
            )
            yield _finding(parsed, managed, State.ORPHANED, message)
            if document.is_edited(managed):
                yield self._edited(parsed, managed, None)

    def _ensure_template(self, name: str) -> None:
        if name not in self._templates:
            collect_sources(name, self.project.template_directories)
            self._templates.add(name)

    @cached_property
    def _templates(self) -> set[str]:
        """Those that were found."""
        return set()

    def _check_text(
        self, managed: ManagedRegion, renderer: DocumentRenderer | None, parsed: Document
    ) -> Iterator[Finding]:
        """Compare what stands in a region with what its records and its template give.

        Args:
            managed: The region.
            renderer: Renders it; None if a record of the page is missing, so that only its digest can be asked.
            parsed: The document.
        """
        if renderer is None:
            if document.is_edited(managed):
                yield self._edited(parsed, managed, None)
            return
        try:
            rendered = renderer.render(managed)
        except (DocumentError, ConfigError) as problem:
            is_here = problem.file in {None, parsed.file}
            message = problem.message if is_here else str(problem)
            yield _finding(parsed, managed, State.MALFORMED, message, problem.line if is_here else None)
            return
        difference = contrast(managed, rendered)
        if difference is None:
            yield from self._check_drawings(parsed, managed, rendered)
            return
        if document.is_edited(managed):
            yield self._edited(parsed, managed, difference)
        else:
            message = (
                f"region {managed.id!r} is not what its records and its template give now: {difference}; "
                f"run `doctool refresh {parsed.file}`"
            )
            yield _finding(parsed, managed, State.STALE_TEMPLATE, message, difference.line)

    def _check_drawings(self, parsed: Document, managed: ManagedRegion, rendered: Rendered) -> Iterator[Finding]:
        for drawing in rendered.drawings:
            if not is_drawn(self.project, drawing):
                where = f"{self.project.config.figures}/{drawing.name}"
                message = (
                    f"region {managed.id!r} shows {where}, and that file is not the picture its records give; "
                    f"run `doctool refresh {parsed.file}`"
                )
                yield _finding(parsed, managed, State.STALE_TEMPLATE, message)

    def _check_labels(self, parsed: Document, managed: ManagedRegion, records: Sequence[Record]) -> Iterator[Finding]:
        lines = managed.text.split("\n")
        for label, wrong in find_mislabelled(managed, records, parsed.vocabulary):
            place = next((number for number, line in enumerate(lines) if label in line), 0)
            line = min(managed.text_line + place, managed.end_line)
            if parsed.allowed.get(line - 1) is None:
                message = f"region {managed.id!r}: {wrong}; mend one of them, or say why: <!-- doctool:allow REASON -->"
                yield _finding(parsed, managed, State.MISLABELLED, message, line)

    def _check_code(self, parsed: Document, managed: ManagedRegion, records: Sequence[Record]) -> Iterator[Finding]:
        for reason in self._stale(parsed, managed, records):
            message = f"{reason}; run `doctool refresh {parsed.file}`"
            yield _finding(parsed, managed, State.STALE_CODE, message)

    def _is_as_before(self, name: str, managed: ManagedRegion) -> bool:
        if name not in self.before:
            return False
        try:
            earlier = document.parse(self.before[name], name, self.project.vocabulary).regions
        except DoctoolError:
            return False
        return any((one.region, one.records) == (managed.region, managed.records) for one in earlier)

    def _records_of(self, managed: ManagedRegion) -> tuple[Record, ...]:
        found = (self.project.records.get(record_id) for record_id in managed.records)
        return tuple(record for record in found if record is not None)

    def _stale(self, parsed: Document, managed: ManagedRegion, records: Sequence[Record]) -> Iterator[str]:
        """Say which of the region's needs are no longer answered by the records it shows."""
        for need in needs_of_region(managed, self.project.config, parsed.file):
            shown = [
                record for record in records if (record.mechanism, record.workload) == (need.mechanism, need.workload)
            ]
            target = self.targets.of(need)
            if not shown:
                yield f"region {managed.id!r} asks for {need}, but its records hold nothing about it"
            elif not all(target.is_about_same_code(record) for record in shown):
                changed = dict.fromkeys(name for record in shown for name in target.changed_inputs(record))
                what = f"{', '.join(changed)}, which {need} read," if changed else f"the code or the settings of {need}"
                was = "has" if len(changed) == 1 else "have"
                yield f"{what} {was} changed since record {', '.join(record.id for record in shown)} was measured"
            else:
                yield from self._later_records(managed, need, shown, target)

    def _later_records(
        self, managed: ManagedRegion, need: Need, shown: Sequence[Record], target: Target
    ) -> Iterator[str]:
        """Name the record that should be shown instead: measured later, of the same code, on a comparable machine."""
        try:
            stored = tuple(self.project.records.about(need.mechanism, need.workload))
        except RecordError:
            # Of a record that no page shows, only `verify` speaks.
            return
        for record in shown:
            # Two refusals of the same code say the same, whichever was made last.
            if record.refusal is not None:
                continue
            rivals = [
                each
                for each in stored
                if each.refusal is None
                and datetime.fromisoformat(each.started) > datetime.fromisoformat(record.started)
                and target.is_about_same_code(each)
                and each.protocol == record.protocol
                and is_comparable(each.environment, record.environment)
            ]
            best = newest((record, *rivals))
            if best is not None and best.id != record.id:
                yield (
                    f"region {managed.id!r} shows record {record.id}, and {best.id} of {need} was measured later on a "
                    "comparable machine"
                )

    def _edited(self, parsed: Document, managed: ManagedRegion, difference: Contrast | None) -> Finding:
        what = f": {difference}" if difference is not None else ""
        message = (
            f"region {managed.id!r} was edited by hand{what}; its figures come from record "
            f"{', '.join(managed.records) or 'none'} in {self.project.config.measurements}. Undo the edit, or run "
            f"`doctool refresh --force {parsed.file}` to write the measured values again"
        )
        return _finding(parsed, managed, State.EDITED, message, difference.line if difference is not None else None)

    def _check_placeholders(self, parsed: Document) -> Iterator[Finding]:
        for placeholder in document.find_unfilled(parsed):
            remedy = placeholder.reason or f"run `doctool refresh {parsed.file}`"
            if placeholder.place == "estimate" and not placeholder.reason:
                remedy = (
                    "its author meant it for a particular machine; "
                    f"`doctool refresh --replace-estimates {parsed.file}` writes what can be measured"
                )
            yield Finding(
                file=parsed.file,
                line=placeholder.line,
                state=State.UNMEASURED,
                message=f"{placeholder.text!r} still stands for a number nobody measured; {remedy}",
                is_warning=placeholder.place in {"code", "html", "front", "estimate"},
            )

    def _check_claims(self, parsed: Document, renderer: DocumentRenderer) -> Iterator[Finding]:
        level = self.project.config.claims
        if level == "off":
            return
        for claim in find_claims(parsed, renderer):
            if claim.allowed is None:
                yield Finding(
                    file=parsed.file,
                    line=claim.line,
                    state=State.UNBACKED,
                    message=f"'{claim.quantity}' is not backed by a record; measure it, or say why it may "
                    "stand: <!-- doctool:allow REASON -->",
                    is_warning=level == "warn",
                )


def _finding(parsed: Document, managed: ManagedRegion, state: State, message: str, line: int | None = None) -> Finding:
    return Finding(file=parsed.file, line=line or managed.line, state=state, message=message, region=managed.id)
