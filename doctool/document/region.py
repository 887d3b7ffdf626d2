"""A managed region: what its begin comment asks for, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from doctool.document.formats import without_comment_ends
from doctool.errors import DocumentError
from doctool.project import yamltext
from doctool.terms.nearest import suggest


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a region asks for, as written in its begin comment."""

    template: str = "comparison"
    """Name of the template: `comparison`, `baseline`, `training`, `environment`, `matrix`, or the project's own."""
    mechanism: str | None = None
    """Mechanism of every cell that names none."""
    workload: str | None = None
    """Workload of every cell that names none."""
    lines: tuple[str, ...] = ()
    """Lines above the table, as the author wrote them, with `{key}` slots."""
    corner: str = ""
    """Header cell of the label column."""
    rows: dict[str, str] = {}
    """Label of a row: what it asks for."""
    columns: dict[str, str] = {}
    """Header of a column: what it asks for."""
    align: str = ""
    """One letter per column, the label column included: `l`, `r`, `c`, or `-` for none."""
    keep: dict[str, dict[str, str]] = {}
    """By row and column: cells the author filled in himself."""
    cells: dict[str, dict[str, str]] = {}
    """By row and column: what a cell asks for beyond its row and column, as `{address}`, and what stands beside it."""
    shown: dict[str, str] = {}
    """Row or column: its label on the page, where two have the same."""
    where: dict[str, str] = {}
    """Hardware the numbers must come from: environment key, and a part of its value."""


FIELDS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(Region))


class ManagedRegion(msgspec.Struct, frozen=True, kw_only=True):
    """A region as it stands in a document. Lines count from 1, offsets are in bytes.

    Args:
        id: Its name, unique in the document.
        region: What it asks for.
        line: Line of the begin marker.
        end_line: Line of the end marker.
        text: What stands between them: without container prefix, blank lines around it and line endings other than LF.
        text_line: Line on which `text` starts.
        records: Ids of the records the text was written from.
        digest: Of the cells and words as doctool wrote them; empty if it never did. It tells a person's edit from a
            change of the template, and nothing else: what should stand here is found by rendering.
        span: Offsets of the whole region, from the begin comment to the end comment.
        body: Offsets of what stands between the marker lines.
        end_marker: Offsets of the end comment.
        prefix: What each line of the region has in front, for the list or quote it is in.
    """

    id: str
    region: Region
    line: int
    end_line: int
    text: str
    text_line: int
    records: tuple[str, ...] = ()
    digest: str = ""
    span: tuple[int, int]
    body: tuple[int, int]
    end_marker: tuple[int, int]
    prefix: bytes = b""

    @property
    def is_rendered(self) -> bool:
        """Whether doctool has ever written its text."""
        return bool(self.digest)


class RegionError(Exception):
    """A begin comment that cannot be read; the line counts from 0 within the YAML."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@lru_cache(maxsize=1024)
def read_values(text: str, more: tuple[str, ...] = ()) -> Mapping[str, object]:
    """Read the YAML of a begin comment as plain values.

    Args:
        text: The YAML.
        more: Keys that it may have beside the fields of a region.

    Raises:
        RegionError: If it is no valid YAML or has an unknown key.
    """
    source = _source_of(text)
    if source.value is None:
        return {}
    if not isinstance(source.value, dict):
        raise RegionError(f"expected lines such as 'mechanism: NAME', found {text.strip()[:40]!r}", 0)
    for key in source.value:
        if key not in (*FIELDS, *more):
            raise RegionError(f"unknown key {key!r}; {suggest(key, (*FIELDS, *more))}", source.line_of((key,)))
    return {key: _without_nothing(value) for key, value in source.value.items()}


def _source_of(text: str) -> yamltext.YamlText:
    try:
        return yamltext.parse(text, lambda message, line: DocumentError(message, line=line), first_line=0)
    except DocumentError as problem:
        raise RegionError(problem.message, problem.line or 0) from None


def make_region(values: Mapping[str, object], text: str) -> Region:
    """Make a region of plain values.

    Args:
        values: By field.
        text: The YAML they are from, for the line of a fault.

    Raises:
        RegionError: If a value is of the wrong type.
    """
    try:
        return msgspec.convert(values, Region)
    except msgspec.ValidationError as problem:
        message, _, place = str(problem).partition(" - at `$.")
        key = place.rstrip("`").partition(".")[0].partition("[")[0]
        where = f" in {key!r}" if key else ""
        line = _source_of(text).line_of((key,))
        raise RegionError(f"{message[:1].lower()}{message[1:]}{where}", line) from None


def decode_region(text: str) -> Region:
    """Read the YAML of a begin comment that names no layout.

    Raises:
        RegionError: If it is no valid YAML, has an unknown key, or a value of the wrong type.
    """
    return make_region(read_values(text), text)


def _without_nothing(value: object) -> object:
    """Read `{Value: }` as a column that asks for nothing by itself."""
    if isinstance(value, dict):
        return {key: "" if item is None else item for key, item in value.items()}
    return value


def encode_region(region: Region) -> str:
    """Write a region as the YAML of a begin comment, which `decode_region` reads back equal.

    Nothing in it can end the comment.
    """
    lines = []
    # The template is named even where it is the usual one, so that an author sees that there is a choice.
    for key, value in {"template": region.template, **msgspec.to_builtins(region)}.items():
        if isinstance(value, dict):
            flow = _flow(value)
            if len(flow) > 100 and not any(isinstance(item, dict) for item in value.values()):
                lines.append(f"{key}:")
                lines.extend(f"  {_scalar(label)}: {_scalar(item)}" for label, item in value.items())
            elif len(flow) > 100:
                lines.append(f"{key}:")
                lines.extend(f"  {_scalar(label)}: {_flow(item)}" for label, item in value.items())
            else:
                lines.append(f"{key}: {flow}")
        elif isinstance(value, str):
            lines.append(f"{key}: {_scalar(value)}")
        else:
            lines.append(f"{key}:")
            lines.extend(f"  - {_scalar(item)}" for item in value)
    return "\n".join(lines)


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    is_plain = text.isprintable() and "--" not in text and len(text) < 120
    if is_plain and all(char.isalnum() or char in " _-/=" for char in text) and text[:1].isalpha() and text[-1] != " ":
        lowered = text.lower()
        if lowered not in {"true", "false", "null"}:
            return text
    quoted = msgspec.json.encode(text).decode()
    # Inside double quotes YAML reads JSON's escapes.
    return "".join(char if char.isprintable() else _escape(char) for char in without_comment_ends(quoted))


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
