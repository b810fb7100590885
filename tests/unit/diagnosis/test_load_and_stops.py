"""Load that callers pass on, calls that end, and what only a component itself can explain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from tests.builders.cases import BEFORE, DURING, ONSET, STEP, a_case

RATE, FAILED = "http.server.request.rate", "http.server.request.error_ratio"
SLOW, CPU = "http.server.request.duration.mean", "process.cpu.utilization"
TIMES = ONSET + STEP * np.arange(-BEFORE, DURING, dtype=np.float64)
IS_BAD = TIMES >= ONSET


def level(before: float, during: float, seed: int) -> Series:
    """A level with a tenth of noise, another one from the onset on."""
    noise = 1 + 0.1 * np.random.default_rng(seed).standard_normal(TIMES.size)
    return Series(TIMES, np.where(IS_BAD, during, before) * noise)


def a_system(
    levels: dict[tuple[str, str], tuple[float, float]], *calls: tuple[str, str], metric: str
) -> Case:
    """The first caller is the target."""
    case = a_case({}, target=calls[0][0], metric=metric)
    series = {
        SeriesKey(*key): level(*both, seed)
        for seed, (key, both) in enumerate(sorted(levels.items()))
    }
    names = tuple(dict.fromkeys(name for call in calls for name in call))
    return replace(case, series=series, topology=Topology(names, calls))


def first(case: Case) -> tuple[str, Verdict]:
    found = analyse(case)
    return found.suspects[0].component, found.verdict


def surged(*, is_target: bool) -> Case:
    """All are asked four times as much, and a database is at its limit; or the target as before,
    so that who is called more often is called so by the shop itself."""
    more = 4.0
    return a_system(
        {
            ("web", RATE): (100.0, 100.0 * (more if is_target else 1.0)),
            ("web", SLOW): (0.2, 1.2),
            ("shop", RATE): (90.0, 90.0 * (more if is_target else 1.0)),
            ("shop", SLOW): (0.1, 0.9),
            ("db", "db.client.operation.rate"): (200.0, 200.0 * more),
            ("db", CPU): (0.2, 0.95),
        },
        ("web", "shop"),
        ("shop", "db"),
        metric=SLOW,
    )


def test_a_load_that_the_target_passes_on_is_no_fault_of_whoever_carries_it() -> None:
    """The processor of the last in the chain is at its limit since all are asked for more."""
    assert first(surged(is_target=True))[0] == "web"


def test_who_is_called_more_often_by_a_caller_that_is_not_keeps_its_own_load() -> None:
    """Nobody that calls it is asked for more, so nothing explains its processor."""
    assert first(surged(is_target=False))[0] == "db"


def failing(callee: float) -> Case:
    """One in three requests of the target fails, and a share of the calls to one behind it."""
    return a_system(
        {
            ("web", FAILED): (0.001, 0.3),
            ("cart", FAILED): (0.001, callee),
            ("stock", FAILED): (0.001, 0.001),
        },
        ("web", "cart"),
        ("web", "stock"),
        metric=FAILED,
    )


def test_a_callee_explains_failing_calls_up_to_its_own() -> None:
    """One in three fails because of it, or one in thirty."""
    assert first(failing(0.3)) == ("cart", Verdict.LIKELY)
    assert first(failing(0.03))[0] == "web"


def stopped(failed: float) -> Case:
    """The bank is called no more; a share of the shop's requests fails."""
    return a_system(
        {
            ("web", FAILED): (0.001, failed),
            ("web", RATE): (100.0, 100.0),
            ("shop", FAILED): (0.001, failed),
            ("shop", RATE): (80.0, 80.0),
            ("bank", RATE): (20.0, 0.0),
            ("bank", CPU): (0.1, 0.0),
        },
        ("web", "shop"),
        ("shop", "bank"),
        metric=FAILED,
    )


def test_whom_no_call_reaches_any_more_is_the_origin_while_its_caller_goes_on() -> None:
    """It is named and not claimed: its caller may have stopped to ask."""
    assert first(stopped(0.2)) == ("bank", Verdict.INCONCLUSIVE)


def test_a_caller_that_fails_altogether_is_why_nobody_behind_it_is_called() -> None:
    """What begins nothing calls nobody."""
    assert first(stopped(1.0))[0] == "shop"


def test_a_cache_that_lost_its_entries_leads_over_the_database_that_works_for_it() -> None:
    """How far a state of the cache itself is from normal counts, though its name tells no harm."""
    case = a_system(
        {
            ("web", SLOW): (0.1, 0.3),
            ("cache", "cache.entries"): (2000.0, 20.0),
            ("db", CPU): (0.2, 0.25),
        },
        ("web", "cache"),
        ("web", "db"),
        metric=SLOW,
    )

    assert first(case)[0] == "cache"


def test_a_resource_steps_though_the_target_noticed_only_for_a_moment() -> None:
    """It was used up from the onset on, longer than the target was slow."""
    case = a_system(
        {("web", SLOW): (0.1, 0.1), ("shop", CPU): (0.05, 0.95), ("mail", CPU): (0.05, 0.05)},
        ("web", "shop"),
        ("web", "mail"),
        metric=SLOW,
    )
    slow = case.series[SeriesKey("web", SLOW)].values.copy()
    slow[BEFORE + 1 : BEFORE + 3] = 0.5
    held = {**case.series, SeriesKey("web", SLOW): Series(TIMES, slow)}

    assert first(replace(case, series=held))[0] == "shop"


def test_one_odd_minute_beside_a_past_without_any_is_no_symptom() -> None:
    """A queue that is empty all day and holds three messages once does not tell of trouble."""
    waiting = np.zeros(TIMES.size)
    waiting[BEFORE + 1] = 3.0
    case = a_system({("web", CPU): (0.1, 0.1)}, ("web", "shop"), metric="queue.length")
    few = slice(BEFORE - 25, None)
    series = {
        SeriesKey("web", "queue.length"): Series(TIMES[few], waiting[few]),
        SeriesKey("web", CPU): Series(TIMES[few], case.series[SeriesKey("web", CPU)].values[few]),
    }

    assert analyse(replace(case, series=series)).verdict is Verdict.NO_PROBLEM


def restarted(*, is_reported_early: bool) -> Case:
    """All were restarted and need less memory since, and the cart's processor is at its limit; told
    of three minutes before, or when it begins."""
    start = 3 if is_reported_early else 0
    levels = {
        ("web", "memory"): (180.0, 110.0),
        ("web", "cpu"): (0.1, 0.15),
        ("cart", "memory"): (340.0, 335.0),
        ("cart", "cpu"): (0.01, 0.95),
        ("db", "memory"): (700.0, 240.0),
        ("db", "cpu"): (0.01, 0.01),
    }
    case = a_system(levels, ("web", "cart"), ("cart", "db"), metric="")
    fell = ONSET + start * STEP <= TIMES
    series = {}
    for seed, (key, (before, during)) in enumerate(sorted(levels.items())):
        spread = 0.005 if key[1] == "memory" else 0.1
        noise = 1 + spread * np.random.default_rng(seed).standard_normal(TIMES.size)
        series[SeriesKey(*key)] = Series(TIMES, np.where(fell, during, before) * noise)
    return replace(case, metric=None, series=series)


def test_what_is_better_than_ever_makes_no_harm_of_the_normal_minutes_before_it() -> None:
    """The first minutes' memory is far above that of the others, which is far below the normal."""
    answers = [first(restarted(is_reported_early=early))[0] for early in (True, False)]

    assert answers == ["cart", "cart"]
