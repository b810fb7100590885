"""Log records of a request as parsed lines."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from labo.adapters.otlp.resources import Services, attributes_of
from labo.domain.entities.keys import digest
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine, level_of, level_of_severity
from labo.domain.telemetry.spans.span import MAX_AHEAD_S, NANOS, Service

_MAX_BODY = 32_000
_MAX_DEPTH = 8
_FORMAT = "otlp"

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def read_records(
    request: ExportLogsServiceRequest, services: Services, header: str, received_at: float
) -> Iterator[tuple[Service, SourceLine, ParsedLine]]:
    """Every usable record. Its identity is its content and its position among equal ones of the
    request, so that sending it again, in whatever batch, gives the same line."""
    seen: Counter[bytes] = Counter()
    for resource_logs in request.resource_logs:
        service, instance = services.of(resource_logs.resource, header)
        file = digest("otlp", service.system, service.component, length=24)
        for scope in resource_logs.scope_logs:
            for record in scope.log_records:
                text = _text(record)
                if not text:
                    continue
                content = record.SerializeToString(deterministic=True) + instance.encode()
                seen[content] += 1
                identity = hashlib.blake2b(
                    content, digest_size=7, salt=seen[content].to_bytes(8, "big")
                ).digest()
                source = SourceLine(file, int.from_bytes(identity, "big"), text)
                yield service, source, _parsed(record, text, received_at)


def _parsed(record: LogRecord, text: str, received_at: float) -> ParsedLine:
    level = level_of_severity(int(record.severity_number)) or level_of(record.severity_text)
    nanos = record.time_unix_nano or record.observed_time_unix_nano
    at = nanos / NANOS if 0 < nanos / NANOS <= received_at + MAX_AHEAD_S else received_at
    return ParsedLine(text, datetime.fromtimestamp(at, UTC), level, None, text, _FORMAT)


def _text(record: LogRecord) -> str:
    """The body, and the exception that came with it."""
    value = _value(record.body)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    text = text or record.event_name
    if record.attributes:
        attributes = attributes_of(record.attributes)
        parts = (attributes.get("exception.type"), attributes.get("exception.message"))
        failure = ": ".join(str(part) for part in parts if part)
        if failure and failure not in text:
            text = f"{text}: {failure}" if text else failure
    return text[:_MAX_BODY].rstrip()


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
