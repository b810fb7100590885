"""Control variations change what they name and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.robustness.calls import LINKED_NOISE, NO_CALL_GRAPH, NOISE, SHUFFLED_CALLS, STAR
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.grid import rows_of
from benchmarks.robustness.measurements import (
    CAUSE_UNMEASURED,
    OTHER_UNITS,
    TARGET_UNMEASURED,
    last_baseline_samples,
    onset_moved,
)
from benchmarks.robustness.naming import NAMES_HIDDEN, component_names
from benchmarks.robustness.variations import AS_IT_IS, Variation
from labo.domain.entities.series import Case, LogLine, TimedSpan
from tests.builders.cases import BEFORE, CALLS, COMPONENTS, ONSET, STEP, a_case

LINE = LogLine(ONSET, "shop", "ERROR", "call of db failed")
SPAN = TimedSpan("t", "s", "", "shop", ONSET, 0.1, peer="db", operation="Shop/db-call")
CASE = replace(a_case({"db": 4.0}), label=("db",), logs=(LINE,), traces=(SPAN,), roles={"db": "x"})


def changed(variation: Variation, case: Case = CASE) -> Case:
    other = variation.apply(case)
    assert other is not None
    return other


def test_hidden_names_are_a_bijection() -> None:
    other = changed(NAMES_HIDDEN)

    assert len(component_names(other)) == len(component_names(CASE))
    assert not set(component_names(other)) & set(component_names(CASE))
    assert len(other.series) == len(CASE.series)
    assert len(set(other.topology.dependencies)) == len(CALLS)


def test_hidden_names_keep_who_is_who() -> None:
    other = changed(NAMES_HIDDEN)
    [new] = other.label
    [values] = [one.values for key, one in other.series.items() if key.component == new]
    [known] = [one.values for key, one in CASE.series.items() if key.component == "db"]

    assert np.array_equal(values, known)
    assert list(other.roles) == [new]
    assert other.traces[0].peer == new
    assert other.logs[0].body == f"call of {new} failed"
    assert other.traces[0].operation == f"{other.logs[0].component}/{new}-call"


def test_a_variation_is_the_same_each_time() -> None:
    assert changed(NAMES_HIDDEN).target == changed(NAMES_HIDDEN).target


def test_an_unmeasured_cause_leaves_no_telemetry_but_stays_in_the_call_graph() -> None:
    case = replace(CASE, traces=(SPAN, replace(SPAN, id="u", component="db")))
    other = changed(CAUSE_UNMEASURED, case)

    assert {key.component for key in other.series} == set(COMPONENTS) - {"db"}
    assert [span.component for span in other.traces] == ["shop"]
    assert other.topology == CASE.topology


def test_a_cause_that_is_the_target_or_unknown_is_not_removed() -> None:
    assert CAUSE_UNMEASURED.apply(replace(CASE, label=("web",))) is None
    assert CAUSE_UNMEASURED.apply(replace(CASE, label=())) is None
    assert TARGET_UNMEASURED.apply(replace(CASE, label=("web",))) is None


def test_variations_of_the_call_graph_change_the_calls_alone() -> None:
    assert changed(NO_CALL_GRAPH).topology.dependencies == ()
    assert {caller for caller, _ in changed(STAR).topology.dependencies} == {"web"}
    shuffled = changed(SHUFFLED_CALLS).topology.dependencies
    assert [caller for caller, _ in shuffled] == [caller for caller, _ in CALLS]
    assert sorted(callee for _, callee in shuffled) == sorted(callee for _, callee in CALLS)
    assert changed(STAR).series == CASE.series


def test_noise_is_drawn_from_baselines_and_linked_only_where_that_is_meant() -> None:
    linked, apart = changed(LINKED_NOISE), changed(NOISE)
    normal = np.concatenate([one.values[:BEFORE] for one in CASE.series.values()])

    assert len(linked.series) == len(apart.series) == 11 * len(COMPONENTS)
    assert len(linked.topology.dependencies) == len(CALLS) + 10 * len(COMPONENTS)
    assert apart.topology.dependencies == CALLS
    for key, one in linked.series.items():
        if key.component.startswith("n"):
            assert np.isin(one.values, normal).all()


def test_a_moved_onset_moves_the_end_of_the_baseline_too() -> None:
    late = changed(Variation("late", onset_moved(STEP)))

    assert late.symptom.start.timestamp() == ONSET + STEP == late.baseline.end.timestamp()
    assert late.symptom.end == CASE.symptom.end


def test_a_short_baseline_has_its_last_samples() -> None:
    short = changed(Variation("short", last_baseline_samples(3)))

    assert short.baseline.start.timestamp() == ONSET - 3 * STEP
    assert {one.timestamps[0] for one in short.series.values()} == {ONSET - 3 * STEP}


def test_half_of_the_components_change_their_unit() -> None:
    other = changed(OTHER_UNITS)
    ratios = [other.series[key].values[0] / one.values[0] for key, one in CASE.series.items()]

    assert sum(not np.isclose(ratio, 1.0) for ratio in ratios) == len(COMPONENTS) // 2


def test_a_family_is_scored_by_variation_beside_its_controls() -> None:
    family = Family(
        "chain",
        lambda: [CASE, replace(CASE, name="again")],
        (AS_IT_IS, CAUSE_UNMEASURED),
        lambda: [replace(a_case({}), name="normal")],
    )

    plain, unmeasured = rows_of(family, method="labo")

    assert (plain.top1, plain.wrong, plain.winners) == (1.0, 0, ())
    assert plain.controls == {
        "largest deviation": 1.0,
        "largest reachable": 1.0,
        "constant guess": 1.0,
    }
    assert [one.case for one in plain.normal] == ["normal"]
    assert unmeasured.top1 is None
    assert unmeasured.wrong == unmeasured.sure
    assert unmeasured.normal == ()
