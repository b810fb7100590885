"""JSON lines and logfmt: which JSON format a record has, and its parts by that format's keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from labo.domain.telemetry.logs.components import component_name
from labo.domain.telemetry.logs.envelopes import without_colours
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.logs.levels import (
    Level,
    Scale,
    level_of_field,
    level_of_number,
    level_of_status,
)
from labo.domain.telemetry.logs.lines import ParsedLine
from labo.domain.telemetry.logs.records import flatten, text_of
from labo.domain.telemetry.logs.timestamps import Stamp, epoch_timestamp, read_timestamp

GENERAL = "json"
LOGFMT = "logfmt"
_SCALES: Mapping[str, Scale] = {
    "severitynumber": "otel", "severity_number": "otel",
    "levelno": "python", "priority": "syslog", "syslog_severity": "syslog",
    "syslog.severity": "syslog", "severity": "google", "severitylevel": "azure",
}  # fmt: skip
"""The keys that fix the scale of their numbers, in whatever format."""
# Each run of a key's characters is entered at its start only, so that no run is read twice.
_PAIR = re.compile(r'(?<![\w.@-])([\w.@-]++)=("(?:[^"\\]|\\.)*+"|[^\s"]*+)')
_REQUEST_NAMES = frozenset(
    {
        *("method", "request_method", "requestmethod", "http_method", "httpmethod", "verb"),
        *("csmethod", "cs-method", "clientrequestmethod", "routekey"),
    }
)
_PATH_NAMES = frozenset(
    {
        *("path", "uri", "url", "request_uri", "requesturi", "requestpath", "requesturl"),
        *("http_path", "csuristem", "cs-uri-stem", "clientrequesturi", "routekey"),
    }
)
_MOST_DIGITS = 9
_DECODER = json.JSONDecoder(strict=False)
"""Takes tabs and line feeds within texts, which careless writers leave as they are."""


class JsonFormats:
    """The JSON formats; the general one is for records that no other one claims."""

    def __init__(self, formats: Iterable[LogFormat], general: LogFormat) -> None:
        self._general = general
        self._by_key: dict[str, list[tuple[int, LogFormat]]] = {}
        for number, one in enumerate(formats):
            for key in one.requires[:1]:
                self._by_key.setdefault(key, []).append((number, one))

    def read_json(self, line: str, reference: datetime) -> tuple[ParsedLine, LogFormat] | None:
        """The parts of a line that consists of one JSON object, and its format, else None."""
        try:
            record = _DECODER.decode(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        fields = flatten(record)
        known = self.format_of(fields)
        return self._read(line, fields, known, GENERAL, reference), known

    def read_logfmt(self, line: str, reference: datetime) -> ParsedLine | None:
        """A line of `key=value` pairs with a message and a level or a time, or of a request, else
        None."""
        if "msg=" not in line and "message=" not in line and "status=" not in line:
            return None
        pairs = {key.lower(): _unquoted(value) for key, value in _PAIR.findall(line)}
        keys = pairs.keys()
        is_message = bool(keys & {"msg", "message"}) and bool(
            keys & {"level", "lvl", "severity", "time", "ts", "t"}
        )
        if not is_message and not ("status" in keys and keys & _REQUEST_NAMES):
            return None
        return self._read(line, pairs, self.format_of(pairs), LOGFMT, reference)

    def format_of(self, fields: Mapping[str, object]) -> LogFormat:
        """The first format all of whose required keys the record has."""
        candidates = [
            numbered
            for key in fields.keys() & self._by_key.keys()
            for numbered in self._by_key[key]
            if all(name in fields for name in numbered[1].requires)
        ]
        return min(candidates, key=lambda numbered: numbered[0])[1] if candidates else self._general

    def _read(
        self,
        line: str,
        fields: Mapping[str, object],
        known: LogFormat,
        general_name: str,
        reference: datetime,
    ) -> ParsedLine:
        stamp, time_rule = _time(fields, self._keys(known, "time"), reference)
        level, level_rule = _level(fields, self._keys(known, "level"), known)
        component, component_rule = _component(fields, self._keys(known, "component"))
        status = _status(fields, self._keys(known, "status"))
        message = next(
            (fields[k] for k in self._keys(known, "message") if fields.get(k) is not None), None
        )
        text = without_colours(text_of(message)).rstrip("\r\n") if message is not None else line
        if status is not None:
            text = _request(fields, status) if message in (None, "") else text
            if level is None or status >= 500:
                level, level_rule = (
                    max(level_of_status(status), level or Level.DEBUG, key=_RANK),
                    ("HTTP status"),
                )
        elif level is None and known.default_level:
            level, level_rule = known.default_level, "default of the format"
        return ParsedLine(
            line=line,
            timestamp=stamp.moment,
            level=level,
            component=component or known.component,
            message=text,
            format=general_name if known is self._general else known.name,
            status=status,
            time_problem=stamp.problem,
            level_rule=level_rule,
            time_rule=time_rule,
            component_rule=component_rule or ("implied by the format" if known.component else ""),
        )

    def _keys(self, known: LogFormat, part: str) -> tuple[str, ...]:
        """The format's own keys for a part; the general ones where it states none."""
        own = known.keys.get(part)
        return self._general.keys[part] if own is None else own


