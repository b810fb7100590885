"""Cumulative counters as senders really write them: resets, gaps, and several under one name."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.telemetry.counters import Counted, Point
from labo.domain.telemetry.points import Number, add_number
from labo.domain.telemetry.rollups import Rollups, SeriesKind

NOW = 1_700_000_000.0
OLD, OTHER = NOW - 5_000, NOW - 100
TWO_SENDERS = Path(__file__).parents[2] / "data" / "otlp" / "two-senders.jsonl"

Shown = list[tuple[float, float, float]]
"""(start, seconds after NOW, value)."""


def added(shown: Shown) -> tuple[float, bool]:
    """The sum of the increases, and whether the counter ended as one of several senders."""
    rollups: Rollups = {}
    memory: dict[str, Counted] = {}
    for start, later, value in shown:
        point = Point("s", "shop", "cart", "orders", NOW + later, start, is_cumulative=True)
        add_number(rollups, Number(point, value, is_sum=True), memory)
    total = sum(one.total for (name, _), one in rollups.items() if name.kind is SeriesKind.RATE)
    return round(total, 6), any(state.is_mixed for state in memory.values())


def turns(a: float, b: float, *, starts: tuple[float, float], rounds: int = 6) -> Shown:
    """Two senders that take turns each minute; each adds 60 a minute."""
    return [
        (start, 60.0 * n + half, value + 60 * n)
        for n in range(rounds)
        for start, half, value in ((starts[0], 0.0, a), (starts[1], 0.5, b))
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(turns(1e5, 50, starts=(OLD, OTHER)), (650, False), id="own-starts"),
        pytest.param(turns(1e5, 50, starts=(0, 0)), (0, True), id="no-starts"),
        pytest.param(turns(50, 1e5, starts=(0, 0)), (0, True), id="no-starts-small-first"),
        pytest.param(turns(1e5, 9.9e4, starts=(0, 0)), (0, True), id="no-starts-alike"),
        pytest.param(turns(1e5, 50, starts=(OLD, OLD)), (0, True), id="the-same-start"),
        pytest.param(turns(50, 1e5, starts=(OLD, OLD)), (0, True), id="the-same-small-first"),
        pytest.param(
            [(0, 0, 100), (0, 60, 160), (0, 120, 220)], (120, False), id="one-sender-no-start"
        ),
        pytest.param([(OTHER, 0, 5), (OTHER, 60, 8)], (8, False), id="fresh-counts-from-start"),
        pytest.param([(OLD, 0, 500), (OLD, 60, 560)], (60, False), id="old-counts-from-first"),
        pytest.param([(NOW, 0, 900), (NOW, 60, 930)], (30, False), id="reset-at-unknown-time"),
        pytest.param(
            [(OTHER, 0, 10), (OTHER, 60, 30), (NOW + 70, 120, 7), (NOW + 70, 180, 9)],
            (39, False),
            id="restart-with-a-new-start",
        ),
        pytest.param(
            [(OTHER, 0, 90), (OTHER, 60, 100), (OTHER, 120, 4), (OTHER, 180, 9)],
            (109, False),
            id="restart-with-the-old-start",
        ),
        pytest.param(
            [(OTHER, 0, 5), (OTHER, 120, 9), (OTHER, 60, 7), (OTHER, 120, 9), (OTHER, 180, 10)],
            (10, False),
            id="out-of-order-and-twice",
        ),
        pytest.param([(OTHER, 0, 5), (OTHER, 60, math.nan), (OTHER, 120, 9)], (9, False), id="nan"),
    ],
)
def test_increases_of_a_counter(shown: Shown, expected: tuple[float, bool]) -> None:
    """Streams are told apart by their starts; what can't be told apart gives no increase."""
    assert added(shown) == expected


def test_several_senders_without_start_count_again_once_one_is_left() -> None:
    """The one that stays is believed after some rises in a row."""
    shown = turns(1e5, 50, starts=(0, 0), rounds=3)
    shown += [(0, 60.0 * n, 1e5 + 60 * n) for n in range(3, 12)]

    assert added(shown) == (240, False)


def rolled_up(lines: list[str]) -> dict[tuple[str, int], float]:
    """Amount by metric and step, of JSON requests read one after the other."""
    intake = OtlpIntake("default")
    found: dict[tuple[str, int], float] = {}
    for number, line in enumerate(lines):
        checked = check(Signal.METRICS, line.encode(), is_json=True)
        at = 1_795_995_300.0
        entry = OtlpEntry("default", "metrics", "", at, str(number), b"".join(checked.parts))
        rolled = intake.roll([intake.read(entry)])
        intake.commit(rolled, at)
        for (name, start), rollup in rolled.rollups.items():
            key = name.metric, start
            found[key] = round(found.get(key, 0.0) + rollup.total, 6)
    return found


def test_two_senders_of_one_resource_give_the_sum_of_their_rates() -> None:
    """Each adds 60 a minute for three minutes: 2 a second."""
    amounts = rolled_up(TWO_SENDERS.read_text().splitlines())

    within = range(1_795_995_070, 1_795_995_240, 10)
    assert {amounts[("req.rate", start)] / 10 for start in within} == {2.0}


def test_changes_of_a_sum_that_may_fall_give_its_level() -> None:
    """A delta of an up-down counter is no level of its own; in any order it adds up."""
    lines = []
    for later, change in ((0, 3), (60, 4), (120, -2)):
        at = int((1_795_995_000 + later) * 1e9)
        point = {"timeUnixNano": str(at), "startTimeUnixNano": str(at - 60), "asInt": str(change)}
        metric = {"name": "open", "sum": {"aggregationTemporality": 1, "dataPoints": [point]}}
        lines.append(json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}))

    assert [amount for _, amount in sorted(rolled_up(lines).items())] == [3, 7, 5]
