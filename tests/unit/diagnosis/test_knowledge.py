"""Knowledge in its exchange form."""

from __future__ import annotations

import json

import pytest

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.entities.conditions import Direction
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import (
    Knowledge,
    KnownEdge,
    KnownProblem,
    from_json,
    to_json,
)
from labo.domain.knowledge.signatures import signature
from labo.errors import InvalidInput

LATENCY = signature("p1", "database", "latency", Direction.HIGH, (8, 0, 1, 40, 31.5, 200.25))
CPU = signature("p1", "database", "cpu", Direction.HIGH, (0, 8, 0, 0, 0.0, 0.0))
SLOW = KnownProblem("p1", "slow", "database", 5, (LATENCY, CPU))
FULL = KnownProblem(
    "p2", "full", "database", 9, (signature("p2", "database", "disk", Direction.HIGH),)
)
EDGE = KnownEdge("p2", "p1", Relation.SAME, EdgeStatus.SUPPORTED, 0.7, 0.9)


def test_knowledge_survives_its_exchange_form() -> None:
    """Problems, signatures, edges and the incidents behind them."""
    logistic, knots = Calibration(60, 1.2, -0.3), Calibration(300, knots=((0.2, 0.1), (0.9, 0.8)))

    for calibration in (Calibration(), logistic, knots):
        knowledge = Knowledge((SLOW, FULL), (EDGE,), 12, calibration)
        assert from_json(to_json(knowledge)) == knowledge


def test_a_signature_travels_without_what_its_problem_says_already() -> None:
    """Key, role and condition follow from the problem; the counts come in a fixed order."""
    [record] = to_json(Knowledge((SLOW,)))["problems"]  # type: ignore[misc]

    assert json.dumps(record["conditions"][0]) == (
        '{"metric": "latency", "direction": "high", "hits": 8, "misses": 0, "false_hits": 1, '
        '"quiets": 40, "size_sum": 31.5, "size_squares": 200.25}'
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (3, "$"),
        ({"problems": [3]}, "$.problems[0]"),
        ({"problems": [{"key": ""}]}, "$.problems[0].key"),
        ({"resolved_incidents": -1}, "$.resolved_incidents"),
        (
            {"edges": [{"cause": "a", "effect": "b", "relation": "same", "probability": 2}]},
            "$.edges[0].probability",
        ),
        ({"edges": [{"cause": "a", "effect": "b", "relation": "x"}]}, "$.edges[0].relation"),
        ({"calibration": {"incidents": "many"}}, "$.calibration.incidents"),
        ({"calibration": {"slope": 10**400}}, "$.calibration.slope"),
        (
            {"calibration": {"knots": [{"raw": 0.5, "true": 0.5}, {"raw": 0.4, "true": 0.6}]}},
            "$.calibration.knots",
        ),
    ],
)
def test_a_fault_names_its_field(data: object, where: str) -> None:
    """As a path from the top."""
    with pytest.raises(InvalidInput) as caught:
        from_json(data)

    assert caught.value.where == where
