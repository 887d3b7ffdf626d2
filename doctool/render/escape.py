"""Text from machines, records and authors, made safe inside Markdown.

A GPU may be called `A|B`, and a crash may print `-->`: neither may break a table, a region or the page.
"""

from __future__ import annotations

import re

MARKS = "\ufdd0-\ufdef"
"""Code points that are never text (Unicode noncharacters); `trace` uses them, so none may come in from outside."""

_UNPRINTABLE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{MARKS}\ud800-\udfff]+")
_SPECIAL = re.compile(r"[\\`*_\[\]|~$<>]|&(?=[#\w])|(?<=\w)://|@(?=\w)")
_COMMENT = re.compile(r"<!--(?!-?>)(?:(?!<!--|-->|doctool:(?!allow\b)).)*-->")
_BREAK = re.compile(r"(?: {2,}|\\|<br\s*/?>\s*)$", re.IGNORECASE)
_BLOCK = re.compile(r"\s*(?:[-*+]\s|\d{1,9}[.)]\s|#{1,6}\s|[>|]|```|~~~|<(?!br\b)[/a-z!])", re.IGNORECASE)
"""The beginnings of what is no line of a paragraph."""
_ENTITIES = {"<": "&lt;", ">": "&gt;", "://": "&#58;//"}


def plain(text: str) -> str:
    """Return `text` on one line, without control characters, stripped."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def escape(text: str) -> str:
    """Return Markdown that shows `text` literally, in a table cell or in a line of its own."""
    text = _SPECIAL.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), plain(text))
    if re.match(r"\d+[.)](?:\s|$)", text):
        return re.sub(r"[.)]", r"\\\g<0>", text, count=1)
    return f"\\{text}" if re.match(r"[#+=-]", text) else text


def code(text: str) -> str:
    """Return `text` as a code span, which shows everything literally."""
    text = plain(text).replace("<!--", "<! --").replace("-->", "-- >")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def keep_in_line(markdown: str) -> str:
    """Return the author's own Markdown on one line, changed only where it would end the region.

    A comment that is closed stays one, unless it could be taken for a marker.
    """
    text = re.sub(rf"[{MARKS}\x00]", "\ufffd", markdown)
    text = re.sub(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+", " ", text)
    pieces, position = [], 0
    for comment in _COMMENT.finditer(text):
        pieces += [_end_no_comment(text[position : comment.start()]), comment[0]]
        position = comment.end()
    return "".join([*pieces, _end_no_comment(text[position:])])


def _end_no_comment(text: str) -> str:
    return text.replace("<!--", "&lt;!--").replace("-->", "--&gt;")


def break_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return an author's lines so that each stays a line of its own wherever Markdown is shown.

    Two blanks at the end would be taken away by editors, and a backslash is not understood everywhere.
    """
    following = (*lines[1:], "")
    return tuple(
        f"{line}<br />" if line.strip() and after.strip() and not _is_broken(line, after) else line
        for line, after in zip(lines, following, strict=False)
    )


def _is_broken(line: str, after: str) -> bool:
    """Whether a line ends where it is, by its own end or by what comes after it."""
    return _BREAK.search(line) is not None or any(_BLOCK.match(text) for text in (line, after))


def keep_in_cell(markdown: str) -> str:
    """Return the author's own Markdown, changed only where it would end the cell, the table or the region."""
    return end_no_cell(keep_in_line(markdown))


def end_no_cell(markdown: str) -> str:
    """Escape the pipes that are not escaped yet, and strip; every cell goes through this last."""
    return re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", markdown).strip()
