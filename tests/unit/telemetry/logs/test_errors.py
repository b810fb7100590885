"""Telling lines that report an error from those that only mention one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.masking import redact
from labo.domain.entities.severity import Severity
from labo.domain.telemetry.logs.errors import Assessment, assess
from labo.domain.telemetry.logs.parser import LineParser
from labo.domain.telemetry.logs.thresholds import ThresholdCounts, Thresholds

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "data" / "logs"


def judge(line: str) -> Assessment:
    return assess(LineParser(NOW).parse(line))


def labelled(name: str) -> list[tuple[str, str]]:
    """(label, line) of each row."""
    rows = (DATA / name).read_text("utf-8").splitlines()
    pairs = (row.partition("\t") for row in rows if not row.startswith("#"))
    return [(label, line) for label, _, line in pairs]


@pytest.mark.parametrize(("label", "line"), labelled("failure_words.tsv"))
def test_words_report_a_failure_or_only_mention_one(label: str, line: str) -> None:
    """Exit codes, errno names, Kubernetes' reasons, TLS and kernel alarms are errors; zero counts,
    names, settings, SQL and failures that are over are not."""
    assert ("error" if judge(line).is_error else "quiet") == label


def test_a_long_message_costs_no_more_than_its_length() -> None:
    """Only the first part of a message is searched, and each word's place once."""
    message = "0 errors " * 20_000

    assert judge(message + "it failed").severity is None
    assert judge("it failed; " + message).severity is Severity.ERROR


def test_labelled_lines_meet_the_thresholds() -> None:
    """Recall at least 90 %, precision over 85 %, false positives under 10 %."""
    rows = labelled("labelled.tsv")
    pairs = [(label == "error", judge(line).is_error) for label, line in rows]
    hits, wrong = pairs.count((True, True)), pairs.count((False, True))
    missed, quiet = pairs.count((True, False)), pairs.count((False, False))

    assert len(rows) >= 90
    assert hits / (hits + missed) >= 0.9
    assert hits / (hits + wrong) > 0.85
    assert wrong / (wrong + quiet) < 0.1


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("[CRITICAL] db - gone", Severity.CRITICAL),
        ("[ERROR] db - gone", Severity.ERROR),
        ("[WARN] db - slow", Severity.WARNING),
        ("[WARN] db - connection refused", Severity.ERROR),
        ("[INFO] db - connection refused", None),
        ("[INFO] db - java.io.IOException: closed", Severity.ERROR),
        ("db connection refused", Severity.ERROR),
        ("kernel panic", Severity.CRITICAL),
        ("0 errors, 2 failures", Severity.ERROR),
        ("0 errors, no failures", None),
        ("error=0 failed: 0 timeouts: none", None),
        ("failover to replica done", None),
        ("parity error corrected", None),
        ("reading /var/log/error.log", None),
    ],
)
def test_level_and_words_decide(line: str, severity: Severity | None) -> None:
    """The level, the words and what negates them give the severity."""
    assert judge(line).severity is severity


@given(st.text(max_size=300))
def test_any_line_can_be_judged(line: str) -> None:
    """No text fails, and a finding names its evidence."""
    found = judge(line)
    assert (found.severity is None) == (found.evidence == "")


def test_a_threshold_is_reached_once_per_window() -> None:
    """The n-th line of a key in a window makes the event; the next window starts anew."""
    counts = ThresholdCounts(Thresholds(error=1, warning=2, window_s=60))

    assert counts.window_of(119.9) == 1
    assert [counts.reaches("a", Severity.ERROR, 0) for _ in range(3)] == [True, False, False]
    assert [counts.reaches("a", Severity.WARNING, 0) for _ in range(3)] == [False, True, False]
    assert counts.reaches("a", Severity.ERROR, 1)
    assert not counts.reaches("a", Severity.INFO, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2 x", "password=*** x"),
        ('{"api_key": "abc123"}', '{"api_key": "***"}'),
        ("Authorization: Bearer abcdefgh12", "Authorization: Bearer ***"),
        ("redis://user:pw123@host", "redis://user:***@host"),
        ("Failed password for root", "Failed password for root"),
        ('password="my dog rex" user=x', 'password="***" user=x'),
        ('{"secret": "a \\" b", "n": 1}', '{"secret": "***", "n": 1}'),
        ("token='never closed", "token='***"),
        ("pwd=ab api_key=''", "pwd=*** api_key=''"),
    ],
)
def test_secrets_are_blanked(text: str, expected: str) -> None:
    """Values of secret fields, bearer tokens and URL passwords are not kept."""
    assert redact(text) == expected


def test_counts_are_bounded_by_bytes() -> None:
    """Keys without end push out those not counted for longest."""
    counts = ThresholdCounts(Thresholds(error=2))
    counts.reaches("first", Severity.ERROR, 0)
    for number in range(4_000):
        counts.reaches(f"{number}{'x' * 1_000}", Severity.ERROR, 0)

    assert not counts.reaches("first", Severity.ERROR, 0)  # forgotten, so it is the first again
    assert counts.reaches("first", Severity.ERROR, 0)
