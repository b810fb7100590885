"""Knowledge in and out: the only way in which it crosses workspaces and systems."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from graph import conditions, knowledge, knowledge_sources, problems
from graph.client import Graph, Transaction
from labo.domain.causality.belief import claim, starting_with
from labo.domain.causality.counting import tally_of_counts
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Evidence, EvidenceKind
from labo.domain.entities.keys import digest
from labo.domain.entities.problems import Problem
from labo.domain.knowledge.experiences import NON_ROOT
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge, KnownProblem, to_json
from labo.domain.knowledge.signatures import Signature
from labo.domain.knowledge.sources import BUNDLED, Imported, KnowledgeSource
from labo.domain.knowledge.training_sets import to_record
from labo.domain.learning.state import calibration
from labo.errors import InvalidInput
from labo.services.causality.recording import record
from labo.services.causality.retry import again
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService

EDGES_AT_ONCE = 50
NEVER = datetime.fromtimestamp(0, UTC)
"""When an imported problem was last seen here: behind all that were, wherever these are listed."""

_WEIGHT = {
    EdgeStatus.VALIDATED: 1.0,
    EdgeStatus.SUPPORTED: 0.5,
    EdgeStatus.PROPOSED: 0.25,
    EdgeStatus.REFUTED: 1.0,
}
"""The weight of a claim's status elsewhere as imported evidence here."""


class KnowledgeService:
    """Export everything, or take over what another workspace knows."""

    def __init__(
        self, graph: Graph, learning: LearningService, training_examples: TrainingSetReader
    ) -> None:
        self._graph = graph
        self._learning = learning
        self._training_examples = training_examples

    async def export(self) -> Knowledge:
        """Living problems with their signatures, every claim about them, by key, and the training
        examples of what was labelled here: those from elsewhere are exported there."""
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
        state = await self._learning.state()
        return Knowledge(
            problems=tuple(known[key] for key in sorted(known)),
            edges=tuple(claims),
            resolved_incidents=await knowledge.count_resolved(self._graph),
            calibration=calibration(state),
            training_examples=await self._training_examples.own(state.labelled_seqs),
        )

    async def known(self) -> Knowledge:
        """All that a diagnosis here reads: what is exported, with the training examples that
        weights are learnt from now."""
        state = await self._learning.state()
        return replace(
            await self.export(),
            training_examples=await self._training_examples.of(state.labelled_seqs),
        )

    async def import_(self, incoming: Knowledge, *, source: str) -> Imported:
        """Import the knowledge of `source`. Idempotent: the same source twice changes nothing.

        Problems that are known here retain their figures, signatures the better tested counts. A
        claim arrives as *proposed* with imported evidence, whatever its status was: nobody here has
        decided it. A claim whose two problems are the same one here is left out. Weights are learnt
        from its training examples until enough was labelled here (`samples`); its calibration is
        stored and corrects nothing here. Raises InvalidInput when a claim names a problem that is
        in neither.
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
        await self._save_source(source, _figures(incoming), _training(incoming))
        return Imported(
            len(incoming.problems), len(signatures), len(incoming.edges), _causes(incoming)
        )

    async def begin_with(self, read: Callable[[], Knowledge]) -> Imported | None:
        """Import the bundled knowledge into a workspace that has none yet; None where it was there,
        where it was refused before, and where people or telemetry came first. Raises what `read`
        raises."""
        if await knowledge_sources.is_new(self._graph, BUNDLED):
            return await self.import_(read(), source=BUNDLED)
        return None

    async def refuse(self) -> None:
        """Remember in a fresh workspace that the bundled knowledge is not wanted, also when the
        setting is gone. An import by hand is possible all the same."""
        if await knowledge_sources.is_new(self._graph, BUNDLED):
            await self._save_source(BUNDLED, {**_figures(Knowledge()), "is_refused": True}, "")

    async def _save_source(self, source: str, figures: dict[str, object], training: str) -> None:
        async def unit(tx: Transaction) -> None:
            await knowledge_sources.save(tx, source, figures, training=training)

        await self._graph.write(unit, name="knowledge.take_source")

    async def sources(self) -> list[KnowledgeSource]:
        """Where imported knowledge came from, by name."""
        return await knowledge_sources.find(self._graph)

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


def _training(incoming: Knowledge) -> str:
    """The training examples as JSON text; empty without any."""
    if not incoming.training_examples:
        return ""
    return json.dumps(to_record(incoming.training_examples), separators=(",", ":"))


def _figures(incoming: Knowledge) -> dict[str, object]:
    """As `KnowledgeSource` has them."""
    return {
        "is_refused": False,
        "problems": len(incoming.problems),
        "signatures": sum(len(problem.conditions) for problem in incoming.problems),
        "edges": len(incoming.edges),
        "labelled_incidents": _causes(incoming),
        "calibrated_on": incoming.calibration.incidents,
        "digest": digest("knowledge", json.dumps(to_json(incoming), sort_keys=True)),
    }


def _causes(known: Knowledge) -> int:
    return sum(one.title != NON_ROOT for one in known.training_examples)


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
    return Problem(
        known.key, known.title, known.role, known.kind, summary=known.summary, last_seen=NEVER
    )


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
