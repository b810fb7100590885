"""Traces and log lines as series of a case, and what the diagnosis makes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.localisation.grid import build_grid
from labo.domain.diagnosis.localisation.matched_filter import matched_filter
from labo.domain.diagnosis.localisation.signals import measure_signals
from labo.domain.diagnosis.localisation.span_values import (
    CALLED_ERRORS,
    CALLED_OFFSET,
    CALLED_WAIT,
    ERROR_RATE,
    SELF_TIME,
    self_times,
)
from labo.domain.diagnosis.localisation.symptom import find_symptom, target_rows
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.diagnosis.localisation.trace_sampling import MAX_SPANS
from labo.domain.entities.conditions import Direction
from labo.domain.entities.series import Case, LogLine, SeriesKey, TimedSpan
from labo.domain.telemetry.log_rates import ERRORS, about_metric, template_metric
from labo.domain.telemetry.logs.templates import template
from tests.builders.cases import BEFORE, DURING, ONSET, STEP, a_case

SLOW = {"web": 2.0, "shop": 3.0}
"""What is measured: `web` and `shop`. What `db` and `cache` did, only traces and lines tell."""


def a_trace(number: int, at: float, *, db: float, failed: bool = False) -> list[TimedSpan]:
    """web calls shop, which calls db, a second each beside what `db` takes, and then `cache`."""
    trace = f"t{number}"
    return [
        TimedSpan(trace, "1", "", "web", at, 3 + db),
        TimedSpan(trace, "2", "1", "shop", at + 0.5, 2 + db),
        TimedSpan(trace, "3", "2", "db", at + 1, db, failed),
        TimedSpan(trace, "4", "2", "shop", at + 1 + db, 0.5, peer="cache"),
    ]


def traces(db_during: float, *, failing: bool = False) -> tuple[TimedSpan, ...]:
    """A trace every 20 s, over baseline and symptom."""
    rng = np.random.default_rng(3)
    spans: list[TimedSpan] = []
    for i, at in enumerate(np.arange(ONSET - BEFORE * STEP, ONSET + DURING * STEP, 20)):
        during = bool(at >= ONSET)
        db = (db_during if during else 1.0) * (1 + 0.05 * rng.standard_normal())
        spans += a_trace(i, float(at), db=float(db), failed=failing and during)
    return tuple(spans)


def lines(component: str, body: str, first: float, last: float, every: float) -> list[LogLine]:
    """Lines of one kind between two moments, counted in seconds from the onset."""
    level = "ERROR" if "refused" in body else "INFO"
    return [
        LogLine(ONSET + at, component, level, f"{body} {i}")
        for i, at in enumerate(np.arange(first, last, every).tolist())
    ]


def measured(case: Case) -> Case:
    """Without the metrics of `db` and `cache`."""
    kept = {k: v for k, v in case.series.items() if k.component not in ("db", "cache")}
    return replace(case, series=kept)


def test_self_time_is_what_no_child_covers() -> None:
    """Overlapping children count once, and only as far as they lie within their parent."""
    spans = [
        TimedSpan("t", "1", "", "a", 0.0, 10.0),
        TimedSpan("t", "2", "1", "b", 1.0, 4.0),
        TimedSpan("t", "3", "1", "c", 3.0, 4.0),
        TimedSpan("t", "4", "1", "d", 9.0, 50.0),
        TimedSpan("other", "5", "1", "e", 0.0, 10.0),
        TimedSpan("t", "6", "6", "self", 0.0, 2.0),
    ]
    assert self_times(spans) == [3.0, 4.0, 4.0, 50.0, 10.0, 2.0]


def test_the_hop_that_got_slower_is_found_by_its_self_time() -> None:
    """No metric of `db` is there; its callers' spans are longer too, their own time is not."""
    case = replace(measured(a_case(SLOW)), traces=traces(5.0))
    found = with_signals(case)
    answer = analyse(found)

    own = found.series[SeriesKey("shop", SELF_TIME)]
    assert np.ptp(own.values[np.isfinite(own.values)]) < 0.01
    assert analyse(case).suspects[0].component == "shop"
    assert answer.suspects[0].component == "db"
    assert answer.chains[0].conditions[0] == f"{SELF_TIME}:high"


def test_a_call_without_an_answering_span_took_its_time_in_the_callee() -> None:
    """`cache` emits no spans; the client's span names it."""
    found = with_signals(replace(measured(a_case(SLOW)), traces=traces(1.0)))
    values = found.series[SeriesKey("cache", SELF_TIME)].values

    assert values[np.isfinite(values)] == pytest.approx(0.5)


