"""Facts about the machine and the measurement, in words: `{gpu}`, `{date}`, `{commit}`."""

from __future__ import annotations

from datetime import datetime

from doctool.records import COMMIT_LENGTH, Record
from doctool.render.escape import code, escape
from doctool.terms.sentences import say
from doctool.terms.units import Language, format_number, format_quantity

DERIVED_KEYS = frozenset({"date", "commit", "protocol", "record", "command", "doctool"})

_CUDA_KEYS = frozenset({"cuda", "cudnn"})
_GPU_KEYS = frozenset({"compute_capability", "driver"})


def write_fact(record: Record, record_id: str, key: str, language: Language, unit: str | None = None) -> str:
    """Write one fact as Markdown.

    Args:
        record: Where the fact is from.
        record_id: Its id.
        key: An environment key, or one of `DERIVED_KEYS`.
        language: Of words, dates and numbers.
        unit: For sizes, the unit to show them in; GiB without one.
    """
    if key in DERIVED_KEYS:
        return _write_derived(record, record_id, key, language)
    value = record.environment.get(key)
    if record.environment.get("device") == "cpu":
        without = _write_without_gpu(key, value, language)
        if without is not None:
            return without
    return _write_value(key, value, language, unit) or say("unknown", language)


def write_date(started: str, language: Language) -> str:
    """Write the day of an ISO 8601 time: `23.11.2026` in Turkish, `2026-11-23` in English."""
    day = datetime.fromisoformat(started)
    return f"{day:%d.%m.%Y}" if language == "tr" else f"{day:%Y-%m-%d}"


def write_commit(record: Record, language: Language) -> str:
    """Write the short commit, and whether the tree held more than the commit does."""
    commit = record.source.commit
    text = code(commit[:COMMIT_LENGTH]) if commit else say("no-commit", language)
    return say("dirty", language, commit=text) if record.source.dirty else text


def _write_derived(record: Record, record_id: str, key: str, language: Language) -> str:
    if key == "date":
        return write_date(record.started, language)
    if key == "commit":
        return write_commit(record, language)
    if key == "doctool":
        return escape(str(record.environment.get("doctool", ""))) or say("unknown", language)
    return code({"protocol": record.protocol, "record": record_id, "command": record.command}[key])


def _write_value(key: str, value: object, language: Language, unit: str | None) -> str:
    if isinstance(value, bool):
        return say("on" if value else "off", language)
    if not isinstance(value, int | float):
        return escape(str(value)) if value is not None else ""
    if key.endswith("_bytes"):
        return format_quantity(float(value), unit, language) if unit else _write_size(float(value), language)
    number = format_number(value, 0 if float(value).is_integer() else 1, language)
    return f"{number} W" if key.endswith("_w") else number


def _write_without_gpu(key: str, value: object, language: Language) -> str | None:
    """Return the words for a GPU's fact where the CPU was measured, None if the key is about something else."""
    if key == "gpu" and value is not None:
        return say("gpu-unused", language, gpu=escape(str(value)))
    if value is not None:
        return None
    if key in _CUDA_KEYS:
        return say("no-cuda", language)
    return say("no-gpu", language) if key in _GPU_KEYS or key.startswith("gpu") else None


def _write_size(size_bytes: float, language: Language) -> str:
    return f"{format_number(size_bytes / 2**30, 1, language)} GiB"
