"""Failures written over several lines: one record, one event, wherever the lines are cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.telemetry.logs.assembling import (
    MAX_LINES,
    Record,
    RecordAssembler,
    assess_record,
)
from labo.domain.telemetry.logs.lines import Level, SourceLine
from labo.domain.telemetry.logs.parser import LineParser

NOW = datetime(2026, 11, 30, tzinfo=UTC)
TABLES = [
    Path(__file__).parents[3] / "data" / "logs" / name
    for name in ("records.txt", "sibling_records.txt")
]

TRACE = [
    "2026-11-28 05:28:00,123 - cart - ERROR - order 17 was not saved",
    "Traceback (most recent call last):",
    '  File "/srv/cart.py", line 42, in save',
    "    db.commit()",
    "sqlite3.OperationalError: database is locked",
    "2026-11-28 05:28:01,123 - cart - INFO - ready",
]


def sections() -> Iterator[tuple[str, list[str], list[str]]]:
    """(name, the errors' headlines, the file's lines) of each section of the table."""
    texts = (table.read_text("utf-8").split("=== ")[1:] for table in TABLES)
    for section in (one for text in texts for one in text):
        name, *rest = section.rstrip("\n").split("\n")
        expected = [line[2:] for line in rest if line.startswith("! ")]
        yield name, expected, rest[len(expected) :]


def assembler() -> RecordAssembler:
    return RecordAssembler(LineParser(NOW).parse)


def sources(lines: list[str]) -> list[SourceLine]:
    """As a follower reads them: blank lines are passed over."""
    return [SourceLine("f", number, line) for number, line in enumerate(lines) if line.strip()]


def records_of(lines: list[str]) -> list[Record]:
    one = assembler()
    records = [record for source in sources(lines) for record in one.add(source)]
    return records + one.flush()


def errors_of(records: list[Record]) -> list[str]:
    return [
        record.head.message
        for record in records
        if not record.continues and assess_record(record).is_error
    ]


@pytest.mark.parametrize(
    ("expected", "lines"),
    [pytest.param(expected, lines, id=name) for name, expected, lines in sections()],
)
def test_a_failure_is_one_record(expected: list[str], lines: list[str]) -> None:
    """Stack traces of eight languages, details and pieces make one error with its own words, and
    no line is lost."""
    records = records_of(lines)
    errors = errors_of(records)

    assert len(errors) == len(expected)
    assert all(any(one in error for error in errors) for one in expected)
    read = sorted(line.offset for record in records for line in record.lines)
    assert read == [source.offset for source in sources(lines)]


@pytest.mark.parametrize("cut", range(1, len(TRACE) - 1))
def test_what_follows_a_record_handed_out_before_is_no_other_failure(cut: int) -> None:
    """After a silence the rest of a trace continues its record, wherever it was cut."""
    one = assembler()
    lines = sources(TRACE)
    before = [record for source in lines[:cut] for record in one.add(source)] + one.flush()
    after = [record for source in lines[cut:] for record in one.add(source)] + one.flush()

    assert [record.continues for record in before] == [False]
    assert [record.continues for record in after] == [True] * (5 - cut) + [False]
    assert after[0].head.component == "cart"


def test_a_record_waits_for_its_next_line() -> None:
    """What is open is known by its first line, and is handed out when the next record starts."""
    one = assembler()
    lines = sources(TRACE)
    assert [record for source in lines[:5] for record in one.add(source)] == []
    assert one.open == lines[0]

    (record,) = one.add(lines[5])
    assert record.lines == tuple(lines[:5])
    assert record.trace == "sqlite3.OperationalError: database is locked"
    assert one.open == lines[5]


def test_pieces_of_a_cut_line_are_one_line() -> None:
    """Kubernetes marks pieces with P, also between lines of the other stream."""
    stamp = "2026-11-28T05:28:00.813799277Z"
    record = json.dumps({"level": "error", "component": "pay", "msg": "charge was declined"})
    lines = [
        f"{stamp} stdout P {record[:20]}",
        f"{stamp} stderr F listening",
        f"{stamp} stdout P {record[20:40]}",
        f"{stamp} stdout F {record[40:]}",
    ]
    one = assembler()
    done = [found for source in sources(lines[:3]) for found in one.add(source)]
    assert one.is_incomplete
    done += one.add(SourceLine("f", 3, lines[3])) + one.flush()

    (joined,) = (found for found in done if len(found.lines) == 3)
    assert joined.text == record
    assert [line.offset for line in joined.lines] == [0, 2, 3]


def test_pieces_of_docker_are_one_line() -> None:
    """Docker's json-file cuts at 16 KiB, and ends only the last piece with a line feed."""
    text = "charge failed " * 2_000
    pieces = [text[:16_384], text[16_384:] + "\n"]
    lines = [json.dumps({"log": piece, "stream": "stdout", "time": "x"}) for piece in pieces]
    (record,) = records_of(lines)

    assert record.text == text
    assert record.head.message.count("charge failed") == 2_000


