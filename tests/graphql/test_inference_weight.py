"""The weight of a causal edge: shown, exported and used in a diagnosis."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest

from graph.client import Transaction
from labo.domain.causality.belief import claim
from labo.domain.causality.edges import CausalEdge, EvidenceKind, Relation
from labo.domain.diagnosis.classification.effects import (
    MIN_WEIGHT,
    Effects,
    leaks,
    outgoing_edges,
    predicted,
)
from labo.domain.knowledge.knowledge import Knowledge, KnownProblem, from_json, to_json
from labo.services.causality.recording import record
from tests.builders.knowledge import an_evidence
from tests.builders.problems import a_server, known
from tests.builders.services import a_knowledge_reader, a_knowledge_service
from tests.graphql.conftest import Caller


async def test_the_weight_shown_is_the_one_that_a_diagnosis_takes(caller: Caller) -> None:
    """With the leak that was watched, after export and import of the figures, and 0 in a system
    whose paired runs refuted the claim."""
    full, slow = map(under_key, known().problems, "ab")
    await a_knowledge_service(caller.graph).import_(Knowledge((full, slow)), source="test")
    claimed = claim("a", "b", Relation.CALLEE)
    seen = an_evidence(claimed.key, id_="seen")
    runs = replace(
        an_evidence(claimed.key, id_="runs", kind=EvidenceKind.INTERVENTION, polarity=-1),
        system="shop",
        pairs=80,
    )

    async def unit(tx: Transaction) -> CausalEdge | None:
        return await record(tx, claimed, seen, runs, written_by="test")

    kept = await caller.graph.write(unit)
    assert kept is not None
    await caller.ask(
        f'mutation {{ confirmEdge(edge: "{kept.key}", version: 1, reason: "seen") '
        "{ __typename } }"
    )
    ask = """query ($key: ID!) { edge(id: $key) { ... on CausalEdge { strength leak probability
        refutedIn everywhere: inferenceWeight bank: inferenceWeight(system: "bank")
        shop: inferenceWeight(system: "shop") } } }"""
    shown = (await caller.ask(ask, key=kept.key))["edge"]
    case = replace(a_server([]), system="bank")
    reader = a_knowledge_reader(caller.graph)
    read = await reader.of_case(case)
    exported = from_json(to_json(await a_knowledge_service(caller.graph).export()))

    by_formula = (shown["strength"] - shown["leak"]) / (1 - shown["leak"]) * shown["probability"]
    assert 0 < shown["leak"] < shown["strength"] and shown["refutedIn"] == ["shop"]
    assert shown["bank"] > MIN_WEIGHT
    assert shown["everywhere"] == shown["bank"] == pytest.approx(by_formula)
    assert shown["shop"] == 0
    for knowledge in (read, exported):
        assert predicted_chance(knowledge, "bank") == pytest.approx(shown["bank"])
    assert predicted_chance(read, "shop") == shown["shop"]


def under_key(problem: KnownProblem, key: str) -> KnownProblem:
    """The problem and its signature under another key."""
    conditions = tuple(replace(signature, problem=key) for signature in problem.conditions)
    return replace(problem, key=key, conditions=conditions)


def predicted_chance(knowledge: Knowledge, system: str) -> float:
    """That problem `b` follows on the caller of a database with problem `a`."""
    effects = Effects(
        outgoing=outgoing_edges(knowledge, system),
        leaks=leaks(knowledge),
        problems={problem.key: problem for problem in knowledge.problems},
        calls=nx.DiGraph([("web", "db")]),
        role=lambda name: "database",
        shown=lambda problem, component: 0.0,
        system=system,
    )
    return predicted(effects, ("a", "db")).get(("b", "web"), 0.0)
