"""Log formats as data: what a file in `format_files/` says, and how it is checked.

A text format is a regular expression (RE2) over a whole line, with the named groups of `GROUPS`.
A JSON format is a list of keys that a record has, and where its parts stand. docs/logs.md describes
both for those who add one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from labo.domain.telemetry.logs.fragments import expand
from labo.domain.telemetry.logs.levels import LEVEL_WORDS, Level, Scale
from labo.errors import InvalidInput
from labo.expressions import expression as compile_expression

GROUPS = frozenset({"timestamp", "level", "component", "message", "priority", "status"})
PARTS = ("time", "level", "component", "message", "status")
Envelope = Literal["", "any", "records"]
"""What is inside the message: nothing; any line, read again; or one only if it is a record by
itself, with a time or as JSON (a syslog message is mostly a text)."""

_TEXT_KEYS = frozenset({"expression"})
_JSON_KEYS = frozenset({"requires", "keys", "scale"})
_COMMON_KEYS = frozenset(
    {
        *("name", "order", "documentation", "component", "envelope", "levels", "default_level"),
        "message_below",
        "samples",
    }
)
_LAST = 1_000
"""The order of a format that states none: after the specific ones, before the generic."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A line, and what its parts must be; keys that are absent are not checked."""

    line: str
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class LogFormat:
    """A text format if `expression` is set, else a JSON format. `component` is the one that the
    format implies, for lines that name none; `levels` are words of this format alone.
    `message_below`: the message stands on the lines below, up to the next one that has a time."""

    name: str
    expression: str = ""
    component: str | None = None
    envelope: Envelope = ""
    levels: Mapping[str, Level] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: Scale | None = None
    default_level: Level | None = None
    message_below: bool = False
    order: int = _LAST
    documentation: str = ""
    samples: tuple[Sample, ...] = ()

    @property
    def is_json(self) -> bool:
        return not self.expression


def custom_format(name: str, expression: str, where: str = "") -> LogFormat:
    """A format from an operator's regular expression, matched against the whole line.

    Raises InvalidInput when it does not compile, has no group `message`, or names unknown ones.
    """
    where = where or f"log format {name!r}"
    expression = expand(expression, where)
    known = ", ".join(sorted(GROUPS))
    try:
        groups = compile_expression(expression).groups
    except ValueError as error:
        raise InvalidInput(
            f"not a regular expression: {error}",
            where=where,
            hint="check its brackets; RE2 has neither look-around nor back-references",
        ) from error
    if "message" not in groups:
        raise InvalidInput(
            "it has no group named message", where=where, hint=f"use (?P<message>…); known: {known}"
        )
    if unknown := sorted(set(groups) - GROUPS):
        raise InvalidInput(f"unknown group {unknown[0]!r}", where=where, hint=f"known: {known}")
    return LogFormat(name, expression)


def read_format(text: str, where: str, *, trusted: bool = False) -> LogFormat:
    """The format that a file's text declares.

    Raises InvalidInput, naming `where`, for anything that is not as documented; of a `trusted` file
    the expression is not compiled to see.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"invalid TOML: {error}", where=where, hint="see docs/logs.md"
        ) from error
    _check_keys(raw, where)
    name = _text(raw, "name", where)
    expression = _text(raw, "expression", where) if "expression" in raw else ""
    if trusted:
        expression = expand(expression, where)
    elif expression:
        expression = custom_format(name, expression, where).expression
    return LogFormat(
        name=name,
        expression=expression,
        component=_typed(raw, "component", str, None, where),
        envelope=_one_of(raw.get("envelope", ""), get_args(Envelope), "envelope", where),
        levels={
            word.lower(): _level(one, where)
            for word, one in _typed(raw, "levels", dict, {}, where).items()
        },
        requires=_names(raw.get("requires", []), "requires", where),
        keys=_keys(raw.get("keys", {}), where),
        scale=_one_of(raw.get("scale"), (None, *get_args(Scale)), "scale", where),
        default_level=_level(raw["default_level"], where) if "default_level" in raw else None,
        message_below=_typed(raw, "message_below", bool, False, where),
        order=_typed(raw, "order", int, _LAST, where),
        documentation=str(raw.get("documentation", "")),
        samples=tuple(_sample(one, where) for one in _typed(raw, "samples", list, [], where)),
    )


@cache
def built_in_formats() -> Mapping[str, LogFormat]:
    """The formats that come with the product, by name, in the order in which they are tried."""
    folder = files("labo.domain.telemetry.logs.format_files")
    formats = [
        read_format(file.read_text("utf-8"), file.name, trusted=True)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return {one.name: one for one in in_order(formats)}


def in_order(formats: Iterable[LogFormat]) -> list[LogFormat]:
    """By their order, then by name."""
    return sorted(formats, key=lambda one: (one.order, one.name))


def _check_keys(raw: Mapping[str, Any], where: str) -> None:
    own_keys = _TEXT_KEYS if "expression" in raw else _JSON_KEYS
    if unknown := sorted(set(raw) - own_keys - _COMMON_KEYS):
        hint = f"known: {', '.join(sorted(own_keys | _COMMON_KEYS))}"
        raise InvalidInput(f"unknown key {unknown[0]!r}", where=where, hint=hint)
    if "expression" not in raw and not raw.get("keys"):
        raise InvalidInput("it has neither expression nor keys", where=where, hint="give one")


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{key} must be a text", where=where, hint="see docs/logs.md")
    return value


def _typed(raw: Mapping[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    value = raw.get(key, default)
    if not isinstance(value, kind) and value is not default:
        names = {bool: "true or false", dict: "a table", int: "a whole number"}
        names |= {list: "a list of tables", str: "a text"}
        raise InvalidInput(f"{key} must be {names[kind]}", where=where, hint="see docs/logs.md")
    return value


def _one_of(value: Any, allowed: tuple[Any, ...], key: str, where: str) -> Any:
    if value not in allowed:
        hint = f"known: {', '.join(str(one) for one in allowed if one)}"
        raise InvalidInput(f"unknown {key} {value!r}", where=where, hint=hint)
    return value


def _level(value: Any, where: str) -> Level:
    if isinstance(value, str) and (level := LEVEL_WORDS.get(value.lower())):
        return level
    raise InvalidInput(f"unknown level {value!r}", where=where, hint=f"known: {', '.join(Level)}")


def _keys(raw: Any, where: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(raw, dict):
        raise InvalidInput("keys must be a table", where=where, hint='use [keys] with time = ["…"]')
    for part in raw:
        _one_of(part, PARTS, "part in keys", where)
    return {part: _names(names, f"keys of {part}", where) for part, names in raw.items()}


def _names(value: Any, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidInput(f"{key} must be a list of texts", where=where, hint='["…"]')
    return tuple(name.lower() for name in value)


def _sample(raw: Any, where: str) -> Sample:
    if not isinstance(raw, dict) or not isinstance(raw.get("line"), str):
        raise InvalidInput("a sample must have a line", where=where, hint='line = "…"')
    expected = {key: value for key, value in raw.items() if key != "line"}
    known = ("level", "error", "time", "component", "message", "status")
    for key in expected:
        _one_of(key, known, "key of a sample", where)
    return Sample(raw["line"], expected)
