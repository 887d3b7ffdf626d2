"""Read `doctool.yaml`, and refuse what it cannot mean: unknown keys, wrong types, names that lead nowhere."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import msgspec

from doctool.errors import ConfigError
from doctool.project import yamltext
from doctool.project.config import BASELINE, Config, DocumentSettings, Layout, Mechanism, Section, Workload
from doctool.project.root import FILE_NAME, read_settings
from doctool.records import is_name
from doctool.terms.nearest import suggest

_SECTIONS_BY_NAME: dict[str, type[Section]] = {
    "documents": DocumentSettings,
    "workloads": Workload,
    "mechanisms": Mechanism,
    "layouts": Layout,
}

_TOGGLE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def load_config(root: Path) -> Config:
    """Read and validate the project's `doctool.yaml`.

    Args:
        root: Directory that holds the file.

    Raises:
        ConfigError: If the file is missing, is not valid YAML, has a key that does not exist, a value of the wrong
            type, or a reference to something that is not defined; with the line.
    """
    return parse_config(read_settings(root))


def parse_config(text: str) -> Config:
    """Turn the text of a `doctool.yaml` into a `Config`; errors as in `load_config`."""
    source = yamltext.parse(text, lambda message, line: ConfigError(message, file=FILE_NAME, line=line))
    if not isinstance(source.value, dict):
        raise ConfigError("expected keys such as 'package' and 'mechanisms'", file=FILE_NAME, line=1)
    values = dict(source.value)
    for section, kind in _SECTIONS_BY_NAME.items():
        entries = values.get(section)
        if isinstance(entries, dict):
            values[section] = {
                name: _convert(entry if entry is not None else {}, kind, (section, name), source)
                for name, entry in entries.items()
            }
    config: Config = _convert(values, Config, (), source)
    _check_places(config, source)
    _check_references(config, source)
    return config


def _convert(value: Any, kind: type[Any], path: yamltext.Path, source: yamltext.YamlText) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        message, _, place = str(problem).partition(" - at `$")
        inner = tuple(part for part in re.split(r"[.\[\]`]+", place) if part and part != "...")
        full = path + tuple(int(part) if part.isdigit() else part for part in inner)
        unknown = re.search(r"unknown field `(.+)`", message)
        if unknown:
            name = unknown[1]
            owner = _type_at(kind, inner)
            raise ConfigError(
                f"unknown key {name!r}{_where(full)}; {suggest(name, _field_names(owner))}",
                file=FILE_NAME,
                line=source.line_of((*full, name)),
            ) from None
        if "matching regex" in message:
            message = "expected a place that Python can import, such as 'package.module:Class'"
        raise ConfigError(
            f"{message[:1].lower()}{message[1:]}{_where(full)}", file=FILE_NAME, line=source.line_of(full)
        ) from None


def _where(path: yamltext.Path) -> str:
    return f" in '{'.'.join(map(str, path))}'" if path else ""


def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind))


def _type_at(kind: type[Any], path: tuple[str, ...]) -> type[Any]:
    """Follow field names down to the section type that holds the unknown key."""
    for name in path:
        for field in msgspec.structs.fields(kind):
            options = (field.type, *getattr(field.type, "__args__", ()))
            sections = [option for option in options if isinstance(option, type) and issubclass(option, Section)]
            if field.name == name and sections:
                kind = sections[0]
    return kind


def _check_places(config: Config, source: yamltext.YamlText) -> None:
    """Refuse what is outside the project by its name alone; where links lead is looked at when they are followed."""
    named: list[tuple[str, yamltext.Path]] = [(name, ("documents", name)) for name in config.documents]
    named += [(str(getattr(config, key)), (key,)) for key in ("package", "measurements", "figures", "templates")]
    if config.release.signers is not None:
        named.append((config.release.signers, ("release", "signers")))
    for name, path in named:
        inside = posixpath.normpath(name.replace("\\", "/"))
        if inside == ".." or inside.startswith(("../", "/")) or Path(name).is_absolute():
            raise ConfigError(
                f"{name!r} is outside the project; doctool only reads and writes what is below the directory of "
                f"{FILE_NAME}",
                file=FILE_NAME,
                line=source.line_of(path),
            )


def _check_references(config: Config, source: yamltext.YamlText) -> None:
    for section in ("mechanisms", "workloads"):
        for name in getattr(config, section):
            if not is_name(name):
                raise ConfigError(
                    f"{name!r} cannot be a name, since records are named by it; use letters, digits and . _ + -",
                    file=FILE_NAME,
                    line=source.line_of((section, name)),
                )
    for name, mechanism in config.mechanisms.items():
        _check_mechanism(name, mechanism, config, source)
    for name, workload in config.workloads.items():
        if (workload.tokens is None) == (workload.features is None):
            raise ConfigError(
                f"workload {name!r} needs exactly one of 'tokens' and 'features'",
                file=FILE_NAME,
                line=source.line_of(("workloads", name)),
            )
    for name in config.aliases.mechanisms:
        _require(name, config.mechanisms, "mechanism", ("aliases", "mechanisms", name), source)
    for name in config.aliases.workloads:
        _require(name, config.workloads, "workload", ("aliases", "workloads", name), source)


def _check_mechanism(name: str, mechanism: Mechanism, config: Config, source: yamltext.YamlText) -> None:
    def fail(message: str) -> ConfigError:
        return ConfigError(message, file=FILE_NAME, line=source.line_of(("mechanisms", name)))

    for field in ("measure", "compare"):
        for index, workload in enumerate(getattr(mechanism, field)):
            _require(workload, config.workloads, "workload", ("mechanisms", name, field, index), source)
    for toggle in mechanism.toggles:
        if not _TOGGLE.fullmatch(toggle):
            raise fail(
                f"toggle {toggle!r} is not the name of a parameter; values cannot be given, only switches turned on"
            )
    if name != BASELINE and not mechanism.toggles:
        raise fail(f"mechanism {name!r} has no 'toggle'; name the constructor parameter that switches it on")
    if mechanism.probe is not None:
        _require(mechanism.probe, config.workloads, "workload", ("mechanisms", name, "probe"), source)
    elif mechanism.train is not None and not mechanism.compare:
        raise fail(f"mechanism {name!r} only has a training comparison; name the workload to try it on: 'probe: NAME'")


def _require(name: str, known: dict[str, Any], what: str, path: yamltext.Path, source: yamltext.YamlText) -> None:
    if name not in known:
        raise ConfigError(
            f"there is no {what} {name!r}; {suggest(name, tuple(known))}",
            file=FILE_NAME,
            line=source.line_of(path),
        )
