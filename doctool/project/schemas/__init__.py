"""The JSON Schemas of doctool.yaml and of records, generated from the types that read them.

The shipped `config.json` and `record.json` beside this file are what `schema_text` returns; a test keeps them so.
"""

from __future__ import annotations

import json
from typing import Literal

import msgspec

from doctool.project.config import Config
from doctool.records import Record

_TITLES = {"config": "doctool.yaml", "record": "A doctool record"}


def schema_text(kind: Literal["config", "record"]) -> str:
    """Return a schema as JSON text.

    Args:
        kind: Which of the two.
    """
    schema = msgspec.json.schema(Config if kind == "config" else Record)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLES[kind]}
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"
