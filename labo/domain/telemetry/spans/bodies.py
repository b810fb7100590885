"""Exemplar traces as OTLP/JSON text: merged from parts, and read back hop by hop."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labo.domain.telemetry.spans.span import NANOS, UNKNOWN_SERVICE, is_possible

MAX_SPANS = 1_000
"""Spans of a saved trace; it bounds the size of its text. By judgement."""
MAX_BODY = 1_000_000
"""Bytes of a saved trace. By judgement: a thousand spans of usual size."""
_ERROR = 2


@dataclass(frozen=True, slots=True)
class Hop:
    """One span of a saved trace. `parent` is empty for a root, or where it is missing; times in
    milliseconds, `offset_ms` from the trace's first span. `attributes` are texts."""

    span: str
    parent: str
    component: str
    name: str
    kind: int
    offset_ms: float
    duration_ms: float
    is_error: bool
    attributes: Mapping[str, str]


def merged_body(one: str, other: str) -> str:
    """Both texts' spans, each once by its id; at most `MAX_SPANS`, those of `one` first. Of
    `MAX_BODY` characters nothing is added any more."""
    if len(one) >= MAX_BODY:
        return one
    merged: list[dict[str, Any]] = []
    seen: set[str] = set()
    for text in (one, other):
        for resource in json.loads(text)["resourceSpans"]:
            scopes = []
            for scope in resource["scopeSpans"]:
                spans = [span for span in scope["spans"] if span["spanId"] not in seen]
                spans = spans[: max(0, MAX_SPANS - len(seen))]
                seen.update(span["spanId"] for span in spans)
                if spans:
                    scopes.append({**scope, "spans": spans})
            if scopes:
                merged.append({**resource, "scopeSpans": scopes})
    return json.dumps({"resourceSpans": merged}, separators=(",", ":"))


def hops_of(body: str) -> tuple[Hop, ...]:
    """The trace's spans, parents before their children and siblings in time.

    An invalid body has none.
    """
    try:
        found = list(_read(json.loads(body)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    if not found:
        return ()
    begin = min(start for start, _ in found)
    ids = {hop.span for _, hop in found}
    children: dict[str, list[tuple[int, Hop]]] = {}
    for start, hop in found:
        children.setdefault(hop.parent if hop.parent in ids else "", []).append((start, hop))
    ordered: list[Hop] = []
    waiting = sorted(children.pop("", []), key=_by_start, reverse=True)
    while waiting:
        start, hop = waiting.pop()
        ordered.append(_shifted(hop, (start - begin) * 1000 / NANOS, ids))
        waiting.extend(sorted(children.pop(hop.span, []), key=_by_start, reverse=True))
    return tuple(ordered)  # spans in a cycle of parents are under no root, and so left out


def path_of(hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """The components in the order in which the trace reached them, each once."""
    return tuple(dict.fromkeys(hop.component for hop in hops))


def _by_start(item: tuple[int, Hop]) -> tuple[int, str]:
    return item[0], item[1].span


def _shifted(hop: Hop, offset_ms: float, ids: set[str]) -> Hop:
    parent = hop.parent if hop.parent in ids else ""
    return Hop(
        hop.span,
        parent,
        hop.component,
        hop.name,
        hop.kind,
        round(offset_ms, 3),
        hop.duration_ms,
        hop.is_error,
        hop.attributes,
    )


def _read(value: Mapping[str, Any]) -> Iterator[tuple[int, Hop]]:
    for resource in value["resourceSpans"]:
        of_resource = _texts(resource.get("resource", {}).get("attributes", []))
        component = of_resource.get("service.name") or of_resource.get("host.name")
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                start, end = _times(span)
                yield (
                    start,
                    Hop(
                        str(span["spanId"]),
                        str(span.get("parentSpanId", "")),
                        component or UNKNOWN_SERVICE,
                        str(span.get("name", "")),
                        int(span.get("kind", 0)),
                        0.0,
                        round((end - start) * 1000 / NANOS, 3),
                        span.get("status", {}).get("code") == _ERROR,
                        _texts(span.get("attributes", [])),
                    ),
                )


def _times(span: Mapping[str, Any]) -> tuple[int, int]:
    """Start and end; the same moment twice where a span can't have lasted so long."""
    start, end = int(span.get("startTimeUnixNano", 0)), int(span.get("endTimeUnixNano", 0))
    if is_possible(start, end):
        return start, end
    moment = max(start, end)
    return moment, moment


def _texts(pairs: list[Any]) -> dict[str, str]:
    return {str(pair["key"]): _text(pair.get("value", {})) for pair in pairs}


def _text(value: Mapping[str, Any]) -> str:
    """OTLP/JSON wraps a value in one member that names its type."""
    inner = next(iter(value.values()), "")
    if isinstance(inner, bool):
        return "true" if inner else "false"
    return inner if isinstance(inner, str) else json.dumps(inner)
