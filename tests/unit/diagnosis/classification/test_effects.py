"""What a cause would bring about elsewhere, and what seeing or missing it says."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import networkx as nx
import pytest

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.causality.inference import inference_weight
from labo.domain.diagnosis.classification.effects import (
    Effects,
    leaks,
    outgoing_edges,
    predicted,
)
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem

ROLES = {"db": "database", "shop": "service", "web": "service"}
PROBLEMS = (
    KnownProblem("full", "disk full", "database"),
    KnownProblem("slow", "slow", "service"),
    KnownProblem("errors", "errors", "service"),
)


def edge(cause: str, effect: str, relation: Relation, strength: float = 0.9) -> KnownEdge:
    return KnownEdge(cause, effect, relation, EdgeStatus.SUPPORTED, 0.8, strength)


EDGES = (
    edge("full", "slow", Relation.CALLEE),
    edge("slow", "slow", Relation.CALLEE),
    edge("slow", "errors", Relation.SAME, 0.5),
)


def effects(
    seen: dict[tuple[str, str], float],
    edges: tuple[KnownEdge, ...] = EDGES,
    system: str | None = None,
) -> Effects:
    calls: nx.DiGraph[str] = nx.DiGraph([("web", "shop"), ("shop", "db")])
    knowledge = Knowledge(PROBLEMS, edges)
    return Effects(
        outgoing=outgoing_edges(knowledge, system),
        leaks=leaks(knowledge),
        problems={problem.key: problem for problem in PROBLEMS},
        calls=calls,
        role=lambda name: ROLES[name],
        shown=lambda problem, place: seen.get((problem.key, place), 0.0),
        system=system,
    )


def test_effects_spread_along_calls_and_fade() -> None:
    """A full disk slows its caller, and that one's caller less surely; each weight multiplies."""
    weight, within = inference_weight(EDGES[0]), inference_weight(EDGES[2])
    found = predicted(effects({}), ("full", "db"))

    assert found == {
        ("slow", "shop"): pytest.approx(weight),
        ("slow", "web"): pytest.approx(weight**2),
        ("errors", "shop"): pytest.approx(weight * within),
        ("errors", "web"): pytest.approx(weight**2 * within),
    }


def test_two_ways_to_an_effect_are_a_noisy_or() -> None:
    """Either may bring it about."""
    edges = (*EDGES[:1], edge("full", "errors", Relation.CALLEE, 0.6), EDGES[2])
    found = predicted(effects({}, edges), ("full", "db"))
    direct, through = inference_weight(edges[1]), inference_weight(edges[0])
    through *= inference_weight(edges[2])

    assert found["errors", "shop"] == pytest.approx(1 - (1 - direct) * (1 - through))


def test_cycles_of_claims_end() -> None:
    """Slow makes errors and errors make slow: both stand or fall together."""
    edges = (*EDGES, edge("errors", "slow", Relation.SAME))
    found = predicted(effects({}, edges), ("full", "db"))

    assert found["slow", "shop"] == pytest.approx(found["errors", "shop"])
    assert all(0 < chance < 1 for chance in found.values())


def test_seen_effects_raise_and_absent_ones_lower() -> None:
    """Unknown says nothing; and both are bounded."""
    for strength, sign in product((1.0, 100.0), (1, -1)):
        seen = {("slow", "shop"): sign * strength, ("slow", "web"): sign * strength}
        factor = effects(seen).factor("full", "db")
        assert 0 < sign * factor <= 3
    assert effects({}).factor("full", "db") == pytest.approx(0.0)
    assert effects({}).factor("errors", "web") == 0.0


def test_refuted_and_foreign_claims_count_for_nothing() -> None:
    """Neither a refuted edge nor one whose effect is unknown or of another role."""
    refuted = KnownEdge("full", "slow", Relation.CALLEE, EdgeStatus.REFUTED, 0.8, 0.9)
    strange = edge("full", "ghost", Relation.CALLEE)
    elsewhere = edge("full", "slow", Relation.SAME)
    hosted = edge("full", "slow", Relation.HOST)

    assert predicted(effects({}, (refuted, strange, elsewhere, hosted)), ("full", "db")) == {}


def test_a_claim_refuted_in_one_system_counts_in_the_others() -> None:
    """The same claim predicts its effect everywhere but where experiments refuted it."""
    claim = replace(EDGES[0], refuted_in=("shop",))

    assert predicted(effects({}, (claim,), "shop"), ("full", "db")) == {}
    assert predicted(effects({}, (claim,), "bank"), ("full", "db")) == {
        ("slow", "shop"): pytest.approx(inference_weight(claim, "bank"))
    }


def test_the_estimated_leak_takes_the_place_of_the_assumed_one() -> None:
    """A rare effect that is seen says more for its cause than one that begins all the time."""
    seen = {("slow", "shop"): 1.0}
    assumed, rare, common = (
        effects(seen, (replace(EDGES[0], leak=leak, leak_high=high),)).factor("full", "db")
        for leak, high in ((0.0, 1.0), (0.01, 0.03), (0.4, 0.5))
    )
    # log P(seen | cause) / P(seen | no cause), with e¹ for the reading under the problem
    chance = 1 - (1 - 0.05) * (1 - (0.9 - 0.05) / 0.95 * 0.8)
    by_hand = math.log((chance * math.e + 1 - chance) / (0.05 * math.e + 0.95))

    assert assumed == pytest.approx(by_hand)
    assert common < assumed < rare


def test_seen_callers_tell_two_causes_apart_in_a_diagnosis() -> None:
    """The callee's claim reaches its caller, the caller's claim its callee."""
    downwards = edge("slow", "full", Relation.CALLER)
    found = predicted(effects({}, (downwards,)), ("slow", "shop"))

    assert list(found) == [("full", "db")]
