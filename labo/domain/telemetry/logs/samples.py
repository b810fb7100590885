"""Whether a format's samples are read as its file expects."""

from __future__ import annotations

from datetime import datetime

from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.formats import Sample
from labo.domain.telemetry.logs.lines import ParsedLine


def mismatches(sample: Sample, parsed: ParsedLine) -> list[str]:
    """One sentence for each part that is not as expected; `none` expects that there is none."""
    actual = {
        "level": parsed.level.value if parsed.level else "none",
        "error": assess(parsed).is_error,
        "component": parsed.component or "none",
        "message": parsed.message,
        "status": parsed.status,
        "time": parsed.timestamp,
    }
    return [
        f"{part} is {actual[part]!s}, not {expected!s}"
        for part, expected in sample.expected.items()
        if not _is(part, actual[part], expected)
    ]


def _is(part: str, actual: object, expected: object) -> bool:
    if part != "time":
        return actual == expected
    if not isinstance(expected, str) or not isinstance(actual, datetime):
        return actual is None and expected == "none"
    try:
        return actual == datetime.fromisoformat(expected)
    except ValueError:
        return False
