"""The record of a measurement, its schema, and the bytes of its file.

Raw samples are kept; everything under `metrics` is derived from them by `doctool.statistics` and can be recomputed.
Durations are in seconds, sizes in bytes, times of day in UTC (ISO 8601).

Schema history:
    1: first version.
    2: notes and evidence are facts, and their sentences are made where they are read; what was read besides the source.
       A time whose interval is as wide as the time itself is no figure; where blocks that the machine disturbed count
       (`busy` in the settings), nothing is claimed.
"""

from __future__ import annotations

import enum
import hashlib
import re
from functools import cached_property
from typing import Any

import msgspec

from doctool.records.training import Part, TrainingComparison
from doctool.terms.facts import Fact
from doctool.terms.mechanism import Evidence, Status
from doctool.terms.notes import Note

SCHEMA_VERSION = 2
ID_LENGTH = 8
COMMIT_LENGTH = 7
"""Of a commit's id, where it is shown."""
DIGEST_LENGTH = 12
"""Of any other digest, where it is shown."""
_NAME = re.compile(r"\w[\w.+-]*")

OFF = "off"
ON = "on"
NULL = "null"
"""A second, identical instance of `off`: what is seen between the two is noise."""


class Verdict(enum.Enum):
    """The only words a comparison may become."""

    FASTER = "faster"
    SLOWER = "slower"
    LESS = "less"
    """As `FASTER`, for amounts: memory, steps, loss."""
    MORE = "more"
    NO_DIFFERENCE = "no measurable difference"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not measured"


class Visit(Part, frozen=True):
    """Calls of one arm, in one half of a block; those right after a switch to it are already dropped.

    On a CPU the arms take short turns, round after round, and a visit is all turns of an arm in the same half of the
    rounds; on CUDA it is one turn.
    """

    arm: str
    calls: int
    wall_s: float
    """Sum over the calls."""
    median_s: float
    """Median call."""
    cpu_s: float
    """Processor time of the process over the same calls."""
    turns_s: tuple[float, ...] = ()
    """Mean call of each turn, in the order of the rounds; turns of the same round were measured right beside each
    other. Empty where the visit is one turn."""
    block_turns_s: tuple[float, ...] = ()
    """The same for the mean time of the submodules that are reported as blocks."""
    layers_s: dict[str, float] = msgspec.field(default_factory=dict)
    """Median time of each timed submodule within a call, by its name."""
    gpu_s: float | None = None
    """Median call by device events; on CUDA this is also `median_s`."""
    enqueue_s: float | None = None
    """Median host time to enqueue a call on CUDA."""
    signals: dict[str, float] = msgspec.field(default_factory=dict)
    """Environment signals over the visit: steal, involuntary switches, clocks, throttle bits."""


class Block(Part, frozen=True):
    """Visits in an order that reads the same backwards, so that linear drift cancels."""

    visits: tuple[Visit, ...]
    excluded: str | None = None
    """The environment signal for which the whole block does not count."""
    signals: dict[str, float] = msgspec.field(default_factory=dict)
    """Environment signals over the block: steal, waiting, involuntary switches."""


class Replicate(Part, frozen=True):
    """What one fresh child process measured."""

    seed: int
    started: str
    duration_s: float
    blocks: tuple[Block, ...]
    warmup_calls: dict[str, int] = msgspec.field(default_factory=dict)
    environment: dict[str, float | str] = msgspec.field(default_factory=dict)
    """What may change between replicates: load, temperature, clocks."""


class Memory(Part, frozen=True):
    """Exact peak memory of one arm, from fresh processes of its own."""

    arm: str
    peak_bytes: tuple[int, ...]
    """One per repeat."""
    resident_bytes: int
    """Parameters, buffers and inputs, before the call."""
    parameters: int
    """Number of trainable values."""
    reserved_bytes: tuple[int, ...] = ()
    """CUDA only: what the caching allocator held."""


class Trial(Part, frozen=True):
    """One answer of a rule about two arms of which the truth is known."""

    rule: str
    """Its name; doctool's own is `doctool`."""
    truth: float
    """True relative change in work; 0 for an arm against itself."""
    change: float
    """What the rule says it is."""
    is_claim: bool
    """Whether the rule calls it a difference."""
    seconds: float
    """Until the answer."""
    samples: int
    """Timed calls, both arms together."""


