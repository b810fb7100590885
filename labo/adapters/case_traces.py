"""Who calls whom, read from OTLP/JSON traces (`ExportTraceServiceRequest`, one a line)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labo.errors import InvalidInput

Span = tuple[str, str, str, str]


def dependencies_of(requests: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """(caller, callee) pairs of `service.name`, sorted: a span's parent lies in the caller.

    `requests` are (place in the file, JSON value). Raises `InvalidInput` at that place when a
    value is not an export request.
    """
    spans = [span for where, request in requests for span in _spans(request, where)]
    services = {(trace, span): service for service, trace, span, _ in spans}
    pairs = (
        (services.get((trace, parent), service), service) for service, trace, _, parent in spans
    )
    return tuple(sorted({(caller, callee) for caller, callee in pairs if caller != callee}))


def _spans(request: object, where: str) -> Iterator[Span]:
    for resource in _objects(request, "resourceSpans", where):
        service = _service(resource, where)
        for scope in _objects(resource, "scopeSpans", where):
            for span in _objects(scope, "spans", where):
                ids = [str(span.get(name, "")) for name in ("traceId", "spanId", "parentSpanId")]
                yield service, ids[0], ids[1], ids[2]


def _service(resource: dict[str, object], where: str) -> str:
    holder = resource.get("resource", {})
    for attribute in _objects(holder, "attributes", where):
        value = attribute.get("value")
        if attribute.get("key") == "service.name" and isinstance(value, dict):
            return str(value.get("stringValue", ""))
    return "unknown_service"


def _objects(holder: object, name: str, where: str) -> list[dict[str, object]]:
    if not isinstance(holder, dict):
        raise InvalidInput("an object is expected", where=where)
    items = holder.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput(f"{name} is a list of objects", where=where)
    return items
