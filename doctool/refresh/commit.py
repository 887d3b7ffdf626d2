"""The commit after a refresh: documents, their records and figures, and a message that says what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from doctool import document, git
from doctool.document import Document, ManagedRegion
from doctool.errors import DocumentError, GitError
from doctool.plan.selection import Notice
from doctool.project import Project
from doctool.records import OFF, ON, Comparison, Record, encode
from doctool.records.store import signature_path
from doctool.refresh.drawing import leftovers, remove
from doctool.refresh.filling import Change
from doctool.render.pages import drawing_path, picture_path, verdicts_of
from doctool.system.reading import PICTURE_BYTES, SETTINGS_BYTES, read_file
from doctool.terms.metrics import METRICS, metric_of
from doctool.terms.units import format_percent, format_quantity


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants to say in the commit.

    Args:
        subject: Subject line; None takes the usual one.
        signoff: Whether to add a Signed-off-by trailer.
    """

    subject: str | None = None
    signoff: bool = False


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a commit.

    Args:
        commit: Its full id; None when nothing differed from the last commit.
        left: The regions that are written and not committed, since their author has not committed his own part.
    """

    commit: str | None
    left: tuple[Notice, ...] = ()


def commit(project: Project, changes: Iterable[Change], wording: Wording) -> Committed:
    """Commit the documents as written, with the records they show, and nothing else.

    Edits of the author's own in a document stay uncommitted: what is committed is the committed text with the new
    regions in it. A region that does not fit into it, and the records that only it shows, are not committed either.

    Raises:
        GitError: If git refuses, or the regions cannot be put into the committed text; the files stay as they are.
    """
    listed = list(changes)
    rewriters = {change.page.name: _rewriter(project, change) for change in listed}
    rewrites: dict[Path, git.Rewrite | None] = {change.page.path: rewriters[change.page.name] for change in listed}
    committed = git.committed_contents(project.root, [change.page.name for change in listed])
    new_texts = {name: rewrite(committed[name]) if name in committed else None for name, rewrite in rewriters.items()}
    records: dict[str, Record] = {}
    left: list[Notice] = []
    for change in listed:
        name = change.page.name
        text = new_texts[name]
        shown = _regions_of(project, name, change.data if text is None else text)
        left += _left_out(_regions_of(project, name, change.data), shown, name)
        ids = {record_id for managed in shown.values() for record_id in managed.records}
        for record in change.records:
            if record.id in ids:
                records[record.id] = record
                rewrites |= _files_of(project, name, record)
    before = {record.id: record for name, data in committed.items() for record in _shown_before(project, name, data)}
    new = [record for record_id, record in sorted(records.items()) if record_id not in before]
    for change in listed:
        rewrites |= {drawing_path(project, drawing): drawing.data for drawing in change.drawings}
    texts = [text for change in listed for text in (change.data, new_texts[change.page.name]) if text is not None]
    unshown = leftovers(project, new_texts, texts)
    remove(unshown)
    tracked = {project.root / path for path in git.tracked_paths(project.root, f"{project.config.figures}/*.svg")}
    rewrites |= dict.fromkeys(tracked.intersection(unshown))
    message = git.build_message(
        list(_headlines(before.values(), records.values())),
        git.Provenance(
            records=tuple(record.id for record in new),
            hardware=tuple(sorted({_hardware(record) for record in new})),
            measured_commits=tuple(sorted({record.source.commit for record in new if record.source.commit})),
        ),
        subject=wording.subject,
        documents=[name for name, text in new_texts.items() if text is None or text != committed[name]],
    )
    made = git.commit_paths(project.root, rewrites, message, signoff=wording.signoff)
    return Committed(commit=made.commit, left=tuple(left))


def _regions_of(project: Project, name: str, data: bytes) -> dict[str, ManagedRegion]:
    regions = document.parse(data, name, project.vocabulary).regions
    return {managed.id: managed for managed in regions if managed.is_rendered}


def _left_out(
    written: Mapping[str, ManagedRegion], committed: Mapping[str, ManagedRegion], name: str
) -> Iterator[Notice]:
    for key, managed in written.items():
        if key not in committed or committed[key].records != managed.records:
            yield Notice(
                file=name,
                line=managed.line,
                message=f"region {key!r} is written, and neither it nor its records are committed: the text that it "
                "stands in is not committed itself; commit your own edit, then refresh again",
            )


def _files_of(project: Project, name: str, record: Record) -> dict[Path, git.Rewrite]:
    """Return what is committed with a record that a document shows: its file, its signature, its curves."""
    path = project.records.path_of(record)
    found: dict[Path, git.Rewrite] = {path: encode(record)}
    signature, picture = signature_path(path), picture_path(project, name, record)
    if signature.is_file():
        found[signature] = read_file(signature, inside=project.root, limit=SETTINGS_BYTES)
    if picture is not None and picture.is_file():
        found[picture] = read_file(picture, inside=project.root, limit=PICTURE_BYTES)
    return found


def _rewriter(project: Project, change: Change) -> Callable[[bytes], bytes]:
    """Make the function that puts this document's new regions into another version of its text."""
    vocabulary = project.vocabulary
    name = change.page.name
    written = document.parse(change.data, name, vocabulary)
    # What a person edited was left as it is, and it is not ours to commit.
    filled = {each.id: each for each in written.regions if each.is_rendered and not document.is_edited(each)}
    layouts = {key: managed.region for key, managed in filled.items()}

    def rewrite(version: bytes) -> bytes:
        if version == change.page.data:
            return change.data
        try:
            # A table that the author has taken out or changed, and not committed so, stays as it was committed.
            adopted = document.adopt(document.parse(version, name, vocabulary), only=layouts).document
            same = [managed.id for managed in adopted.regions if managed.region == layouts.get(managed.id)]
            spliced = document.splice(adopted, {key: _replacement(filled[key]) for key in same})
            return _with_layouts(document.parse(spliced, name, vocabulary), written)
        except DocumentError as problem:
            raise GitError(
                f"the regions cannot be put into the committed version of this document ({problem.message}); "
                "commit your own edits first, or use --no-commit",
                file=name,
            ) from problem

    return rewrite


