"""Knowledge in and out: the only way in which it crosses workspaces and systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from graph import conditions, knowledge, problems
from graph.client import Graph, Transaction
from labo.domain.causality.belief import claim, starting_with
from labo.domain.causality.counting import tally_of_counts
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Evidence, EvidenceKind
from labo.domain.entities.keys import digest
from labo.domain.entities.problems import Problem
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.state import calibration
from labo.errors import InvalidInput
from labo.services.causality.recording import record
from labo.services.causality.retry import again
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService

EDGES_AT_ONCE = 50

_WEIGHT = {
    EdgeStatus.VALIDATED: 1.0,
    EdgeStatus.SUPPORTED: 0.5,
    EdgeStatus.PROPOSED: 0.25,
    EdgeStatus.REFUTED: 1.0,
}
"""The weight of a claim's status elsewhere as imported evidence here."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How much an import named; what was known already is counted too."""

    problems: int
    signatures: int
    edges: int


class KnowledgeService:
    """Export everything, or take over what another workspace knows."""

    def __init__(
        self, graph: Graph, learning: LearningService, training_examples: TrainingSetReader
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._training_examples = training_examples

    async def export(self) -> Knowledge:
        """Living problems with their signatures, and every claim about them, by key."""
        known: dict[str, KnownProblem] = {}
        async for page in knowledge.all_problems(self._graph):
            signatures = await conditions.find_signatures(self._graph, [p.key for p in page])
            for problem in page:
                known[problem.key] = _exported(problem, signatures)
        claims: list[KnownEdge] = []
        async for edges_page in knowledge.all_edges(self._graph):
            claims.extend(
                known_edge(e) for e in edges_page if e.cause in known and e.effect in known
            )
        return Knowledge(
            problems=tuple(known[key] for key in sorted(known)),
            edges=tuple(claims),
            resolved_incidents=await knowledge.count_resolved(self._graph),
            calibration=calibration(await self._learning.state()),
        )

    async def known(self) -> Knowledge:
        """All that a diagnosis here reads: what is exported, and the training examples, which are
        not."""
        state = await self._learning.state()
        return replace(
            await self.export(),
            training_examples=await self._training_examples.of(state.labelled_seqs),
        )

    async def import_(self, incoming: Knowledge, *, source: str) -> Imported:
        """Import the knowledge of `source`. Idempotent: the same source twice changes nothing.

        Problems that are known here retain their figures, signatures the better tested counts. A
        claim arrives as *proposed* with imported evidence, whatever its status was: nobody here has
        decided it. A claim whose two problems are the same one here is left out. Raises
        InvalidInput when a claim names a problem that is in neither.
        """
        await self._check_ends(incoming)
        signatures = [s for problem in incoming.problems for s in problem.conditions]

        async def unit(tx: Transaction) -> None:
            imported = [_problem(problem) for problem in incoming.problems]
            await problems.upsert(tx, imported, written_by=source)
            await conditions.import_signatures(tx, signatures, written_by=source)

        await self._graph.write(unit, name="knowledge.take")
        at = datetime.now(UTC)
        ordered = sorted(incoming.edges, key=lambda e: (e.cause, e.effect, e.relation.value))
        for start in range(0, len(ordered), EDGES_AT_ONCE):
            await self._import_edges(ordered[start : start + EDGES_AT_ONCE], source, at)
        return Imported(len(incoming.problems), len(signatures), len(incoming.edges))

    async def _check_ends(self, incoming: Knowledge) -> None:
        problem_keys = {problem.key for problem in incoming.problems}
        missing = {key for e in incoming.edges for key in (e.cause, e.effect)} - problem_keys
        missing -= (await problems.find_canonical(self._graph, missing)).keys()
        for i, known in enumerate(incoming.edges):
            for end, key in (("cause", known.cause), ("effect", known.effect)):
                if key in missing:
                    raise InvalidInput(
                        f"the problem {key!r} is neither in the file nor known here",
                        where=f"$.edges[{i}].{end}",
                    )
            claim(known.cause, known.effect, known.relation)

    async def _import_edges(self, batch: Sequence[KnownEdge], source: str, at: datetime) -> None:
        async def unit(tx: Transaction) -> None:
            for known in batch:
                claimed = _claimed(known, source, at)
                evidence = _imported_evidence(known, claimed.key, source, at)
                await record(tx, claimed, evidence, written_by=source)

        await again(self._graph, unit, "knowledge.take_edges")


def _exported(problem: Problem, signatures: Sequence[Signature]) -> KnownProblem:
    return KnownProblem(
        key=problem.key,
        title=problem.title,
        role=problem.role,
        occurrences=problem.occurrences,
        kind=problem.kind,
        summary=problem.summary,
        conditions=tuple(
            s for s in signatures if s.problem == problem.key and s.role == problem.role
        ),
    )


def known_edge(edge: CausalEdge) -> KnownEdge:
    """What of an edge travels, and what a diagnosis reads."""
    return KnownEdge(
        cause=edge.cause,
        effect=edge.effect,
        relation=edge.relation,
        status=edge.status,
        probability=edge.probability,
        strength=edge.strength,
        hits=edge.hits,
        misses=edge.misses,
        leak=edge.leak,
        leak_high=edge.leak_high,
        refuted_in=edge.refuted_in,
    )


def _problem(known: KnownProblem) -> Problem:
    # Occurrences belong to this workspace: what happened elsewhere did not happen here.
    return Problem(known.key, known.title, known.role, known.kind, summary=known.summary)


def _claimed(known: KnownEdge, source: str, at: datetime) -> CausalEdge:
    """A claim that is new here starts with the counts that it comes with, as a system's own."""
    counts = tally_of_counts(known.hits, known.misses, at)
    claimed = claim(known.cause, known.effect, known.relation)
    return starting_with(claimed, {f"imported:{source}": counts}) if counts else claimed


def _imported_evidence(known: KnownEdge, edge: str, source: str, at: datetime) -> Evidence:
    return Evidence(
        id=digest("imported", source, edge),
        edge=edge,
        kind=EvidenceKind.IMPORTED,
        polarity=-1 if known.status is EdgeStatus.REFUTED else 1,
        weight=_WEIGHT[known.status],
        observed_at=at,
        summary=f"{known.status.value} in {source} with probability {known.probability:.2f}",
    )
