"""Log lines as series: what no line, and no telemetry at all, means."""

from __future__ import annotations

import numpy as np
import pytest

from labo.domain.entities.series import Series, SeriesKey
from labo.domain.telemetry.log_rates import ERRORS, log_rates, template_metric, where_heard


def test_log_lines_become_rates_a_minute_with_zeros_between() -> None:
    """Per template and for errors; a template that is known and silent has a rate of 0."""
    known = SeriesKey("web", template_metric("old"))
    counts = [("web", "t1", 0.0, 3, 1), ("web", "t1", 60.0, 1, 0), ("web", "", 60.0, 5, 2)]
    rates = log_rates(counts, [known], start=0.0, end=180.0, step_s=30.0)

    assert rates[SeriesKey("web", template_metric("t1"))].values.tolist() == [6, 0, 2, 0, 0, 0]
    assert rates[SeriesKey("web", ERRORS)].values.tolist() == [2, 0, 4, 0, 0, 0]
    assert rates[known].values.tolist() == [0] * 6
    assert rates[known].timestamps.tolist() == [0, 30, 60, 90, 120, 150]
    assert log_rates([], [known], start=0.0, end=0.0, step_s=30.0) == {}


@pytest.mark.parametrize(
    ("came", "known"),
    [
        ([0.0, 60.0, 120.0], [1, 1, 1, 1, 1, 0]),  # what comes after the newest may still come
        ([0.0, 30.0, 150.0], [1, 1, 0, 0, 0, 1]),  # a loss of two minutes
        ([90.0, 150.0], [0, 0, 0, 1, 1, 1]),
        ([], [0] * 6),
    ],
)
def test_where_all_telemetry_was_lost_lines_are_unknown(
    came: list[float], known: list[int]
) -> None:
    """A pause as long as that between two exports is no loss."""
    key = SeriesKey("web", ERRORS)
    rates = {key: Series(np.arange(6) * 30.0, np.ones(6))}

    read = where_heard(rates, [np.array(came)], 0.0)[key]

    assert np.isfinite(read.values).tolist() == [bool(one) for one in known]


def test_the_rarest_templates_are_left_out_where_there_are_too_many() -> None:
    """A flood of templates stays a bounded number of series."""
    counts = [("web", f"t{i}", 0.0, i, 0) for i in range(300)]
    rates = log_rates(counts, [], start=0.0, end=60.0, step_s=60.0)

    assert len(rates) == 201
    assert SeriesKey("web", template_metric("t299")) in rates
    assert SeriesKey("web", template_metric("t50")) not in rates
