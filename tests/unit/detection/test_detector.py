"""One series: what opens an episode, what does not, and how it ends."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.detection.changes import Change
from labo.domain.detection.detector import MAX_OPEN, SeriesDetector
from labo.domain.detection.snapshot import dump_detector, load_detector
from labo.domain.entities.conditions import Direction

STEP = 60.0


def noise(count: int, seed: int = 1) -> list[float]:
    return (1.0 + 0.1 * np.random.default_rng(seed).standard_normal(count)).tolist()


def changes(values: list[float], metric: str = "latency") -> list[Change]:
    detector = SeriesDetector(metric)
    found = (detector.update(i * STEP, value) for i, value in enumerate(values))
    return [change for change in found if change]


def test_a_step_opens_one_episode_at_its_onset_and_its_end_closes_it() -> None:
    """Opened within four values, dated to the first of them, closed at the first calm one."""
    normal = noise(200)
    step = [value + (2.0 if 100 <= i < 130 else 0.0) for i, value in enumerate(normal)]
    opened, closed = changes(step)

    assert (opened.direction, opened.started_at, opened.ended_at) == (
        Direction.HIGH,
        100 * STEP,
        None,
    )
    assert closed.started_at == opened.started_at
    assert closed.ended_at == 130 * STEP
    assert closed.size >= opened.size > 8


@pytest.mark.parametrize(
    ("metric", "growth", "ends"),
    [
        ("process.memory.usage", 0.0, True),
        ("process.memory.usage", 0.1, False),
        ("load", 0.0, False),
    ],
)
def test_memory_that_stays_at_a_new_level_is_no_trouble_any_more(
    metric: str, growth: float, ends: bool
) -> None:
    """A process seldom gives it back; one that leaks takes more and more."""
    normal = [50.0 + value for value in noise(200)]
    values = [v + (10.0 + growth * (i - 100) if i >= 100 else 0.0) for i, v in enumerate(normal)]
    opened, *later = changes(values, metric)

    assert opened.started_at == 100 * STEP
    assert [one.became_normal for one in later] == [True] * ends


def test_a_ramp_is_found() -> None:
    """A slow rise is caught once it leaves the normal range."""
    values = [value + max(0, i - 150) * 0.03 for i, value in enumerate(noise(200))]
    assert [change.direction for change in changes(values)] == [Direction.HIGH]


@pytest.mark.parametrize(
    "values",
    [
        noise(1_000),
        [5.0] * 1_000,
        [float(i) for i in range(1_000)],
        [value + (9.0 if i % 97 == 0 else 0.0) for i, value in enumerate(noise(1_000))],
        [value + 0.5 * math.sin(i * 2 * math.pi / 1440) for i, value in enumerate(noise(3_000))],
        noise(19) + [50.0] * 5,
    ],
    ids=["noise", "constant", "trend", "lone spikes", "season", "too little baseline"],
)
def test_what_is_normal_opens_nothing(values: list[float]) -> None:
    """Noise, constants, trends, lone spikes, slow seasons; and too short a past to know."""
    assert changes(values) == []


def test_only_the_harmful_direction_counts() -> None:
    """Latency that falls is no trouble, availability that falls is; of load, either is."""
    falling = noise(100) + [value - 5 for value in noise(20)]
    rising = noise(100) + [value + 5 for value in noise(20)]

    assert changes(falling, "latency") == []
    assert changes(rising, "availability") == []
    assert [c.direction for c in changes(falling, "availability")] == [Direction.LOW]
    assert [c.direction for c in changes(falling, "requests")] == [Direction.LOW]
    assert [c.direction for c in changes(rising, "requests")] == [Direction.HIGH]


def test_a_level_that_stays_becomes_normal() -> None:
    """A changed level ends its own episode, once, and is quiet from then on."""
    opened, closed = changes(noise(100) + [value + 3 for value in noise(MAX_OPEN + 200)])

    assert opened.ended_at is None
    assert closed.became_normal


def test_a_steady_series_that_stops_has_vanished_until_it_returns() -> None:
    """Absence is an episode of its own, told once."""
    detector = SeriesDetector("latency")
    for i, value in enumerate(noise(60)):
        detector.update(i * STEP, value)

    assert detector.vanish(60 * STEP, missed=5) is None
    gone = detector.vanish(66 * STEP, missed=5)
    assert gone is not None
    assert (gone.direction, gone.started_at) == (Direction.ABSENT, 60 * STEP)
    assert detector.vanish(90 * STEP, missed=5) is None
    back = detector.update(90 * STEP, 1.0)
    assert back is not None
    assert (back.direction, back.ended_at) == (Direction.ABSENT, 90 * STEP)


def test_disorder_duplicates_and_unknown_values_change_nothing() -> None:
    """They leave the very state that the clean series leaves."""
    clean, dirty = SeriesDetector("latency"), SeriesDetector("latency")
    for i, value in enumerate(noise(80)):
        clean.update(i * STEP, value)
        for at, other in ((i * STEP, value), (i * STEP, 99.0), ((i - 3) * STEP, 99.0)):
            assert dirty.update(at, other) is None
        for unknown in (math.nan, math.inf, -math.inf):
            assert dirty.update((i + 0.5) * STEP, unknown) is None

    assert dump_detector(dirty) == dump_detector(clean)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=150),
    st.integers(0, 150),
)
def test_any_series_goes_on_after_a_restart_as_if_there_were_none(
    values: list[float], cut: int
) -> None:
    """The state as JSON text gives the same changes for whatever follows; nothing raises."""
    whole, first = SeriesDetector("requests"), SeriesDetector("requests")
    expected = [whole.update(i * STEP, value) for i, value in enumerate(values)]
    found = [first.update(i * STEP, value) for i, value in enumerate(values[:cut])]
    again = load_detector(json.loads(json.dumps(dump_detector(first))))
    found += [again.update((cut + i) * STEP, value) for i, value in enumerate(values[cut:])]

    assert found == expected
    assert dump_detector(again) == dump_detector(whole)
    for change in expected:
        assert change is None or math.isfinite(change.size)
