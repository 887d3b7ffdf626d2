"""A project that doctool looks after: its root, its configuration and its records."""

from __future__ import annotations

import hashlib
import os
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doctool.errors import ConfigError, UsageError
from doctool.project.config import Config, DocumentSettings, Workload
from doctool.project.inputs import Inputs, Read
from doctool.project.loading import load_config
from doctool.project.root import find_root
from doctool.records.store import RecordStore
from doctool.system.reading import inside_of
from doctool.vocabulary import Vocabulary, Workings, build_vocabulary

CACHE_DIRECTORY = ".doctool"
"""Holds what must survive an interruption but belongs to this machine alone; it ignores itself in git."""


class Project(msgspec.Struct, frozen=True, dict=True):
    """A directory with a `doctool.yaml`.

    Args:
        root: That directory, absolute.
        config: The parsed file.
        read_input: Reads a file that figures depend on where the project is laid out without it; None takes the disk.
    """

    root: Path
    config: Config
    read_input: Read | None = None

    @cached_property
    def inputs(self) -> Inputs:
        """The files and variables that figures may depend on besides the source, as they are now."""
        return Inputs(root=self.root, patterns=self.config.inputs, read=self.read_input)

    @cached_property
    def records(self) -> RecordStore:
        """The records of this project."""
        return RecordStore(self.root / self.config.measurements, inside=self.root)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The shipped words, the project's own aliases, its mechanisms and workloads."""
        config = self.config
        words = build_vocabulary(
            {name: mechanism.toggles for name, mechanism in config.mechanisms.items()},
            {name: (*mechanism.measure, *mechanism.compare) for name, mechanism in config.mechanisms.items()},
            config.aliases,
            config.placeholders,
            tuple(config.workloads),
            config.ignore,
        )
        return replace(
            words,
            workings={name: _workings_of(workload) for name, workload in config.workloads.items()},
            trained=frozenset(name for name, mechanism in config.mechanisms.items() if mechanism.train is not None),
            layouts={name: msgspec.to_builtins(layout) for name, layout in config.layouts.items()},
            labels=config.labels,
            languages={name: settings.language for name, settings in config.documents.items()},
        )

    @property
    def template_directories(self) -> tuple[Path, ...]:
        """The project's own template directory, if it has one.

        Raises:
            ConfigError: If it leads out of the project.
        """
        directory = self.root / self.config.templates
        try:
            inside_of(directory, self.root)
        except OSError as problem:
            raise ConfigError(f"cannot be read: {problem.strerror}", file=self.config.templates) from problem
        return (directory,) if directory.is_dir() else ()

    @property
    def cache(self) -> Path:
        """Directory of journals and of this machine's history; not yet created."""
        return self.root / CACHE_DIRECTORY

    @property
    def source_names(self) -> tuple[str, ...]:
        """Where the measured package is, relative to the root: its directory or file, also below `src`."""
        candidates = self.source_candidates
        return tuple(name for name in candidates if (self.root / name).exists()) or candidates[:1]

    @property
    def source_candidates(self) -> tuple[str, ...]:
        """Where the measured package could be, relative to the root."""
        name = self.config.package if "/" in self.config.package else self.config.package.replace(".", "/")
        return (name, f"src/{name}", f"{name}.py", f"src/{name}.py")

    def may_be_document(self, name: str) -> bool:
        """Whether a Markdown file that doctool.yaml does not list may count as a document, if it has a region."""
        return name not in self.config.documents and not any(fnmatchcase(name, each) for each in self.config.exclude)

    def relative(self, path: Path) -> str:
        """Return `path` as doctool.yaml names it: relative to the root, with forward slashes.

        Raises:
            UsageError: If the path is outside the project.
        """
        try:
            name = Path(os.path.realpath(path)).relative_to(self.root)
            if ".git" in name.parts:
                raise UsageError(f"this leads to {name.as_posix()}, which is git's own", file=str(path))
            return name.as_posix()
        except ValueError:
            raise UsageError(
                f"this is outside the project at {self.root}; doctool only writes documents inside it", file=str(path)
            ) from None

    def settings_of(self, document: str) -> DocumentSettings:
        """Return the settings of a document, the defaults if doctool.yaml does not list it."""
        return self.config.documents.get(document, DocumentSettings())


def find_project(start: Path) -> Project:
    """Open the project that `start` is in: the nearest directory upwards that has a `doctool.yaml`.

    Raises:
        ConfigError: If there is none, or it is not valid.
    """
    root = find_root(start)
    return Project(root=root, config=load_config(root))


def key_of(*parts: object) -> str:
    """Return a short, stable name for a combination of values whose `repr` is stable."""
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).hexdigest()[:16]


def _workings_of(workload: Workload) -> Workings:
    """Return what can be measured under a workload, and what it counts."""
    metrics = {"forward_latency", "throughput", "peak_memory", "parameters"}
    metrics |= {"block_latency"} if workload.blocks else set()
    metrics |= {"layer_latency"} if workload.layers else set()
    counts = {"calls/s"}
    shape = workload.tokens or workload.features or ()
    counts |= {"tokens/s"} if workload.tokens else set()
    counts |= {"samples/s"} if len(shape) > 1 else set()
    conditions = {"dtype": workload.dtype, "threads": str(workload.threads)}
    if len(shape) > 1:
        conditions["batch"] = str(shape[0])
    if workload.tokens:
        conditions["length"] = str(shape[-1])
    return Workings(metrics=frozenset(metrics), counts=frozenset(counts), conditions=conditions)
