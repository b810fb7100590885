"""From a chain that a diagnosis found to the scenario that tests one of its links."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.causality.belief import claim, with_evidence
from labo.domain.causality.edges import CausalEdge, EvidenceKind, Relation
from labo.domain.causality.interventions import evidence_of
from labo.domain.entities.diagnoses import Chain
from labo.domain.lab.claims import Trials, as_intervention
from labo.domain.lab.policies import Policy
from labo.domain.lab.proposals import PAIRS, LabContext, past_of, propose, scenarios_of
from labo.domain.lab.runs import LabRound
from labo.domain.lab.scenarios import EdgeUnderTest, check
from tests.builders.cases import a_case, a_window
from tests.builders.lab_world import DURATION

CASE = a_case({"db": 4.0}, metric=DURATION)
ROLES = {"db": "database", "web": "gateway", "shop": "service"}
ABLE = {"latency": ("db", "shop"), "errors": ("db",), "slow_query": ("db",)}
CONTEXT = LabContext("shop", CASE, ROLES, ABLE)
HIGH = f"{DURATION}:high"
CHAIN = Chain(("db", "shop", "web"), ("http.server.request.duration.p50:high", HIGH, HIGH))


def a_round(number: int, *, trials: int, scenario: str = "") -> LabRound:
    done = LabRound("run", number, "latency", "db", experiment="x", scenario=scenario)
    return replace(done, manipulated="latency", held="db", trials=trials)


def validated(tested: EdgeUnderTest) -> CausalEdge:
    at = a_window(0.0, 1.0).start
    runs = as_intervention("x", "shop", tested, Trials((1.0,) * 8), ended_at=at)
    assert runs is not None
    [(_, piece)] = evidence_of(runs)
    edge = claim(tested.cause.problem.key, tested.effect.problem.key, tested.relation)
    assert piece.kind is EvidenceKind.INTERVENTION
    return with_evidence(edge, piece)


def test_each_link_is_tested_by_a_fault_that_brings_its_cause_about() -> None:
    """In the statistic that the fault moves, with all else that such runs speak about; a slow query
    is no single cause, and the web can have no fault."""
    found = scenarios_of(CONTEXT, CHAIN)
    links = [(one.tests.cause.component, one.tests.effect.component) for one in found if one.tests]

    assert links == [("db", "shop"), ("shop", "web")]
    assert {one.fault.kind for one in found} == {"latency"}
    assert all(one.seeds == PAIRS and check(one) == one for one in found)
    tested = found[0].tests
    assert tested and (tested.cause.role, tested.relation) == ("database", Relation.CALLEE)
    assert {one.effect.component for one in found[0].claims} == {"shop", "batch"}
    assert len({one.key for one in found}) == 2


def test_what_no_arm_can_measure_is_no_link() -> None:
    """A component in order, one that nobody saw, a line's rate, another direction."""
    for state in ("normal", "unknown", "log.errors.rate:high", f"{DURATION}:low"):
        assert scenarios_of(CONTEXT, Chain(("db", "shop"), (HIGH, state))) == []
    assert scenarios_of(CONTEXT, Chain(("db",), (HIGH,))) == []


def test_the_link_at_the_faults_own_place_comes_first_while_it_is_open() -> None:
    """Once it is settled, or can't be brought about, the next one does; in the end none is left."""
    found = scenarios_of(CONTEXT, CHAIN)
    here, there = found
    edges = {one.edge: validated(one) for one in here.claims}
    settled = {one.edge: validated(one) for scenario in found for one in scenario.claims}
    fruitless = [a_round(1, trials=0, scenario=here.key)]

    for policy in Policy:
        assert propose(found, {}, (), at="db", policy=policy, turn="1") == here
        assert propose(found, {}, fruitless, at="db", policy=policy, turn="1") == there
        assert propose([], {}, (), at="db", policy=policy, turn="1") is None
    assert propose(found, edges, (), at="db", policy=Policy.PROACTIVE, turn="1") == there
    assert propose(found, settled, (), at="db", policy=Policy.PROACTIVE, turn="1") is None


def test_the_past_counts_what_each_manipulation_came_to() -> None:
    """By fault and place, and by claim and place; rounds without an experiment say nothing."""
    done = replace(a_round(2, trials=3), edges=("e",), pairs=(3,), effects=(2.0,))
    past = past_of([a_round(1, trials=0), done, LabRound("run", 3, "latency", "db")])

    assert past.tried == {("latency", "db"): (3, 5)}
    assert past.shown == {("e", "db"): (3, 2.0)}
