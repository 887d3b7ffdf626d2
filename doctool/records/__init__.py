"""Records of measurements, and the directory that holds them."""

from __future__ import annotations

from doctool.records.decoding import decode
from doctool.records.record import (
    COMMIT_LENGTH,
    DIGEST_LENGTH,
    ID_LENGTH,
    NULL,
    OFF,
    ON,
    SCHEMA_VERSION,
    Block,
    Comparison,
    Estimate,
    Memory,
    Record,
    Refusal,
    Replicate,
    Result,
    Source,
    Trial,
    Verdict,
    Visit,
    encode,
    is_name,
)
from doctool.records.training import Evaluation, TrainingComparison, TrainingRun

__all__ = [
    "COMMIT_LENGTH",
    "DIGEST_LENGTH",
    "ID_LENGTH",
    "NULL",
    "OFF",
    "ON",
    "SCHEMA_VERSION",
    "Block",
    "Comparison",
    "Estimate",
    "Evaluation",
    "Memory",
    "Record",
    "Refusal",
    "Replicate",
    "Result",
    "Source",
    "TrainingComparison",
    "TrainingRun",
    "Trial",
    "Verdict",
    "Visit",
    "decode",
    "encode",
    "is_name",
]
