"""Knowledge in its exchange form."""

from __future__ import annotations

import pytest

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.entities.conditions import Direction
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import (
    Knowledge,
    KnownCondition,
    KnownEdge,
    KnownProblem,
    from_json,
    to_json,
)
from labo.errors import InvalidInput

LATENCY = KnownCondition("latency", Direction.HIGH, hits=8, misses=0)
CPU = KnownCondition("cpu", Direction.HIGH, hits=0, misses=8)
SLOW = KnownProblem("p1", "slow", "database", 5, (LATENCY, CPU))
FULL = KnownProblem("p2", "full", "database", 9, (KnownCondition("disk", Direction.HIGH),))
EDGE = KnownEdge("p2", "p1", Relation.SAME, EdgeStatus.SUPPORTED, 0.7, 0.9)


def test_knowledge_survives_its_exchange_form() -> None:
    """Problems, signatures, edges and the incidents behind them."""
    logistic, knots = Calibration(60, 1.2, -0.3), Calibration(300, knots=((0.2, 0.1), (0.9, 0.8)))

    for calibration in (Calibration(), logistic, knots):
        knowledge = Knowledge((SLOW, FULL), (EDGE,), 12, calibration)
        assert from_json(to_json(knowledge)) == knowledge


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
