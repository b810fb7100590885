"""OTLP's log records as lines and events: levels, maps, exceptions, traces line by line."""

from __future__ import annotations

import json

import pytest

from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.incidents.events import Event
from labo.domain.telemetry.batches import StoredLine
from labo.domain.telemetry.logs.formats import LogFormat, custom_format
from workers.stream.otlp_logs import OtlpLogs

NOW = 1_795_843_680.0
Record = dict[str, object]


def any_value(value: object) -> Record:
    if isinstance(value, dict):
        pairs = [{"key": key, "value": any_value(one)} for key, one in value.items()]
        return {"kvlistValue": {"values": pairs}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(one) for one in value]}}
    return {"intValue": value} if isinstance(value, int) else {"stringValue": value}


def record(body: object = None, attributes: Record | None = None, **fields: object) -> Record:
    made = dict(fields)
    if body is not None:
        made["body"] = any_value(body)
    pairs = (attributes or {}).items()
    made["attributes"] = [{"key": key, "value": any_value(value)} for key, value in pairs]
    return made


class Sender:
    """One service of one workspace, and what its requests come to."""

    def __init__(self, formats: tuple[LogFormat, ...] = ()) -> None:
        self.events: list[Event] = []
        self.lines: list[StoredLine] = []
        self.logs = OtlpLogs("default", LogTemplates(), formats)
        self._intake = OtlpIntake("default", formats)

    def send(self, *records: Record, instance: str = "a", stored: bool = True) -> None:
        attributes = [
            {"key": key, "value": {"stringValue": value}}
            for key, value in (("service.name", "cart"), ("service.instance.id", instance))
        ]
        logs = {"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": records}]}
        checked = check(Signal.LOGS, json.dumps({"resourceLogs": [logs]}).encode(), is_json=True)
        entry = OtlpEntry("default", "logs", "", NOW, "digest", b"".join(checked.parts))
        read = self.logs.read([self._intake.read(entry)])
        if stored:
            self.logs.commit()
            self.events += read.events
            self.lines += read.lines
        else:
            self.logs.rollback()


def sent(*records: Record) -> Sender:
    sender = Sender()
    sender.send(*records)
    return sender


@pytest.mark.parametrize(
    ("one", "level", "titles"),
    [
        (record("2026-11-28 10:00:00,123 INFO [main] c.e.Cart: failed order retried"), "INFO", []),
        (record('{"level":"info","msg":"failed payments report sent"}'), "INFO", []),
        (record({"MESSAGE": "peer went away", "PRIORITY": "3"}), "ERROR", ["peer went away"]),
        (record("peer went away", {"level": "error"}), "ERROR", ["peer went away"]),
        (
            {"body": "peer went away", "severityText": "error"},
            "ERROR",
            ["peer went away"],
        ),
        (record("peer went away", {"log.level": "ERROR"}), "ERROR", ["peer went away"]),
        (record("peer went away", {"severity": "err"}), "ERROR", ["peer went away"]),
        (record("peer failed", {"level": "info"}), "INFO", []),
        (record("peer went away", {"PRIORITY": "3"}), "ERROR", ["peer went away"]),
        (record("2026-11-28 10:00:00 ERROR [main] c.e.Cart: x", severityNumber=9), "INFO", []),
        (record('{"level":"error","msg":"x"}', severityNumber=9), "INFO", []),
        (record("it is fine", severityNumber=17), "ERROR", ["it is fine"]),
        (record("it is fine", severityText="Error"), "ERROR", ["it is fine"]),
        (record(eventName="order.lost", severityNumber=17), "ERROR", ["order.lost"]),
        (record({"msg": "order lost", "n": 1}, severityNumber=17), "ERROR", ["order lost"]),
        (record(["a", "b"], severityNumber=9), "INFO", []),
    ],
)
def test_a_records_level_is_the_one_it_names(one: Record, level: str, titles: list[str]) -> None:
    """Its severity number, then its text, its attributes, its body."""
    sender = sent(one)

    assert [line.level for line in sender.lines] == [level]
    assert [event.title for event in sender.events] == titles


@pytest.mark.parametrize(
    ("attributes", "title"),
    [
        ({"exception.type": "ValueError", "exception.message": "order lost"}, "ValueError: order"),
        ({"exception.type": "com.example.OrderLocked"}, "com.example.OrderLocked"),
        ({"exception.message": "order lost"}, "order lost"),
        (
            {"exception.stacktrace": "Traceback (most recent call last):\n  x\nIOError: full"},
            "IOError",
        ),
        (
            {"exception.stacktrace": "java.io.IOException: disk full\n\tat a.B.c(B.java:1)"},
            "disk full",
        ),
        ({"message": "order lost"}, "order lost"),
        ({"error.message": "order lost", "error.type": "OSError"}, "order lost"),
    ],
)
def test_an_exception_alone_is_an_error(attributes: Record, title: str) -> None:
    """A record that has nothing else says what went wrong by its attributes."""
    (event,) = sent(record(attributes=attributes, severityNumber=17)).events
    assert title in event.title


