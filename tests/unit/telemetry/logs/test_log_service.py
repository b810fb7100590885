"""From lines to events and stored lines, with what they are handed to replaced by lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labo.adapters.log_files.templates import LogTemplates
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.telemetry.batches import TelemetryBatch
from labo.domain.telemetry.logs.lines import ParsedLine, SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.thresholds import ThresholdCounts, Thresholds
from labo.errors import Unavailable
from labo.services.ingest.log_reader import LogOrigin, LogReader
from labo.services.ingest.logs import LogService
from labo.stack.disk import DiskReserve

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


class Recorder:
    """Keeps what it is given, in order; refuses the first `refusals` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.said: list[str] = []
        self.events: list[Event] = []
        self.batches: list[TelemetryBatch] = []
        self._refusals = refusals

    async def accept(self, events: Sequence[Event]) -> None:
        if self._refusals:
            self._refusals -= 1
            raise Unavailable("the graph is away", retry_after=0)
        self.said.append("events")
        self.events += events

    async def append(self, batch: TelemetryBatch) -> None:
        self.said.append("lines")
        self.batches.append(batch)


def service(
    recorder: Recorder,
    component: str | None = None,
    thresholds: Thresholds = Thresholds(),  # noqa: B008  a frozen value
    patience_s: float = 60,
    has_room: Callable[[], None] = lambda: None,
) -> LogService:
    parser = LineParser(NOW)
    origin = LogOrigin("default", "shop", "app", component)
    counts = ThresholdCounts(thresholds)
    reader = LogReader(origin, parser.parse, LogTemplates().name_all, counts)
    return LogService(
        reader, parser, recorder.accept, recorder, has_room=has_room, patience_s=patience_s
    )


def sources(*texts: str) -> list[SourceLine]:
    return [SourceLine("f1", 100 * number, text) for number, text in enumerate(texts)]


async def ingest(taker: LogService, lines: list[SourceLine]) -> None:
    """All of them, to the end."""
    await taker.ingest(lines)
    await taker.flush()


async def test_an_error_line_becomes_an_event_with_its_template() -> None:
    """The event carries component, template, severity, time and the redacted line."""
    recorder = Recorder()
    line = "2024-01-15 10:30:45 [ERROR] pay - order 17 failed token=abcdef"
    await ingest(service(recorder), sources(line))

    (event,) = recorder.events
    (stored,) = recorder.batches[0].lines
    assert event.status is EventStatus.FIRING
    assert event.severity is Severity.ERROR
    assert event.starts_at == datetime(2024, 1, 15, 10, 30, 45, tzinfo=UTC)
    assert event.title == "order <*> failed token=<*>"
    assert event.labels == {
        "component": "pay",
        "system": "shop",
        "log.template": "order <*> failed token=<*>",
        "log.template_id": stored.template_id,
        "log.level": "ERROR",
        "log.logger": "pay",
        "log.evidence": "ERROR",
    }
    assert event.dedup_key == f"shop/pay:{stored.template_id}"
    assert json.loads(event.raw)["line"].endswith("token=***")
    assert (stored.id, stored.level, stored.component) == ("f1:0000000000000000", "ERROR", "pay")
    assert stored.body.endswith("token=***")
    assert recorder.said == ["events", "lines"]


async def test_reading_again_names_the_same_events() -> None:
    """Another process that reads the same lines, all or from the middle, raises the same ids."""
    lines = sources(*(f"2024-01-15 10:30:{n:02d} [ERROR] pay - order {n} failed" for n in range(9)))
    first, again, tail = Recorder(), Recorder(), Recorder()
    await ingest(service(first), lines)
    await ingest(service(again), lines)
    await ingest(service(tail), lines[4:])

    assert [event.id for event in first.events] == [event.id for event in again.events]
    assert [event.id for event in first.events] == [event.id for event in tail.events]
    assert len(first.events) == 1


