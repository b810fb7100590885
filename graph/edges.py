"""Causal edges with their evidence. The node is the record, CAUSES its shortcut for walking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType

from graph import metric_sets, problems
from graph.client import Graph, Transaction
from graph.ontology import EDGE_STORED_AS
from graph.rows import properties
from graph.statements import load
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Evidence, Relation, edge_key
from labo.errors import Conflict, NotFound

GET_EDGE = load("edges/get_edge", row=CausalEdge)
FIND_EDGES = load("edges/find_edges", row=CausalEdge)
FIND_EDGES_BY_KEYS = load("edges/find_edges_by_keys", row=CausalEdge)
FIND_EDGES_BY_CAUSE = load("edges/find_edges_by_cause", row=CausalEdge)
FIND_EDGES_BY_EFFECT = load("edges/find_edges_by_effect", row=CausalEdge)
FIND_EDGES_OF_PROBLEM = load("edges/find_edges_of_problem", row=CausalEdge)
UPSERT_EDGE = load("edges/upsert_edge", row=int)
UPSERT_EVIDENCE = load("edges/upsert_evidence", row=NoneType)
UPSERT_DECISION = load("edges/upsert_decision", row=NoneType)
FIND_RECORDED_EVIDENCE = load("edges/find_recorded_evidence", row=str)
FIND_EVIDENCE = load("edges/find_evidence", row=Evidence)
LINK_EVIDENCE_INTO = load("edges/link_evidence_into", row=int)
DELETE_EDGE = load("edges/delete_edge", row=NoneType)


@dataclass(frozen=True, slots=True)
class DivergingShortcut:
    """Claim `edge` has `expected` (status and probability), its CAUSES shortcut has `found`."""

    edge: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Inconsistencies:
    """What `labo doctor` reports; edges by key."""

    diverging: tuple[DivergingShortcut, ...]
    unrecorded: tuple[str, ...]
    unproven: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.diverging or self.unrecorded or self.unproven)


FIND_DIVERGING_SHORTCUTS = load("edges/find_diverging_shortcuts", row=DivergingShortcut)
FIND_UNRECORDED_SHORTCUTS = load("edges/find_unrecorded_shortcuts", row=str)
FIND_UNPROVEN_VALIDATED = load("edges/find_unproven_validated", row=str)
FIND_SUPPORT = load("edges/find_support", row=int)

CURRENT = (EdgeStatus.PROPOSED, EdgeStatus.SUPPORTED, EdgeStatus.VALIDATED)
_IDENTITY = frozenset({"key", "version"})
_LATEST = 200
"""Occurrences of a cause among which support is sought; it bounds the time, as in counting."""


async def get(graph: Graph, key: str) -> CausalEdge:
    """Raises NotFound."""
    rows = await graph.fetch(GET_EDGE, key=key)
    if not rows:
        raise NotFound("no such causal edge", where=key)
    return rows[0]


async def read(tx: Transaction, key: str) -> CausalEdge | None:
    """The record as the transaction sees it, for a write that decides on it."""
    rows = await tx.run(GET_EDGE, key=key)
    return rows[0] if rows else None


async def read_of_problem(tx: Transaction, problem: str) -> list[CausalEdge]:
    """Every claim that names `problem` at either end, whatever its status."""
    return await tx.run(FIND_EDGES_OF_PROBLEM, problem=problem)


async def find(graph: Graph, *, after: str = "", limit: int = 1_000) -> list[CausalEdge]:
    """A page of all edges in the order of keys, beginning behind `after`."""
    return await graph.fetch(FIND_EDGES, after=after, limit=limit)


async def find_by_keys(graph: Graph, keys: Iterable[str]) -> dict[str, CausalEdge]:
    """Edges by key; an unknown one is absent."""
    rows = await graph.fetch(FIND_EDGES_BY_KEYS, keys=sorted(set(keys)))
    return {row.key: row for row in rows}


async def find_by_cause(
    graph: Graph,
    problems: Iterable[str],
    *,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 100,
) -> list[CausalEdge]:
    """What `problems` are claimed to cause, per problem the likeliest `limit`."""
    keys, allowed = sorted(set(problems)), [status.value for status in statuses]
    return await graph.fetch(FIND_EDGES_BY_CAUSE, keys=keys, statuses=allowed, limit=limit)


async def find_by_effect(
    graph: Graph,
    problems: Iterable[str],
    *,
    statuses: Iterable[EdgeStatus] = CURRENT,
    limit: int = 100,
) -> list[CausalEdge]:
    """What is claimed to cause `problems`, per problem the likeliest `limit`."""
    keys, allowed = sorted(set(problems)), [status.value for status in statuses]
    return await graph.fetch(FIND_EDGES_BY_EFFECT, keys=keys, statuses=allowed, limit=limit)


async def find_evidence(graph: Graph, edges: Iterable[str], *, limit: int = 100) -> list[Evidence]:
    """Evidence about `edges`, per edge the newest `limit`."""
    return await graph.fetch(FIND_EVIDENCE, edges=sorted(set(edges)), limit=limit)


async def recorded(tx: Transaction, ids: Iterable[str]) -> frozenset[str]:
    """Which of these pieces of evidence are stored already."""
    return frozenset(await tx.run(FIND_RECORDED_EVIDENCE, ids=sorted(set(ids))))


async def read_either_way(tx: Transaction, claimed: CausalEdge) -> list[CausalEdge]:
    """What is stored of the claim and of its opposite in any relation."""
    opposites = [edge_key(claimed.effect, claimed.cause, relation) for relation in Relation]
    return await tx.run(FIND_EDGES_BY_KEYS, keys=sorted({claimed.key, *opposites}))


async def read_support(tx: Transaction, claimed: CausalEdge, *, incident: str) -> int:
    """Of the latest occurrences of the cause, how many were in one incident with the effect, other
    than `incident`."""
    [support] = await tx.run(
        FIND_SUPPORT,
        cause=claimed.cause,
        effect=claimed.effect,
        incident=incident,
        limit=_LATEST,
    )
    return support


async def upsert(
    tx: Transaction, edge: CausalEdge, evidence: Sequence[Evidence] = (), *, written_by: str
) -> int:
    """Write `edge` over version `edge.version` (0: new) with its evidence; returns the version.

    Raises NotFound when an end is unknown, Conflict when another write came first.
    """
    values = properties(edge, EDGE_STORED_AS)
    versions = await tx.run(
        UPSERT_EDGE,
        key=edge.key,
        cause=edge.cause,
        effect=edge.effect,
        expected=edge.version,
        properties={name: values[name] for name in values.keys() - _IDENTITY},
        written_by=written_by,
    )
    if not versions:
        await _explain_refusal(tx, edge)
    if evidence:
        rows = [properties(e) for e in sorted(evidence, key=lambda e: e.id)]
        await tx.run(UPSERT_EVIDENCE, edge=edge.key, rows=rows, written_by=written_by)
    if edge.version == 0 or edge.status is EdgeStatus.REFUTED:
        await metric_sets.mark_stale(tx, [edge.effect])  # it has other rival causes now
    return versions[0]


async def _explain_refusal(tx: Transaction, edge: CausalEdge) -> None:
    ends = {edge.cause, edge.effect}
    if missing := ends - (await problems.read_canonical(tx, ends)).keys():
        where = ", ".join(sorted(missing))
        raise NotFound("the edge names a problem that does not exist", where=where)
    raise Conflict("the edge changed meanwhile", where=edge.key, hint="reload it")


async def save_decision(
    tx: Transaction, decision: str, *, verdict: str, reason: str, by: str, at: datetime
) -> None:
    """The decision behind a human's evidence, under the id `decision`."""
    values = {"verdict": verdict, "reason": reason, "decided_by": by, "decided_at": at}
    await tx.run(UPSERT_DECISION, id=decision, properties=values)


async def fold(tx: Transaction, source: str, into: str | None) -> None:
    """Remove edge `source`; its evidence goes to edge `into`, where there is one."""
    if into is not None:
        await tx.run(LINK_EVIDENCE_INTO, source=source, into=into)
    await tx.run(DELETE_EDGE, key=source)


async def inconsistencies(graph: Graph, *, limit: int = 100) -> Inconsistencies:
    """Edges whose shortcut differs, shortcuts without a record, validations without a decision.

    Nothing in Labo writes such; a person with a database log-in can.
    """
    return Inconsistencies(
        tuple(await graph.fetch(FIND_DIVERGING_SHORTCUTS, limit=limit)),
        tuple(await graph.fetch(FIND_UNRECORDED_SHORTCUTS, limit=limit)),
        tuple(await graph.fetch(FIND_UNPROVEN_VALIDATED, limit=limit)),
    )
