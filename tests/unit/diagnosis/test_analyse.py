"""What a diagnosis answers on synthetic systems."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.verdict import decide
from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem
from labo.domain.knowledge.signatures import signature
from labo.domain.metric_sets.incident_table import incident_table
from labo.domain.metric_sets.test_cover.solve import minimal_set
from tests.builders.cases import BEFORE, CALLS, COMPONENTS, ONSET, STEP, a_case, a_window

SLOW_DB = {"web": 2.0, "shop": 3.0, "db": 6.0}


def names(analysis: Analysis) -> list[str]:
    return [suspect.component for suspect in analysis.suspects]


def test_the_deepest_unwell_dependency_is_the_likely_cause() -> None:
    """A slow database under two slow callers is named, with the chain up to the target."""
    found = analyse(a_case(SLOW_DB))

    assert found.verdict is Verdict.LIKELY
    assert names(found)[0] == "db"
    assert found.chains[0].components == ("db", "shop", "web")
    assert found.chains[0].conditions == ("latency:high",) * 3
    kinds = {reason.kind for reason in found.suspects[0].reasons}
    assert {ReasonKind.DEVIATION, ReasonKind.NO_ANOMALOUS_DEPENDENCY, ReasonKind.REACHABLE} <= kinds


def test_probabilities_leave_room_for_the_unknown() -> None:
    """They fall, and sum to less than one."""
    shares = [suspect.probability for suspect in analyse(a_case(SLOW_DB)).suspects]

    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) < 1


def test_a_target_within_its_normal_range_has_no_problem() -> None:
    """Nothing moved: no suspects, and the reason says so."""
    found = analyse(a_case({}, seed=2))

    assert (found.verdict, found.suspects) == (Verdict.NO_PROBLEM, ())
    assert found.ruled_out[0].reason.kind is ReasonKind.TARGET_NORMAL


def test_false_alarms_are_rare_and_never_sure() -> None:
    """Of 40 normal windows at most 8 are taken for a problem, and at most one of them firmly."""
    verdicts = [analyse(a_case({}, seed=seed)).verdict for seed in range(40)]

    assert verdicts.count(Verdict.NO_PROBLEM) >= 32
    assert verdicts.count(Verdict.LIKELY) <= 1


def test_trouble_elsewhere_without_a_symptom_of_the_target_is_named_and_never_claimed() -> None:
    """A component that the target depends on may move far, and who asks wants to know it."""
    found = analyse(a_case({"db": 5.0}, seed=2))

    assert (found.suspects[0].component, found.verdict) == ("db", Verdict.INCONCLUSIVE)


def test_what_the_target_does_not_depend_on_is_ruled_out() -> None:
    """A caller beside the target moves as well, and is no suspect."""
    found = analyse(a_case({**SLOW_DB, "batch": 4.0}))

    assert "batch" not in names(found)
    assert {"batch": ReasonKind.NOT_REACHABLE, "auth": ReasonKind.NOT_DEVIATING}.items() <= {
        one.component: one.reason.kind for one in found.ruled_out
    }.items()


def test_a_lone_symptom_is_the_targets_own() -> None:
    """With every dependency normal the target itself is the suspect."""
    assert names(analyse(a_case({"web": 4.0}))) == ["web"]


def test_without_the_targets_data_the_answer_is_inconclusive() -> None:
    """What deviates below it is named all the same; where nothing does, what to read is."""
    ill, well = a_case(SLOW_DB), a_case({})
    found, empty = (
        analyse(
            replace(case, series={k: one for k, one in case.series.items() if k.component != "web"})
        )
        for case in (ill, well)
    )

    assert (found.verdict, names(found)[0]) == (Verdict.INCONCLUSIVE, "db")
    assert (empty.verdict, names(empty), empty.next_metric) == (
        Verdict.INCONCLUSIVE,
        [],
        "web:latency",
    )
    assert ReasonKind.NO_DATA in {reason.kind for reason in found.missing}


def test_an_unobserved_dependency_is_the_next_thing_to_read() -> None:
    """The suspect's callee without data is named with the symptom's metric."""
    case = a_case({"web": 2.0, "shop": 4.0})
    series = {key: one for key, one in case.series.items() if key.component != "db"}
    found = analyse(replace(case, series=series))

    assert names(found)[0] == "shop"
    assert found.next_metric == "db:latency"


def test_a_component_whose_samples_stop_is_a_suspect() -> None:
    """A crash shows as absence, when samples came until just before."""
    case = a_case({"web": 3.0, "shop": 3.0})
    key = SeriesKey("db", "latency")
    gone = Series(case.series[key].timestamps[:BEFORE], case.series[key].values[:BEFORE])
    found = analyse(replace(case, series={**case.series, key: gone}))

    assert names(found)[0] == "db"
    assert found.suspects[0].reasons[0].values["direction"] == "absent"


def test_availability_that_was_always_full_counts_when_it_falls() -> None:
    """A constant baseline has no spread, and any drop is seen, downwards."""
    case = a_case({}, metric="availability")
    series = {}
    for key, one in case.series.items():
        values = np.full(one.values.size, 100.0)
        if key.component in {"web", "shop"}:
            values[BEFORE:] = 97.0
        series[key] = Series(one.timestamps, values)
    found = analyse(replace(case, series=series))

    assert names(found)[0] == "shop"
    assert found.suspects[0].reasons[0].values["direction"] == "low"


def test_a_gateway_that_hides_its_backend_yields_to_a_real_service() -> None:
    """A load balancer without known callees passes on what stands behind it."""
    calls = (("web", "shop.elb_remote"), ("web", "shop"))
    components = ("shop", "shop.elb_remote", "web")
    shifts = {"web": 2.0, "shop": 5.0, "shop.elb_remote": 5.0}
    found = analyse(a_case(shifts, calls=calls, components=components))

    assert names(found)[:2] == ["shop", "shop.elb_remote"]


def test_a_problem_is_named_when_its_signature_fits() -> None:
    """Knowledge maps role, metric and direction to a problem; it confirms nothing by itself."""
    shown = signature("k1", "service", "latency", Direction.HIGH, (5, 0, 0, 0, 0.0, 0.0))
    slow = KnownProblem("k1", "slow database", "service", 3, (shown,))
    found = analyse(a_case(SLOW_DB), Knowledge(problems=(slow,), resolved_incidents=500))

    assert found.suspects[0].problem == "slow database"
    assert found.verdict is Verdict.LIKELY
    assert ReasonKind.NO_KNOWLEDGE not in {reason.kind for reason in found.missing}


def test_confirmed_needs_proof_and_fifty_resolved_incidents() -> None:
    """Each condition alone is not enough."""

    def verdict(incidents: int, proven: bool, *probabilities: float) -> Verdict:
        return decide(
            *probabilities,
            symptom_sure=True,
            links_observed=True,
            links_proven=proven,
            resolved_incidents=incidents,
        )

    assert verdict(50, True, 0.95) is Verdict.CONFIRMED
    assert verdict(49, True, 0.95) is Verdict.LIKELY
    assert verdict(50, False, 0.95) is Verdict.LIKELY
    assert verdict(50, True, 0.95, 0.7) is Verdict.LIKELY
    assert verdict(50, True, 0.5, 0.45) is Verdict.INCONCLUSIVE
    assert verdict(50, True, 0.0) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:])
def test_the_order_of_components_does_not_matter(order: tuple[int, ...]) -> None:
    """Series, components and calls in another order give the same answer."""
    case = a_case(SLOW_DB)
    keys = list(case.series)
    mixed = [keys[2 * i + j] for i in order for j in (1, 0)]
    turned = replace(
        case,
        series={key: case.series[key] for key in mixed},
        topology=Topology(tuple(reversed(COMPONENTS)), tuple(reversed(CALLS))),
    )

    assert analyse(turned) == analyse(case)


@given(power=st.integers(-30, 30))
@settings(max_examples=20, deadline=None)
def test_units_do_not_matter(power: int) -> None:
    """Scaling a metric of all components changes neither ranking nor verdict."""
    case = a_case(SLOW_DB)
    series = {
        key: Series(one.timestamps, one.values * 2.0**power) for key, one in case.series.items()
    }
    plain, scaled = analyse(case), analyse(replace(case, series=series))

    assert names(scaled) == names(plain)
    assert scaled.verdict is plain.verdict
    assert [s.probability for s in scaled.suspects] == pytest.approx(
        [s.probability for s in plain.suspects], abs=1e-4
    )


VALUES = st.floats(allow_nan=True, allow_infinity=True)
NAMES = st.sampled_from(["web", "db", "x_remote", "elsewhere"])
TIMES = st.floats(min_value=ONSET - 1e4, max_value=ONSET + 1e4)


@st.composite
def odd_cases(draw: st.DrawFn) -> Case:
    series = {}
    for _ in range(draw(st.integers(0, 4))):
        key = SeriesKey(draw(NAMES), draw(st.sampled_from(["latency", "requests", "availability"])))
        times = np.array(sorted(draw(st.lists(TIMES, max_size=40))), dtype=np.float64)
        constant = draw(st.booleans())
        size = times.size
        values = (
            [draw(VALUES)] * size
            if constant
            else draw(st.lists(VALUES, min_size=size, max_size=size))
        )
        series[key] = Series(times, np.array(values, dtype=np.float64))
    calls = tuple(draw(st.lists(st.tuples(NAMES, NAMES), max_size=8)))
    start = draw(TIMES)
    onset = draw(TIMES)
    return Case(
        name="odd",
        target=draw(NAMES),
        symptom=a_window(onset, onset + draw(st.floats(0.0, 5000.0))),
        baseline=a_window(start, start + draw(st.floats(0.0, 9000.0))),
        topology=Topology(("web",), calls),
        series=series,
        metric=draw(st.sampled_from([None, "latency", "latency_p99", "unheard_of"])),
    )


@settings(max_examples=200, deadline=None)
@given(case=odd_cases())
def test_any_case_has_a_defined_answer(case: Case) -> None:
    """Infinities, holes, cycles, self-calls, unknown components and windows without data."""
    found = analyse(case)

    assert found.verdict in {Verdict.LIKELY, Verdict.INCONCLUSIVE, Verdict.NO_PROBLEM}
    assert sum(suspect.probability for suspect in found.suspects) <= 1
    assert all(np.isfinite(suspect.probability) for suspect in found.suspects)
    reasons = [reason for suspect in found.suspects for reason in suspect.reasons]
    assert all(reason.sentence for reason in (*reasons, *found.missing))
    assert minimal_set(incident_table(case, found)).proven


def test_a_cycle_of_calls_ends() -> None:
    """Two services that call each other: the stronger signal leads."""
    calls = (("web", "a"), ("a", "b"), ("b", "a"), ("a", "a"))
    shifts = {"web": 2.0, "a": 1.3, "b": 6.0}
    found = analyse(a_case(shifts, calls=calls, components=("a", "b", "web")))

    assert names(found)[0] == "b"


def test_an_unknown_sense_is_tested_both_ways() -> None:
    """A metric whose name says nothing may hurt by falling."""
    found = analyse(a_case({"web": 0.3, "shop": 0.2}, metric="widgets"))

    assert names(found)[0] == "shop"
    assert found.suspects[0].reasons[0].values["direction"] == "low"


def test_a_long_window_is_read_in_coarser_bins() -> None:
    """Six hours at one minute is diagnosed like ten minutes."""
    case = a_case(SLOW_DB)
    series = {}
    for key, one in case.series.items():
        fine = np.arange(one.timestamps[0], ONSET + 10 * STEP, 5.0)
        held = np.interp(fine, one.timestamps, one.values)
        series[key] = Series(fine, held)
    found = analyse(replace(case, series=series))

    assert names(found)[0] == "db"
