"""Log records of a request as parsed lines."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from labo.adapters.otlp.refusals import MESSAGE_KEYS
from labo.adapters.otlp.resources import Services, attributes_of
from labo.domain.entities.keys import digest
from labo.domain.telemetry.logs.bodies import readable, readable_json, readable_list
from labo.domain.telemetry.logs.formats import LogFormat
from labo.domain.telemetry.logs.lines import (
    Level,
    ParsedLine,
    SourceLine,
    level_of,
    level_of_severity,
)
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.stack_traces import headline
from labo.domain.telemetry.spans.span import MAX_AHEAD_S, NANOS, Service, Value

_MAX_BODY = 32_000
"""Characters of a record; the rest is cut with a mark."""
_MAX_DEPTH = 8
_MAX_WRITER = 200
_FORMAT = "otlp"
_LEVEL_KEYS = (
    *("level", "log.level", "severity", "severity_text", "levelname", "level_name", "loglevel"),
    *("log_level", "lvl", "detected_level", "syslog.severity"),
)
"""Attributes that name a record's level, in this order."""
_PRIORITY_KEYS = ("PRIORITY", "priority", "syslog.priority")
"""Attributes that hold a syslog severity, 0 to 7."""
_WRITER_KEYS = ("log.iostream", "log.file.path", "log.file.name", "k8s.container.name", "thread.id")
"""Attributes that tell apart what writes under one resource."""

_EXCEPTION_KEYS = ("exception.type", "exception.stacktrace")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
_NOTHING: tuple[Json, ...] = (None, "", {}, [])


def read_records(
    request: ExportLogsServiceRequest,
    services: Services,
    header: str,
    received_at: float,
    part: int = 0,
    formats: tuple[LogFormat, ...] = (),
) -> Iterator[tuple[Service, SourceLine, ParsedLine]]:
    """Every usable record. Its identity is its content and its position among equal ones of the
    request, so that sending it again, in whatever batch, gives the same line. The equal ones of a
    large request's other parts are other lines. `formats` are the operator's own."""
    parser = LineParser(datetime.fromtimestamp(received_at, UTC), custom=formats)
    seen: Counter[bytes] = Counter()
    for resource_logs in request.resource_logs:
        service, instance = services.of(resource_logs.resource, header)
        file = digest("otlp", service.system, service.component, length=24)
        for scope in resource_logs.scope_logs:
            for record in scope.log_records:
                attributes = attributes_of(record.attributes)
                parsed = _parsed(record, attributes, parser, received_at)
                if not parsed.line:
                    continue
                content = record.SerializeToString(deterministic=True) + instance.encode()
                seen[content] += 1
                position = (part << 32) + seen[content]
                identity = hashlib.blake2b(
                    content, digest_size=7, salt=position.to_bytes(8, "big")
                ).digest()
                marks = (instance, scope.scope.name, *(attributes.get(key) for key in _WRITER_KEYS))
                writer = "|".join(str(mark) for mark in marks if mark)[:_MAX_WRITER]
                offset = int.from_bytes(identity, "big")
                yield service, SourceLine(file, offset, parsed.line, writer), parsed


def _parsed(
    record: LogRecord, attributes: Mapping[str, Value], parser: LineParser, received_at: float
) -> ParsedLine:
    """The record's own level and time win over what its body says."""
    stated = level_of_severity(int(record.severity_number)) or level_of(record.severity_text)
    body = _value(record.body)
    named = record.event_name or str(attributes.get("event.name", ""))
    said = (str(attributes[key]) for key in MESSAGE_KEYS if attributes.get(key))
    inner = _read_body(next(said, "") if body in _NOTHING else body, named, parser)
    if stated is not None and not isinstance(body, dict | list) and inner.line[:1] != "{":
        inner = inner._replace(message=inner.line)  # the line as its sender shows it
    inner = _with_exception(inner, attributes)
    level = stated or _level_of_attributes(attributes, parser) or inner.level
    if level is None and any(attributes.get(key) for key in _EXCEPTION_KEYS):
        level = Level.ERROR
    return inner._replace(
        line=inner.line.rstrip(),
        timestamp=_time(record, inner, received_at),
        level=level,
        component=None,
        format=inner.format if inner.format == "access" else _FORMAT,
    )


def _read_body(body: Json, event_name: str, parser: LineParser) -> ParsedLine:
    if isinstance(body, dict) and body:
        named: dict[str, object] = {"event": event_name} if event_name else {}
        found = parser.parse(json.dumps(body))
        message = readable({**named, **{str(key): value for key, value in body.items()}})
        return found._replace(line=_cut(json.dumps(body, ensure_ascii=False)), message=message)
    text = body if isinstance(body, str) else "" if body in _NOTHING else json.dumps(body)
    text = _cut(text or event_name)
    found = parser.parse(text)
    if isinstance(body, list):
        return found._replace(line=text, message=readable_list(body))
    # A bare name of an event is read together with what stands beside it, as in a map.
    whole = text if text[:1] == "{" and " " not in found.message else found.message
    return found._replace(line=text, message=readable_json(whole) or found.message)


def _with_exception(line: ParsedLine, attributes: Mapping[str, Value]) -> ParsedLine:
    """With the exception that the attributes describe, unless the body has it already."""
    parts = (attributes.get("exception.type"), attributes.get("exception.message"))
    failure = ": ".join(str(part) for part in parts if part)
    if not line.line and not failure:
        failure = headline(str(attributes.get("exception.stacktrace", "")).strip())
    if not failure or failure in line.line:
        return line
    text, message = (f"{one}: {failure}" if one else failure for one in (line.line, line.message))
    return line._replace(line=_cut(text), message=message)


def _level_of_attributes(attributes: Mapping[str, Value], parser: LineParser) -> Level | None:
    for key in _LEVEL_KEYS:
        value = attributes.get(key)
        if value not in (None, ""):
            found = level_of(value) if isinstance(value, str) else None
            return found or parser.parse(json.dumps({"level": value})).level
    for key in _PRIORITY_KEYS:
        value = attributes.get(key)
        if value not in (None, ""):
            return parser.parse(json.dumps({"priority": value})).level
    return None


def _time(record: LogRecord, line: ParsedLine, received_at: float) -> datetime:
    """The event's time, else the one in its text, else when it was observed or received."""
    latest = received_at + MAX_AHEAD_S
    stated = record.time_unix_nano / NANOS
    if 0 < stated <= latest:
        return datetime.fromtimestamp(stated, UTC)
    try:
        if line.timestamp is not None and 0 < line.timestamp.timestamp() <= latest:
            return line.timestamp.astimezone(UTC)
    except (OverflowError, ValueError):  # a year at the calendar's end
        pass
    observed = record.observed_time_unix_nano / NANOS
    return datetime.fromtimestamp(observed if 0 < observed <= latest else received_at, UTC)


def _cut(text: str) -> str:
    if len(text) <= _MAX_BODY:
        return text
    return f"{text[:_MAX_BODY]}… [{len(text) - _MAX_BODY} more characters were cut]"


def _value(value: AnyValue, depth: int = 0) -> Json:
    kind = value.WhichOneof("value")
    if kind is None or depth > _MAX_DEPTH:
        return None
    if kind == "kvlist_value":
        return {pair.key: _value(pair.value, depth + 1) for pair in value.kvlist_value.values}
    if kind == "array_value":
        return [_value(one, depth + 1) for one in value.array_value.values]
    found: str | bool | int | float | bytes = getattr(value, kind)
    return found.hex() if isinstance(found, bytes) else found
