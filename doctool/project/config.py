"""`doctool.yaml` as typed, validated values.

The one place that knows the file's keys and their defaults. It reads the file and nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from doctool.errors import ConfigError
from doctool.project import yamltext
from doctool.project.root import FILE_NAME
from doctool.records import is_name
from doctool.terms.mechanism import Question
from doctool.terms.nearest import suggest

BASELINE = "baseline"

Language = Literal["tr", "en"]
Level = Literal["off", "warn", "error"]
# A module's file may have a hyphen in its name: no `import` statement can say it, and `importlib` finds it. The end is
# written so that neither Python nor JavaScript lets a final newline pass.
Target = Annotated[str, msgspec.Meta(pattern=r"^[^\W\d][\w-]*(\.[^\W\d][\w-]*)*:[^\W\d]\w*(\.[^\W\d]\w*)*(?![\s\S])")]
"""Where something is defined: `package.module:Class`."""
Count = Annotated[int, msgspec.Meta(ge=1)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class DocumentSettings(_Section, frozen=True):
    """One managed document."""

    language: Language = "en"
    """Language of the words and number formats written into it."""


class Workload(_Section, frozen=True):
    """What is run: a callable that builds the subject, and what the subject is called with."""

    build: Target
    """`module:callable`; called as `callable(**args, TOGGLE=...)`, returns an `nn.Module`."""
    args: dict[str, Any] = {}
    """Keyword arguments of `build`, the same for every variant."""
    config: Target | None = None
    """Class of a configuration object: it takes `args` and the toggle, and `build` takes the object alone."""
    tokens: tuple[Count, ...] | None = None
    """Shape of one input of random token ids; gives throughput in tokens/s."""
    features: tuple[Count, ...] | None = None
    """Shape of one input of standard-normal numbers, instead of `tokens`."""
    vocabulary: Count = 256
    """Token ids are drawn from 0 up to this, exclusive."""
    blocks: str | None = None
    """Names of the submodules whose mean time is the block latency, as a pattern: `blocks.*`."""
    layers: tuple[str, ...] = ()
    """Names, or patterns of names, of the submodules that are timed one by one."""
    dtype: Literal["float32", "bfloat16", "float16", "float64"] = "float32"
    """Type of parameters and features."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it runs; `auto` takes the first CUDA device if there is one."""
    threads: Count = 1
    """Threads of PyTorch on a CPU. One is the steadiest; more is closer to some users' reality."""
    call: dict[str, Any] = {}
    """Keyword arguments of each call, beside the input: the flags of `forward`."""


class Training(_Section, frozen=True):
    """A training comparison: a callable that builds a trainer, and the size of the experiment."""

    build: Target
    """`module:callable`; called as `callable(**args, seed=..., steps=..., TOGGLE=...)`, returns a trainer."""
    args: dict[str, Any] = {}
    """Keyword arguments of `build`, the same for every variant."""
    pairs: Annotated[int, msgspec.Meta(ge=2)] = 8
    """Seeds for which both arms are trained."""
    calibration: Annotated[int, msgspec.Meta(ge=2)] = 4
    """Further baseline seeds, only used to choose the target loss."""
    steps: Count = 200
    """Optimiser steps per run."""
    evaluate_every: Count = 10
    """Steps between evaluations."""
    scale: str = "toy scale"
    """Words that name the size of the experiment, printed with every result."""
    threads: Count = 1
    """Threads of PyTorch on a CPU."""
    device: Literal["auto", "cuda"] = "auto"
    """`cuda`: too long for anything but a GPU; the trainer itself decides where it runs."""


class Mechanism(_Section, frozen=True):
    """A mechanism of the measured package and what is measured about it."""

    toggle: str | tuple[str, ...] = ()
    """Constructor parameter (or several) that switches it on."""
    symbols: tuple[str, ...] = ()
    """Names in the source that exist only for it."""
    owner: str | None = None
    """Class, module or path that must use it; without one, anything in the package."""
    measure: tuple[str, ...] = ()
    """Workloads that are measured with every mechanism off (for `baseline`)."""
    compare: tuple[str, ...] = ()
    """Workloads that are measured off and on."""
    same_function: bool = False
    """Off and on must compute the same outputs from the same weights; checked before it is measured."""
    train: Training | None = None
    """A training comparison, off against on."""
    probe: str | None = None
    """Workload on which the probe tries it; the first of `compare` if not given."""

    @property
    def toggles(self) -> tuple[str, ...]:
        """The constructor parameters that switch it on, none for the baseline."""
        return (self.toggle,) if isinstance(self.toggle, str) else self.toggle

    @property
    def question(self) -> Question:
        """How it is recognised in source code."""
        return Question(toggles=self.toggles, symbols=self.symbols, owner=self.owner)


