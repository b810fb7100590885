"""Episodes as counting reads them, and evidence on its way into checkpoints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType

from graph.client import Graph, Transaction
from graph.statements import load
from labo.domain.causality.cooccurrence import Claim, RelatedComponent, relation_to
from labo.domain.causality.edges import EdgeStatus, Evidence, Relation
from labo.domain.causality.opportunities import Episode
from labo.domain.causality.review import Candidate
from labo.domain.entities.keys import component_key
from labo.domain.incidents.seen import SEEN_PREFIX

COUNT_AFTER_S = 345
"""From an incident's end until its lags are over and its events have arrived."""

REVIEW_AFTER_S = 15
NEXT_TO_EACH = 25
LATEST = 200
CLAIMS_OF_EACH = 50
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    id: str
    problem: str
    component: str
    started_at: datetime
    ended_at: datetime | None
    provoked: bool

    def to_domain(self) -> Episode:
        end = self.ended_at.timestamp() if self.ended_at else None
        start = self.started_at.timestamp()
        return Episode(self.id, self.problem, self.component, start, end, self.provoked)


@dataclass(frozen=True, slots=True)
class Related:
    component: str
    component_role: str
    other: str
    other_role: str
    side: str
    watched: bool


@dataclass(frozen=True, slots=True)
class KnownCause:
    cause: str
    effect: str


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do in a workspace: an incident to count, an edge to fold."""

    workspace: str
    subject: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    key: str
    e_value: float
    in_order: int
    order_comparisons: int
    strength: float
    leak: float
    supported: bool
    confounded: bool

    def to_domain(self) -> Candidate:
        log_e = math.log(self.e_value) if self.e_value > 0 else -math.inf
        return Candidate(
            self.key,
            log_e,
            self.in_order,
            self.order_comparisons,
            self.strength,
            self.leak,
            supported=self.supported,
            confounded=self.confounded,
        )


FIND_UNCOUNTED = load("evidence/find_uncounted", row=EpisodeRow)
FIND_RELATED = load("evidence/find_related", row=Related)
FIND_EPISODES_ON = load("evidence/find_episodes_on", row=EpisodeRow)
FIND_EPISODES_OF = load("evidence/find_episodes_of", row=EpisodeRow)
FIND_FIRST = load("evidence/find_first", row=datetime)
FIND_CLAIMS = load("evidence/find_claims", row=Claim)
FIND_KNOWN_CAUSES = load("evidence/find_known_causes", row=KnownCause)
FIND_OVERDUE = load("evidence/find_overdue", row=Due)
FIND_FOLDABLE = load("evidence/find_foldable", row=Due)
FIND_OLD = load("evidence/find_old", row=Evidence)
FIND_CANDIDATES = load("evidence/find_candidates", row=CandidateRow)
FIND_PAGE = load("evidence/find_page", row=Evidence)
UPSERT_COUNTED = load("evidence/upsert_counted", row=NoneType)
EXPIRE_EVIDENCE = load("evidence/expire_evidence", row=NoneType)
EXPIRE_FADED = load("evidence/expire_faded", row=int)


async def uncounted(graph: Graph, incident: str, until: datetime, limit: int) -> list[Episode]:
    """Uncounted episodes of an incident that started up to `until`, oldest first."""
    rows = await graph.fetch(
        FIND_UNCOUNTED, incident=incident, until=until, seen_prefix=SEEN_PREFIX, limit=limit
    )
    return [row.to_domain() for row in rows]


async def related(graph: Graph, components: Iterable[str]) -> dict[str, list[RelatedComponent]]:
    """Where a cause on each component may show effects, itself included, nearest relation first."""
    rows = await graph.fetch(FIND_RELATED, keys=sorted(set(components)), limit=NEXT_TO_EACH)
    neighbours: dict[str, dict[str, RelatedComponent]] = {}
    for row in sorted(rows, key=lambda r: (_SIDES.index(r.side), r.other)):
        same = row.other == row.component
        relation = Relation.SAME if same else relation_to(row.side, row.component_role)
        neighbour = RelatedComponent(row.other, row.other_role, relation)
        if row.watched:
            neighbours.setdefault(row.component, {}).setdefault(row.other, neighbour)
    return {component: list(by_other.values()) for component, by_other in neighbours.items()}


_SIDES = ("same", "caller", "callee", "sibling")


async def episodes_on(
    graph: Graph, components: Iterable[str], until: datetime
) -> dict[str, list[Episode]]:
    """The latest episodes on each component up to `until`."""
    keys = sorted(set(components))
    rows = await graph.fetch(
        FIND_EPISODES_ON, keys=keys, until=until, seen_prefix=SEEN_PREFIX, limit=LATEST
    )
    return _by(rows, "component")


async def episodes_of(
    graph: Graph, problems: Iterable[str], until: datetime
) -> dict[str, list[Episode]]:
    """The latest episodes of each problem up to `until`, on whatever component."""
    keys = sorted(set(problems))
    rows = await graph.fetch(
        FIND_EPISODES_OF, keys=keys, until=until, seen_prefix=SEEN_PREFIX, limit=LATEST
    )
    return _by(rows, "problem")


def _by(rows: Iterable[EpisodeRow], name: str) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row.to_domain())
    return found


async def first_seen(graph: Graph, system: str) -> datetime | None:
    """When the first episode of a system started; None before any."""
    rows = await graph.fetch(FIND_FIRST, prefix=component_key(system, ""))
    return rows[0] if rows else None


async def claims_of(graph: Graph, causes: Iterable[str]) -> dict[str, list[Claim]]:
    """What each problem is claimed to cause, whatever the status, the likeliest first."""
    rows = await graph.fetch(FIND_CLAIMS, keys=sorted(set(causes)), limit=CLAIMS_OF_EACH)
    found: dict[str, list[Claim]] = {}
    for row in rows:
        found.setdefault(row.cause, []).append(row)
    return found


async def known_causes(
    graph: Graph, effects: Iterable[str], statuses: Iterable[EdgeStatus]
) -> dict[str, frozenset[str]]:
    """Causes of each effect whose edge has one of `statuses`."""
    allowed = [status.value for status in statuses]
    rows = await graph.fetch(FIND_KNOWN_CAUSES, keys=sorted(set(effects)), statuses=allowed)
    by_effect: dict[str, set[str]] = {}
    for row in rows:
        by_effect.setdefault(row.effect, set()).add(row.cause)
    return {effect: frozenset(causes) for effect, causes in by_effect.items()}


async def mark_counted(tx: Transaction, episodes: Iterable[str]) -> None:
    await tx.run(UPSERT_COUNTED, ids=sorted(set(episodes)))


async def overdue(graph: Graph, since: datetime, until: datetime, limit: int) -> list[Due]:
    """Incidents of every workspace with uncounted episodes that started in the span."""
    return await graph.fetch(
        FIND_OVERDUE, since=since, until=until, seen_prefix=SEEN_PREFIX, limit=limit
    )


async def foldable(graph: Graph, before: datetime, limit: int) -> list[Due]:
    """Edges of every workspace with observations from before a time."""
    return await graph.fetch(FIND_FOLDABLE, before=before, limit=limit)


async def read_old(tx: Transaction, edge: str, until: datetime) -> list[Evidence]:
    """Observations about `edge` up to `until`, as the transaction sees them."""
    return await tx.run(FIND_OLD, edge=edge, until=until)


async def expire(tx: Transaction, ids: Sequence[str]) -> None:
    """Delete evidence that was folded."""
    await tx.run(EXPIRE_EVIDENCE, ids=sorted(ids))


async def expire_faded(graph: Graph, before: datetime, *, comparisons: int, limit: int) -> int:
    """Delete proposals that nothing has supported since `before`, or whose order in `comparisons`
    cases or more speaks against them; returns how many of at most `limit`."""
    return sum(
        await graph.execute(EXPIRE_FADED, before=before, comparisons=comparisons, limit=limit)
    )


async def candidates(graph: Graph, *, after: str = "", limit: int = 10_000) -> list[Candidate]:
    """A page of undecided claims with opportunities, in the order of keys, behind `after`."""
    rows = await graph.fetch(FIND_CANDIDATES, after=after, limit=limit)
    return [row.to_domain() for row in rows]


async def page(
    graph: Graph, edge: str, *, after: tuple[datetime, str] | None = None, limit: int = 1_000
) -> list[Evidence]:
    """Evidence about one edge, newest first, behind the piece at (time, id)."""
    before, before_id = after or (_END_OF_TIME, "")
    return await graph.fetch(FIND_PAGE, edge=edge, before=before, before_id=before_id, limit=limit)
