"""Evidence from what happened: counting episodes, recording experiments, folding, replaying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from graph import edges, evidence, jobs
from graph.client import Graph, Transaction
from labo.domain.causality.belief import claim, folded, replayed
from labo.domain.causality.cooccurrence import Claim, EpisodeContext, Found, examined, one_way
from labo.domain.causality.edges import KNOWN, MAX_LAG_S, CausalEdge, Evidence
from labo.domain.causality.interventions import Experiment, evidence_of
from labo.domain.causality.opportunities import CONTROL_S, Episode
from labo.domain.entities.jobs import ALL, JobKind
from labo.domain.entities.keys import system_and_name
from labo.errors import NotFound
from labo.services.causality.recording import record, record_asked
from labo.services.causality.retry import again

log = structlog.get_logger()

EPISODES_AT_ONCE = 25
MOST_EPISODES = 500
_WRITTEN_BY = "evidence"
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Counted:
    """How many episodes were counted, what they are evidence of, and how many claims are new."""

    episodes: int = 0
    pieces: int = 0
    edges: int = 0


class EvidenceService:
    """Counting the same episode, experiment or fold twice changes nothing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def count(self, incident: str, *, as_of: datetime | None = None) -> Counted:
        """Count an incident's episodes whose lag is over at `as_of`, by default now.

        Each is an opportunity for every claim about its problem, and may suggest claims. What is
        not over yet is left for later, and so is what is beyond the oldest `MOST_EPISODES`: the
        sweep asks for both. Raises Unavailable.
        """
        moment = as_of or datetime.now(UTC)
        until = moment - timedelta(seconds=MAX_LAG_S)
        total = Counted()
        episodes = await evidence.uncounted(self._graph, incident, until, MOST_EPISODES)
        for start in range(0, len(episodes), EPISODES_AT_ONCE):
            batch = episodes[start : start + EPISODES_AT_ONCE]
            done = await self._count(batch, moment)
            total = Counted(
                total.episodes + done.episodes,
                total.pieces + done.pieces,
                total.edges + done.edges,
            )
        log.info("evidence.counted", incident=incident, episodes=total.episodes, edges=total.edges)
        return total

    async def _count(self, batch: Sequence[Episode], as_of: datetime) -> Counted:
        system = system_and_name(batch[0].component)[0]
        context = await self._context(batch, system, as_of)
        found = one_way(
            one
            for episode in batch
            for one in examined(episode, context, system=system, as_of=as_of.timestamp())
        )
        over = [e.id for e in batch if _is_over(e, context.claims.get(e.problem, ()), as_of)]
        pieces: dict[str, list[Found]] = {}
        for one in found:
            pieces.setdefault(one.claim.key, []).append(one)

        async def unit(tx: Transaction) -> None:
            for key in sorted(pieces):
                await _record(tx, pieces[key][0].claim, [one.evidence for one in pieces[key]])
            await evidence.mark_counted(tx, over)
            if pieces:
                await jobs.add(tx, JobKind.REVIEW_EDGES, [ALL], delay_s=evidence.REVIEW_AFTER_S)

        await again(self._graph, unit, JobKind.COUNT_EVIDENCE, timeout_s=_TIMEOUT_S)
        return Counted(len(over), len(found), len(pieces))

    async def _context(
        self, batch: Sequence[Episode], system: str, as_of: datetime
    ) -> EpisodeContext:
        graph = self._graph
        problems = {episode.problem for episode in batch}
        claims = await evidence.claims_of(graph, problems)
        effects = {c.effect for known in claims.values() for c in known}
        known = await evidence.known_causes(graph, effects, KNOWN)
        others = {cause for causes in known.values() for cause in causes}
        last = datetime.fromtimestamp(max(e.start for e in batch), UTC)
        max_lag = max([MAX_LAG_S, *(c.max_lag for own in claims.values() for c in own)])
        of = await evidence.episodes_of(graph, problems | others, last)
        of = {p: [e for e in seen if _in(system, e)] for p, seen in of.items()}
        related = await evidence.related(graph, _causes_near(batch, of, problems, max_lag))
        around = {p.component for e in batch for p in related.get(e.component, ())}
        until = min(as_of, last + timedelta(seconds=max_lag))
        first = await evidence.first_seen(graph, system)
        on = await evidence.episodes_on(graph, around, until)
        nearby = {e.problem for seen in on.values() for e in seen} - problems
        return EpisodeContext(
            related=related,
            claims={**await evidence.claims_of(graph, nearby), **claims},
            on=on,
            of=of,
            known_causes=known,
            observed_from=first.timestamp() if first else batch[0].start,
        )

    async def record_experiment(self, experiment: Experiment, *, by: str) -> list[CausalEdge]:
        """Count paired runs for the claims that leave the manipulated problem, new ones included.

        The same experiment again changes nothing. Returns the claims after it. Raises NotFound
        for an unknown problem, InvalidInput for differences outside -1 to 1 and for a claim whose
        cause and effect were merged into one.
        """
        pieces = evidence_of(experiment)

        async def unit(tx: Transaction) -> list[CausalEdge]:
            return [
                await record_asked(
                    tx,
                    claim(experiment.manipulated, tested.effect, tested.relation),
                    piece,
                    written_by=by,
                )
                for tested, piece in sorted(pieces, key=lambda pair: pair[1].edge)
            ]

        kept = await again(self._graph, unit, "evidence.record_experiment")
        log.info("evidence.experiment", experiment=experiment.id, edges=len(kept), by=by)
        return kept

    async def fold(self, edge: str, before: datetime) -> int:
        """Fold observations up to `before` into the edge's checkpoint and delete them.

        No figure changes. Returns how many were folded; 0 for an unknown edge.
        """

        async def unit(tx: Transaction) -> int:
            kept = await edges.read(tx, edge)
            old = await evidence.read_old(tx, edge, before) if kept else []
            if kept is None or not old:
                return 0
            await edges.upsert(tx, folded(kept, old, before), written_by=_WRITTEN_BY)
            await evidence.expire(tx, [piece.id for piece in old])
            return len(old)

        return await again(self._graph, unit, "evidence.fold", timeout_s=_TIMEOUT_S)

    async def replay(self, edge: str) -> CausalEdge:
        """The edge recomputed from its checkpoint and its evidence: the same figures as are stored.

        Writes nothing. Raises NotFound.
        """
        stored = await edges.get(self._graph, edge)
        pieces: list[Evidence] = []
        after: tuple[datetime, str] | None = None
        while found := await evidence.page(self._graph, edge, after=after):
            pieces.extend(found)
            after = (found[-1].observed_at, found[-1].id)
        return replayed(stored, pieces)

    async def ask(self, incident: str) -> None:
        """Have an incident counted by a worker."""

        async def unit(tx: Transaction) -> None:
            await jobs.add(tx, JobKind.COUNT_EVIDENCE, [incident], delay_s=0)

        await self._graph.write(unit, name="evidence.ask")


def _in(system: str, episode: Episode) -> bool:
    return system_and_name(episode.component)[0] == system


def _causes_near(
    batch: Sequence[Episode], of: dict[str, list[Episode]], problems: set[str], max_lag: float
) -> set[str]:
    """Components of the batch, and of episodes of the same problems that may overlap with it."""
    first = min(e.start for e in batch) - max_lag - CONTROL_S
    near = {e.component for p in problems for e in of.get(p, ()) if e.start >= first}
    return near | {e.component for e in batch}


def _is_over(episode: Episode, claims: Sequence[Claim], as_of: datetime) -> bool:
    longest = max([MAX_LAG_S, *(c.max_lag for c in claims)])
    return episode.start + longest <= as_of.timestamp()


async def _record(tx: Transaction, claimed: CausalEdge, pieces: Sequence[Evidence]) -> None:
    try:
        edge = await record(tx, claimed, *pieces, written_by=_WRITTEN_BY)
    except NotFound:
        edge = None
    if edge is None:
        # Its problems were merged into one, or are gone: nothing is claimed any more.
        log.info("evidence.claim_vanished", edge=claimed.key)
