"""What spans tell of each component: by operation, with calls told from own work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.localisation.span_values import (
    CALLED_ERRORS,
    CALLED_WAIT,
    SELF_TIME,
    UNEXPECTED_STEPS,
)
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.localisation.trace_sampling import whole_traces
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.series import Case, Series, SeriesKey, TimedSpan, Topology
from tests.builders.cases import DURING, ONSET, STEP, a_case, a_window

EVERY_S = 5
"""Seconds between requests."""
MOMENTS = np.arange(ONSET - 600, ONSET + STEP * DURING, EVERY_S).tolist()


def a_span(
    trace: str, id_: str, parent: str, component: str, at: float, lasts: float, **more: str
) -> TimedSpan:
    return TimedSpan(
        trace, id_, parent, component, at, lasts, False, more.get("peer", ""), "",
        more.get("operation", ""), more.get("address", ""),
    )  # fmt: skip


def a_request(
    at: float, *, wait: float = 0.01, own: float = 0.02, db: float = 0.01
) -> list[TimedSpan]:
    """`web` calls `shop` at an address, which asks its `db` and then does something."""
    t = f"t{at}"
    asked = 3 * db + own + 0.01
    return [
        a_span(t, "1", "", "web", at, asked + wait + 0.02, operation="buy"),
        a_span(t, "2", "1", "web", at + 0.01, asked + wait, address="10.0.0.7:80"),
        a_span(t, "3", "2", "shop", at + 0.01 + wait, asked, operation="buy"),
        a_span(t, "4", "3", "shop", at + 0.01 + wait, db, operation="select", peer="db"),
        a_span(t, "5", "3", "shop", at + 0.02 + wait + db, own, operation="price"),
    ]


def with_shop_killed() -> list[TimedSpan]:
    """From the onset on `shop` has no spans, and its callers' fail."""
    spans = []
    for at in MOMENTS:
        request = a_request(at)
        if at >= ONSET:
            request = [replace(one, is_error=True) for one in request if one.component == "web"]
        spans += request
    return spans


def a_system(spans: Iterable[TimedSpan]) -> Case:
    """Nothing but traces of ten minutes before the onset and ten after it."""
    return replace(
        a_case({}),
        series={},
        metric=None,
        baseline=a_window(ONSET - 600, ONSET),
        topology=Topology(("db", "shop", "web"), (("web", "shop"), ("shop", "db"))),
        traces=tuple(spans),
    )


def means(case: Case, component: str, metric: str) -> tuple[float, float]:
    """Before the onset, and from then on."""
    series = with_signals(case).series[SeriesKey(component, metric)]
    known = np.isfinite(series.values)
    during = series.timestamps >= ONSET
    return float(series.values[known & ~during].mean()), float(series.values[known & during].mean())


def test_a_call_waits_at_the_callee_and_is_no_work_of_the_caller() -> None:
    """Of the call to `shop` its own span covers all but the way there."""
    case = a_system(s for at in MOMENTS for s in a_request(at, wait=0.01 if at < ONSET else 0.5))

    assert means(case, "shop", CALLED_WAIT) == pytest.approx((0.01, 0.5))
    assert means(case, "web", SELF_TIME) == pytest.approx((0.02, 0.02), rel=1e-4)
    assert analyse(with_signals(case)).suspects[0].component == "shop"


def test_what_is_asked_for_more_often_is_not_slower_for_that() -> None:
    """A report of a second among reads of ten milliseconds, from the onset on every second time."""
    spans = []
    for i, at in enumerate(MOMENTS):
        is_report = i % 2 == 0 if at >= ONSET else i % 10 == 0
        name, lasts = ("report", 1.0) if is_report else ("read", 0.01)
        spans.append(a_span(f"t{at}", "1", "", "web", at, lasts, operation=name))

    before, during = means(a_system(spans), "web", SELF_TIME)

    assert before == pytest.approx(during, abs=1e-9)