async def test_warnings_become_an_event_when_there_are_many() -> None:
    """Below their threshold warnings are stored only."""
    recorder = Recorder()
    taker = service(recorder, thresholds=Thresholds(warning=3))
    slow = "2024-01-15 10:30:45 [WARN] pay - slow answer"
    await ingest(taker, sources(slow, slow))
    assert recorder.events == []

    await ingest(taker, sources(slow))
    assert [event.severity for event in recorder.events] == [Severity.WARNING]
    assert (taker.tally.warnings, taker.tally.events, taker.tally.lines) == (3, 1, 3)


async def test_lines_without_a_time_take_that_of_the_line_above() -> None:
    """A stack trace belongs to its record: no event of its own, the same time."""
    recorder = Recorder()
    taker = service(recorder)
    await ingest(
        taker,
        sources("2024-01-15 10:30:45 [ERROR] pay - failed", "\tat a.B(C.java:1)", "boom failed"),
    )

    assert len({line.timestamp for line in recorder.batches[0].lines}) == 1
    assert [event.labels["component"] for event in recorder.events] == ["pay", "app"]
    assert taker.tally.unparsed == 1


async def test_undated_lines_are_known_by_their_place() -> None:
    """In a file without any time stamp each reading names the same event."""
    first, again = Recorder(), Recorder()
    await ingest(service(first), sources("it failed"))
    await ingest(service(again), sources("it failed"))

    assert [event.id for event in first.events] == [event.id for event in again.events]


async def test_the_operators_component_wins() -> None:
    """A given component is that of every line."""
    recorder = Recorder()
    await ingest(service(recorder, component="checkout"), sources("[ERROR] pay - failed"))

    assert recorder.events[0].labels["component"] == "checkout"
    assert recorder.events[0].labels["log.logger"] == "pay"


async def test_an_outage_is_waited_out() -> None:
    """A graph that is away for a while costs time, no event."""
    recorder = Recorder(refusals=2)
    await ingest(service(recorder), sources("[ERROR] pay - failed"))

    assert recorder.said == ["events", "lines"]
    assert len(recorder.events) == 1


async def test_patience_ends() -> None:
    """After the given time the outage is the caller's to handle, and no line was stored."""
    recorder = Recorder(refusals=1)
    with pytest.raises(Unavailable):
        await ingest(service(recorder, patience_s=-1), sources("[ERROR] pay - failed"))

    assert recorder.said == []


async def test_nothing_is_written_while_the_disk_is_nearly_full(tmp_path: Path) -> None:
    """The reason is the operator's to read, and the lines are still in their file."""
    recorder = Recorder()
    taker = service(recorder, patience_s=-1, has_room=DiskReserve(tmp_path, 1 << 62).check)
    with pytest.raises(Unavailable, match="the disk is nearly full"):
        await ingest(taker, sources("[ERROR] pay - failed"))

    assert recorder.said == []


async def test_years_follow_the_reference() -> None:
    """A follower that runs into the new year dates its lines by the new year."""
    recorder = Recorder()
    taker = service(recorder)
    taker.date_from(datetime(2027, 1, 1, 0, 5, tzinfo=UTC))
    await ingest(taker, sources("Jan  1 00:01:00 host app[1]: it failed"))

    assert recorder.events[0].starts_at == datetime(2027, 1, 1, 0, 1, tzinfo=UTC)


async def test_a_stack_trace_raises_one_event_on_its_records_component() -> None:
    """Its lines are stored at the record's component and time, and count as no errors."""
    recorder = Recorder()
    taker = service(recorder)
    await ingest(
        taker,
        sources(
            "2024-01-15 10:30:45 [ERROR] pay - order 17 failed",
            "Traceback (most recent call last):",
            '  File "/srv/pay.py", line 42, in save',
            "pay.PayError: declined, token=abcdef",
            "2024-01-15 10:30:46 [INFO] pay - ready",
        ),
    )

    (event,) = recorder.events
    lines = [line for batch in recorder.batches for line in batch.lines]
    assert (event.title, event.labels["component"]) == ("order <*> failed", "pay")
    assert event.description.endswith("pay.PayError: declined, token=***")
    assert [line.level for line in lines] == ["ERROR", "INFO", "INFO", "INFO", "INFO"]
    assert [bool(line.template_id) for line in lines] == [True, False, False, False, True]
    assert {line.component for line in lines} == {"pay"}
    assert (taker.tally.errors, taker.tally.lines, taker.tally.unparsed) == (1, 5, 0)