def test_failing_spans_are_a_rate_of_errors() -> None:
    """Of all spans of the component, per bin."""
    case = replace(measured(a_case(SLOW)), traces=traces(1.0, failing=True))
    found = with_signals(case)
    rates = found.series[SeriesKey("db", ERROR_RATE)]

    assert set(rates.values[rates.timestamps >= ONSET].tolist()) == {1.0}
    assert set(rates.values[rates.timestamps < ONSET].tolist()) == {0.0}
    assert analyse(found).suspects[0].component == "db"


def test_new_lost_and_error_lines_count_for_their_component() -> None:
    """As rates a minute, a template's as changed, whichever way it went."""
    end, start = DURING * STEP, -BEFORE * STEP
    said = [
        *lines("db", "connection refused by peer", 0, end, 5),
        *lines("db", "checkpoint written in", start, 0, 30),
        *lines("cache", "evicted", start, end, 30),
    ]
    case = replace(measured(a_case(SLOW)), logs=tuple(said))
    found = with_signals(case)
    errors = found.series[SeriesKey("db", ERRORS)]
    lost = found.series[SeriesKey("db", template_metric(template("checkpoint written in <*>").id))]
    grid = build_grid(found)
    symptom = find_symptom(grid, "web", "latency")
    assert symptom is not None
    signal = measure_signals(grid, symptom, *matched_filter(grid, symptom))["db"]

    during = errors.timestamps >= ONSET
    assert np.nanmean(errors.values[during]) == pytest.approx(12.0, rel=0.05)
    assert np.nanmax(errors.values[~during]) == 0.0
    assert np.nanmax(lost.values[lost.timestamps >= ONSET]) == 0.0
    assert signal is not None
    assert (signal.metric, signal.direction) == (ERRORS, Direction.HIGH)
    assert analyse(found).suspects[0].component == "db"


def test_a_template_is_the_same_in_a_system_of_other_names() -> None:
    """Names of components and operations vary, so that what was learnt of a template holds."""
    end = DURING * STEP

    def metrics(peer: str, operation: str) -> set[str]:
        spans = (TimedSpan("t", "1", "", "web", ONSET, 1.0, peer=peer, operation=operation),)
        said = [
            *lines("db", f"call of {operation} on {peer} failed", 0, end, 5),
            *lines("db", "checkpoint written in", -BEFORE * STEP, 0, 30),
        ]
        case = measured(a_case(SLOW, calls=(("web", "db"), ("db", peer))))
        found = with_signals(replace(case, logs=tuple(said), traces=spans))
        return {key.metric for key in found.series if key.component == "db"}

    assert metrics("store", "browse") == metrics("ledger", "settle-all")
    assert template_metric(template("call of <*> on <*> failed <*>").id) in metrics("store", "get")


def test_a_changed_template_alone_is_a_changed_condition() -> None:
    """Where nothing else is known of the component."""
    end, start = DURING * STEP, -BEFORE * STEP
    case = replace(
        measured(a_case(SLOW)),
        logs=(*lines("db", "compaction", 0, end, 2), *lines("cache", "got", start, end, 10)),
    )
    grid = build_grid(with_signals(case))
    symptom = find_symptom(grid, "web", "latency")
    assert symptom is not None
    signal = measure_signals(grid, symptom, *matched_filter(grid, symptom))["db"]

    assert signal is not None
    assert signal.direction is Direction.CHANGED
    assert signal.strength > 0


def test_what_does_not_reach_into_the_baseline_tells_nothing() -> None:
    """Lines and traces of the incident alone cannot be compared: unknown, not new."""
    end = DURING * STEP
    late = tuple(span for span in traces(5.0) if span.start >= ONSET)
    said = tuple(lines("db", "refused", 0, end, 5))
    case = replace(measured(a_case(SLOW)), traces=late, logs=said)

    assert with_signals(case).series == case.series
    assert with_signals(a_case(SLOW)).series.keys() == a_case(SLOW).series.keys()


def test_a_measured_target_is_judged_by_what_was_measured() -> None:
    """The symptom is not looked for in traces; a series of the case's own wins over theirs."""
    case = replace(a_case(SLOW), traces=traces(5.0))
    own = replace(case, series={**case.series, SeriesKey("db", SELF_TIME): case.series[DB]})
    found = with_signals(own)
    grid = build_grid(found)

    assert SeriesKey("web", SELF_TIME) in found.series
    assert [grid.keys[row].metric for row in target_rows(grid, "web", None)] == ["latency"]
    assert found.series[SeriesKey("db", SELF_TIME)] is case.series[DB]


