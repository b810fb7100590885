"""One system: which episodes are announced, how, and that none is lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from labo.domain.detection.announcing import Announcer
from labo.domain.detection.events import as_event
from labo.domain.detection.watch import SystemWatch
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import Series, SeriesKey
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import EventStatus
from labo.domain.telemetry.log_rates import ERRORS, log_rates, template_metric

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

    assert [(one.folded, len(one.also)) for one in told] == [(False, 0)] * 3 + [(True, 6)]
    assert len({one.key for one in told[:3]}) == 3
    assert [one.folded for one in over].count(True) == 1
    assert len(over) == 4
    fold, end = told[3], next(one for one in over if one.folded)
    assert as_event("s", fold).dedup_key == as_event("s", end).dedup_key
    assert fold.change.started_at == end.change.started_at
    assert watch.announcer.dump()["announced"] == watch.announcer.dump()["folds"] == []


def test_a_component_that_vanishes_is_told_once_for_all_its_series() -> None:
    """Its first series stands for the others."""
    names = [SeriesKey("a", "latency"), SeriesKey("a", "errors"), SeriesKey("b", "latency")]
    watch = SystemWatch()
    warm(watch, names)
    (gone,) = watch.advance({names[2]: series(60, 70)}, 70 * STEP)

    assert gone.key == SeriesKey("a", "errors")
    assert gone.change.direction is Direction.ABSENT
    assert gone.also == (SeriesKey("a", "latency"),)
    (back,) = watch.advance({key: series(70, 71) for key in names}, 71 * STEP)
    assert (back.key, back.change.ended_at) == (gone.key, 70 * STEP)


def test_a_system_that_says_nothing_at_all_has_lost_no_series() -> None:
    """It may be the telemetry that is lost; the state says so."""
    watch = SystemWatch()
    warm(watch, keys(3))

    assert watch.advance({}, 90 * STEP) == []
    assert watch.silent


def test_the_number_of_series_is_bounded() -> None:
    """The least recently heard are forgotten, which is counted, and their episodes end."""
    watch = SystemWatch(max_series=2)
    (first, *others) = keys(3)
    warm(watch, [first])
    (opened,) = watch.advance({first: series(60, 65, level=9.0)}, 65 * STEP)
    (closed,) = watch.advance({key: series(66, 67) for key in others}, 67 * STEP)

    assert (opened.key, closed.key, closed.change.became_normal) == (first, first, True)
    assert list(watch.detectors) == others
    assert watch.forgotten == 1


def test_history_is_learnt_without_a_word() -> None:
    """What deviated in it is not told; what still deviates is, from the next values on."""
    watch, (key,) = SystemWatch(), keys(1)
    past = series(0, 100)
    past.values[80:] += 5.0
    watch.learn({key: past}, 0.0, 100 * STEP)
    (told,) = watch.advance({key: series(100, 106, level=6.0)}, 106 * STEP)

    assert told.change.started_at == 100 * STEP


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
    assert firing.dedup_key == resolved.dedup_key == "shop/c0/latency/high"
    assert (firing.status, resolved.status) == (EventStatus.FIRING, EventStatus.RESOLVED)
    assert firing.starts_at == resolved.starts_at
    assert firing.id != resolved.id
    assert firing.severity is Severity.ERROR
    assert "above its usual level" in firing.description


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


def test_the_rarest_templates_are_left_out_where_there_are_too_many() -> None:
    """A flood of templates stays a bounded number of series."""
    counts = [("web", f"t{i}", 0.0, i, 0) for i in range(300)]
    rates = log_rates(counts, [], start=0.0, end=60.0, step_s=60.0)

    assert len(rates) == 201
    assert SeriesKey("web", template_metric("t299")) in rates
    assert SeriesKey("web", template_metric("t50")) not in rates