_RANK = list(Level).index


def _time(
    fields: Mapping[str, object], keys: Iterable[str], reference: datetime
) -> tuple[Stamp, str]:
    """Of the first key whose value can be read. `a+b`: a date and its clock, or seconds and
    nanoseconds."""
    problem = None
    for key in keys:
        values = [fields.get(one) for one in key.split("+")]
        if values[0] in (None, "") or None in values:
            continue
        stamp = _stamp(values, reference)
        if stamp.moment is not None:
            return stamp, f"key {key}"
        problem = problem or f"{key}: {stamp.problem}"
    return Stamp(None, problem), ""


def _stamp(values: list[object], reference: datetime) -> Stamp:
    value = values[0]
    if isinstance(value, str):
        text = " ".join(str(one) for one in values) if isinstance(values[-1], str) else value
        return read_timestamp(text, reference)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Stamp(None, "not a time")
    moment = epoch_timestamp(value)
    nanos = values[1] if len(values) > 1 else 0
    if moment is not None and isinstance(nanos, int) and 0 <= nanos < 10**9:
        moment = moment.replace(microsecond=nanos // 1000) if nanos else moment
    return Stamp(moment, None if moment else "not a time since 1970")


def _level(
    fields: Mapping[str, object], keys: Iterable[str], known: LogFormat
) -> tuple[Level | None, str]:
    """Of the first key whose value is a level."""
    for key in keys:
        value = fields.get(key)
        number = _whole(value)
        if number is not None:
            level = level_of_number(
                number, known.scale or _SCALES.get(key) or _SCALES.get(_own(key))
            )
            level = known.levels.get(str(number), level)
        elif isinstance(value, str) and value:
            value = without_colours(value)
            level = known.levels.get(value.lower()) or level_of_field(value)
        else:
            continue
        if level is not None:
            return level, f"key {key}"
    return None, ""


def _component(fields: Mapping[str, object], keys: Iterable[str]) -> tuple[str | None, str]:
    for key in keys:
        value = fields.get(key)
        name = component_name(value) if isinstance(value, str) else None
        if name is not None:
            return name, f"key {key}"
    return None, ""


def _status(fields: Mapping[str, object], keys: Iterable[str]) -> int | None:
    """The HTTP status, if the record reports a request."""
    for key in keys:
        number = _whole(fields.get(key))
        if number is not None and 100 <= number <= 599:
            is_request = any(_own(name) in _REQUEST_NAMES for name in fields) or any(
                _own(name) in _PATH_NAMES or name == "request" for name in fields
            )
            return number if is_request else None
    return None


def _request(fields: Mapping[str, object], status: int) -> str:
    """As access logs write it: the request in quotes, then its status."""
    request = fields.get("request")
    if not isinstance(request, str):
        parts = (_named(fields, _REQUEST_NAMES), _named(fields, _PATH_NAMES))
        request = " ".join(part for part in parts if part)
    return f'"{request}" {status}'


def _named(fields: Mapping[str, object], names: frozenset[str]) -> str:
    return next((str(value) for key, value in fields.items() if _own(key) in names), "")


def _own(key: str) -> str:
    return key.rpartition(".")[2]


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except (ValueError, RecursionError):
        return value[1:-1]


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) <= _MOST_DIGITS else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
