"""Render the regions of a whole document, with verdicts corrected over all the records it shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from doctool import statistics
from doctool.document import Document, ManagedRegion
from doctool.errors import DocumentError, RecordError
from doctool.project import Project
from doctool.records import Comparison, Record
from doctool.render import figures
from doctool.render.given import Facts
from doctool.render.region_text import Rendered, render_region
from doctool.system import files
from doctool.system.reading import inside_of
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
    def _pictures(self) -> dict[str, str]:
        drawn = {
            record_id: picture_of(self.project, self.document.file, each) for record_id, each in self._shown.items()
        }
        return {record_id: picture for record_id, picture in drawn.items() if picture is not None}


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
    link = os.path.relpath(path, (project.root / name).parent).replace(os.sep, "/")
    return f"![{figures.alt_text(record, project.settings_of(name).language)}]({link})"


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
