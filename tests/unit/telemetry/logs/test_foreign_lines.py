"""Lines as other people's programs write them, each with the right values beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.parser import LineParser

PARSER = LineParser(datetime(2026, 11, 29, tzinfo=UTC))
LINES = Path(__file__).parents[3] / "data" / "logs" / "foreign_lines.jsonl"
CASES: list[dict[str, Any]] = [json.loads(row) for row in LINES.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_foreign_line_is_read_right(case: dict[str, Any]) -> None:
    """Its level, whether it is an error, its time to the second, and its component."""
    parsed = PARSER.parse(case["line"])
    actual = {
        "level": parsed.level,
        "error": assess(parsed).is_error,
        "component": parsed.component,
        "time": parsed.timestamp and parsed.timestamp.astimezone(UTC).strftime("%FT%TZ"),
    }

    assert {key: actual[key] for key in actual if key in case} == {
        key: case[key] for key in actual if key in case
    }
    assert "not_component" not in case or parsed.component != case["not_component"]
