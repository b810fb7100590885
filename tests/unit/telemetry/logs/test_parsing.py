"""Raw lines of the usual formats to their parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.telemetry.logs.formats import built_in_formats, custom_format
from labo.domain.telemetry.logs.matching import Formats
from labo.domain.telemetry.logs.parser import LineParser
from labo.errors import InvalidInput
from labo.expressions import expression

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
Parts = tuple[str | None, str | None, str | None, str]


def parts(line: str, only: str | None = None) -> Parts:
    parsed = LineParser(NOW, only=only).parse(line)
    stamp = parsed.timestamp.isoformat() if parsed.timestamp else None
    return stamp, parsed.level, parsed.component, parsed.message


T = "2024-01-15T10:30:45+00:00"
MS = "2024-01-15T10:30:45.123000+00:00"

CASES: list[tuple[str, Parts]] = [
    ("[ERROR] db - lost db-1 - twice", (None, "ERROR", "db", "lost db-1 - twice")),
    ("[warn] auth service - expires", (None, "WARNING", "auth service", "expires")),
    ("2024-01-15 10:30:45 [ERROR] pay - no", (T, "ERROR", "pay", "no")),
    ("[2024-01-15 10:30:45] [FATAL] pay - no", (T, "CRITICAL", "pay", "no")),
    ("[2024-01-15T10:30:45Z] [INFO] [gate] up", (T, "INFO", "gate", "up")),
    ("[ERROR] Connection failed: timeout", (None, "ERROR", None, "Connection failed: timeout")),
    ("[INFO] cache: warm", (None, "INFO", "cache", "warm")),
    (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326',
        ("2000-10-10T13:55:36-07:00", "INFO", None, '"GET /a.gif HTTP/1.0" 200 2326'),
    ),
    (
        'x.org:80 ::1 - - [10/Oct/2000:13:55:36 +0000] "GET /a HTTP/1.1" 503 26 "-" "Mo (X; Y)"',
        ("2000-10-10T13:55:36+00:00", "ERROR", "x.org:80", '"GET /a HTTP/1.1" 503 26'),
    ),
    (
        r'10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "\x16\"" 400 - "-" "-"',
        ("2000-10-10T13:55:36+00:00", "WARNING", None, r'"\x16\"" 400 -'),
    ),
    (
        "[Sun Dec 04 04:47:44 2005] [notice] ready",
        ("2005-12-04T04:47:44+00:00", "INFO", "apache", "ready"),
    ),
    (
        "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35:tid 43] [client ::1] AH00126: bad",
        ("2011-09-09T10:42:29.902022+00:00", "ERROR", "core", "[client ::1] AH00126: bad"),
    ),
    (
        "2024/01/15 10:30:45 [crit] 12#56: *90 open() failed, client: 10.0.0.1",
        (T, "CRITICAL", "nginx", "open() failed, client: 10.0.0.1"),
    ),
    (
        "Dec 10 06:55:46 host sshd[24200]: Invalid user x",
        ("2025-12-10T06:55:46+00:00", None, "sshd", "Invalid user x"),
    ),
    (
        "<34>Oct 11 22:14:15 host su: 'su root' failed",
        ("2025-10-11T22:14:15+00:00", "CRITICAL", "su", "'su root' failed"),
    ),
    (
        "Jun  5 04:06:20 host sshd(pam_unix)[23]: check pass; user unknown",
        ("2025-06-05T04:06:20+00:00", None, "sshd(pam_unix)", "check pass; user unknown"),
    ),
    (
        "Jan  5 04:06:20 host last message repeated 2 times",
        ("2026-01-05T04:06:20+00:00", None, None, "last message repeated 2 times"),
    ),
    (
        "Jan  5 04:06:20 host sshd[1]: error: no auth",
        ("2026-01-05T04:06:20+00:00", "ERROR", "sshd", "error: no auth"),
    ),
    (
        '<165>1 2003-10-11T22:14:15.003Z host evnt - ID47 [a@1 k="v\\]"] \ufeffAn event',
        ("2003-10-11T22:14:15.003000+00:00", "INFO", "evnt", "An event"),
    ),
    ("<11>1 - host - - - - hello", (None, "ERROR", None, "hello")),
    (
        "2024-01-15T10:30:45.123+00:00 host1 sshd[123]: Failed password",
        (MS, None, "sshd", "Failed password"),
    ),
    (
        '{"timestamp":"2024-01-15T10:30:45Z","level":"error","service":"api","message":"no"}',
        (T, "ERROR", "api", "no"),
    ),
    ('{"ts":1705314645.123,"level":50,"logger":"x","msg":"hi"}', (MS, "ERROR", "x", "hi")),
    ('{"time":1705314645123,"severity":"4","msg":"hi"}', (MS, "WARNING", None, "hi")),
    (
        '{"@timestamp":"2024-01-15T10:30:45Z","log":{"level":"warn","logger":"a"},"message":"m"}',
        (T, "WARNING", "a", "m"),
    ),
    (
        '{"log":"[ERROR] db - lost\\n","stream":"stderr","time":"2024-01-15T10:30:45Z"}',
        (T, "ERROR", "db", "lost"),
    ),
    ('{"level":true,"msg":{"a":1}}', (None, None, None, '{"level":true,"msg":{"a":1}}')),
    (
        'time="2024-01-15T10:30:45Z" level=error msg="not \\"x\\"" component=kube',
        (T, "ERROR", "kube", 'not "x"'),
    ),
    (
        "2024-01-15 10:30:45,123 INFO [main] org.apache.X$Y: Created a: b",
        (MS, "INFO", "org.apache.X$Y", "Created a: b"),
    ),
    (
        "081109 203615 148 INFO dfs.DataNode$PacketResponder: 1 for block",
        ("2008-11-09T20:36:15+00:00", "INFO", "dfs.DataNode$PacketResponder", "1 for block"),
    ),
    (
        "2024-01-15 10:30:45,123 - WARN  [QuorumPeer[myid=1]/0:0:0:2181:FastElection@774] - out",
        (MS, "WARNING", "FastElection", "out"),
    ),
    (
        "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL FATAL parity",
        ("2005-06-03T15:42:50.675872+00:00", "CRITICAL", "KERNEL", "parity"),
    ),
    (
        "20171223-22:15:9:606|Step_LSC|30002312|onStand 3579",
        ("2017-12-23T22:15:09.606000+00:00", None, "Step_LSC", "onStand 3579"),
    ),
    (
        "2024-01-15 10:30:45.123  INFO 45 --- [   main] o.s.Tomcat  : started: 8080",
        (MS, "INFO", "o.s.Tomcat", "started: 8080"),
    ),
    ("2024-01-15 10:30:45,123 [main] ERROR com.App - no", (MS, "ERROR", "com.App", "no")),
    (
        "10:30:45.123 [main] ERROR com.App - no",
        ("2026-03-03T10:30:45.123000+00:00", "ERROR", "com.App", "no"),
    ),
    ("2024-01-15 10:30:45,123 - my.mod - DEBUG - x", (MS, "DEBUG", "my.mod", "x")),
    ("2024-01-15 10:30:45 | ERROR    | app:run:12 - x", (T, "ERROR", "app", "x")),
    ("2024-01-15 10:30:45.123 25746 INFO nova.wsgi [r] x", (MS, "INFO", "nova.wsgi", "[r] x")),
    (
        "24/01/15 10:30:45 INFO executor.Backend: x",
        (T, "INFO", "executor.Backend", "x"),
    ),
    (
        "E0115 10:30:45.123456    12 reflector.go:12] no",
        ("2026-01-15T10:30:45.123456+00:00", "ERROR", "reflector.go", "no"),
    ),
    (
        "01-17 16:13:38.811  17  23 D Window: x",
        ("2026-01-17T16:13:38.811000+00:00", "DEBUG", "Window", "x"),
    ),
    ("2024-01-15T10:30:45.123Z 0 [Warning] [MY-1] [Server] x", (MS, "WARNING", "Server", "x")),
    ("2024-01-15 10:30:45.123 UTC [12] FATAL:  no", (MS, "CRITICAL", "postgresql", "no")),
    ("12:M 15 Jan 2024 10:30:45.123 # no", (MS, "WARNING", "redis", "no")),
    ("2024-01-15 10:30:45 [pay] ERROR: no", (T, "ERROR", "pay", "no")),
    ("2024-01-15T10:30:45Z ERROR [pay] no", (T, "ERROR", "pay", "no")),
    ("2024-01-15 10:30:45 ERROR pay: no", (T, "ERROR", "pay", "no")),
    ("2024-01-15 10:30:45 ERROR pay - no", (T, "ERROR", "pay", "no")),
    ("2024-01-15 10:30:45 ERROR pay is off", (T, "ERROR", None, "pay is off")),
    ("2024-01-15 10:30:45 Log rotated", (T, None, None, "Log rotated")),
    ("2024-01-15 10:30:45 my-app: hello", (T, None, "my-app", "hello")),
    ("2024-01-15 10:30:45, Info       CBS    Loaded", (T, "INFO", None, "CBS    Loaded")),
    ("ERROR:root:no", (None, "ERROR", "root", "no")),
    ("ERROR pay - no", (None, "ERROR", "pay", "no")),
    ("SEVERE: no", (None, "ERROR", None, "no")),
    ("INFO  [main] up", (None, "INFO", None, "up")),
    ("nothing known", (None, None, None, "nothing known")),
    ('{"broken', (None, None, None, '{"broken')),
    ("", (None, None, None, "")),
]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=lambda value: str(value)[:40])
def test_the_usual_formats_are_detected(line: str, expected: Parts) -> None:
    """Each line gives its time, level, component and message; what it lacks is None."""
    assert parts(line) == expected


@given(st.text(max_size=200))
def test_any_text_parses_to_a_part_of_itself(line: str) -> None:
    """No line fails, and a message that is no decoded JSON is a part of its line."""
    parsed = LineParser(NOW).parse(line)

    assert parsed.line == line
    assert parsed.message in line or parsed.format.startswith(("json", "logfmt"))


@given(st.from_regex(r"[A-Z]{3,5} [\w.]{1,9}[:-] [ -~]{0,30}", fullmatch=True))
def test_parsing_has_no_memory(line: str) -> None:
    """A line's result does not depend on the lines before it."""
    parser = LineParser(NOW)
    first = parser.parse(line)
    parser.parse("[ERROR] db - lost")

    assert parser.parse(line) == first