def test_an_entry_of_journal_export_is_one_record() -> None:
    """Fields make one entry, also a binary one, and where blank lines were passed over."""
    size = "\x16\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
    lines = [
        "__CURSOR=s=1;i=1",
        "__REALTIME_TIMESTAMP=1795843680123456",
        "PRIORITY=3",
        "MESSAGE",
        f"{size}order 17 was not saved",
        "SYSLOG_IDENTIFIER=cart",
        "__CURSOR=s=1;i=2",
        "PRIORITY=6",
        "MESSAGE=retry of failed order went well",
    ]
    first, second = records_of(lines)

    assert (first.head.level, first.head.message) == (Level.ERROR, "order 17 was not saved")
    assert len(first.lines) == 6
    assert (second.head.level, assess_record(second).is_error) == (Level.INFO, False)


def test_a_record_without_end_is_cut() -> None:
    """Frames without end do not fill the memory: the record is handed out, the rest continues."""
    frame = "\tat com.example.Cart.save(Cart.java:42)"
    records = records_of(["[ERROR] cart - order 17 was not saved", *[frame] * (2 * MAX_LINES)])

    assert [record.continues for record in records] == [False] + [True] * (MAX_LINES + 1)
    assert len(records[0].lines) == MAX_LINES


def test_the_rest_of_a_line_too_long_is_no_record() -> None:
    """A line that is read in pieces stays one."""
    one = assembler()
    first = SourceLine("f", 0, "[ERROR] cart - " + "x" * 100)
    rest = SourceLine("f", 115, "[ERROR] failed " * 3, is_rest=True)
    assert one.add(first) == one.add(rest) == []

    (record,) = one.flush()
    assert record.lines == (first, rest)


def test_a_record_ends_with_its_file() -> None:
    """After a rotation nothing waits for a line of the file before."""
    one = assembler()
    one.add(SourceLine("f", 0, TRACE[0]))
    records = one.add(SourceLine("g", 0, TRACE[1]))

    assert [(record.lines[0].file, record.continues) for record in records] == [
        ("f", False),
        ("g", True),
    ]
    assert one.open is None


_LINES = st.sampled_from(
    [
        *TRACE,
        "",
        "  x",
        "}",
        "{",
        '  "a": 1,',
        '{"a": [',
        "panic: x",
        "goroutine 1 [running]:",
        "__CURSOR=s",
        "MESSAGE",
        "MESSAGE=x",
        "boom failed",
        "2026-11-28T05:28:00Z stdout P {",
        "2026-11-28T05:28:00Z stdout F }",
        "web-1  | Traceback (most recent call last):",
        "2026-11-28 05:28:00.123 UTC [88] DETAIL:  x",
        '{"log":"x\\n","stream":"stderr"}',
    ]
)


@given(st.lists(_LINES | st.text(max_size=40), max_size=40), st.data())
def test_no_line_is_lost_or_doubled(lines: list[str], data: st.DataObject) -> None:
    """Whatever follows whatever, and wherever a silence falls, each line is in one record."""
    one = assembler()
    records: list[Record] = []
    for number, line in enumerate(lines):
        records += one.add(SourceLine("f", number, line))
        if data.draw(st.booleans()):
            records += one.flush()
    records += one.flush()

    assert one.open is None
    offsets = sorted(line.offset for record in records for line in record.lines)
    assert offsets == list(range(len(lines)))


@pytest.mark.parametrize(
    ("expected", "lines"),
    [pytest.param(expected, lines, id=name) for name, expected, lines in sections()],
)
def test_blank_lines_make_no_other_record(expected: list[str], lines: list[str]) -> None:
    """Not every reader passes over them: what a failure's lines become is the same."""
    one = assembler()
    every = [SourceLine("f", number, line) for number, line in enumerate(lines)]
    records = [record for source in every for record in one.add(source)] + one.flush()

    errors = errors_of(records)
    assert len(errors) == len(expected)
    assert all(any(one in error for error in errors) for one in expected)