async def test_no_secret_reaches_a_title_or_a_label() -> None:
    """Neither from the message nor from a stack trace's exception."""
    recorder = Recorder()
    lines = sources(
        "Traceback (most recent call last):",
        '  File "/srv/pay.py", line 42, in save',
        "pay.PayError: declined for postgres://pay:hunter2@db/pay with password: hunter3",
    )
    await ingest(service(recorder), lines)

    (event,) = recorder.events
    stored = [line.body for batch in recorder.batches for line in batch.lines]
    assert "declined" in event.title
    assert "hunter" not in "".join([*event.labels.values(), *stored])
    assert "hunter" not in event.title + event.description + event.raw


async def test_what_waits_is_known_by_its_first_line() -> None:
    """A batch that ends within a record is safe up to that record's first line."""
    recorder = Recorder()
    taker = service(recorder)
    lines = sources("[INFO] pay - ready", "[ERROR] pay - order 17 failed", "\tat a.B(C.java:1)")
    await taker.ingest(lines)

    assert taker.open == taker.latest == lines[1]
    assert [line.id for batch in recorder.batches for line in batch.lines] == [lines[0].id]
    await taker.flush()
    assert (taker.unfinished, len(recorder.events)) == (None, 1)


async def test_a_line_that_breaks_the_parser_is_stored_and_counted() -> None:
    """It ends nothing, and its words still count."""

    class Broken(LineParser):
        def parse(self, line: str) -> ParsedLine:
            if "boom" in line:
                raise OverflowError("cannot convert float infinity to integer")
            return super().parse(line)

    recorder = Recorder()
    parser = Broken(NOW)
    origin = LogOrigin("default", "shop", "app")
    reader = LogReader(origin, parser.parse, LogTemplates().name_all)
    taker = LogService(reader, parser, recorder.accept, recorder, has_room=lambda: None)
    await ingest(taker, sources("boom: it failed", "[ERROR] pay - order 17 failed"))

    assert [event.title for event in recorder.events] == ["boom: it failed", "order <*> failed"]
    assert (taker.tally.unreadable, taker.tally.lines) == (1, 2)


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "error", "msg": "lost \\ud800 \\u0000", "service": "a\\udfff"}',
        '{"level": "error", "msg": "x", "time": 1e308}',
        '{"level": "error", "msg": "x", "time": -62135596800}',
        '{"level": "error", "msg": "x", "time": "9999-12-31T23:59:59-23:00"}',
        '{"level": "error", "msg": "x", "time": "0001-01-01T00:00:00+23:00"}',
        "9999-12-31 23:59:59 [ERROR] pay - far ahead",
        '{"msg": "it failed", "level": ' + "9" * 5_000 + "}",
        "[ERROR] pay - " + "x" * 200_000,
        "[ERROR] " + "[" * 5_000,
    ],
)
async def test_odd_lines_become_events_that_every_store_takes(line: str) -> None:
    """Lone surrogates, NUL, absurd times and numbers, and lines without end."""
    recorder = Recorder()
    await ingest(service(recorder), sources(line))

    (stored,) = (line for batch in recorder.batches for line in batch.lines)
    (event,) = recorder.events
    assert len(stored.body) < 66_000
    assert 0 < stored.timestamp < datetime.now(UTC).timestamp() + 86_400
    json.dumps(event.labels, ensure_ascii=False).encode()
    assert "\0" not in event.title + event.description