def test_one_format_can_be_chosen() -> None:
    """With a format chosen by name, lines of others are plain."""
    assert parts("[ERROR] db - lost", only="bracket") == (None, "ERROR", "db", "lost")
    assert parts("ERROR:root:no", only="bracket")[1] is None
    assert parts('{"level":"error","msg":"m"}', only="json") == (None, "ERROR", None, "m")
    assert parts('{"level":"error","msg":"m"}', only="bracket")[1] is None
    assert parts("level=error msg=m", only="logfmt") == (None, "ERROR", None, "m")
    assert parts("level=error msg=m", only="json") == (None, None, None, "level=error msg=m")
    assert LineParser(NOW, only="logfmt").parse('{"level":"error","msg":"m"}').format == "plain"


@pytest.mark.parametrize(
    ("record", "level"),
    [
        ('{"level":"²","msg":"m"}', None),
        (f'{{"level":"{"1" * 5000}","msg":"m"}}', None),
        (f'{{"time":1{"0" * 400},"level":30,"msg":"m"}}', "INFO"),
        ('{"severityNumber":17,"msg":"m"}', "ERROR"),
        ('{"severityNumber":13,"msg":"m"}', "WARNING"),
        ('{"severityNumber":25,"msg":"m"}', None),
        ('{"level":50,"msg":"m"}', "ERROR"),
        ('{"priority":"4","msg":"m"}', "WARNING"),
    ],
)
def test_numbers_in_a_record_are_levels_or_nothing(record: str, level: str | None) -> None:
    """OpenTelemetry counts otherwise than pino; what is no number fails no line."""
    assert parts(record)[:2] == (None, level)


