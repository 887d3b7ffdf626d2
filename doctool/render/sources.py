"""Finds templates and reads what they include."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

import doctool
from doctool.errors import ConfigError, DocumentError
from doctool.system.reading import TEMPLATE_BYTES, read_file
from doctool.terms.nearest import suggest

SUFFIX = ".md.j2"
_INCLUDE = re.compile(
    r"\{%[-+]?\s*(?:include|import|from|extends)\s+(?:(['\"])(?P<name>[^'\"\n]{1,255})\1|(?P<other>[^\s%]{1,255}))"
)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One template file.

    Args:
        name: As templates include it, with the suffix.
        file: As errors name it.
        text: Its content.
    """

    name: str
    file: str
    text: str


def collect_sources(template: str, directories: tuple[Path, ...]) -> dict[str, Source]:
    """Return the template and everything it includes, by name; the template itself comes first.

    Args:
        template: Name without suffix, as a region gives it.
        directories: The project's own, searched first and in order.

    Raises:
        DocumentError: If there is no template of that name.
        ConfigError: If a template cannot be read, or includes one that does not exist.
    """
    source = _find(f"{template}{SUFFIX}", directories) if re.fullmatch(r"\w[\w-]*", template) else None
    if source is None:
        raise DocumentError(f"there is no template {template!r}; {suggest(template, template_names(directories))}")
    found = {source.name: source}
    waiting = [source]
    while waiting:
        source = waiting.pop()
        for name, line in _includes(source):
            if name not in found:
                included = _find(name, directories)
                if included is None:
                    raise ConfigError(
                        f"there is no template {name!r} to include; write its file name, in quotes",
                        file=source.file,
                        line=line,
                    )
                found[name] = included
                waiting.append(included)
    return found


def template_names(directories: tuple[Path, ...]) -> list[str]:
    """Return the names regions may use: the project's own and the shipped ones, without those only to be included."""
    shipped = {entry.name.removesuffix(SUFFIX) for entry in _shipped().iterdir() if entry.name.endswith(SUFFIX)}
    return sorted(name for name in {*shipped, *own_template_names(directories)} if not name.startswith("_"))


def own_template_names(directories: tuple[Path, ...]) -> set[str]:
    """Return the names of the project's own templates, those only to be included among them."""
    own = {path.name.removesuffix(SUFFIX) for directory in directories for path in directory.glob(f"*{SUFFIX}")}
    # In doctool's own repository the shipped templates are the project's.
    return own if not any(_is_shipped(directory) for directory in directories) else set()


def _includes(source: Source) -> Iterator[tuple[str, int]]:
    text = _without_comments(source.text)
    for match in _INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["name"] is None:
            raise ConfigError(
                f"expected the file name of a template in quotes, found {match['other']!r}", file=source.file, line=line
            )
        yield match["name"], line


def _without_comments(text: str) -> str:
    """Take comments out, and keep their lines; one that is never closed is for the template engine to refuse."""
    parts = []
    position = 0
    while (start := text.find("{#", position)) >= 0 and (end := text.find("#}", start + 2)) >= 0:
        parts += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + 2
    return "".join((*parts, text[position:]))


def _find(name: str, directories: tuple[Path, ...]) -> Source | None:
    if "/" in name or "\\" in name or name.startswith("."):
        return None
    for directory in directories:
        path = directory / name
        if os.path.lexists(path):
            return Source(name=name, file=_shown(path), text=_read(path, directory))
    return _read_shipped(name)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _read(path: Path, directory: Path) -> str:
    try:
        return read_file(path, inside=directory, limit=TEMPLATE_BYTES).decode("utf-8-sig")
    except OSError as problem:
        raise ConfigError(f"this template cannot be read: {problem.strerror}", file=_shown(path)) from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(f"this template is not UTF-8: {problem.reason}", file=_shown(path)) from problem


@lru_cache(maxsize=64)
def _read_shipped(name: str) -> Source | None:
    shipped = _shipped().joinpath(name)
    if not shipped.is_file():
        return None
    return Source(name=name, file=f"doctool/templates/{name}", text=shipped.read_text(encoding="utf-8"))


def read_shipped(name: str) -> str:
    """Return the text of a file that doctool ships beside its templates."""
    return _shipped().joinpath(name).read_text(encoding="utf-8")


def _is_shipped(directory: Path) -> bool:
    shipped = _shipped()
    return isinstance(shipped, Path) and shipped.resolve() == directory.resolve()


@lru_cache(maxsize=1)
def _shipped() -> Traversable:
    try:
        return resources.files("doctool.templates")
    except ModuleNotFoundError:
        # In a checkout the templates lie beside the package; only an installed wheel has them inside.
        return Path(doctool.__file__).parent.parent / "templates"
