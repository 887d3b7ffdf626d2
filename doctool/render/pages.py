"""Render the regions of a whole document, with verdicts corrected over all the records it shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from doctool import statistics
from doctool.document import Document, ManagedRegion, Region, parse
from doctool.document.sections import anchor_above
from doctool.errors import ConfigError, DocumentError, RecordError
from doctool.project import Project
from doctool.records import Comparison, Record
from doctool.render import figures
from doctool.render.forest import Drawing
from doctool.render.given import Facts
from doctool.render.region_text import Rendered, render_region
from doctool.render.sources import collect_sources, own_template_names
from doctool.render.whole import SUMMARY, Whole, choose_teller, look_over
from doctool.system import files
from doctool.system.reading import DOCUMENT_BYTES, PICTURE_BYTES, inside_of, read_file
from doctool.terms.metrics import metric_of


def verdicts_of(records: Iterable[Record]) -> dict[tuple[str, str], Comparison]:
    """Correct the headline comparisons of all records a document shows, together.

    Returns:
        The corrected comparisons by record id and metric.
    """
    comparisons = {
        (record.id, key): result.comparison
        for record in records
        for key, result in record.metrics.items()
        if result.comparison is not None and metric_of(key).is_headline
    }
    return statistics.correct_together(comparisons)


class DocumentRenderer(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Renders the regions of one document.

    Args:
        project: Whose templates, curves and language are used.
        document: The document, placeholders already adopted.
        records: What each region shows, by region id. Verdicts are corrected over all of them together.
    """

    project: Project
    document: Document
    records: Mapping[str, tuple[Record, ...]]

    @classmethod
    def of_shown(cls, project: Project, document: Document) -> DocumentRenderer:
        """Return what renders the regions from the records they name, as far as all of a region's can be trusted."""
        whole = {}
        for managed in document.regions:
            try:
                found = [project.records.get(record_id) for record_id in managed.records]
            except RecordError:
                continue
            records = tuple(record for record in found if record is not None)
            if len(records) == len(found) and (managed.is_rendered or managed.text):
                whole[managed.id] = records
        return cls(project=project, document=document, records=whole)

    def render(self, managed: ManagedRegion) -> Rendered:
        """Render one region; asked again, it gives the same.

        Raises:
            DocumentError: If the region asks for something its template cannot show; with file and line.
            ConfigError: If a template is faulty; with its file and line.
        """
        # What is asked, and not the name: regions may ask the same.
        asked = repr(managed.region), tuple(record.id for record in self.records[managed.id])
        if asked not in self._rendered:
            self._rendered[asked] = self._render(managed)
        return self._rendered[asked]

    @cached_property
    def _rendered(self) -> dict[tuple[str, tuple[str, ...]], Rendered]:
        return {}

    def _render(self, managed: ManagedRegion) -> Rendered:
        facts = Facts(
            records=self.records[managed.id],
            verdicts=self._verdicts,
            mechanisms=self.document.vocabulary.mechanisms,
            pictures=self._pictures,
            whole=self._whole,
            tells=managed.id == self._teller,
            section_of=lambda mechanism: self._sections.get(mechanism, ""),
            figures=self._figures,
        )
        language = self.project.settings_of(self.document.file).language
        try:
            return render_region(managed.region, facts, language, self.project.template_directories)
        except DocumentError as problem:
            raise DocumentError(
                f"region {managed.id!r}: {problem.message}",
                file=problem.file or self.document.file,
                line=problem.line or managed.line,
            ) from problem

    @cached_property
    def _shown(self) -> dict[str, Record]:
        return {record.id: record for group in self.records.values() for record in group}

    @cached_property
    def _verdicts(self) -> dict[tuple[str, str], Comparison]:
        return verdicts_of(self._shown.values())

    @cached_property
    def _whole(self) -> Whole:
        shown = [(one.region, self.records[one.id]) for one in self.document.regions if one.id in self.records]
        return look_over(shown, self.document.vocabulary.mechanisms)

    @cached_property
    def _teller(self) -> str | None:
        return choose_teller(self.document.regions, self.records, self._can_tell)

    def _can_tell(self, template: str) -> bool:
        """Whether a template, or one that it includes, prints what holds for all tables."""
        if template not in self._tellers:
            try:
                sources = collect_sources(template, self.project.template_directories)
            except (ConfigError, DocumentError):
                # The region that names it is malformed, and says so itself.
                sources = {}
            self._tellers[template] = any("common()" in source.text for source in sources.values())
        return self._tellers[template]

    @cached_property
    def _tellers(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _sections(self) -> Mapping[str, str]:
        """Where each mechanism is told of: on this page, or else on another of its language."""
        return find_sections(self.project, self.document)

    @cached_property
    def _figures(self) -> str:
        return link_between(self.project, self.document.file, self.project.root / self.project.config.figures)

    @cached_property
    def _pictures(self) -> dict[str, str]:
        drawn = {
            record_id: picture_of(self.project, self.document.file, each) for record_id, each in self._shown.items()
        }
        return {record_id: picture for record_id, picture in drawn.items() if picture is not None}


def is_summary(region: Region, template_directories: tuple[Path, ...]) -> bool:
    """Whether a region is rendered by the shipped template of that name."""
    return region.template == SUMMARY and SUMMARY not in own_template_names(template_directories)


def fill_document(project: Project, parsed: Document, records: Mapping[str, tuple[Record, ...]]) -> dict[str, Rendered]:
    """Render all regions that have records; arguments and errors as in `DocumentRenderer`."""
    renderer = DocumentRenderer(project=project, document=parsed, records=records)
    return {managed.id: renderer.render(managed) for managed in parsed.regions if managed.id in records}


def picture_path(project: Project, name: str, record: Record) -> Path | None:
    """Return where the curves of a record belong for a document's language; None if it has none."""
    if record.training is None:
        return None
    return figures.figure_path(record, project.root / project.config.figures, project.settings_of(name).language)


def picture_of(project: Project, name: str, record: Record) -> str | None:
    """Return the Markdown image of a record's curves as seen from a document, if they have been drawn."""
    path = picture_path(project, name, record)
    if path is None or not path.is_file():
        return None
    link = link_between(project, name, path)
    return f"![{figures.alt_text(record, project.settings_of(name).language)}]({link})"


def link_between(project: Project, name: str, path: Path) -> str:
    """Return where a path is as seen from a document."""
    return os.path.relpath(path, (project.root / name).parent).replace(os.sep, "/")


def find_sections(project: Project, document: Document) -> dict[str, str]:
    """Return, by mechanism, the link from a document to the heading of the first region that is about it.

    A mechanism that the document itself has no region about is looked for on the listed pages of its language.
    """
    found = _sections_of(document, "")
    language = project.settings_of(document.file).language
    for name, settings in project.config.documents.items():
        if name == document.file or settings.language != language:
            continue
        try:
            data = read_file(project.root / name, inside=project.root, limit=DOCUMENT_BYTES)
            other = parse(data, name, document.vocabulary)
        except (OSError, DocumentError):
            # Another page's faults are told where that page is checked.
            continue
        link = link_between(project, document.file, project.root / name)
        found = {**_sections_of(other, link), **found}
    return found


def _sections_of(document: Document, link: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for managed in document.regions:
        name = managed.region.mechanism
        if name is not None and name not in found:
            anchor = anchor_above(document, managed)
            if anchor or link:
                found[name] = f"{link}#{anchor}" if anchor else link
    return found


def drawing_path(project: Project, drawing: Drawing) -> Path:
    """Return where a picture that is drawn with a region belongs."""
    return project.root / project.config.figures / drawing.name


def is_drawn(project: Project, drawing: Drawing) -> bool:
    """Whether the file of a picture is there, and is what the records give."""
    try:
        found = read_file(drawing_path(project, drawing), inside=project.root, limit=PICTURE_BYTES)
    except OSError:
        return False
    # A checkout may have given it other line ends.
    return found.replace(b"\r\n", b"\n") == drawing.data


def draw_pictures(project: Project, name: str, records: Iterable[Record]) -> None:
    """Draw the curves that a document is going to show and that are not there yet.

    Raises:
        DoctoolError: If matplotlib is not installed.
    """
    for record in records:
        path = picture_path(project, name, record)
        if path is not None and not path.exists():
            inside_of(path, project.root)
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(path, figures.draw_training(record, project.settings_of(name).language))
