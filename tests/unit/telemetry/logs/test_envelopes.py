"""What is wrapped around a line is opened, and what is inside is read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.lines import ParsedLine
from labo.domain.telemetry.logs.parser import MAX_CHARS, LineParser

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def parse(line: str) -> ParsedLine:
    return LineParser(NOW).parse(line)


def test_envelopes_within_envelopes_are_opened() -> None:
    """Compose around docker's JSON around a program's JSON: every layer's part is found."""
    inner = json.dumps({"level": "error", "msg": "charge declined"})
    docker = json.dumps({"log": inner + "\n", "stream": "stdout", "time": "2026-11-28T05:28:00Z"})
    parsed = parse(f"pay-1  | {docker}")

    assert parsed.envelopes == ("compose", "json-docker")
    assert (parsed.format, parsed.level, parsed.component) == ("json", "ERROR", "pay")
    assert parsed.message == "charge declined"
    assert parsed.timestamp == datetime(2026, 11, 28, 5, 28, tzinfo=UTC)


def test_no_more_than_four_envelopes_are_opened() -> None:
    """A line made of envelopes only ends somewhere, as a text."""
    parsed = parse("a-1 | " * 5_000 + "x")

    assert parsed.envelopes == ("compose",) * 4
    assert parsed.message.endswith("a-1 | x")


def test_the_time_inside_comes_before_the_envelopes() -> None:
    """The program's own time is when it happened; the runtime's, where it states none."""
    stamp = "2026-11-28T05:28:07Z stdout F "

    assert str(parse(f"{stamp}2026-11-28 05:28:00 ERROR x").timestamp)[17:19] == "00"
    assert str(parse(f"{stamp}ERROR x").timestamp)[17:19] == "07"
    assert str(parse(f"{stamp}2026-11-28 05:28:00 CST ERROR x").timestamp)[17:19] == "07"


def test_colours_are_taken_away() -> None:
    """As bytes, as rsyslog escapes them and as terminals show them."""
    for escape in ("\x1b", "#033", "^["):
        parsed = parse(f"{escape}[1;31mERROR{escape}[0m order {escape}[38;5;196mlost{escape}[0m")
        assert (parsed.level, parsed.message) == ("ERROR", "order lost")


def test_a_record_of_several_lines_is_read_by_its_first() -> None:
    """The others stay in its message, whatever they look like."""
    parsed = parse("2026-11-28 05:28:00,123 ERROR [main] c.e.Cart: lost\n\tat a.B.c(B.java:1)\nx")

    assert (parsed.level, parsed.component) == ("ERROR", "c.e.Cart")
    assert parsed.message == "lost\n\tat a.B.c(B.java:1)\nx"


def test_pretty_printed_json_is_one_record() -> None:
    """Its line feeds are no ends of lines."""
    record = {"level": "warn", "msg": "slow", "component": "cart"}
    parsed = parse(json.dumps(record, indent=2))

    assert (parsed.level, parsed.component, parsed.message) == ("WARNING", "cart", "slow")


@pytest.mark.parametrize("text", ["x", "[", "a=b ", '{"a":', "2026-11-28 05:28:00 ", "é"])
def test_a_line_that_is_too_long_is_cut_with_a_mark(text: str) -> None:
    """At a million characters, before any expression sees it."""
    parsed = parse(text * (MAX_CHARS // len(text) + 1_000))

    assert parsed.line.endswith("more characters were cut]")
    assert len(parsed.line) < MAX_CHARS + 100


def test_a_request_is_judged_by_its_status_alone() -> None:
    """Whatever its path says and whatever level its server gives it."""
    lost = parse('INFO:     192.0.2.4:1 - "GET /cart HTTP/1.1" 500 Internal Server Error')
    fine = parse('192.0.2.4 - - [28/Nov/2026:05:28:00 +0000] "GET /error/fatal HTTP/1.1" 200 17')
    missing = parse('192.0.2.4 - - [28/Nov/2026:05:28:00 +0000] "GET /x HTTP/1.1" 404 17')

    assert assess(lost).is_error
    assert not assess(fine).is_error
    assert (missing.level, assess(missing).is_error) == ("WARNING", False)


def test_a_time_that_is_not_read_has_its_reason() -> None:
    """In the line's parts, beside the time that is missing."""
    parsed = parse("2026-11-28 05:28:00 IST INFO a: x")
    assert parsed.timestamp is None
    assert parsed.time_problem is not None
    assert "IST is ambiguous" in parsed.time_problem

    record = parse('{"time":"05/06/2026 10:00:00","level":"info","msg":"x"}')
    assert record.time_problem == "time: 5/6: either may be the month"


@pytest.mark.parametrize(
    "line",
    [
        '{"t":{"$date":' + "9" * 400 + '},"s":"E","msg":"m"}',
        '{"time":1e999,"level":1e999,"msg":"m"}',
        '{"timestampSeconds":-1,"timestampNanos":1e30,"message":"m"}',
        '{"time":"' + "9" * 5000 + '","level":"' + "9" * 5000 + '","msg":"m"}',
        'level="\\ud800" msg="\\ud800" t="9999-99-99T99:99:99Z"',
        "2026-11-28T05:28:00+99:99 ERROR x",
        "<99999>Nov 28 05:28:00 h p: x",
        "<999>1 0000-00-00T00:00:00Z h p - - - x",
        '192.0.2.4 - - [99/Nov/99999:99:99:99 +9999] "GET / HTTP/1.1" 999 1',
        "[" * 5_000 + '{"a":' * 5_000,
        "\ud800\udfff ERROR \ud800",
        '{"MESSAGE":[256,-1,"x"],"__REALTIME_TIMESTAMP":"-1","PRIORITY":"99"}',
    ],
)
def test_no_number_of_a_line_fails(line: str) -> None:
    """Numbers beyond every range are parts that the line lacks."""
    parsed = parse(line)
    assert parsed.timestamp is None or 1970 <= parsed.timestamp.year <= 2099
