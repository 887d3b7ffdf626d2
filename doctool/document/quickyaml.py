"""Reads the plain YAML that doctool writes into begin comments, thirty times faster than a YAML library.

It answers only where there is no doubt; for anything else the caller uses `yamltext`, and a test holds the two to the
same values.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_PLAIN = r"[^\W\d_][\w\-/=.()%²]*(?: [\w\-/=.()%²]+)*"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f-\xa0\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]|\\["\\nt]|\\u[0-9a-c][0-9a-f]{3})*"'
_SCALAR = rf"{_PLAIN}|{_QUOTED}"
_PAIR = re.compile(rf" ?({_SCALAR}): ?({_SCALAR})(,|\Z)")
_NESTED = re.compile(rf" ?({_SCALAR}): \{{([^{{}}]*)\}}(,|\Z)")
_LINE = re.compile(rf"({_SCALAR}):(?: ({_SCALAR})| \{{(.*)\}}| ?)")
_ITEM = re.compile(rf"  - ({_SCALAR})")
_WORDS = frozenset({"true", "false", "null"})


class _InDoubt(Exception):  # noqa: N818 - it never leaves this module
    pass


def read_plain(text: str) -> dict[str, Any] | None:
    """Return what `yamltext.parse` would, or None where only that can tell."""
    try:
        return _block(text.split("\n"))
    except _InDoubt:
        return None


def _block(rows: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = 0
    while position < len(rows):
        row = rows[position]
        position += 1
        if not row:
            continue
        line = _LINE.fullmatch(row)
        if line is None:
            raise _InDoubt
        if line[2] is not None:
            value: Any = _scalar(line[2])
        elif line[3] is not None:
            value = _flow(line[3])
        else:
            end = position
            while end < len(rows) and rows[end].startswith("  "):
                end += 1
            value = _indented(rows[position:end])
            position = end
        _put(found, _scalar(line[1]), value)
    if not found:
        raise _InDoubt
    return found


def _indented(rows: list[str]) -> Any:
    if not rows:
        raise _InDoubt
    items = [_ITEM.fullmatch(row) for row in rows]
    if items[0]:
        return [_scalar(_sure(item)[1]) for item in items]
    if any(row.startswith("   ") for row in rows):
        raise _InDoubt
    block = _block([row[2:] for row in rows])
    if any(isinstance(value, list) for value in block.values()):
        raise _InDoubt
    return block


def _sure(match: re.Match[str] | None) -> re.Match[str]:
    if match is None:
        raise _InDoubt
    return match


def _flow(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair:
            _put(found, _scalar(pair[1]), _scalar(pair[2]))
        else:
            pair = _sure(_NESTED.match(text, position))
            _put(found, _scalar(pair[1]), _flow(pair[2]))
        position = pair.end()
    if text.endswith(","):
        raise _InDoubt
    return found


def _scalar(text: str) -> str:
    if text.startswith('"'):
        try:
            return str(msgspec.json.decode(text))
        except msgspec.DecodeError:
            raise _InDoubt from None
    if text.lower() in _WORDS:
        raise _InDoubt
    return text


def _put(found: dict[str, Any], key: str, value: Any) -> None:
    if key in found:
        raise _InDoubt
    found[key] = value
