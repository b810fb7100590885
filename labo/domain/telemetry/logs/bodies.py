"""A structured body as a message that can be read, whose words a template keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

MESSAGE_KEYS = ("message", "@message", "msg", "@m", "log", "textpayload", "event", "error")
"""In this order; of a nested object its own message. As most logging libraries name it."""
_LEVEL_KEYS = frozenset({"level", "severity", "lvl", "loglevel", "log.level", "priority"})
_TIME_KEYS = frozenset({"time", "timestamp", "@timestamp", "ts", "date"})
_MAX_PAIRS = 12
_MAX_VALUE = 200
_MAX_DEPTH = 3
"""Of objects within objects, and of texts that are JSON within texts that are JSON."""
_MAX_LISTED = 3


def readable(body: Mapping[str, object], depth: int = 0) -> str:
    """The message that the body names; a bare name of an event with the other pairs, and without a
    message all pairs, in the order of their keys. Values are unquoted: what is quoted or stands
    behind `=` is data, which a template leaves out. A key is one word with its value's first, so
    that bodies with the same keys are not alike for that.

    >>> readable({"msg": "order 17 lost", "id": 17})
    'order 17 lost'
    >>> readable({"step": "backup", "state": "disk is full"})
    'state:disk is full, step:backup'
    """
    lowered = {key.lower(): (key, value) for key, value in body.items()}
    message = ""
    taken = ""
    for name in MESSAGE_KEYS:
        if name in lowered:
            taken, value = lowered[name]
            if message := _message(value):
                message = readable_json(message, depth + 1) or message
                break
    if message and len(message.split()) > 1:
        return message
    rest = _pairs({key: value for key, value in body.items() if key != taken or not message})
    return ", ".join(part for part in (message, rest) if part)


def readable_list(body: Sequence[object], depth: int = 0) -> str:
    """As `readable`, of the first items: a list is what a console's call was given.

    >>> readable_list(["charge failed", {"message": "card declined"}])
    'charge failed card declined'
    """
    items = (
        readable(one, depth) if isinstance(one, Mapping) else _value(one, 0)
        for one in body[:_MAX_LISTED]
    )
    return " ".join(item for item in items if item)


def readable_json(text: str, depth: int = 0) -> str | None:
    r"""As `readable`, of a JSON object or list, also as a quoted text; None for any other text.

    >>> readable_json('"{\\"message\\": \\"order 17 lost\\"}"')
    'order 17 lost'
    """
    text = unquoted(text)
    if not text.startswith(("{", "[")) or depth > _MAX_DEPTH:
        return None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(record, list):
        return readable_list(record, depth) or None
    return (readable(record, depth) or None) if isinstance(record, dict) else None


def unquoted(text: str) -> str:
    r"""The JSON object or list that a quoted text holds; any other text as it is.

    >>> unquoted('"{\\"a\\": 1}"'), unquoted('"GET / HTTP/1.1" 200')
    ('{"a": 1}', '"GET / HTTP/1.1" 200')
    """
    if text[:2] not in ('"{', '"['):
        return text
    try:
        inner = json.loads(text)
    except ValueError:
        return text
    return str(inner)


def _message(value: object) -> str:
    if isinstance(value, Mapping):
        inner = {str(key).lower(): one for key, one in value.items()}
        value = next((inner[name] for name in MESSAGE_KEYS if name in inner), "")
    return value.strip() if isinstance(value, str) else ""


def _pairs(body: Mapping[str, object], depth: int = 0) -> str:
    """Sorted, so that a sender's order of keys makes no other message."""
    parts = []
    for key in sorted(body, key=str)[:_MAX_PAIRS]:
        if not depth and key.lower() in _LEVEL_KEYS | _TIME_KEYS:
            continue
        if text := _value(body[key], depth):
            parts.append(f"{key}:{text}")
    return ", ".join(parts)


def _value(value: object, depth: int) -> str:
    if isinstance(value, Mapping):
        return f"({_pairs(value, depth + 1)})" if depth < _MAX_DEPTH and value else ""
    if isinstance(value, list):
        items = (
            [_value(one, depth + 1) for one in value[:_MAX_LISTED]] if depth < _MAX_DEPTH else []
        )
        return " ".join(item for item in items if item)
    if value is None:
        return ""
    return " ".join(str(value)[:_MAX_VALUE].split())
