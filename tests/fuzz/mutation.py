"""Samples made strange: one seed, one input."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 1e308, -1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), "", " ", "0", "NaN", "null", "[]", [], {}, [[]],
    [None], {"": None}, {"a": {"a": {"a": []}}}, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-01-01T00:00:00+99:99", "1764490163", 1764490163123,
    "2026-01-01t00:00:00z", "\ud800", "\udfff\ud800", "a\0b", "\x1b[2J", "\u202e", "é" * 50,
    "\U0001f600", "x" * 5_000, "-" * 3_000, '"' * 2_000, "\\" * 2_000, " " * 2_000, "0" * 5_000,
    "a.b-" * 800, "password=", "token=" * 300, "://a:" * 300, "<pin>" * 300, "%s%n", "../" * 9,
    "{{7*7}}", "' OR 1=1 --", "resolved", "firing", "critical", 1.5, "1e999",
)  # fmt: skip
PIECES = (
    *(value for value in VALUES if isinstance(value, str)),
    " ", ": ", "=", '"', "'", "[", "]", "{", "}", "ERROR", "INFO", "2026-11-28T05:28:00Z ",
    "Nov 28 05:28:00 ", "28.11.2026 05:28 PM ", "1764490163.5 ", "at a.B.c(D.java:1)",
    "Caused by: ", "Traceback (most recent call last):", "\x1b[31m", "\t", "\r", "127.0.0.1", "500",
    'key="v\\"w" ', '{"level":"error"}', "[pid 1]", "E0128 05:28:00.000000", "<34>1 ", "99:99:99",
    "+2500", "Feb 30 ",
)  # fmt: skip


def strange_json(sample: Any, rng: random.Random) -> Any:
    """A JSON value with one to six of its places changed."""
    value = deepcopy(sample)
    for _ in range(rng.randint(1, 6)):
        value = _changed(value, rng)
    if rng.random() < 0.01:
        for _ in range(rng.choice((10, 100, 400))):
            value = [value] if rng.random() < 0.5 else {"a": value}
    return value


def _changed(value: Any, rng: random.Random) -> Any:
    places = _places(value)
    if not places or rng.random() < 0.02:
        return deepcopy(rng.choice(VALUES))
    holder, at = rng.choice(places)
    action = rng.random()
    if action < 0.5:
        holder[at] = deepcopy(rng.choice(VALUES))
    elif action < 0.6:
        del holder[at]
    elif action < 0.7 and isinstance(holder, dict):
        holder[rng.choice(("", "a.b", "password", "\ud800", "x" * 300, str(at) * 2))] = holder[at]
    elif action < 0.8 and isinstance(holder, list):
        holder += [deepcopy(holder[at]) for _ in range(rng.choice((1, 1, 2, 30)))]
    elif isinstance(holder[at], str):
        holder[at] = strange_text(holder[at], rng)
    else:
        other, place = rng.choice(places)
        holder[at] = deepcopy(other.get(place) if isinstance(other, dict) else None)
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each member of each object and list, at most some thousand."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(found) < 2_000:
        one = waiting.pop()
        if not isinstance(one, dict | list):
            continue
        for at, member in one.items() if isinstance(one, dict) else enumerate(one):
            found.append((one, at))
            if isinstance(member, dict | list):
                waiting.append(member)
    return found


def strange_text(sample: str, rng: random.Random) -> str:
    """A text with pieces put in, taken out, doubled; one in a hundred is long."""
    text = sample
    for _ in range(rng.randint(1, 5)):
        at, action = rng.randint(0, len(text)), rng.random()
        if action < 0.5:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif action < 0.7:
            text = text[:at] + text[at + rng.randint(1, 12) :]
        elif action < 0.8:
            text = text[:at]
        elif action < 0.9:
            text = (
                text[:at]
                + chr(rng.choice((rng.randrange(128), rng.randrange(0x11000))))
                + text[at:]
            )
        else:
            text = text[:at] + text[at : at + 20] * rng.randint(2, 20) + text[at:]
    if rng.random() < 0.01 and text:
        text = (text * (1 + 60_000 // len(text)))[:60_000]
    return text[:80_000]


def strange_bytes(sample: bytes, rng: random.Random) -> bytes:
    """A body with bytes changed, cut, put in or doubled."""
    body = bytearray(sample)
    for _ in range(rng.randint(1, 8)):
        at, action = rng.randint(0, max(len(body) - 1, 0)), rng.random()
        if action < 0.5 and body:
            body[at] = rng.randrange(256)
        elif action < 0.7:
            body[at:at] = rng.randbytes(rng.randint(1, 9))
        elif action < 0.85:
            del body[at : at + rng.randint(1, 30)]
        else:
            body[at:at] = body[at : at + rng.randint(1, 200)]
    return bytes(body)


def as_body(value: Any) -> bytes:
    """As a sender writes JSON, with what only Python's JSON knows too."""
    return json.dumps(value).encode("utf-8")
