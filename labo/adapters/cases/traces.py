"""Spans of a case folder: OTLP/JSON traces (`ExportTraceServiceRequest`, one a line)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labo.domain.entities.series import TimedSpan
from labo.domain.telemetry.spans.timed import timed_spans
from labo.errors import InvalidInput


def read_spans(requests: Iterable[tuple[str, object]]) -> list[TimedSpan]:
    """All spans, in order. `requests` are (position in the file, JSON value).

    Raises `InvalidInput` at that position when a value is not an export request.
    """
    spans: list[TimedSpan] = []
    for where, request in requests:
        for resource in _checked(request, "resourceSpans", where):
            _checked(resource.get("resource", {}), "attributes", where)
            for scope in _checked(resource, "scopeSpans", where):
                _checked(scope, "spans", where)
        spans.extend(timed_spans(request))
    return spans


def dependencies_of(spans: Sequence[TimedSpan]) -> tuple[tuple[str, str], ...]:
    """(caller, callee) pairs of components, sorted: a span's parent lies in the caller."""
    services = {(span.trace, span.id): span.component for span in spans}
    pairs = (
        (services.get((span.trace, span.parent), span.component), span.component) for span in spans
    )
    return tuple(sorted({(caller, callee) for caller, callee in pairs if caller != callee}))


def _checked(holder: object, name: str, where: str) -> list[dict[str, object]]:
    if not isinstance(holder, dict):
        raise InvalidInput("an object is expected", where=where)
    items = holder.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput(f"{name} is a list of objects", where=where)
    return items