def test_what_callers_see_of_a_call_is_told_of_the_callee() -> None:
    """A slow link shows as waiting, a wrong clock as an offset, a refused call as an error."""
    spans = []
    for i, at in enumerate(np.arange(ONSET - BEFORE * STEP, ONSET + DURING * STEP, 20)):
        during, trace = bool(at >= ONSET), f"t{i}"
        late = 0.4 if during else 0.1
        ahead = 30.0 if during else 0.0
        spans += [
            TimedSpan(trace, "1", "", "web", at, 2.0),
            TimedSpan(trace, "2", "1", "web", at, 1.0 + late, during, peer="db"),
            TimedSpan(trace, "3", "2", "db", at + late / 2 + ahead, 1.0),
        ]
    found = with_signals(replace(measured(a_case(SLOW)), traces=tuple(spans)))

    def means(metric: str) -> tuple[float, float]:
        one = found.series[SeriesKey("db", metric)]
        parts = (one.values[one.timestamps < ONSET], one.values[one.timestamps >= ONSET])
        before, after = (float(np.nanmean(part)) for part in parts)
        return before, after

    assert means(CALLED_WAIT) == pytest.approx((0.1, 0.4))
    assert means(CALLED_OFFSET) == pytest.approx((0.0, 29.8))
    assert means(CALLED_ERRORS) == (0.0, 1.0)


def test_a_line_that_names_another_component_counts_for_that_one_too() -> None:
    """Who refuses connections writes nothing; whoever calls it does."""
    end = DURING * STEP
    said = lines("shop", "no route to db, gave up after", 0, end, 5)
    case = replace(measured(a_case(SLOW)), logs=tuple(said), logs_since=ONSET - BEFORE * STEP)
    found = with_signals(case)
    about = found.series[
        SeriesKey("db", about_metric(template("no route to <*>, gave up after <*>").id))
    ]

    assert np.nanmax(about.values[about.timestamps < ONSET]) == 0.0
    assert np.nanmean(about.values[about.timestamps >= ONSET]) == pytest.approx(12.0, rel=0.05)


DB = SeriesKey("db", "latency")


def test_many_spans_and_lines_stay_bounded() -> None:
    """A hundred thousand spans of ten thousand components, and as many templates."""
    at = np.linspace(ONSET - BEFORE * STEP, ONSET + DURING * STEP - 1, 3 * MAX_SPANS).tolist()
    spans = tuple(TimedSpan(f"t{i}", "1", "", f"c{i % 999}", t, 1.0) for i, t in enumerate(at))
    said = tuple(LogLine(t, "db", "INFO", chr(97 + i % 26) * 9) for i, t in enumerate(at))
    found = with_signals(replace(a_case(SLOW), traces=spans, logs=said))

    added = set(found.series) - set(a_case(SLOW).series)
    assert len([key for key in added if key.metric == SELF_TIME]) <= 200
    assert len([key for key in added if key.component == "db"]) <= 15


_times = st.floats(allow_nan=True, allow_infinity=True) | st.floats(ONSET - 9_000, ONSET + 600)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.builds(
            TimedSpan,
            st.sampled_from(["t", "u"]),
            st.sampled_from(["1", "2", "3"]),
            st.sampled_from(["", "1", "2", "3"]),
            st.sampled_from(["web", "db", "new"]),
            _times,
            _times,
            st.booleans(),
            st.sampled_from(["", "cache", "nobody"]),
        ),
        max_size=12,
    ),
    st.lists(
        st.builds(
            LogLine,
            _times,
            st.sampled_from(["db", "new"]),
            st.text(max_size=5),
            st.text(max_size=9),
        ),
        max_size=12,
    ),
)
def test_any_traces_and_lines_give_finite_or_unknown_values(
    spans: list[TimedSpan], said: list[LogLine]
) -> None:
    """Rings of parents, skewed clocks, odd times and levels: a defined case, and an answer."""
    found = with_signals(replace(a_case(SLOW), traces=tuple(spans), logs=tuple(said)))

    for key in set(found.series) - set(a_case(SLOW).series):
        values = found.series[key].values
        assert not np.isinf(values).any()
        assert all(math.isnan(value) or value >= -1e-6 for value in values)
    assert analyse(found).verdict
