"""What the report shows, collected from documents, records, source and history; nothing is laid out here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from doctool import document, git
from doctool.compare.history import Series, history_of
from doctool.errors import GitError, RecordError, UsageError
from doctool.plan.pages import read_document
from doctool.plan.targets import Targets
from doctool.project import Project
from doctool.project.config import BASELINE, Language
from doctool.records import Comparison, Record
from doctool.render.effects import DRAWN
from doctool.render.pages import verdicts_of
from doctool.system.reading import SOURCE_BYTES, read_file
from doctool.terms.mechanism import Evidence, Status


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the source that is evidence of something: what can be seen there, and the line itself."""

    evidence: Evidence
    source: str


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A mechanism, or the baseline.

    Args:
        name: Its name in doctool.yaml.
        label: As pages of the language call it.
        status: How far it has come; None for the baseline.
        places: The evidence of it.
        records: What the documents show of it.
        series: Its times over the commits.
    """

    name: str
    label: str
    status: Status | None
    places: tuple[Place, ...]
    records: tuple[Record, ...]
    series: tuple[Series, ...]


class Gathered(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that a report shows.

    Args:
        project: The project.
        language: Of its words.
        records: Every record that a document shows.
    """

    project: Project
    language: Language
    records: tuple[Record, ...]

    @cached_property
    def verdicts(self) -> Mapping[tuple[str, str], Comparison]:
        """The comparisons, corrected over everything that the report shows."""
        return verdicts_of(self.records)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The mechanisms of doctool.yaml, in its order."""
        detections = Targets(self.project, {}).detections
        subjects = []
        for name in self.project.config.mechanisms:
            records = tuple(record for record in self.records if record.mechanism == name)
            detection = detections.get(name)
            probed = [one.status for one in records if one.status in {Status.EFFECTIVE, Status.INERT}]
            found = detection.status if detection is not None else None
            subjects.append(
                Subject(
                    name=name,
                    label=self.label(name),
                    status=None if name == BASELINE else next(iter(probed), found),
                    places=tuple(map(self._place, detection.evidence if detection is not None else ())),
                    records=records,
                    series=tuple(self._series(name)) if records else (),
                )
            )
        return tuple(subjects)

    def label(self, name: str) -> str:
        """Return what pages of the language call a mechanism or a workload."""
        return self.project.config.labels.get(self.language, {}).get(name, name)

    @cached_property
    def commit(self) -> str:
        """The commit that is checked out; empty without one."""
        return git.head_commit(self.project.root) or "" if git.repository_root(self.project.root) else ""

    def _place(self, evidence: Evidence) -> Place:
        try:
            data = read_file(self.project.root / evidence.file, inside=self.project.root, limit=SOURCE_BYTES)
        except OSError:
            return Place(evidence=evidence, source="")
        lines = data.decode("utf-8", "replace").splitlines()
        return Place(evidence=evidence, source=lines[evidence.line - 1].strip() if evidence.line <= len(lines) else "")

    def _series(self, name: str) -> Iterator[Series]:
        """Yield the times of a mechanism over the commits; without history there are none."""
        for metric in DRAWN:
            try:
                yield from history_of(self.project, name, metric).series
            except (UsageError, GitError):
                continue


def gather(project: Project, language: Language, names: Iterable[str]) -> Gathered:
    """Collect what a report shows.

    Args:
        project: The project.
        language: Of its words.
        names: The documents whose records it is about.

    Raises:
        DocumentError: If a document is malformed, or cannot be read.
        RecordError: If a record that a document shows is missing, or was changed after it was written.
    """
    records: dict[str, Record] = {}
    for name in names:
        for managed in document.parse(read_document(project, name), name, project.vocabulary).regions:
            for record_id in managed.records:
                record = project.records.get(record_id)
                if record is None:
                    raise RecordError(
                        f"record {record_id} is not in {project.config.measurements}; restore it, or run "
                        f"`doctool refresh {name}`",
                        file=name,
                        line=managed.line,
                    )
                records[record_id] = record
    return Gathered(project=project, language=language, records=tuple(records.values()))