def test_requests_that_end_early_take_steps_that_were_never_seen() -> None:
    """No span has failed and none takes longer: `shop` leaves out its last step."""
    spans = [s for at in MOMENTS for s in a_request(at) if at < ONSET or s.operation != "price"]
    case = a_system(spans)

    before, during = means(case, "shop", UNEXPECTED_STEPS)

    assert before == 0.0
    assert during == pytest.approx(1 / 2)  # of its spans every second is the request itself
    assert analyse(with_signals(case)).suspects[0].component == "shop"


def test_a_path_that_was_seen_once_is_as_new_before_the_onset_as_after_it() -> None:
    """An operation with a number in its name: the share of new ones is what is normal."""
    spans = [a_span(f"t{at}", "1", "", "web", at, 0.01, operation=f"item {at}") for at in MOMENTS]

    assert means(a_system(spans), "web", UNEXPECTED_STEPS) == (1.0, 1.0)
    assert analyse(with_signals(a_system(spans))).verdict is Verdict.NO_PROBLEM


def test_a_call_that_nobody_answers_is_to_whoever_answered_at_its_address_before() -> None:
    """`shop` is down: its callers' spans fail, and it has none."""
    case = a_system(with_shop_killed())

    assert means(case, "shop", CALLED_ERRORS) == (0.0, 1.0)
    assert analyse(with_signals(case)).suspects[0].component == "shop"


def test_a_killed_service_leads_before_the_caller_whose_error_ratio_shows_it() -> None:
    """`shop` has no value of its own any more; what its callers' spans tell counts in full."""
    ratio = "http.server.request.error_ratio"
    times = ONSET + 10.0 * np.arange(-60, 60)
    shares = np.where(times >= ONSET, 0.8, 0.0)
    series = {
        SeriesKey("web", ratio): Series(times, shares),
        SeriesKey("shop", ratio): Series(times[times < ONSET], shares[times < ONSET]),
    }
    case = with_signals(replace(a_system(with_shop_killed()), series=series))

    assert analyse(case).suspects[0].component == "shop"


def test_who_delays_all_that_it_does_is_not_explained_by_whom_it_calls() -> None:
    """`web` gets no processor time: what it does itself and each call that it makes begin late."""
    spans = []
    for at in MOMENTS:
        late = 0.3 if at >= ONSET else 0.0
        first, *others = a_request(at, wait=0.01 + late)
        front = a_span(first.trace, "0", "", "front", at, first.duration + late)
        spans += [front, replace(first, parent="0", duration=first.duration + late), *others]
    case = a_system(spans)
    calls = (*case.topology.dependencies, ("front", "web"))
    topology = Topology((*case.topology.components, "front"), calls)

    found = analyse(with_signals(replace(case, target="front", topology=topology)))

    assert found.suspects[0].component == "web"


def test_a_rare_operation_is_kept_whole_among_many_frequent_ones() -> None:
    """One request in five hundred checks out; a fiftieth of the spans may be read."""
    frequent = [a_span(f"f{i}", "1", "", "web", i, 0.01, operation="read") for i in range(20_000)]
    rare = [
        a_span(f"r{i}", str(n), "" if n == 1 else "1", "web", i, 0.01, operation="check out")
        for i in range(40)
        for n in (1, 2, 3)
    ]

    kept = whole_traces([*frequent, *rare], most=400)

    assert [one for one in kept if one.trace.startswith("r")] == rare
    assert 200 <= len(kept) - len(rare) <= 280


_traces = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcd")), max_size=80)


@given(_traces, st.integers(1, 40))
def test_a_sample_has_whole_traces_and_each_of_their_spans_once(
    drawn: list[tuple[int, str]], most: int
) -> None:
    """Whatever is drawn, and all of it where it is few enough."""
    spans = [
        a_span(str(trace), str(i), "", "web", float(i), 0.1, operation=name)
        for i, (trace, name) in enumerate(drawn)
    ]

    kept = whole_traces(spans, most)

    chosen = {one.trace for one in kept}
    assert sorted(one.id for one in kept) == sorted(s.id for s in spans if s.trace in chosen)
    assert len(spans) > most or len(kept) == len(spans)
