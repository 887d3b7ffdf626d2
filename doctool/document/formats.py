"""What makes a kind of document differ from plain Markdown: its front matter, and the form of its comments.

A document is read through a view of the same length, in which front matter is blank and doctool's comments have the
form of HTML. Offsets in the view are those in the bytes, and what is written goes into the bytes.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from doctool.document.lines import BOM, split_lines
from doctool.errors import DocumentError

_MARKDOWN = frozenset({"", ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx", ".qmd", ".rmd"})
_MDX = ".mdx"
_FENCE = re.compile(rb"(?:---|\+\+\+)[ \t]*(?=\r?\n)")
_CLOSING = {
    b"---": re.compile(rb"\n(?:---|\.\.\.)[ \t]*(?=\r?\n|\Z)"),
    b"+++": re.compile(rb"\n\+\+\+[ \t]*(?=\r?\n|\Z)"),
}
_SETTING = re.compile(rb"[ \t]*(?:[\w\"'.-][^:=\r\n]*[:=](?:\s|$)|-[ \t]|[{\[])")
_VISIBLE = re.compile(rb"[^\r\n]")
_MDX_COMMENT = re.compile(rb"\{/\* (doctool:(?:begin|end|allow)(?=\s)(?:(?!\*/).)*)\*/\}", re.DOTALL)
_ESCAPED_END = "*\\u002f"


def ensure_supported(file: str) -> None:
    """Refuse a document that is not written in Markdown, by its name.

    Raises:
        DocumentError: If its ending is that of another format.
    """
    suffix = PurePosixPath(file).suffix.lower()
    if suffix not in _MARKDOWN:
        raise DocumentError(
            f"{suffix} is not Markdown, and doctool writes its tables and comments in Markdown only; convert the "
            "document, or move its tables into a .md or .mdx file",
            file=file,
        )


def is_mdx(file: str) -> bool:
    """Whether a document's comments are those of MDX, in which HTML's do not compile."""
    return PurePosixPath(file).suffix.lower() == _MDX


def view_of(data: bytes, file: str) -> bytes:
    """Return the document as the Markdown parser is to see it, byte for byte in the same places."""
    end = front_matter_end(data)
    seen = _VISIBLE.sub(b" ", data[:end]) + data[end:] if end else data
    if end and data.startswith(BOM):
        seen = BOM + seen[len(BOM) :]
    return _MDX_COMMENT.sub(rb"<!--\1-->", seen) if is_mdx(file) else seen


def front_matter_end(data: bytes) -> int:
    """Return the offset behind a document's front matter, 0 if it has none.

    A rule at the very beginning opens it only if settings follow at once, and another rule closes it.
    """
    start = len(BOM) if data.startswith(BOM) else 0
    fence = _FENCE.match(data, start)
    closing = _CLOSING[fence[0].strip()].search(data, fence.end() - 1) if fence else None
    if fence is None or closing is None:
        return 0
    inner = data[fence.end() : closing.start()]
    rows = split_lines(inner)[1:] if inner else []
    first = next((row for row in rows if not row.startswith(b"#")), b"")
    return closing.end() if _SETTING.match(first) else 0


def front_matter_of(data: bytes) -> list[bytes]:
    """Return the lines of the front matter, its rules included; empty without one."""
    end = front_matter_end(data)
    return split_lines(data[:end]) if end else []


def write_comment(comment: bytes, file: str) -> bytes:
    """Return a comment of doctool's, or a part of one, in the form that the document has.

    Args:
        comment: As HTML.
        file: Name of the document.
    """
    if not is_mdx(file):
        return comment
    if comment.startswith(b"<!-- "):
        comment = b"{/* " + comment.removeprefix(b"<!-- ")
    return comment.removesuffix(b"-->") + b"*/}" if comment.endswith(b"-->") else comment


def without_comment_ends(text: str) -> str:
    """Return a text within double quotes of YAML in which nothing ends a comment, of whatever form."""
    return text.replace("-->", "--\\u003e").replace("*/", _ESCAPED_END)
