"""A JSON record as one flat table: `outer.inner` in lower case, whatever its nesting."""

from __future__ import annotations

import json
from collections.abc import Mapping

_MAX_DEPTH = 7
"""OTLP's JSON reaches six levels down to an attribute's value."""
_MAX_FIELDS = 400
"""Fields that are looked at; a record's own parts stand among its first."""
_NESTED_NAMES = (
    *("name", "level", "message", "msg", "stringvalue", "logger"),
    *("levelstr", "$date", "$numberlong"),  # log4js, and MongoDB's extended JSON
)


def flatten(record: Mapping[str, object]) -> dict[str, object]:
    """Each value under its path; of a nested object also its name, level or message under its own
    key; of a list of objects the first; of a list of `key` and `value` each by its key."""
    flat: dict[str, object] = {}
    _add(flat, "", record, 0)
    return flat


def _add(flat: dict[str, object], prefix: str, record: Mapping[str, object], depth: int) -> None:
    for key, value in record.items():
        if len(flat) >= _MAX_FIELDS:
            return
        name = prefix + key.lower()
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _add_list(flat, name, value, depth)
        elif isinstance(value, dict):
            if depth < _MAX_DEPTH:
                _add(flat, f"{name}.", value, depth + 1)
            best = _own_value(value)
            if best is not None:
                flat.setdefault(name, best)
        elif prefix:
            flat.setdefault(name, value)
        else:
            flat[name] = value


def _add_list(flat: dict[str, object], name: str, values: list[object], depth: int) -> None:
    if depth >= _MAX_DEPTH:
        return
    first = values[0]
    if isinstance(first, dict) and {"key", "value"} <= first.keys():
        for pair in values[:_MAX_FIELDS]:
            if isinstance(pair, dict) and isinstance(pair.get("key"), str):
                _add(flat, f"{name}.", {pair["key"]: pair.get("value")}, depth + 1)
    elif isinstance(first, dict):
        _add(flat, f"{name}.", first, depth + 1)


def _own_value(record: Mapping[str, object]) -> object:
    lowered = {key.lower(): value for key, value in record.items()}
    best = next((lowered[name] for name in _NESTED_NAMES if name in lowered), None)
    return None if isinstance(best, dict | list) else best


def text_of(value: object) -> str:
    """A text as it is; journald's list of bytes as the text that they are; else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(_is_byte(one) for one in value):
        return bytes(value).decode("utf-8", "backslashreplace")
    return json.dumps(value, ensure_ascii=False)


def _is_byte(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255
