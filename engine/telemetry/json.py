"""Whole executions as OTLP/JSON, one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable

from google.protobuf.json_format import MessageToDict

from engine.records import Hop
from engine.telemetry.forms import Form
from engine.telemetry.spans import SCOPE, Origin, Spans
from engine.telemetry.wire import ID, attributes_of

_FAILED = ',"status":{"code":2}'


class JsonFrame:
    """All spans of one form: a template, like `telemetry.wire.Frame`.

    Protobuf's own JSON encoding of a span takes thirty times as long.
    """

    __slots__ = ("_text",)

    def __init__(self, form: Form) -> None:
        attributes = [
            _text(MessageToDict(pair)).replace("%", "%%") for pair in attributes_of(form.attributes)
        ]
        attributes += [
            f'{{"key":{_text(key).replace("%", "%%")},"value":{{"doubleValue":%s}}}}'
            for key in form.values
        ]
        # OTLP/JSON has ids in hexadecimal, where protobuf's own JSON has base64.
        parent = "" if form.is_root else '"parentSpanId":"%s",'
        self._text = (
            f'{{"traceId":"%s","spanId":"%s",{parent}'
            f'"name":{_text(form.name).replace("%", "%%")},"kind":{int(form.kind)},'
            '"startTimeUnixNano":"%d","endTimeUnixNano":"%d",'
            f'"attributes":[{",".join(attributes)}]'
            f'{_FAILED if form.failed else ""},"flags":{form.flags}}}'
        )

    def root(self, trace: bytes, span: int, start: int, end: int, values: Iterable[float]) -> bytes:
        """One span of a form without a parent."""
        ids = trace.hex(), ID.pack(span).hex()
        return (self._text % (*ids, start, end, *map(_double, values))).encode()

    def child(
        self, trace: bytes, span: int, parent: int, start: int, end: int, values: Iterable[float]
    ) -> bytes:
        """One span of a form with a parent."""
        ids = trace.hex(), ID.pack(span).hex(), ID.pack(parent).hex()
        return (self._text % (*ids, start, end, *map(_double, values))).encode()


class Executions:
    """Writes executions as ExportTraceServiceRequest in OTLP/JSON."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._spans = Spans(origin, JsonFrame)
        self._heads: dict[str, str] = {}

    def line(self, hops: Iterable[Hop]) -> str:
        """One execution; empty when it has no spans."""
        held = self._spans.held
        for hop in hops:
            self._spans.add(hop)
        parts = [
            f"{self._head(name)}{b','.join(spans).decode()}]}}]}}" for name, spans in held.items()
        ]
        held.clear()
        return f'{{"resourceSpans":[{",".join(parts)}]}}\n' if parts else ""

    def _head(self, component: str) -> str:
        head = self._heads.get(component)
        if head is None:
            resource = _text(MessageToDict(self._origin.resource(component)))
            head = self._heads[component] = (
                f'{{"resource":{resource},"scopeSpans":[{{"scope":{{"name":"{SCOPE}"}},"spans":['
            )
        return head


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _double(value: float) -> str:
    return repr(float(value))
