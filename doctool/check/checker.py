"""Findings about documents: what in them is no longer true, and where.

The right half of `refresh`, run backwards: document, records and source text in, findings out. Nothing is executed
and nothing is written; the template engine is only imported to show what an edited region should say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from doctool import document, render
from doctool.check.findings import Finding, State
from doctool.document import Document, ManagedRegion
from doctool.errors import DoctoolError, DocumentError, RecordError
from doctool.plan.pages import needs_of_region, unified_diff, vocabulary_of
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.records import Record
from doctool.render.sources import Source, collect_sources, digest_of
from doctool.vocabulary import Vocabulary


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
    def vocabulary(self) -> Vocabulary:
        """The project's words for metrics, variants, mechanisms and workloads."""
        return vocabulary_of(self.project.config)

    @cached_property
    def targets(self) -> Targets:
        """The source as it is now; the machine does not matter."""
        return Targets(self.project, {})

    @cached_property
    def _sources(self) -> dict[str, dict[str, Source]]:
        """The templates, by name, each with what it includes; read once however many regions use them."""
        return {}

    def _sources_of(self, template: str) -> dict[str, Source]:
        if template not in self._sources:
            self._sources[template] = collect_sources(template, self.project.template_directories)
        return self._sources[template]

    def check(self, name: str, data: bytes) -> tuple[Finding, ...]:
        """Return everything that is wrong with one document.

        Args:
            name: The document, relative to the project's root.
            data: Its bytes.
        """
        try:
            parsed = document.parse(data, name, self.vocabulary)
        except DoctoolError as problem:
            return (Finding(file=name, line=problem.line or 1, state=State.MALFORMED, message=problem.message),)
        findings = [
            *(finding for managed in parsed.regions for finding in self._check_region(parsed, managed)),
            *self._check_placeholders(parsed),
            *self._check_claims(parsed),
        ]
        return tuple(sorted(findings, key=lambda finding: finding.line))

    def diff(self, name: str, data: bytes) -> str:
        """Return what would change if the document were filled again from the records it shows."""
        parsed = document.parse(data, name, self.vocabulary)
        shown = {
            managed.id: self._records_of(managed)
            for managed in parsed.regions
            if managed.records and len(self._records_of(managed)) == len(managed.records)
        }
        rendered = _fill(self.project, parsed, shown)
        replacements = {
            managed.id: document.Replacement(
                text=rendered[managed.id].text,
                records=rendered[managed.id].records,
                template=rendered[managed.id].template,
            )
            for managed in parsed.regions
            if managed.id in rendered and not document.says_the_same(managed.text, rendered[managed.id].text)
        }
        return unified_diff(name, data, document.splice(parsed, replacements)) if replacements else ""

    def _check_region(self, parsed: Document, managed: ManagedRegion) -> Iterator[Finding]:
        def found(state: State, message: str, line: int = managed.line) -> Finding:
            return Finding(file=parsed.file, line=line, state=state, message=message, region=managed.id)

        remedy = f"run `doctool refresh {parsed.file}`"
        try:
            sources = self._sources_of(managed.region.template)
        except DocumentError as problem:
            yield found(State.MALFORMED, f"region {managed.id!r}: {problem.message}")
            return
        if not managed.is_rendered and not managed.text:
            yield found(State.UNMEASURED, f"region {managed.id!r} has never been filled; {remedy}")
            return
        try:
            records = self._records_of(managed)
        except RecordError as problem:
            yield found(State.ORPHANED, f"region {managed.id!r} shows a record that cannot be trusted: {problem}")
            return
        missing = [record_id for record_id in managed.records if record_id not in {record.id for record in records}]
        if document.is_edited(managed):
            yield self._describe_edit(parsed, managed, records if not missing else ())
        if missing:
            where = self.project.config.measurements
            yield found(
                State.ORPHANED,
                f"region {managed.id!r} shows record {', '.join(missing)}, which is not in {where}; "
                f"restore it, or {remedy}",
            )
            return
        if not self._is_as_before(parsed.file, managed):
            yield from (
                found(State.STALE_CODE, f"{reason}; {remedy}") for reason in self._stale(parsed, managed, records)
            )
        language = self.project.settings_of(parsed.file).language
        digest = digest_of(managed.region, language, sources)
        if digest != managed.template:
            yield found(
                State.STALE_TEMPLATE, f"the template or the layout of region {managed.id!r} has changed; {remedy}"
            )

    def _is_as_before(self, name: str, managed: ManagedRegion) -> bool:
        if name not in self.before:
            return False
        try:
            earlier = document.parse(self.before[name], name, self.vocabulary).regions
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
                yield f"region {managed.id!r} asks for {need}, and its records hold nothing about it"
            elif not all(target.is_about_same_code(record) for record in shown):
                yield (
                    f"the code or the settings of {need} have changed since record "
                    f"{', '.join(record.id for record in shown)} was measured"
                )

    def _describe_edit(self, parsed: Document, managed: ManagedRegion, records: tuple[Record, ...]) -> Finding:
        """Name the first line that differs from what the records say, if they are all there."""
        line, what = managed.line, f"region {managed.id!r} was edited by hand"
        if records and managed.is_rendered:
            shown = {region.id: self._records_of(region) for region in parsed.regions}
            rendered = _fill(self.project, parsed, shown)[managed.id]
            line, what = _first_difference(managed, rendered.text, what)
        return Finding(
            file=parsed.file,
            line=line,
            state=State.EDITED,
            message=f"{what}; its figures come from record {', '.join(managed.records) or 'none'} in "
            f"{self.project.config.measurements}. Undo the edit, or run `doctool refresh --force {parsed.file}` to "
            "write the measured values again",
            region=managed.id,
        )

    def _check_placeholders(self, parsed: Document) -> Iterator[Finding]:
        hints = {
            "code": "it is inside a code block, where doctool does not write; move the table out of it",
            "html": "it is inside HTML, where doctool does not write; make it a Markdown table",
            "estimate": "its author left it for a certain machine; "
            f"`doctool refresh --replace-estimates {parsed.file}` writes what can be measured",
        }
        for placeholder in (*parsed.placeholders, *document.postponed_in_regions(parsed)):
            remedy = hints.get(placeholder.place, f"run `doctool refresh {parsed.file}`")
            yield Finding(
                file=parsed.file,
                line=placeholder.line,
                state=State.UNMEASURED,
                message=f"{placeholder.text!r} still stands for a number nobody measured; {remedy}",
                is_warning=placeholder.place in hints,
            )

    def _check_claims(self, parsed: Document) -> Iterator[Finding]:
        level = self.project.config.claims
        if level == "off":
            return
        for claim in document.find_claims(parsed):
            if claim.allowed is None:
                yield Finding(
                    file=parsed.file,
                    line=claim.line,
                    state=State.UNBACKED,
                    message=f"'{claim.value} {claim.unit}' is not backed by a record; measure it, or say why it may "
                    "stand: <!-- doctool:allow REASON -->",
                    is_warning=level == "warn",
                )


def _fill(project: Project, parsed: Document, shown: Mapping[str, tuple[Record, ...]]) -> Mapping[str, render.Rendered]:
    from doctool.render.pages import fill_document  # noqa: PLC0415 - a page without an edit needs none of what it loads

    return fill_document(project, parsed, shown)


def _first_difference(managed: ManagedRegion, expected: str, what: str) -> tuple[int, str]:
    found_lines, expected_lines = managed.text.split("\n"), expected.split("\n")
    for index, found in enumerate(found_lines):
        should = expected_lines[index] if index < len(expected_lines) else ""
        if not document.says_the_same(found, should):
            return managed.text_line + index, f"{what}: found {found.strip()!r}, the records say {should.strip()!r}"
    return managed.text_line + len(found_lines), f"{what}: lines are missing at its end"
