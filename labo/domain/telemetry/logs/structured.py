"""JSON lines and logfmt: the keys of common logging libraries, mapped to one form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from labo.domain.telemetry.logs.lines import Level, ParsedLine, level_of, level_of_severity
from labo.domain.telemetry.logs.timestamps import epoch_timestamp, parse_timestamp

_TIME_KEYS = (
    "timestamp", "@timestamp", "time", "ts", "datetime", "date", "@t", "eventtime", "asctime",
    "time_local", "timeunixnano", "t",
)  # fmt: skip
_LEVEL_KEYS = (
    "level", "severity", "severitytext", "levelname", "log.level", "loglevel", "lvl", "@l",
    "priority", "level_name", "severity_text", "severitynumber",
)  # fmt: skip
_COMPONENT_KEYS = (
    "component", "service", "service.name", "service_name", "logger", "logger_name", "loggername",
    "log.logger", "name", "module", "app", "application", "source", "caller", "category",
)  # fmt: skip
_MESSAGE_KEYS = (
    "message", "msg", "@m", "body", "event", "text", "short_message", "log", "@mt", "error", "err",
)  # fmt: skip
_PAIR = re.compile(r'([\w.@-]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_NESTED_NAMES = ("name", "level", "message", "msg", "stringvalue", "logger")
_MOST_DIGITS = 9
_PINO = {10: Level.DEBUG, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARNING, 50: Level.ERROR}


def parse_json(line: str, reference: datetime) -> ParsedLine | None:
    """A line that consists of one JSON object, else None."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _from_record(line, record, reference, "json") if isinstance(record, dict) else None


def parse_logfmt(line: str, reference: datetime) -> ParsedLine | None:
    """A line of `key=value` pairs with at least a message and a level or a time, else None."""
    pairs = {key: _unquoted(value) for key, value in _PAIR.findall(line)}
    lowered = {key.lower() for key in pairs}
    has_message = bool(lowered & {"msg", "message"})
    if not has_message or not lowered & {"level", "lvl", "severity", "time", "ts", "t"}:
        return None
    return _from_record(line, pairs, reference, "logfmt")


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]


def _from_record(
    line: str, record: Mapping[str, object], reference: datetime, name: str
) -> ParsedLine:
    fields = _flatten(record)
    message = _first(fields, _MESSAGE_KEYS)
    component = _first(fields, _COMPONENT_KEYS)
    return ParsedLine(
        line=line,
        timestamp=_time(fields, reference),
        level=_level(fields),
        component=str(component) if component not in (None, "") else None,
        message=_text(message).rstrip("\n") if message is not None else line,
        format=name,
    )


def _flatten(record: Mapping[str, object]) -> dict[str, object]:
    """Lower-case keys; of a nested object, `outer.inner` and its own name, level or message."""
    flat: dict[str, object] = {}
    for key, value in record.items():
        lowered = key.lower()
        if not isinstance(value, Mapping):
            flat[lowered] = value
            continue
        for inner, nested in value.items():
            if not isinstance(nested, Mapping | list):
                flat.setdefault(f"{lowered}.{str(inner).lower()}", nested)
        inner_names = {str(inner).lower(): nested for inner, nested in value.items()}
        best = next((inner_names[n] for n in _NESTED_NAMES if n in inner_names), None)
        if best is not None and not isinstance(best, Mapping | list):
            flat.setdefault(lowered, best)
    return flat


def _first(fields: Mapping[str, object], keys: tuple[str, ...]) -> object:
    return next((fields[key] for key in keys if fields.get(key) is not None), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(fields: Mapping[str, object], reference: datetime) -> datetime | None:
    for key in _TIME_KEYS:
        value = fields.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            moment = epoch_timestamp(value)
        else:
            moment = parse_timestamp(value, reference) if isinstance(value, str) else None
        if moment is not None:
            return moment
    return None


def _level(fields: Mapping[str, object]) -> Level | None:
    """Words; OpenTelemetry's severity numbers; pino's and bunyan's tens; syslog's 0 to 7."""
    key = next((key for key in _LEVEL_KEYS if fields.get(key) is not None), "")
    value = fields.get(key)
    number = _whole(value)
    if number is None:
        return level_of(value.strip()) if isinstance(value, str) else None
    if key == "severitynumber":
        return level_of_severity(number)
    if number >= 10:
        return _PINO.get(number // 10 * 10, Level.CRITICAL)
    if number <= 2:
        return Level.CRITICAL
    return {3: Level.ERROR, 4: Level.WARNING, 7: Level.DEBUG}.get(number, Level.INFO)


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) <= _MOST_DIGITS else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
