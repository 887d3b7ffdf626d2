"""`doctool.yaml` as typed, validated values.

The one place that knows the file's keys and their defaults; `loading` reads it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from doctool.terms.mechanism import Question

BASELINE = "baseline"

Language = Literal["tr", "en"]
Level = Literal["off", "warn", "error"]
# A module's file may have a hyphen in its name: no `import` statement can say it, and `importlib` finds it. The end is
# written so that neither Python nor JavaScript lets a final newline pass.
Target = Annotated[str, msgspec.Meta(pattern=r"^[^\W\d][\w-]*(\.[^\W\d][\w-]*)*:[^\W\d]\w*(\.[^\W\d]\w*)*(?![\s\S])")]
"""Where something is defined: `package.module:Class`."""
Count = Annotated[int, msgspec.Meta(ge=1)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; a key that it does not have is an error."""


class DocumentSettings(Section, frozen=True):
    """One managed document."""

    language: Language = "en"
    """Language of the words and number formats written into it."""


class Workload(Section, frozen=True):
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
    shared_weights: bool = True
    """Whether the arms take over the weights they share with `off`; if not, each keeps what its builder gives it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it runs; `auto` takes the first CUDA device if there is one."""
    threads: Count = 1
    """Threads of PyTorch on a CPU. One is the steadiest; more is closer to some users' reality."""
    call: dict[str, Any] = {}
    """Keyword arguments of each call, beside the input: the flags of `forward`."""


class Training(Section, frozen=True):
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


class Mechanism(Section, frozen=True):
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


class Aliases(Section, frozen=True):
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


class Layout(Section, frozen=True, omit_defaults=True):
    """What several regions ask for alike; a region names it with `layout: NAME`, and says what differs.

    In labels, `{mechanism}` and `{workload}` stand for those of the region.
    """

    template: str = "comparison"
    """Name of the template."""
    lines: tuple[str, ...] = ()
    """Lines above the table, with `{key}` slots."""
    corner: str = ""
    """Header cell of the label column."""
    rows: dict[str, str] = {}
    """Label of a row: what it asks for."""
    columns: dict[str, str] = {}
    """Header of a column: what it asks for."""
    align: str = ""
    """One letter per column, the label column included: `l`, `r`, `c`, or `-` for none."""
    where: dict[str, str] = {}
    """Hardware the numbers must come from: environment key, and a part of its value."""


class Release(Section, frozen=True):
    """What must be true of the documents before a release."""

    tags: str = "v*"
    """Tags that are releases, as a glob."""
    max_age_days: Count = 90
    """How old a record may be."""
    hardware: tuple[str, ...] = ("any",)
    """Hardware classes that must be present: `any`, `cpu`, or part of a GPU's or CPU's name."""
    signers: str | None = None
    """File of those who may sign records, in OpenSSH's `allowed_signers` format; then every record must be signed."""
    allow_inconclusive: tuple[str, ...] = ()
    """Cells that may be inconclusive in a release: globs over `MECHANISM/WORKLOAD/METRIC`."""


class Config(Section, frozen=True):
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
    layouts: dict[str, Layout] = {}
    """What several regions, of documents in any language, ask for alike."""
    labels: dict[Language, dict[str, str]] = {}
    """By language: how a label, a line or a name in `layouts` reads there; what is not listed stays as it is."""
    placeholders: tuple[str, ...] = ()
    """Further texts that stand for a missing number, added to the shipped ones."""
    ignore: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    """Texts that keep a line of a document from being reported as unmeasured or unbacked; `*` stands for anything."""
    claims: Level = "warn"
    """How `check` treats numbers with a performance unit that no record backs."""
    hook: Literal["worse", "strict"] = "worse"
    """What the hook refuses: what a commit makes worse, or with `strict` open cells and stale figures as well."""
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
