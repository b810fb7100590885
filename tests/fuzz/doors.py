"""The doors, each as one function: a seed's input in, and what it may not do is an error."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from graphql import GraphQLError, GraphQLSchema, parse

from api.graphql.incidents import IncidentType
from api.graphql.limits import measure
from api.graphql.pagination import key_of, window
from api.graphql.schema import build_schema
from labo.adapters.log_files.lines import MAX_LINE
from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.sources import SOURCES
from labo.adapters.sources.redaction import MAX_LABELS, MAX_RAW
from labo.adapters.sources.source import Source
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.entities.masking import mask, redact, visible
from labo.domain.incidents.events import Event
from labo.domain.telemetry.logs.lines import SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.errors import InvalidInput
from labo.services.ingest.log_reader import LogOrigin, LogReader
from tests.fuzz import samples
from tests.fuzz.mutation import as_body, strange_bytes, strange_json, strange_text

Door = Callable[[random.Random], int]
"""Draws an input, lets it in, checks what came of it; returns the input's length."""

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
_MOST_OF_EVENT = 200_000
"""Characters: a hundred labels of a thousand, a payload of 32,000, and the rest."""

_KINDS = (
    *("", "application/json", "text/plain", "application/x-www-form-urlencoded"),
    *("application/cloudevents+json", "application/cloudevents-batch+json", "text/xml"),
)


def hook(source: Source) -> Door:
    """A webhook's body with its headers, as it is read from the wire, to events to be stored."""

    def enter(rng: random.Random) -> int:
        body, kind, headers = _delivery(source.name, rng)
        if not source.reads(kind, headers):
            return len(body)
        try:
            payload = source.decode(body, kind, headers)
            normalised = source.normalise(payload, {**headers, "content-type": kind})
        except InvalidInput:
            return len(body)
        for event in normalised.events:
            _check_event(event)
        assert len(normalised.refused) <= len(body), "refusals are not bounded"
        return len(body)

    return enter


def _delivery(source: str, rng: random.Random) -> tuple[bytes, str, dict[str, str]]:
    """A recorded body made strange, in part as JSON, and the headers that came with it."""
    sample = rng.choice(samples.bodies(source))
    kind = rng.choice(_KINDS) if rng.random() < 0.1 else sample.kind
    headers = {
        name: strange_text(value, rng)[:1_000] if rng.random() < 0.2 else value
        for name, value in sample.headers.items()
    }
    if sample.value is None or rng.random() < 0.1:
        return strange_bytes(sample.body, rng), kind, headers
    return as_body(strange_json(sample.value, rng)), kind, headers


def _check_event(event: Event) -> None:
    shown = repr(event)
    assert len(event.raw) <= MAX_RAW + 2_000, "raw is not bounded"
    assert len(event.labels) <= MAX_LABELS, "labels are not bounded"
    assert len(shown) <= _MOST_OF_EVENT, "the event is not bounded"
    texts = (event.title, event.description, event.source_event_id, event.dedup_key, event.raw)
    for text in (*texts, *event.labels, *event.labels.values(), *event.links):
        text.encode("utf-8")


def otlp(signal: Signal) -> Door:
    """A request in JSON or protobuf, checked as by the API and rolled up as by the stream."""

    def enter(rng: random.Random) -> int:
        is_json = rng.random() < 0.5
        if is_json:
            body = as_body(strange_json(samples.otlp_json(signal), rng))
        else:
            body = strange_bytes(samples.otlp_protobuf(signal), rng)
        try:
            checked = check(signal, body, is_json=is_json)
            intake = OtlpIntake("default")
            entry = OtlpEntry("default", signal.value, "", 1.8e9, "d", b"".join(checked.parts))
            read = intake.read(entry)
        except InvalidInput:
            return len(body)
        intake.roll([read])
        return len(body)

    return enter


def log_line(rng: random.Random) -> int:
    """A line through parsing, assessing, redaction and templates; what is stored can be stored.
    One in five hundred is as long as the longest that is read at once."""
    text = strange_text(rng.choice(samples.log_lines()), rng)
    if text and rng.random() < 0.002:
        text = (text * (1 + MAX_LINE // len(text)))[:MAX_LINE]
    line = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    origin = LogOrigin("default", "shop", "app")
    reader = LogReader(origin, LineParser(NOW).parse, _templates().name_all)
    for read in (reader.read([(SourceLine("f", 1, line), None)], NOW), reader.flush(NOW)):
        for event in read.events:
            _check_event(event)
        assert all(len(one.body) <= 4 * len(line) + 100 for one in read.lines), "the line grew"
    return len(line)


@cache
def _templates() -> LogTemplates:
    return LogTemplates()


def text(rng: random.Random) -> int:
    """Any text through the redactor: bounded, printable, and not masked twice."""
    given = strange_text(rng.choice(samples.texts()), rng)
    shown = redact(given)
    assert len(shown) <= 2 * len(given) + 100, "the text grew"
    assert visible(mask(given)) == mask(given), "something hidden is left"
    assert len(mask(given, 50)) <= 50, "longer than asked"
    return len(given)


def graphql(rng: random.Random) -> int:
    """Cursors, page sizes, ids, and documents measured before anything runs."""
    after = strange_text(base64.urlsafe_b64encode(b'["2026-01-01T00:00:00Z","k"]').decode(), rng)
    first = rng.choice((1, 20, 100, 0, -1, 101, 10**30))
    document = strange_text(rng.choice(samples.DOCUMENTS), rng)[:5_000]
    for work in (
        lambda: window(first, after).moment,
        lambda: key_of(IncidentType, after),
        lambda: measure(
            _schema(), parse(document, max_tokens=2_000), {"n": rng.choice((1, 1e9, "x"))}
        ),
    ):
        try:
            work()
        except (InvalidInput, GraphQLError):
            continue
    return len(after) + len(document)


@cache
def _schema() -> GraphQLSchema:
    found: GraphQLSchema = build_schema()._schema
    return found


DOORS: dict[str, Door] = {
    **{f"hook {name}": hook(source) for name, source in SOURCES.items()},
    **{f"otlp {signal.value}": otlp(signal) for signal in Signal},
    "log line": log_line,
    "text": text,
    "graphql": graphql,
}
