"""One system: which episodes are announced, how, and that none is lost."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.detection.announcing import OUTLASTS_S, Announcer
from labo.domain.detection.detector import GONE_AFTER_S
from labo.domain.detection.events import as_event
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.series import Series, SeriesKey
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import EventStatus

STEP = 60.0


def series(first: int, last: int, *, level: float = 1.0, seed: int = 0) -> Series:
    values = np.random.default_rng([seed, first]).normal(level, 0.1, last - first)
    return Series(np.arange(first, last) * STEP, values)


def keys(count: int) -> list[SeriesKey]:
    return [SeriesKey(f"c{i}", "latency") for i in range(count)]


def warm(watch: SystemWatch, names: list[SeriesKey], steps: int = 60) -> None:
    normal = {key: series(0, steps, seed=i) for i, key in enumerate(names)}
    assert watch.advance(normal, steps * STEP) == []


def test_too_many_openings_become_one_that_says_how_many() -> None:
    """The strongest are told one by one; the fold ends with the last of its episodes."""
    watch, names = SystemWatch(Announcer(openings=3)), keys(10)
    warm(watch, names)
    told = watch.advance({k: series(60, 65, level=5.0 + i) for i, k in enumerate(names)}, 65 * STEP)
    over = watch.advance({key: series(65, 70) for key in names}, 70 * STEP)

    assert [(one.folded, len(one.others)) for one in told] == [(False, 0)] * 3 + [(True, 6)]
    assert len({one.component for one in told[:3]}) == 3
    assert [one.folded for one in over].count(True) == 1
    assert len(over) == 4
    fold, end = told[3], next(one for one in over if one.folded)
    assert as_event("s", fold).dedup_key == as_event("s", end).dedup_key
    assert fold.started_at == end.started_at
    assert watch.announcer.dump()["episodes"] == watch.announcer.dump()["folds"] == []


def test_a_system_that_is_gone_for_a_day_keeps_no_episode_open() -> None:
    """Its services were ended while one was slow: nobody will see that end."""
    (slow, other), watch = keys(2), SystemWatch()
    warm(watch, [slow, other])
    ill = {slow: series(60, 65, level=9.0), other: series(60, 65, seed=1)}
    (opened,) = watch.advance(ill, 65 * STEP)
    day = 64 * STEP + GONE_AFTER_S
    assert watch.advance({}, day) == []
    (ended,) = watch.advance({}, day + STEP)
    assert (ended.started_at, ended.ended_at) == (opened.started_at, day + STEP)
    assert "the episode is over" in as_event("s", ended).description
    assert list(watch.detectors) == [other]


def test_the_number_of_series_is_bounded() -> None:
    """The least recently heard are forgotten, which is counted, and their episodes end."""
    watch = SystemWatch(max_series=2)
    (first, *others) = keys(3)
    warm(watch, [first])
    (opened,) = watch.advance({first: series(60, 65, level=9.0)}, 65 * STEP)
    (closed,) = watch.advance({key: series(66, 67) for key in others}, 67 * STEP)

    assert (opened.component, closed.component) == (first.component, first.component)
    assert closed.became_normal
    assert list(watch.detectors) == others
    assert watch.forgotten == 1


def test_history_is_learnt_without_a_word() -> None:
    """What deviated in it is not told; what still deviates is, from the next values on."""
    watch, (key,) = SystemWatch(), keys(1)
    past = series(0, 100)
    past.values[80:] += 5.0
    watch.learn({key: past}, 0.0, 100 * STEP)
    (told,) = watch.advance({key: series(100, 106, level=6.0)}, 106 * STEP)

    assert told.started_at == 100 * STEP


def test_a_restart_goes_on_with_open_episodes_and_folds() -> None:
    """The state as JSON text tells the same ends that the watch itself tells."""
    watch, names = SystemWatch(Announcer(openings=1)), keys(3)
    warm(watch, names)
    watch.advance({key: series(60, 65, level=5.0) for key in names}, 65 * STEP)
    again = SystemWatch(Announcer(openings=1))
    again.restore(json.loads(json.dumps(watch.dump())))
    calm = {key: series(65, 70) for key in names}

    assert again.advance(calm, 70 * STEP) == watch.advance(calm, 70 * STEP)
    assert again.dump() == watch.dump()


@pytest.mark.parametrize("broken", [10**400, float("inf"), "7", None])
def test_a_state_that_is_none_is_refused(broken: object) -> None:
    """With the errors that whoever restores it knows: it then learns anew."""
    state = SystemWatch().dump()

    with pytest.raises((KeyError, TypeError, ValueError)):
        SystemWatch().restore({**state, "forgotten": broken})


def test_the_same_episode_gives_the_same_events() -> None:
    """Firing and resolution share the dedup key and the start, and differ in identity."""
    watch, (key,) = SystemWatch(), keys(1)
    warm(watch, [key])
    (opened,) = watch.advance({key: series(60, 65, level=9.0)}, 65 * STEP)
    (closed,) = watch.advance({key: series(65, 70)}, 70 * STEP)
    firing, resolved = as_event("shop", opened), as_event("shop", closed)

    assert firing == as_event("shop", opened)
    assert firing.dedup_key == resolved.dedup_key == "shop/c0/slow"
    assert (firing.status, resolved.status) == (EventStatus.FIRING, EventStatus.RESOLVED)
    assert firing.starts_at == resolved.starts_at
    assert firing.id != resolved.id
    assert firing.severity is Severity.ERROR
    assert "above its usual level" in firing.description


SLOW_SERIES = [
    SeriesKey("a", f"{name}.{statistic}")
    for name in ("http.server.request.duration", "db.client.operation.duration")
    for statistic in ("mean", "p50", "p95", "p99")
]
TRAFFIC = SeriesKey("a", "http.server.request.rate")


def moved(keys: list[SeriesKey], first: int, last: int, level: float) -> dict[SeriesKey, Series]:
    return {key: series(first, last, level=level, seed=i) for i, key in enumerate(keys)}


def test_a_slow_component_is_one_episode_whatever_shows_it() -> None:
    """From its first series to its last; fewer requests are what follows from it."""
    watch, everything = SystemWatch(), [*SLOW_SERIES, TRAFFIC]
    warm(watch, everything)
    late, early = SLOW_SERIES[:4], SLOW_SERIES[4:]
    first = watch.advance(
        moved(early, 60, 65, 4.0) | moved([*late, TRAFFIC], 60, 65, 1.0), 65 * STEP
    )
    then = watch.advance(
        moved(SLOW_SERIES, 65, 70, 4.0) | moved([TRAFFIC], 65, 70, -1.0), 70 * STEP
    )
    partly = watch.advance(
        moved(late, 70, 75, 4.0) | moved([*early, TRAFFIC], 70, 75, 1.0), 75 * STEP
    )
    over = watch.advance(moved(everything, 75, 80, 1.0), 80 * STEP)

    assert [(one.component, one.shown.key, one.ended_at) for one in first] == [("a", "slow", None)]
    assert (then, partly) == ([], [])
    (end,) = over
    assert (end.started_at, end.ended_at) == (60 * STEP, 75 * STEP)
    assert {one.metric for one in end.deviations} == {key.metric for key in everything}
    assert end.deviations[-1].metric == TRAFFIC.metric
    event = as_event("shop", end)
    assert event.title == "a is slow"
    assert set(json.loads(event.raw)["also"]) == {f"a:{one.metric}" for one in end.deviations[1:]}


def test_an_episode_that_becomes_grave_is_told_once_more() -> None:
    """As an error under the same dedup key, so that the occurrence becomes one."""
    watch, (mild, grave) = SystemWatch(), SLOW_SERIES[:2]
    warm(watch, [mild, grave])
    (opened,) = watch.advance(moved([mild], 60, 65, 1.8) | moved([grave], 60, 65, 1.0), 65 * STEP)
    (worse,) = watch.advance(moved([mild], 65, 70, 1.8) | moved([grave], 65, 70, 9.0), 70 * STEP)
    one, two = as_event("shop", opened), as_event("shop", worse)

    assert (one.severity, two.severity) == (Severity.WARNING, Severity.ERROR)
    assert (one.dedup_key, one.starts_at) == (two.dedup_key, two.starts_at)
    assert one.id != two.id


def test_what_outlasts_the_trouble_is_an_episode_of_its_own() -> None:
    """Then it was no mere consequence."""
    watch, slow = SystemWatch(), SLOW_SERIES[:1]
    warm(watch, [*slow, TRAFFIC])
    watch.advance(moved(slow, 60, 70, 4.0) | moved([TRAFFIC], 60, 70, 0.0), 70 * STEP)
    (end,) = watch.advance(moved(slow, 70, 75, 1.0) | moved([TRAFFIC], 70, 75, 0.0), 75 * STEP)
    until = 75 * STEP + OUTLASTS_S
    (alone,) = watch.advance(moved(slow, 75, 85, 1.0) | moved([TRAFFIC], 75, 85, 0.0), until)

    assert (end.shown.key, end.ended_at) == ("slow", 70 * STEP)
    assert (alone.shown.key, alone.started_at, alone.ended_at) == (
        "traffic_changed",
        60 * STEP,
        None,
    )


def test_a_consequence_that_ends_a_little_later_is_no_episode() -> None:
    """A queue drains, and a rate by the minute ends a minute late."""
    watch, slow = SystemWatch(), SLOW_SERIES[:1]
    warm(watch, [*slow, TRAFFIC])
    watch.advance(moved(slow, 60, 70, 4.0) | moved([TRAFFIC], 60, 70, 0.0), 70 * STEP)
    told = watch.advance(moved(slow, 70, 73, 1.0) | moved([TRAFFIC], 70, 73, 0.0), 73 * STEP)
    told += watch.advance(moved([*slow, TRAFFIC], 73, 90, 1.0), 90 * STEP)

    assert [one.shown.key for one in told] == ["slow"]
    assert watch.announcer.episodes == {}


def test_work_that_waits_holds_several_resources() -> None:
    """They are one episode, of the one that shows it first or most."""
    watch = SystemWatch()
    threads, queue = SeriesKey("a", "tomcat.threads.busy"), SeriesKey("a", "queue.length")
    warm(watch, [threads, queue])
    told = watch.advance(moved([threads], 60, 66, 3.0) | moved([queue], 60, 66, 9.0), 66 * STEP)

    assert [one.shown.key for one in told] == ["saturated:queue"]


def test_more_traffic_is_no_consequence() -> None:
    """It may be what made the component slow."""
    watch, slow = SystemWatch(), SLOW_SERIES[:1]
    warm(watch, [*slow, TRAFFIC])
    told = watch.advance(moved([*slow, TRAFFIC], 60, 65, 4.0), 65 * STEP)

    assert {one.shown.key for one in told} == {"slow", "traffic_changed"}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(61, 99), max_size=6, unique=True))
def test_it_does_not_matter_how_many_steps_come_at_once(cuts: list[int]) -> None:
    """A catch-up after an outage announces what was announced step by step."""
    everything = [*SLOW_SERIES[:3], TRAFFIC]
    values = {key: series(0, 100, seed=i) for i, key in enumerate(everything)}
    for i, key in enumerate(SLOW_SERIES[:3]):
        values[key].values[60 + 2 * i : 75 + 3 * i] += 5.0
    values[TRAFFIC].values[63:90] -= 1.0
    whole, parts = SystemWatch(), SystemWatch()
    at_once = whole.advance(values, 100 * STEP)
    told = [one for cut in (*sorted(cuts), 100) for one in parts.advance(values, cut * STEP)]

    assert told == at_once
    assert parts.announcer.dump() == whole.announcer.dump()
