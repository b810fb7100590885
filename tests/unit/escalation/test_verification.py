"""Whether an action worked, on made series whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from labo.domain.entities.series import FloatArray, Series, SeriesKey, Topology, Window
from labo.domain.escalation.action_look import ActedIncident
from labo.domain.escalation.metric_memory import MemorySource, memory_of
from labo.domain.escalation.spontaneous_ends import SpontaneousEnds
from labo.domain.escalation.verification import verified
from labo.domain.escalation.verification_outcomes import Verification, VerificationOutcome

ONSET, BEGAN, ENDED = 1_200.0, 1_500.0, 1_505.0
LATENCY, ERRORS = "http.server.request.duration.p95", "http.server.request.error_ratio"
TIMES = np.arange(0.0, 6_000.0, 10.0)


def noisy(level: FloatArray | float, seed: int = 0) -> FloatArray:
    return np.asarray(level * (1 + 0.02 * np.random.default_rng(seed).standard_normal(TIMES.size)))


def step(until: float, high: float = 2.0, low: float = 0.1) -> FloatArray:
    return np.where((TIMES >= ONSET) & (until > TIMES), high, low)


def acted(values: dict[SeriesKey, FloatArray], **changes: object) -> ActedIncident:
    incident = ActedIncident(
        series={key: Series(TIMES, one) for key, one in values.items()},
        topology=Topology(("web", "shop", "store", "far"), (("web", "shop"), ("shop", "store"))),
        baseline=Window(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(ONSET, UTC)),
        affected=frozenset({"web", "shop"}),
        onset=ONSET,
        target="shop",
        began=BEGAN,
        ended=ENDED,
        ends=SpontaneousEnds(0, 36_000.0),
    )
    return replace(incident, **changes)  # type: ignore[arg-type]


def final(incident: ActedIncident) -> Verification:
    """The answer after every look that it asks for."""
    now = ENDED + 1
    while True:
        found = verified(incident, now)
        if found.look_again_at is None:
            return found
        assert now < found.look_again_at <= ENDED + 3_600
        now = found.look_again_at


def test_what_is_normal_soon_after_the_action_and_stays_worked() -> None:
    found = final(acted({SeriesKey("shop", LATENCY): noisy(step(ENDED))}))
    assert found.outcome is VerificationOutcome.WORKED
    assert found.confidence > 0.95
    assert "back to normal" in found.reasons[0]


def test_an_action_that_just_ended_is_not_judged_yet() -> None:
    found = verified(acted({SeriesKey("shop", LATENCY): noisy(step(ENDED))}), ENDED + 10)
    assert found.outcome is VerificationOutcome.NOT_YET
    assert found.look_again_at == ENDED + 120


def test_what_still_deviates_and_does_not_fall_had_no_effect() -> None:
    found = final(acted({SeriesKey("shop", LATENCY): noisy(step(np.inf))}))
    assert found.outcome is VerificationOutcome.NO_EFFECT


def test_new_harm_next_to_the_target_is_worse_although_the_incident_is_over() -> None:
    broken = np.where(TIMES >= ENDED, 0.4, 0.0)
    found = final(
        acted({SeriesKey("shop", LATENCY): noisy(step(ENDED)), SeriesKey("store", ERRORS): broken})
    )
    assert found.outcome is VerificationOutcome.WORSE
    assert "store" in found.reasons[0]


def test_an_incident_that_was_over_before_the_action_is_not_its_merit() -> None:
    found = final(acted({SeriesKey("shop", LATENCY): noisy(step(BEGAN - 60))}))
    assert found.outcome is VerificationOutcome.NO_EFFECT
    assert "before the action" in found.reasons[0]


def test_incidents_that_end_by_themselves_as_fast_prove_nothing() -> None:
    ends = SpontaneousEnds(20, 2_000.0)
    found = final(acted({SeriesKey("shop", LATENCY): noisy(step(ENDED + 60))}, ends=ends))
    assert found.outcome is VerificationOutcome.UNKNOWN
    assert "by themselves" in found.reasons[1]


def test_untouched_components_that_fall_as_much_prove_that_it_was_not_the_action() -> None:
    values = {SeriesKey("shop", LATENCY): noisy(step(ENDED))}
    values |= {SeriesKey("far", f"{LATENCY}.{n}"): noisy(step(ENDED), n) for n in range(1, 4)}
    found = final(acted(values))
    assert found.outcome is VerificationOutcome.UNKNOWN
    assert "untouched" in found.reasons[1]


def test_no_data_since_the_action_is_unknown_in_the_end() -> None:
    values = np.where(TIMES < ENDED, noisy(step(np.inf)), np.nan)
    found = final(acted({SeriesKey("shop", LATENCY): values}))
    assert found.outcome is VerificationOutcome.UNKNOWN
    assert "no data" in found.reasons[0]


@pytest.mark.parametrize("name", ["http_errors_avg_10m", "http_errors_recent"])
def test_a_counter_that_decays_after_the_cure_is_no_recurrence(name: str) -> None:
    high = noisy(step(ENDED, high=5.0, low=0.5))
    sums = np.convolve(high, np.ones(60) / 60)[: TIMES.size]
    sums[:60] = 0.5
    incident = acted({SeriesKey("shop", name): sums})
    early = verified(incident, ENDED + 300)
    assert early.outcome is VerificationOutcome.NOT_YET
    assert final(incident).outcome is VerificationOutcome.WORKED


def test_memory_is_read_from_the_name_or_from_what_is_normal() -> None:
    white = np.random.default_rng(1).standard_normal(1_000)
    means: FloatArray = np.convolve(white, np.ones(12), "valid").astype(np.float64)
    sliding = Series(np.arange(989) * 10.0, means)
    assert memory_of("errors_rate5m", sliding).seconds == 300
    assert memory_of("errors", sliding).source is MemorySource.AUTOCORRELATION
    assert 60 < memory_of("errors", sliding).seconds < 240
    assert memory_of("errors", Series(sliding.timestamps, white[:989])).seconds < 30
