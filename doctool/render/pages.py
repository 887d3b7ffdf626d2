"""Render a whole document: one rendering per region, verdicts corrected over all of them together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from doctool import statistics
from doctool.document import Document
from doctool.errors import DocumentError
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


def fill_document(project: Project, page: Document, records: Mapping[str, tuple[Record, ...]]) -> dict[str, Rendered]:
    """Render the regions that have records.

    Args:
        project: Whose templates, curves and language are used.
        page: The document, placeholders already adopted.
        records: What each region shows, by region id.

    Raises:
        DocumentError: If a region asks for something its template cannot show; with file and line.
        ConfigError: If a template is faulty; with its file and line.
    """
    shown = {record.id: record for group in records.values() for record in group}
    language = project.settings_of(page.file).language
    verdicts = verdicts_of(shown.values())
    mechanisms = page.vocabulary.mechanisms
    drawn = {record.id: picture_of(project, page.file, record) for record in shown.values()}
    pictures = {record_id: picture for record_id, picture in drawn.items() if picture is not None}
    filled = {}
    for managed in page.regions:
        if managed.id in records:
            facts = Facts(records=records[managed.id], verdicts=verdicts, mechanisms=mechanisms, pictures=pictures)
            try:
                filled[managed.id] = render_region(managed.region, facts, language, project.template_directories)
            except DocumentError as problem:
                raise DocumentError(
                    f"region {managed.id!r}: {problem.message}",
                    file=problem.file or page.file,
                    line=problem.line or managed.line,
                ) from problem
    return filled


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
