"""Calls that a caller repeats without backing off, as its traces tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labo.domain.diagnosis.localisation.span_values import CALLED_AGAIN
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.entities.series import SeriesKey, TimedSpan
from tests.builders.cases import BEFORE, DURING, ONSET, STEP, a_case


@pytest.mark.parametrize(
    ("wait", "operation", "failed", "parent", "share"),
    [
        (0.0, "get", True, "1", 0.5),
        (-4e-7, "get", True, "1", 0.5),
        (0.05, "get", True, "1", 0.5),
        (0.2, "get", True, "1", 0.0),
        (0.0, "put", True, "1", 0.0),
        (0.0, "get", False, "1", 0.0),
        (-0.5, "get", True, "1", 0.0),
        (0.0, "get", True, "0", 0.0),
    ],
    ids=[
        "at once",
        "rounded",
        "soon",
        "backed off",
        "another",
        "after a success",
        "beside",
        "elsewhere",
    ],
)
def test_a_call_repeated_at_once_after_a_failure_counts(
    wait: float, operation: str, failed: bool, parent: str, share: float
) -> None:
    """Of two calls of a second each, the later one; who waits a tenth as long backs off."""
    spans = []
    for i, at in enumerate(np.arange(ONSET - BEFORE * STEP, ONSET + DURING * STEP, 20)):
        during, trace = bool(at >= ONSET), f"t{i}"
        again = at + 1.0 + wait if during else at + 5.0
        spans += [
            TimedSpan(trace, "1", "", "web", at, 9.0),
            TimedSpan(trace, "2", "1", "web", at, 1.0, failed, peer="db", operation="get"),
            TimedSpan(trace, "3", parent, "web", again, 1.0, peer="db", operation=operation),
        ]
    found = with_signals(replace(a_case({"web": 2.0}), traces=tuple(spans)))
    again_series = found.series[SeriesKey("db", CALLED_AGAIN)]
    before = again_series.values[again_series.timestamps < ONSET]

    assert np.nanmax(before) == 0.0
    assert np.nanmean(again_series.values[again_series.timestamps >= ONSET]) == share


def test_a_failure_that_took_no_time_repeats_nothing() -> None:
    """Coarse clocks give it the same start and end."""
    spans = [
        span
        for i, at in enumerate(np.arange(ONSET - BEFORE * STEP, ONSET + DURING * STEP, 20))
        for span in (
            TimedSpan(f"t{i}", "1", "", "web", at, 9.0),
            TimedSpan(f"t{i}", "2", "1", "web", at, 0.0, bool(at >= ONSET), peer="db"),
        )
    ]
    found = with_signals(replace(a_case({"web": 2.0}), traces=tuple(spans)))

    assert np.nanmax(found.series[SeriesKey("db", CALLED_AGAIN)].values) == 0.0
