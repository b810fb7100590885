"""Units by semantic-convention names, and the sentences that show them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.reasons import NOTHING, ReasonKind, reason
from labo.domain.entities.units import with_unit


@pytest.mark.parametrize(
    ("value", "metric", "shown"),
    [
        ("0.03382", "http.server.request.duration.p95", "33.82 ms"),
        ("1.25", "db.client.operation.duration.mean", "1.25 s"),
        ("0.0001381", "trace.self_time", "138.1 µs"),
        ("306.8", "http.server.duration.mean", "306.8 ms"),
        ("0", "http.server.request.duration.p50", "0 s"),
        ("0.4", "http.server.request.error_ratio", "40%"),
        ("0.95", "system.cpu.utilization", "95%"),
        ("95", "system.cpu.utilization", "95"),
        ("48200000", "process.memory.usage", "48.2 MB"),
        ("512", "http.server.response.body.size.p99", "512 B"),
        ("2048", "system.network.io.rate", "2.048 kB/s"),
        ("12.3", "http.server.request.rate", "12.3 per second"),
        ("6", "log.template.ab12.rate", "6 per minute"),
        ("0.5", "rpc.server.duration.p95", "0.5"),
        ("0.03382", "latency_Average", "0.03382"),
        (NOTHING, "trace.self_time", NOTHING),
        ("nan", "trace.self_time", "nan"),
    ],
)
def test_a_value_has_the_unit_that_its_name_implies(value: str, metric: str, shown: str) -> None:
    """What the conventions do not say stays a bare number: it may be in any unit."""
    assert with_unit(value, metric) == shown


@given(st.text(), st.text())
def test_what_is_no_number_stays_as_it_is(value: str, metric: str) -> None:
    """Values and names come from telemetry."""
    try:
        float(value)
    except ValueError:
        assert with_unit(value, metric) == value
    else:
        with_unit(value, metric)


@given(st.floats(-1e15, 1e15))
def test_a_time_keeps_its_size(seconds: float) -> None:
    """To four digits, whichever unit it is shown in."""
    number, unit = with_unit(str(seconds), "trace.self_time").split(" ")
    factor = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}[unit]

    assert float(number) * factor == pytest.approx(seconds, rel=1e-3)


@given(st.floats(-10, 10), st.sampled_from(["high", "low", "changed", "absent"]))
def test_no_deviation_stands_bare(deviation: float, direction: str) -> None:
    """It has a way and what it is measured in; at the cut it is said to be one."""
    sentence = reason(
        ReasonKind.DEVIATION,
        component="db",
        metric="trace.self_time",
        direction=direction,
        before="0.001",
        during="0.5",
        deviation=deviation,
    ).sentence

    assert sentence.startswith(f"trace.self_time of db is {direction}: 500 ms instead of 1 ms, ")
    size = r"less than 0\.1" if abs(deviation) < 0.1 else r"[\d.]+"
    size = "at least 10" if abs(deviation) == 10 else size
    assert re.search(rf", (up|down) by {size} times its normal spread$", sentence)


def test_what_is_cut_off_says_so() -> None:
    """In the distance from normal, the association and the scores of a signature."""
    values = {"metric": "m", "component": "db", "problem": "slow disk", "rival": "full"}
    fits = reason(
        ReasonKind.SIGNATURE_FITS, **values, reading=10.0, expected=-10.0, rival_expected=2
    )
    follows = reason(
        ReasonKind.ASSOCIATION,
        metric="m",
        component="db",
        target="web",
        correlation=0.9,
        strength=10.0,
    )

    assert fits.sentence == (
        "m of db has a robust z-score of +10 or more; slow disk typically moves it to "
        "-10 or less, full to +2.0"
    )
    assert "(correlation 0.90, at least 10 times the noise of the baseline)" in follows.sentence


def test_nothing_is_no_distance() -> None:
    """Where one side has no value, none is claimed."""
    sentence = reason(
        ReasonKind.DEVIATION,
        component="db",
        metric="trace.self_time",
        direction="absent",
        before="0.001",
        during=NOTHING,
        deviation=0.0,
    ).sentence

    assert sentence == "trace.self_time of db is absent: nothing instead of 1 ms"