@pytest.mark.parametrize("body", [[], {}, ""])
def test_a_record_that_says_nothing_is_named_in_the_answer(body: object) -> None:
    """An empty list is as empty as a text without characters."""
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record(body, severityNumber=17)]}]}]}
    checked = check(Signal.LOGS, json.dumps(logs).encode(), is_json=True)

    assert (checked.items, checked.rejected) == (1, 1)
    assert "neither" in checked.reason


def test_bodies_that_are_maps_are_problems_of_their_own() -> None:
    """Their words are kept in the title, whatever the order of their keys."""
    sender = sent(
        record({"event": "charge", "outcome": "declined by issuer"}, severityNumber=17),
        record({"step": "backup", "state": "disk is full"}, severityNumber=17),
        record({"state": "disk is full", "step": "backup"}, severityNumber=17),
        record({"message": "order 17 lost", "user": {"name": "x"}}, severityNumber=17),
        record({"error": {"message": "issuer is away", "code": 7}}, severityNumber=17),
        record({"code": "E1", "detail": "card declined"}, severityNumber=17),
        record({"code": "E2", "detail": "mail bounced"}, severityNumber=17),
        record(["login refused", {"user": "x"}], severityNumber=17),
        record('{"event":"refund","outcome":"no such order"}', severityNumber=17),
    )

    assert [event.title for event in sender.events] == [
        "charge, outcome:declined by issuer",
        "state:disk is full, step:backup",
        "order <*> lost",
        "issuer is away",
        "code:<*>, detail:card declined",
        "code:<*>, detail:mail bounced",
        "login refused user:x",
        "refund, outcome:no such order",
    ]


TRACE = [
    "2026-11-28 05:28:00,123 - cart - ERROR - order 17 was not saved",
    "Traceback (most recent call last):",
    '  File "/srv/cart.py", line 42, in save',
    "    db.commit()",
    "sqlite3.OperationalError: database is locked",
]


@pytest.mark.parametrize("cut", range(1, 6))
def test_a_trace_line_by_line_is_one_event(cut: int) -> None:
    """Also when its lines come with several requests."""
    sender = Sender()
    sender.send(*map(record, TRACE[:cut]))
    if TRACE[cut:]:
        sender.send(*map(record, TRACE[cut:]))

    assert [event.title for event in sender.events] == ["order <*> was not saved"]
    assert [line.body for line in sender.lines] == TRACE


def test_traces_of_two_instances_do_not_mix() -> None:
    """Each instance's lines continue its own record."""
    sender = Sender()
    sender.send(*map(record, TRACE[:2]), instance="a")
    sender.send(record("panic: lost"), instance="b")
    sender.send(*map(record, TRACE[2:]), instance="a")
    sender.send(record("goroutine 1 [running]:"), record("main.main()"), instance="b")

    assert sorted(event.title for event in sender.events) == [
        "order <*> was not saved",
        "panic: lost",
    ]


def test_records_with_a_level_of_their_own_are_their_own() -> None:
    """An SDK's records continue nothing, even if their text is indented."""
    texts = ["  order 17 lost", "  stock 3 lost", "#1 payment 4 declined"]
    sender = sent(*(record(text, severityNumber=17) for text in texts))
    assert len(sender.events) == 3


def test_a_whole_trace_in_a_body_is_titled_by_its_words() -> None:
    """By its first line, or the exception of a bare traceback."""
    sender = sent(
        record("\n".join(TRACE), severityNumber=17), record("\n".join(TRACE[1:]), severityNumber=17)
    )
    titles = [event.title for event in sender.events]
    assert "was not saved" in titles[0]
    assert titles[1].endswith("OperationalError: database is locked")


def test_what_could_not_be_stored_is_read_again_alike() -> None:
    """After a rollback the same request continues what it continued before."""
    sender = Sender()
    sender.send(*map(record, TRACE[:3]))
    sender.send(record("panic: lost"), stored=False)
    sender.send(*map(record, TRACE[3:]))
    assert [event.title for event in sender.events] == ["order <*> was not saved"]


def test_a_long_record_is_cut_with_a_mark() -> None:
    """Its start is read; how much is missing is said."""
    (line,) = sent(record("it failed " * 20_000)).lines
    assert line.body.endswith("… [168000 more characters were cut]")


def test_a_record_s_text_is_read_by_the_operator_s_own_formats() -> None:
    """As the lines of a file are."""
    own = custom_format("till", r"(?P<level>[A-Z]+)~(?P<message>.*)")
    sender = Sender((own,))
    sender.send(record("ERROR~till 4 is jammed"), record("INFO~till 4 failed over"))

    assert [line.level for line in sender.lines] == ["ERROR", "INFO"]
    assert [event.title for event in sender.events] == ["till <*> is jammed"]