def _with_layouts(version: Document, written: Document) -> bytes:
    """Take over the regions of which the author has changed the layout, begin comments included."""
    new = {each.id: each for each in written.regions if each.is_rendered and not document.is_edited(each)}
    data = version.data
    for managed in reversed(version.regions):
        if managed.id in new and managed.region != new[managed.id].region:
            start, end = new[managed.id].span
            data = data[: managed.span[0]] + written.data[start:end] + data[managed.span[1] :]
    return data


def _replacement(managed: ManagedRegion) -> document.Replacement:
    return document.Replacement(text=managed.text, records=managed.records)


def _shown_before(project: Project, name: str, committed: bytes) -> Iterable[Record]:
    try:
        shown = document.parse(committed, name, project.vocabulary).regions
    except DocumentError:
        return
    for record_id in dict.fromkeys(record_id for managed in shown for record_id in managed.records):
        record = project.records.get(record_id)
        if record is not None:
            yield record


def _headlines(before: Iterable[Record], after: Iterable[Record]) -> Iterable[git.Headline]:
    """Name the headline figures of every record that is shown now and was not before."""
    old = {(record.mechanism, record.workload): record for record in before}
    new = list(after)
    verdicts = verdicts_of(new)
    for record in new:
        previous = old.get((record.mechanism, record.workload))
        if previous is not None and previous.id == record.id:
            continue
        if record.refusal is not None:
            yield git.Headline(
                what=f"{record.mechanism}, {record.workload}",
                old=None,
                new="not measured",
                verdict=record.refusal.reason,
            )
            continue
        for key in record.metrics:
            if metric_of(key).is_headline:
                yield _headline(record, key, previous, verdicts)


def _headline(
    record: Record, key: str, previous: Record | None, verdicts: Mapping[tuple[str, str], Comparison]
) -> git.Headline:
    comparison = verdicts.get((record.id, key))
    return git.Headline(
        what=f"{record.mechanism}, {record.workload}, {key.replace('_', ' ')}",
        old=_value(previous, key) if previous else None,
        new=_value(record, key) or "not measured",
        verdict=comparison.verdict.value if comparison else None,
    )


def _value(record: Record, key: str) -> str | None:
    """Return the change where there is one to speak of, else the arm's own value."""
    result = record.metrics.get(key)
    if result is None or not result.arms:
        return None
    unit = METRICS[metric_of(key).name].shown_in
    estimate = result.arms.get(ON) or result.arms[OFF]
    text = format_quantity(estimate.value, unit, "en")
    if result.comparison is not None:
        text += f" ({format_percent(result.comparison.change, 1, 'en', signed=True)})"
    return text


def _hardware(record: Record) -> str:
    return str(record.environment.get("gpu") or record.environment.get("cpu", "unknown"))
