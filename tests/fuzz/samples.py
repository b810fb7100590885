"""What the strange inputs are made of: real shapes, small."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from tests.builders.harmless import harmless_texts
from tests.builders.secrets_by_form import samples_by_form
from tests.builders.secrets_by_name import samples_by_name

_DATA = Path(__file__).parents[1] / "data"
_LINES = _DATA / "logs" / "labelled.tsv"
_SERVICE = {
    "attributes": [
        {"key": "service.name", "value": {"stringValue": "checkout"}},
        {"key": "service.namespace", "value": {"stringValue": "shop"}},
        {"key": "host.name", "value": {"stringValue": "h1"}},
    ]
}
_NANOS = "1764490163000000000"
_POINT = {
    "startTimeUnixNano": "1764490100000000000",
    "timeUnixNano": _NANOS,
    "attributes": [{"key": "http.route", "value": {"stringValue": "/a"}}],
}
_SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "parentSpanId": "",
    "name": "GET /a",
    "kind": 2,
    "startTimeUnixNano": "1764490162000000000",
    "endTimeUnixNano": _NANOS,
    "attributes": [
        {"key": "http.request.method", "value": {"stringValue": "GET"}},
        {"key": "db.system", "value": {"stringValue": "redis"}},
        {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}},
    ],
    "status": {"code": 2, "message": "refused"},
    "events": [{"timeUnixNano": _NANOS, "name": "exception"}],
    "links": [{"traceId": "0af7651916cd43dd8448eb211c80319d", "spanId": "b7ad6b7169203332"}],
}
_METRICS = [
    {"name": "up", "unit": "1", "gauge": {"dataPoints": [{**_POINT, "asDouble": 1.5}]}},
    {
        "name": "requests",
        "sum": {
            "dataPoints": [{**_POINT, "asInt": "17"}],
            "aggregationTemporality": 2,
            "isMonotonic": True,
        },
    },
    {
        "name": "latency",
        "histogram": {
            "dataPoints": [
                {**_POINT, "count": "3", "sum": 0.5, "bucketCounts": ["1", "1", "1"],
                 "explicitBounds": [0.1, 0.5], "min": 0.05, "max": 0.9}
            ],
            "aggregationTemporality": 1,
        },
    },
    {
        "name": "sizes",
        "exponentialHistogram": {
            "dataPoints": [
                {**_POINT, "count": "3", "sum": 9.0, "scale": 2, "zeroCount": "1",
                 "positive": {"offset": 1, "bucketCounts": ["1", "1"]}}
            ],
            "aggregationTemporality": 2,
        },
    },
    {
        "name": "old",
        "summary": {
            "dataPoints": [
                {**_POINT, "count": "4", "sum": 2.0,
                 "quantileValues": [{"quantile": 0.5, "value": 1}]}
            ]
        },
    },
]  # fmt: skip
_RECORD = {
    "timeUnixNano": _NANOS,
    "severityNumber": 17,
    "severityText": "ERROR",
    "body": {"kvlistValue": {"values": [{"key": "m", "value": {"stringValue": "failed: x"}}]}},
    "attributes": [{"key": "exception.type", "value": {"stringValue": "IOError"}}],
    "traceId": "0af7651916cd43dd8448eb211c80319c",
}
_REQUESTS: dict[Signal, dict[str, Any]] = {
    Signal.TRACES: {
        "resourceSpans": [{"resource": _SERVICE, "scopeSpans": [{"scope": {}, "spans": [_SPAN]}]}]
    },
    Signal.METRICS: {
        "resourceMetrics": [{"resource": _SERVICE, "scopeMetrics": [{"metrics": _METRICS}]}]
    },
    Signal.LOGS: {
        "resourceLogs": [{"resource": _SERVICE, "scopeLogs": [{"logRecords": [_RECORD, _RECORD]}]}]
    },
}
DOCUMENTS = (
    "{ incidents(first: 5) { nodes { key title status } } }",
    'query Q($n: Int = 5) { a: incidents(first: $n, after: "x") { edges { cursor node { id } } } }',
    "{ incidents { nodes { ...F } } } fragment F on Incident { events(first: 9) { nodes { id } } }",
    "{ __schema { types { name fields { name } } } }",
)


def otlp_json(signal: Signal) -> dict[str, Any]:
    """One request of the signal with every kind of its items."""
    return _REQUESTS[signal]


@cache
def otlp_protobuf(signal: Signal) -> bytes:
    """The same in protobuf."""
    checked = check(signal, json.dumps(_REQUESTS[signal]).encode(), is_json=True)
    return b"".join(checked.parts)


@dataclass(frozen=True)
class Body:
    """A webhook's body as it came; `value` is what it says, None where it is no JSON."""

    body: bytes
    kind: str
    headers: dict[str, str]
    value: Any


@cache
def bodies(source: str) -> tuple[Body, ...]:
    """What monitors of that kind sent, and generic bodies where none was recorded."""
    recorded = json.loads((_DATA / "hooks" / "bodies.json").read_text(encoding="utf-8"))
    found = [
        Body(one["body"].encode(), one["content_type"], one["headers"], _value(one["body"]))
        for one in recorded
        if one["source"] == source
    ]
    for path in sorted((_DATA / source).glob("*.json")):
        text = path.read_text(encoding="utf-8")
        found.append(Body(text.encode(), "application/json", {"ce-id": "1"}, _value(text)))
    return tuple(found) or bodies("generic")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@cache
def log_lines() -> tuple[str, ...]:
    """Lines of many formats."""
    return tuple(_LINES.read_text(encoding="utf-8").splitlines())


@cache
def texts() -> tuple[str, ...]:
    """Secrets, what only sounds like them, and log lines."""
    held = [sample.text for sample in (*samples_by_form(5), *samples_by_name(5))]
    return (*held, *harmless_texts(5), *log_lines())