class Aliases(_Section, frozen=True):
    """The author's words for doctool's names; added to the shipped vocabulary."""

    metrics: dict[str, tuple[str, ...]] = {}
    """Metric name: the labels that mean it."""
    variants: dict[str, tuple[str, ...]] = {}
    """`off`, `on` or `change`: the column headers that mean it."""
    mechanisms: dict[str, tuple[str, ...]] = {}
    """Mechanism name: the words in a heading that mean it."""
    workloads: dict[str, tuple[str, ...]] = {}
    """Workload name: the words in a heading, row or column that mean it."""
    metadata: dict[str, tuple[str, ...]] = {}
    """Environment key: the labels or placeholder tokens that mean it."""


class Release(_Section, frozen=True):
    """What must be true of the documents before a release."""

    tags: str = "v*"
    """Tags that are releases, as a glob."""
    max_age_days: Count = 90
    """How old a record may be."""
    hardware: tuple[str, ...] = ("any",)
    """Hardware classes that must be present: `any`, `cpu`, or part of a GPU's or CPU's name."""
    allow_inconclusive: tuple[str, ...] = ()
    """Cells that may be inconclusive in a release: globs over `MECHANISM/WORKLOAD/METRIC`."""


class Config(_Section, frozen=True):
    """The whole of `doctool.yaml`."""

    package: str
    """The measured package: a dotted name or a directory, relative to this file."""
    documents: dict[str, DocumentSettings] = {}
    """Managed documents, relative to this file."""
    inputs: tuple[str, ...] = ()
    """Patterns of files that figures depend on besides those that were seen to be read, such as `data/*.json`."""
    exclude: tuple[str, ...] = ()
    """Patterns of Markdown files that only look like documents, such as `tests/golden/*`; `*` also stands for `/`."""
    workloads: dict[str, Workload] = {}
    """What is run."""
    mechanisms: dict[str, Mechanism] = {}
    """What is looked for and compared."""
    aliases: Aliases = Aliases()
    """The author's words for doctool's names."""
    placeholders: tuple[str, ...] = ()
    """Further texts that stand for a missing number, added to the shipped ones."""
    ignore: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    """Texts that keep a line of a document from being reported as unmeasured or unbacked; `*` stands for anything."""
    claims: Level = "warn"
    """How `check` treats numbers with a performance unit that no record backs."""
    release: Release = Release()
    """What must be true before a release."""
    measurements: str = "docs/measurements"
    """Directory of the records, relative to this file."""
    figures: str = "docs/figures"
    """Directory of the drawn curves, relative to this file."""
    templates: str = "templates"
    """Directory of the project's own templates, which win over the shipped ones."""
    budget_s: Annotated[float, msgspec.Meta(gt=0)] = 900.0
    """Seconds that one run may spend measuring, shared among everything it measures."""


_SECTIONS_BY_NAME: dict[str, type[_Section]] = {
    "documents": DocumentSettings,
    "workloads": Workload,
    "mechanisms": Mechanism,
}


def load_config(root: Path) -> Config:
    """Read and validate the project's `doctool.yaml`.

    Args:
        root: Directory that holds the file.

    Raises:
        ConfigError: If the file is missing, is not valid YAML, has a key that does not exist, a value of the wrong
            type, or a reference to something that is not defined; with the line.
    """
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {FILE_NAME} here; run `doctool init` to have one proposed", file=str(path)
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot be read: {problem}", file=FILE_NAME) from problem
    return parse_config(text)


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
            sections = [option for option in options if isinstance(option, type) and issubclass(option, _Section)]
            if field.name == name and sections:
                kind = sections[0]
    return kind


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
