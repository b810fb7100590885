"""Lines of 300 programs in their own formats, by kind: levels, times, requests, words, names."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labo.domain.telemetry.logs.assembling import RecordAssembler, assess_record
from labo.domain.telemetry.logs.lines import SourceLine
from labo.domain.telemetry.logs.parser import LineParser

PARSER = LineParser(datetime(2026, 11, 29, tzinfo=UTC))
DATA = Path(__file__).parents[3] / "data" / "logs"


def by_kind() -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for text in (DATA / "sibling_lines.jsonl").read_text("utf-8").splitlines():
        row = json.loads(text)
        rows[row["kind"]].append(row)
    return rows


def read(line: str) -> dict[str, Any]:
    """What is checked of the record that the line alone is."""
    assembler = RecordAssembler(PARSER.parse)
    records = [*assembler.add(SourceLine("f", 0, line)), *assembler.flush()]
    assert len(records) == 1
    record = records[0]
    head = record.head
    return {
        "level": head.level,
        "error": assess_record(record).is_error,
        "component": head.component,
        "time": head.timestamp and head.timestamp.astimezone(UTC).strftime("%FT%TZ"),
    }


@pytest.mark.parametrize(("kind", "rows"), by_kind().items(), ids=list(by_kind()))
def test_lines_of_a_kind_are_read_right(kind: str, rows: list[dict[str, Any]]) -> None:
    """F, G: levels by place and word; H, I: JSON; K: colours; L: times; N: requests; O: errors by
    other words; P: words that are no errors; Z: what is no component."""
    wrong = []
    for row in rows:
        actual = read(row["line"])
        parts = {part: (actual[part], row[part]) for part in actual if part in row}
        differing = {part: pair for part, pair in parts.items() if pair[0] != pair[1]}
        forbidden = row.get("not_component")
        if forbidden and (actual["component"] or "").startswith(forbidden):
            differing["component"] = (actual["component"], f"not {forbidden}")
        if differing:
            wrong.append((row["case"], differing, row["line"]))

    assert wrong == [], f"kind {kind}"


def test_a_report_of_erlang_has_its_message_below() -> None:
    """The head has the level and the time; the next head begins another record."""
    assembler = RecordAssembler(PARSER.parse)
    lines = [
        "=ERROR REPORT==== 28-Nov-2026::05:28:00 ===",
        "closing AMQP connection <0.770.0>",
        "missed heartbeats from client",
        "=INFO REPORT==== 28-Nov-2026::05:28:01 ===",
        "accepting AMQP connection <0.771.0>, earlier failed",
    ]
    records = [r for n, line in enumerate(lines) for r in assembler.add(SourceLine("f", n, line))]
    records += assembler.flush()

    assert [(one.head.level, one.head.message) for one in records] == [
        ("ERROR", "closing AMQP connection <0.770.0>"),
        ("INFO", "accepting AMQP connection <0.771.0>, earlier failed"),
    ]
    assert [assess_record(one).is_error for one in records] == [True, False]


def test_the_pieces_of_a_docker_line_keep_its_time() -> None:
    """Docker cuts long lines; the piece's own JSON has the time and the stream."""
    assembler = RecordAssembler(PARSER.parse)
    stamp = "2026-11-28T05:28:00.123456789Z"
    pieces = ('{"level":"error","service":"pay","msg":"charge of order 17 ', 'was declined"}\n')
    lines = [json.dumps({"log": one, "stream": "stdout", "time": stamp}) for one in pieces]
    records = [r for n, line in enumerate(lines) for r in assembler.add(SourceLine("f", n, line))]
    records += assembler.flush()
    record = records[0]

    assert len(records) == 1
    assert record.head.message == "charge of order 17 was declined"
    assert record.head.component == "pay"
    assert record.head.timestamp == datetime(2026, 11, 28, 5, 28, 0, 123456, UTC)
