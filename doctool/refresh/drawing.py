"""The pictures that documents show: drawn before a page is filled, written beside it, removed when none shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from doctool import git
from doctool.errors import DoctoolError
from doctool.plan.pages import Page
from doctool.plan.selection import Notice, Selection
from doctool.project import Project
from doctool.refresh.filling import Change
from doctool.render.pages import draw_pictures, drawing_path, is_drawn
from doctool.system import files
from doctool.system.reading import DOCUMENT_BYTES, inside_of, read_file

_OURS = re.compile(r"(?:.+-training|summary)-[0-9a-f]{8}\.(?:tr|en)\.svg")
"""Names of the pictures that doctool draws; any of them can be drawn again from the records."""


def draw(project: Project, pages: Sequence[Page], selections: Sequence[Selection]) -> list[Notice]:
    """Draw the training curves; without the library for it, the documents are filled all the same."""
    notices = []
    for page, selection in zip(pages, selections, strict=True):
        try:
            draw_pictures(project, page.name, [record for group in selection.records.values() for record in group])
        except DoctoolError as problem:
            notices.append(Notice(file=page.name, line=1, message=problem.message))
    return notices


def write_drawings(project: Project, changes: Iterable[Change]) -> None:
    """Write the pictures that were drawn with the regions, those that are already there excepted."""
    for change in changes:
        for drawing in change.drawings:
            if not is_drawn(project, drawing):
                path = drawing_path(project, drawing)
                inside_of(path, project.root)
                path.parent.mkdir(parents=True, exist_ok=True)
                files.write_bytes(path, drawing.data)


def leftovers(project: Project, changed: Iterable[str], texts: Sequence[bytes]) -> tuple[Path, ...]:
    """Return the pictures of doctool's that nothing shows any more.

    Args:
        project: The project.
        changed: The documents that are being written.
        texts: What becomes of them, in the work tree and in the commit.
    """
    directory = project.root / project.config.figures
    found = {path.name: path for path in directory.glob("*.svg") if _OURS.fullmatch(path.name)}
    if not found:
        return ()
    known = [*texts, *_other_texts(project, frozenset(changed))]
    return tuple(path for name, path in found.items() if not any(name.encode() in text for text in known))


def _other_texts(project: Project, changed: frozenset[str]) -> Iterator[bytes]:
    """Yield whatever else may show a picture: the listed documents and every file that git tracks."""
    tracked = (path.as_posix() for path in git.tracked_paths(project.root, "*"))
    for name in dict.fromkeys((*project.config.documents, *tracked)):
        if name in changed:
            continue
        try:
            yield read_file(project.root / name, inside=project.root, limit=DOCUMENT_BYTES)
        except OSError:
            # What cannot be read here, such as a huge file or a link that leads elsewhere, is no page.
            continue


def remove(paths: Iterable[Path]) -> None:
    """Remove pictures from the work tree."""
    for path in paths:
        path.unlink(missing_ok=True)