def test_a_regular_expression_can_be_given() -> None:
    """Named groups of the caller's own expression become the parts."""
    expression = r"(?P<timestamp>\d+);(?P<level>\w+);(?P<component>\w*);(?P<message>.*)"

    assert parts("1705314645;warn;db;slow", only=expression) == (T, "WARNING", "db", "slow")
    assert parts("other", only=expression) == (None, None, None, "other")


def test_configured_formats_come_first() -> None:
    """An operator's format wins over the built-in ones, and can be chosen by its name."""
    mine = custom_format("mine", r"\[(?P<level>\w+)\] (?P<message>.*)")

    assert LineParser(NOW, custom=[mine]).parse("[ERROR] db - lost").message == "db - lost"
    assert LineParser(NOW, only="mine", custom=[mine]).parse("[INFO] x").format == "mine"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(?P<message>", "not a regular expression"),
        ("(?P<level>.*)", "no group named message"),
        ("(?P<message>.*)(?P<colour>x)", "unknown group 'colour'"),
    ],
)
def test_a_bad_expression_is_explained(expression: str, said: str) -> None:
    """What is wrong with an operator's expression is said."""
    with pytest.raises(InvalidInput, match=said):
        LineParser(NOW, only=expression)


def test_an_unknown_format_lists_the_known() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(InvalidInput, match="syslog-3164"):
        LineParser(NOW, only="syslogg")
    assert "syslog-3164" in built_in_formats()


def test_the_fast_expressions_find_the_same_groups() -> None:
    """What is looked for within one form of time is what the whole expression finds."""
    formats = [known for known in built_in_formats().values() if not known.is_json]
    matcher = Formats(formats)
    for sample in (sample for known in formats for sample in known.samples):
        matched = matcher.first(sample.line.encode())
        if matched is not None:
            known, extraction = matched
            whole = expression(known.expression).fullmatch(sample.line)
            assert whole is not None
            groups = {name: text for name, text in whole.groupdict().items() if text is not None}
            assert extraction.parts(sample.line, sample.line.encode())[0] == groups