class Estimate(Part, frozen=True):
    """One arm's value of one metric."""

    value: float
    """Median over replicates, in the metric's unit."""
    low: float | None = None
    high: float | None = None
    """Ends of the 99 % interval; None where repeats are identical or too few."""
    deterministic: bool = False
    """All repeats gave the same value."""

    @property
    def half_width(self) -> float | None:
        """The longer side of the interval: an uneven one is never made to look narrower than it is; None without."""
        if self.deterministic or self.low is None or self.high is None:
            return None
        return max(self.high - self.value, self.value - self.low)


class Comparison(Part, frozen=True):
    """On against off: the relative change, its intervals and the verdict."""

    change: float
    """on / off - 1."""
    low: float
    high: float
    """Ends of the 99 % interval of the change."""
    low90: float
    high90: float
    """Ends of the 90 % interval of the change."""
    margin: float
    """Smallest relative change that counts as one."""
    p_value: float
    """Two-sided, of the t statistic over replicates."""
    sign_flip_p: float
    """Two-sided, exact over all sign flips of the replicates."""
    replicates: int
    verdict: Verdict
    reason: str | None = None
    """Why it is inconclusive: `wide`, `null-arm`, `busy`, `corrected`, `few`, `cpu-contradicts`, `clock`."""
    needed: int | None = None
    """Replicates that would probably settle it."""
    deterministic: bool = False


class Result(Part, frozen=True):
    """What was found for one metric."""

    unit: str
    arms: dict[str, Estimate]
    comparison: Comparison | None = None
    null: Comparison | None = None
    """The second off arm against the first."""
    reason: str | None = None
    """Why there is no number: then `arms` is empty. For example `misses`: too many runs never reached the target."""
    misses: dict[str, float] = msgspec.field(default_factory=dict)
    """Share of the runs of each arm that never reached the target."""


class Source(Part, frozen=True):
    """The code that was measured."""

    digest: str
    """Over the definitions that the mechanism and the workload reach; comments and formatting do not count."""
    commit: str | None = None
    """None outside a repository, or before its first commit."""
    dirty: bool = False
    patch_digest: str | None = None
    """Of the uncommitted changes to tracked files, when dirty."""
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    """Digests of the files of the project that were read, and of the variables that were asked for (`$NAME`)."""


class Refusal(Part, frozen=True):
    """Why there is nothing to measure, or why measuring failed."""

    reason: str
    """A status of the ladder (`absent`, `declared`, `inert`, ...), or `crashed`, `killed`, `hung`, `nan`,
    `out-of-memory`, `settings`, `no-gpu`, `weights`, `not-installed`, `not-equal`."""
    detail: str = ""
    """The last words of the measured code."""
    seen: tuple[Fact, ...] = ()
    """What the probe saw; in the detail, in schema 1."""
    evidence: tuple[Evidence, ...] = ()


class Record(Part, frozen=True, dict=True):
    """One measurement of one mechanism under one workload on one machine."""

    schema: int
    mechanism: str
    workload: str
    """Name of the workload, or `training`."""
    arms: dict[str, dict[str, Any]]
    """Effective configuration of every arm."""
    settings: dict[str, Any]
    """The workload or training section as measured, defaults filled in."""
    protocol: str
    protocol_digest: str
    environment: dict[str, str | int | float | bool]
    source: Source
    status: Status
    started: str
    duration_s: float
    command: str
    """The command that repeats it."""
    replicates: tuple[Replicate, ...] = ()
    memory: tuple[Memory, ...] = ()
    training: TrainingComparison | None = None
    trials: tuple[Trial, ...] = ()
    """Of the selftest: answers about arms of which the truth is known."""
    metrics: dict[str, Result] = msgspec.field(default_factory=dict)
    refusal: Refusal | None = None
    quick: bool = False
    """Measured with fewer replicates than a claim needs."""
    notes: tuple[Note | str, ...] = ()
    """What the reader must know, for example a reduced size after running out of memory; sentences in schema 1."""
    seal: str = ""
    """Digest over everything else in the record, so that a change by hand shows under any file name."""

    @cached_property
    def id(self) -> str:
        """Name of the record, derived from its whole content."""
        return hashlib.sha256(encode(self)).hexdigest()[:ID_LENGTH]


def is_name(text: str) -> bool:
    """Whether a mechanism or a workload may be called so: files are named by it."""
    return _NAME.fullmatch(text) is not None


def encode(record: Record) -> bytes:
    """Write the record as the bytes its file holds; the same record always gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=1) + b"\n"
