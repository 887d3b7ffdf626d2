"""Lines such as `**GPU**: [GPU MODEL]`, turned into lines with slots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from doctool.document import markdown
from doctool.document.line_slots import ask_in_line
from doctool.document.lines import Lines, continuation, decode, strip_prefix
from doctool.document.outline import Heading, Outline, Paragraph
from doctool.document.placeholders import Token
from doctool.document.running_text import find_open_numbers
from doctool.terms.metrics import METRICS
from doctool.vocabulary import Vocabulary

_SEPARATOR = re.compile(r"[|;·•]|,\s|\s[–—-]\s|\((?=[^)]*$)")
_LABEL_END = re.compile(r"[:：=][^\w:：=]*$")
# What emphasis may part from the unit that makes it a placeholder, or from its own brackets.
_MAY_BE_OPEN = re.compile(r"[\[<:：?#X]|__|\\_|xx|x[.,]x|T\.?B|tb")


class MetadataLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with nothing open but facts and quantities that have names.

    Args:
        line: Its line, counted from 0.
        text: What it says, with `{address}` slots.
        outer: Prefix of the container it is in.
        headings: The headings it stands under.
        has_metric: Whether one of its slots is a measured quantity.
    """

    line: int
    text: str
    outer: bytes
    headings: tuple[Heading, ...]
    has_metric: bool = False


class UnknownLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line whose placeholder nobody understands. The line counts from 0."""

    line: int
    token: str
    label: str
    is_labelled: bool = True
    """The token stands behind a label, not within a sentence."""
    is_lazy: bool = False
    """It continues a list or a quote without the marks of one."""
    reason: str = ""
    """Why it cannot be filled, where more is known than that its label means nothing."""


def read_metadata(outline: Outline, lines: Lines, vocabulary: Vocabulary) -> Iterator[MetadataLine | UnknownLine]:
    """Yield the lines of paragraphs that leave something open, in their order."""
    for paragraph in outline.paragraphs:
        if not vocabulary.placeholders and not _MAY_BE_OPEN.search(paragraph.content):
            continue
        found = []
        for offset, visible in enumerate(markdown.visible_lines(paragraph.content, outline.env)):
            tokens = find_open_numbers(visible, vocabulary)
            if tokens and paragraph.start + offset < paragraph.end:
                found.append(_read_line(paragraph, paragraph.start + offset, visible, tokens, lines, vocabulary))
        if found and any(_is_lazy(paragraph, line, lines) for line in range(paragraph.start, paragraph.end)):
            # A comment in place of one line would cut the paragraph, and the lazy line would mean something else.
            found = [UnknownLine(line=line.line, token="", label="", is_lazy=True) for line in found]
        yield from found


def _read_line(
    paragraph: Paragraph, line: int, visible: str, tokens: Sequence[Token], lines: Lines, vocabulary: Vocabulary
) -> MetadataLine | UnknownLine:
    raw, prefix = lines.raw(line), paragraph.outer
    if line > paragraph.start:
        prefix = raw[: len(raw) - len(strip_prefix(raw, continuation(prefix)))]
    rest = decode(strip_prefix(raw, prefix))
    done, position, has_metric = "", 0, False
    for token in tokens:
        before = visible[position : token.start]
        label = _label_before(before)
        found = _find_in_source(token, visible, position, rest)
        behind = rest[found.end() :] if found is not None else ""
        slot = ask_in_line(token.text, label, behind, paragraph.headings, vocabulary)
        if not slot.address or found is None or paragraph.is_heading:
            is_labelled = _LABEL_END.search(before) is not None
            return UnknownLine(line=line, token=token.text, label=label, is_labelled=is_labelled, reason=slot.reason)
        position = token.start + len(token.text)
        done += _literal(rest[: found.start()])
        rest = slot.rest
        has_metric = has_metric or slot.address.partition(" ")[0] in METRICS
        done += f"{{{slot.address}}}"
    return MetadataLine(
        line=line,
        text=done + _literal(rest),
        outer=prefix,
        headings=paragraph.headings,
        has_metric=has_metric,
    )


def _is_lazy(paragraph: Paragraph, line: int, lines: Lines) -> bool:
    """Whether a line continues a list or a quote without the marks of one."""
    if line == paragraph.start:
        return False
    outer, *inner = continuation(paragraph.outer).expandtabs(4).split(b">")
    # Behind the mark of a quote one blank may be missing.
    marks = b" {%d,}" % len(outer) + b"".join(b"> ?" + b" {%d,}" % max(len(blanks) - 1, 0) for blanks in inner)
    return re.match(marks, lines.raw(line).expandtabs(4)) is None


def _label_before(text: str) -> str:
    return _SEPARATOR.split(text)[-1].strip(" :=：-–—*()~≈<>+")


def _find_in_source(token: Token, visible: str, position: int, source: str) -> re.Match[str] | None:
    """Return where a token that a reader sees stands in the source of the line; the label may hold the same word.

    Args:
        token: In the visible text.
        visible: What a reader sees of the line.
        position: Where the part of it begins that the source stands for.
        source: The rest of the line.
    """
    form = _source_form(token.text)
    seen = [match.start() for match in form.finditer(visible, position)]
    written = list(form.finditer(source))
    return written[seen.index(token.start)] if token.start in seen and len(seen) == len(written) else None


def _source_form(token: str) -> re.Pattern[str]:
    """Return the form of a token in the source: escapes may be inside."""
    pieces = [re.escape(piece) for piece in re.split(r"\s+", token)]
    flexible = r"\s+".join(pieces)
    for bracket in (r"\[", r"\]", r"\<", r"\>", "_", "<", ">"):
        flexible = flexible.replace(bracket, rf"\\?{re.escape(bracket.removeprefix(chr(92)))}")
    return re.compile(flexible)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Metadata lines that follow one another; `end` is exclusive, lines count from 0."""

    start: int
    end: int
    lines: tuple[MetadataLine, ...]

    def texts(self) -> tuple[str, ...]:
        """Return the lines' texts, with empty ones where blank lines stood between them."""
        found: list[str] = []
        previous = self.start
        for line in self.lines:
            if line.line > previous and found:
                found.append("")
            found.append(line.text)
            previous = line.line + 1
        return tuple(found)


def find_runs(metadata: Sequence[MetadataLine], lines: Lines) -> Iterator[Run]:
    """Yield the lines in groups: nothing but blank lines between them, and all in the same container."""
    group: list[MetadataLine] = []
    for line in metadata:
        if group and not (_is_same(group[-1], line) and is_blank_between(lines, group[-1].line + 1, line.line)):
            yield Run(start=group[0].line, end=group[-1].line + 1, lines=tuple(group))
            group = []
        group.append(line)
    if group:
        yield Run(start=group[0].line, end=group[-1].line + 1, lines=tuple(group))


def _is_same(a: MetadataLine, b: MetadataLine) -> bool:
    return continuation(a.outer).rstrip() == continuation(b.outer).rstrip() and a.headings == b.headings


def is_blank_between(lines: Lines, start: int, end: int) -> bool:
    """Whether the lines from `start` up to `end` hold nothing but blanks and quote marks."""
    return all(not lines.raw(line).strip(b" \t>") for line in range(start, end))
