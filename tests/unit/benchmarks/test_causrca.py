"""Signals of a machine as cases, on a small machine made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.causrca import earliest_change, scored
from benchmarks.causrca_cases import (
    ALARMS,
    METRIC,
    Recording,
    Signal,
    alarms_on,
    case_of,
    read_recording,
    topology_of,
    until,
)
from benchmarks.robustness.answers import Answer
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY
from labo.domain.entities.diagnoses import Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import SeriesKey

GRAPH = (("level", "dry"), ("pump", "hot"), ("dry", "light"))


def sent(kind: str, *changes: tuple[float, str]) -> Signal:
    times, values = zip(*changes, strict=True)
    return Signal(kind, np.array(times), values)


def working(length: float) -> Recording:
    return Recording(
        {
            "level": sent("Binary", (0.0, "True")),
            "pump": sent("Binary", (0.0, "True")),
            "program": sent("Categorical", (0.0, "turn"), (length / 2, "mill")),
        },
        length,
    )


BROKEN = Recording(
    {
        "level": sent("Binary", (0.0, "True"), (60.0, "False")),
        "dry": sent("Alarm", (0.0, "False"), (65.0, "True")),
        "program": sent("Categorical", (0.0, "turn"), (50.0, "drill")),
        "pressure": sent("Continuous", (0.0, "5.0"), (70.0, "9.0")),
    },
    120.0,
)


def test_a_recording_is_read_by_signal_in_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("time_s,node,value,type\n2.0,a,False,Binary\n0.0,a,True,Binary\n")
    found = read_recording(path)
    assert found.signals["a"].values == ("True", "False")
    assert found.length == 2.0


def test_a_switch_that_caused_an_alarm_is_the_root_cause() -> None:
    """It would be LIKELY, did no pressure change as far that no alarm is known to depend on."""
    case = case_of("broken", [working(500.0)] * 4, BROKEN, 90.0, GRAPH)
    found = analyse(case)
    assert found.suspects[0].component == "level"
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.sureness > LIKELY_PROBABILITY
    assert found.missing[-1].kind is ReasonKind.ONE_OF_MANY


def test_what_two_leading_causes_explain_is_listed_behind_them() -> None:
    falls = {name: sent("Binary", (0.0, "True"), (60.0, "False")) for name in ("a", "b", "c")}
    rises = {name: sent("Alarm", (0.0, "False"), (62.0, "True")) for name in ("x", "y")}
    graph = (("a", "x"), ("b", "y"), ("a", "c"), ("c", "x"))
    normal = Recording({name: sent("Binary", (0.0, "True")) for name in falls}, 500.0)
    case = case_of("two", [normal] * 4, Recording({**falls, **rises}, 120.0), 90.0, graph)
    found = analyse(case).suspects
    assert [one.component for one in found][:3] == ["a", "b", "c"]
    assert found[2].probability < 0.01


def test_nothing_is_wrong_while_no_alarm_is_on() -> None:
    case = case_of("fine", [working(500.0)] * 4, BROKEN, 55.0, GRAPH)
    assert analyse(case).verdict is Verdict.NO_PROBLEM


def test_nothing_after_the_question_is_read() -> None:
    early = case_of("one", [working(500.0)] * 2, BROKEN, 66.0, GRAPH)
    cut = case_of("two", [working(500.0)] * 2, until(BROKEN, 66.0), 66.0, GRAPH)
    assert early.series.keys() == cut.series.keys()
    for key, series in early.series.items():
        np.testing.assert_array_equal(series.values, cut.series[key].values)


def test_a_new_value_of_an_enumeration_counts_and_a_known_one_does_not() -> None:
    case = case_of("broken", [working(500.0)] * 2, BROKEN, 90.0, GRAPH)
    values = case.series[SeriesKey("program", METRIC)].values[-90:]
    assert values[:50].tolist() == [0.0] * 50
    assert values[50:].tolist() == [1.0] * 40


def test_a_signal_that_sends_nothing_keeps_its_value() -> None:
    case = case_of("broken", [working(500.0)] * 2, BROKEN, 90.0, GRAPH)
    assert set(case.series[SeriesKey("pump", METRIC)].values.tolist()) == {1.0}


def test_only_alarms_that_are_on_point_at_their_causes() -> None:
    assert alarms_on(BROKEN, 90.0) == {"dry": 65.0}
    found = topology_of(GRAPH, (), {"dry": "Alarm", "hot": "Alarm"}, {"dry"})
    assert found.dependencies == ((ALARMS, "level"), ("light", ALARMS))


def test_the_earliest_change_leads() -> None:
    case = case_of("broken", [working(500.0)] * 2, BROKEN, 90.0, GRAPH)
    order = [name for name, _ in earliest_change(case).ranked]
    assert order.index("program") < order.index("level") < order.index("pressure")


@pytest.mark.parametrize(
    ("roots", "one", "every"),
    [
        ({"a", "b"}, (True, True, True), (True, True, True)),
        ({"b", "c"}, (False, True, True), (False, True, True)),
        ({"c", "x"}, (False, True, True), (False, False, False)),
    ],
)
def test_all_roots_have_to_be_among_the_first(
    roots: set[str], one: tuple[bool, ...], every: tuple[bool, ...]
) -> None:
    answer = Answer((("a", 0.5), ("b", 0.4), ("c", 0.1)), Verdict.LIKELY)
    case = replace(case_of("broken", [], BROKEN, 90.0, GRAPH), label=tuple(roots))
    found = scored(case, roots, answer)
    assert (found.one, found.all, found.is_sure) == (one, every, True)
