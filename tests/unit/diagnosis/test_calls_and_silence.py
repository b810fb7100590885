"""What a component's calls say about it, and what it means when they stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.localisation.grid import GUARD_S, GUARD_SHARE, build_grid
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from tests.builders.cases import BEFORE, DURING, ONSET, STEP, a_case

SERVED, CALLED = "http.server.request.error_ratio", "http.client.request.error_ratio"
PROCESS, QUERIES = "process.memory.usage", "db.client.operation.duration.mean"
TIMES = ONSET + STEP * np.arange(-BEFORE, DURING, dtype=np.float64)
IS_BAD = TIMES >= ONSET


def steady(seed: int = 0, *, bad: float = 0.0, ends: bool = False) -> Series:
    """Noise, `bad` more from the onset on; `ends`: no sample from the second bad minute on."""
    values = 0.1 + 0.01 * np.random.default_rng(seed).standard_normal(TIMES.size) + bad * IS_BAD
    kept = TIMES < ONSET + STEP if ends else np.ones(TIMES.size, dtype=bool)
    return Series(TIMES[kept], values[kept])


def a_system(
    series: Mapping[tuple[str, str], Series], *calls: tuple[str, str], metric: str = SERVED
) -> Case:
    """The first caller is the target."""
    named = tuple(dict.fromkeys(name for call in calls for name in call))
    case = a_case({}, target=calls[0][0], metric=metric)
    held = {SeriesKey(*key): one for key, one in series.items()}
    return replace(case, series=held, topology=Topology(named, calls))


def suspects(case: Case) -> tuple[Verdict, list[str]]:
    found = analyse(case)
    return found.verdict, [one.component for one in found.suspects if one.probability > 0.2]


def test_failed_calls_of_a_caller_are_failures_of_its_callee() -> None:
    """Seen from either side they are one thing, so that the deeper component explains them."""
    failing = {
        ("web", CALLED): steady(1, bad=0.4),
        ("shop", SERVED): steady(2, bad=0.4),
        ("shop", CALLED): steady(3, bad=0.4),
        ("bank", SERVED): steady(4, bad=0.4),
    }

    case = a_system(failing, ("web", "shop"), ("shop", "bank"), metric=CALLED)

    assert suspects(case) == (Verdict.LIKELY, ["bank"])


def test_a_component_whose_own_calls_succeed_is_judged_by_those_to_it() -> None:
    """That its dependencies are well does not make it well."""
    failing = {
        ("web", CALLED): steady(1, bad=0.4),
        ("shop", SERVED): steady(2, bad=0.4),
        ("shop", CALLED): steady(3),
        ("bank", SERVED): steady(4),
    }

    case = a_system(failing, ("web", "shop"), ("shop", "bank"), metric=CALLED)

    assert suspects(case) == (Verdict.LIKELY, ["shop"])


def silenced(*silent: str) -> Case:
    """The target fails; of the components below, `silent` series end in the first bad minute."""
    calls = (("web", "shop"), ("shop", "bank"), ("bank", "db"))
    names = {("shop", SERVED), ("shop", PROCESS), ("bank", SERVED), ("bank", PROCESS)}
    names |= {("db", QUERIES)}
    series = {
        key: steady(number, ends=" ".join(key) in silent)
        for number, key in enumerate(sorted(names))
    }
    return a_system({("web", SERVED): steady(9, bad=0.9), **series}, *calls)


def test_a_component_that_stops_is_the_origin_and_what_nobody_calls_any_more_is_not() -> None:
    """Behind a dead process there are no calls; whoever still reports anything else is alive."""
    case = silenced(f"shop {SERVED}", f"shop {PROCESS}", f"bank {SERVED}", f"db {QUERIES}")

    assert suspects(case) == (Verdict.LIKELY, ["shop"])


def test_a_database_without_calls_has_not_stopped() -> None:
    """Its statistics are what its callers measure."""
    _, names = suspects(silenced(f"bank {SERVED}", f"db {QUERIES}"))

    assert names == ["web"]


def test_a_queue_that_looks_normal_hides_who_takes_from_it() -> None:
    """A sender does not notice that nobody takes: so its waiting messages are the consumer's."""
    sent = "messaging.client.operation.error_ratio"
    calls = (("web", "images"), ("images", "thumbnails"))
    case = a_system(
        {
            ("web", "images.waiting"): steady(1, bad=50.0),
            ("images", sent): steady(2),
            ("thumbnails", PROCESS): steady(3, ends=True),
        },
        *calls,
        metric="images.waiting",
    )
    as_queue = replace(case, roles={"web": "service", "images": "queue", "thumbnails": "service"})
    as_service = replace(case, roles={**as_queue.roles, "images": "service"})

    assert suspects(as_queue) == (Verdict.LIKELY, ["thumbnails"])
    assert suspects(as_service)[0] is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("slower_s", "queries", "expected"),
    [
        (0.0005, 1, (Verdict.LIKELY, ["shop"])),
        (0.0005, 100, (Verdict.LIKELY, ["db"])),
        (0.05, 1, (Verdict.LIKELY, ["db"])),
    ],
    ids=["too little", "little, a hundred times", "enough"],
)
def test_a_callee_accounts_for_what_it_takes_longer(
    slower_s: float, queries: int, expected: tuple[Verdict, list[str]]
) -> None:
    """A request waits 50 ms longer; each of its queries is far outside of its own normal range. Of
    too little the unknown problem keeps a share, so that it is right less surely."""
    took, rate = "duration.mean", "rate"
    served, asked = "http.server.request.", "db.client.operation."
    still = Series(TIMES, np.ones(TIMES.size))
    query = steady(3)
    query = Series(TIMES, query.values / 1e4 + slower_s * IS_BAD)
    case = a_system(
        {
            ("shop", served + took): steady(1, bad=0.05),
            ("shop", served + rate): still,
            ("db", asked + took): query,
            ("db", asked + rate): Series(TIMES, queries * still.values),
        },
        ("shop", "db"),
        metric=served + took,
    )

    assert suspects(case) == expected


@pytest.mark.parametrize(("cpu", "cause"), [(0.0, "db"), (0.5, "shop")], ids=["idle", "busy"])
def test_what_a_process_without_processor_time_measures_is_its_own_waiting(
    cpu: float, cause: str
) -> None:
    """Its queries take longer because it does; while it waits for a slow query, it uses none."""
    case = a_system(
        {
            ("shop", "http.server.request.duration.mean"): steady(1, bad=0.2),
            ("shop", "process.cpu.utilization"): steady(2, bad=cpu),
            ("db", QUERIES): steady(3, bad=0.2),
        },
        ("shop", "db"),
        metric="http.server.request.duration.mean",
    )

    assert suspects(case) == (Verdict.LIKELY, [cause])


@pytest.mark.parametrize("unknown_before", [0, 150])
def test_time_without_any_value_is_no_baseline(unknown_before: int) -> None:
    """Traces have samples without a value before their system was watched; of the rest the last
    ten minutes are none either."""
    values = np.ones(TIMES.size)
    values[:unknown_before] = np.nan
    case = a_system({("web", SERVED): Series(TIMES, values)}, ("web", "shop"))

    grid = build_grid(case)
    guard = min(GUARD_S, GUARD_SHARE * (BEFORE - unknown_before) * grid.step) / grid.step
    assert grid.baseline.shape[1] == BEFORE - unknown_before - round(guard)
