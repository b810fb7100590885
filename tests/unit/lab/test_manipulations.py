"""Which claims a fault may speak about."""

from __future__ import annotations

import pytest

from engine.faults.effects import Kind
from labo.domain.causality.cooccurrence import RelatedComponent
from labo.domain.causality.edges import Relation
from labo.domain.entities.conditions import Direction
from labo.domain.lab.manipulations import MANIPULATIONS, Manipulation, claims, likes
from labo.domain.lab.scenarios import EdgeUnderTest

HTTP = ("duration.p95", "error_ratio", "rate")
METRICS = {
    "web": {*(f"http.server.request.{each}" for each in HTTP), "queue.length"},
    "db": {*(f"db.client.operation.{each}" for each in HTTP), "queue.length"},
    "other": {*(f"http.server.request.{each}" for each in HTTP)},
}
WEB, DB = (
    RelatedComponent("web", "service", Relation.SAME),
    RelatedComponent("db", "database", Relation.SAME),
)
AROUND_DB = (
    DB,
    RelatedComponent("web", "service", Relation.CALLEE),
    RelatedComponent("other", "service", Relation.SHARED),
)
AROUND_WEB = (
    WEB,
    RelatedComponent("db", "database", Relation.CALLER),
    RelatedComponent("other", "service", Relation.SHARED),
)


def found(
    fault: str, target: RelatedComponent = DB, around: tuple[RelatedComponent, ...] = AROUND_DB
) -> set[str]:
    return {said(test) for test in claims(fault, target, around, METRICS)}


def said(test: EdgeUnderTest) -> str:
    cause, effect = test.symptoms
    return f"{cause.name} {test.relation.value} {effect.name} {effect.direction.value}"


def test_a_fault_of_one_variable_speaks_about_all_that_leaves_it() -> None:
    """Latency, errors and traffic of the target and those around; never the cause itself."""
    cause = "db:db.client.operation.duration.p95"
    told = found("latency")

    assert len(told) == 11
    assert f"{cause} callee web:http.server.request.error_ratio high" in told
    assert f"{cause} same db:db.client.operation.rate low" in told
    assert not [each for each in told if each.startswith(f"{cause} same {cause}")]


def test_a_fault_speaks_only_on_the_sides_that_nothing_else_reaches() -> None:
    """A component that is down calls nobody, but refuses those that call it."""
    told = found("crash", WEB, AROUND_WEB)

    assert {each.split()[1] for each in told} == {"caller"}
    assert "web:http.server.request.rate caller db:db.client.operation.rate low" in told


def test_a_fault_whose_metric_is_not_measured_or_that_has_many_hands_says_nothing() -> None:
    """A database's clients go on counting while it is down; a bad version is many things."""
    assert found("crash") == found("pool_exhaustion") == found("bad_deploy") == set()


def test_likes_share_effect_and_relation_and_then_the_cause() -> None:
    """Roles are left out; what differs in the metric differs in the narrow group alone."""
    by_name = {said(t): likes(t) for t in claims("latency", DB, AROUND_DB, METRICS)}
    others = {said(t): likes(t) for t in claims("errors", DB, AROUND_DB, METRICS)}
    wide, narrow = by_name[
        "db:db.client.operation.duration.p95 callee web:http.server.request.rate low"
    ]
    other = others["db:db.client.operation.error_ratio callee web:http.server.request.rate low"]

    assert (wide, narrow) == ("callee rate low", "duration.p95 high callee rate low")
    assert other == ("callee rate low", "error_ratio high callee rate low")


@pytest.mark.parametrize("one", MANIPULATIONS, ids=lambda one: f"{one.fault}-{one.metric}")
def test_every_fault_is_one_of_the_catalogue(one: Manipulation) -> None:
    """And goes up or down."""
    assert one.fault in {kind.value for kind in Kind}
    assert one.direction in (Direction.HIGH, Direction.LOW)
