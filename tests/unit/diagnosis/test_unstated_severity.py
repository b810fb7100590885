"""Lines of a case that state no severity."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.entities.series import LogLine, SeriesKey
from labo.domain.telemetry.log_rates import ERRORS
from tests.builders.cases import ONSET, a_case


def test_an_error_needs_no_severity() -> None:
    """It counts by its words; a line that states a mild severity does not."""
    counted = []
    for severity, body in (("", "call refused"), ("", "all is well"), ("INFO", "call refused")):
        before = [LogLine(ONSET + at, "shop", "INFO", "x") for at in range(-600, 300, 10)]
        during = [LogLine(ONSET + at, "shop", severity, body) for at in range(0, 300, 10)]
        found = with_signals(replace(a_case({}), logs=(*before, *during)))
        counted.append(SeriesKey("shop", ERRORS) in found.series)

    assert counted == [True, False, False]
