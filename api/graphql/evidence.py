"""Evidence about causal edges: single pieces, counts per system, changes of status."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.pagination import NodeType
from labo.domain.causality.counting import as_of_day, faded
from labo.domain.causality.edges import (
    CausalEdge,
    EdgeStatus,
    Evidence,
    EvidenceKind,
    Outcome,
    StatusChange,
)
from labo.domain.causality.interventions import effect_in
from labo.domain.causality.strength import within
from labo.domain.causality.tallies import moment


@strawberry.type(name="Evidence", description="One piece of evidence for or against a claim.")
class EvidenceType(NodeType):
    kind: EvidenceKind
    polarity: int = strawberry.field(description="1: for the claim, -1: against it.")
    weight: float = strawberry.field(description="0 to 1; a model's statement has 0.")
    observed_at: datetime
    summary: str
    system: str
    provoked: bool = strawberry.field(description="Seen while a fault was injected on purpose.")
    origin: str | None = strawberry.field(
        description="Id of the occurrence, decision, finding or experiment that it comes from."
    )
    outcome: Outcome | None = strawberry.field(
        description="Of an observation; null for any other evidence."
    )
    gap: float | None = strawberry.field(
        description="Seconds from the cause's onset to the effect's nearest one, below 0 when that "
        "came first; null when none was near."
    )
    order: int = strawberry.field(
        description="1: the cause started first, -1: the effect, 0: too close to decide."
    )
    pairs: int = strawberry.field(description="Paired runs of an experiment.")
    effect: float = strawberry.field(description="Sum of their differences, -1 to 1 each.")

    @classmethod
    def from_domain(cls, evidence: Evidence) -> EvidenceType:
        return cls(
            key=evidence.id,
            kind=evidence.kind,
            polarity=evidence.polarity,
            weight=evidence.weight,
            observed_at=evidence.observed_at,
            summary=evidence.summary,
            system=evidence.system,
            provoked=evidence.provoked,
            origin=evidence.origin,
            outcome=evidence.outcome,
            gap=evidence.gap,
            order=evidence.order,
            pairs=evidence.pairs,
            effect=evidence.effect,
        )


@strawberry.type(
    name="EdgeStatusChange", description="A change of a claim's status: by whom or what, and why."
)
class StatusChangeType:
    at: datetime = strawberry.field(description="Event time.")
    by: str
    before: EdgeStatus
    after: EdgeStatus
    why: str

    @classmethod
    def from_domain(cls, change: StatusChange) -> StatusChangeType:
        return cls(
            at=change.at, by=change.by, before=change.before, after=change.after, why=change.why
        )


@strawberry.type(name="EdgeInSystem", description="The evidence of one system about a claim.")
class SystemFiguresType:
    system: str
    hits: int
    misses: int
    strength: float = strawberry.field(
        description="P(effect follows | cause) there, shrunk towards that of all systems."
    )
    strength_low: float = strawberry.field(description="Lower end of its 95 % interval.")
    strength_high: float = strawberry.field(description="Upper end of its 95 % interval.")
    onsets: int = strawberry.field(description="How often the effect started during `exposure`.")
    exposure: float = strawberry.field(description="Seconds observed without a known cause.")
    pairs: int = strawberry.field(description="Paired runs of experiments.")
    effect: float = strawberry.field(
        description="Their mean difference, shrunk towards 0 by two pairs without any."
    )
    effect_low: float = strawberry.field(description="Lower end of its 95 % interval.")
    effect_high: float = strawberry.field(description="Upper end of its 95 % interval.")
    as_of: datetime | None = strawberry.field(description="Event time of the latest evidence.")


def figures_by_system(edge: CausalEdge) -> list[SystemFiguresType]:
    """One per system with evidence, by name."""
    day = as_of_day(edge.tallies)
    recent = {system: faded(tally, day) for system, tally in edge.tallies.items()}
    rates = within({system: (f.hits, f.misses) for system, f in recent.items()})
    figures = []
    for system, tally in sorted(edge.tallies.items()):
        shown, rate = effect_in(tally), rates[system]
        figures.append(
            SystemFiguresType(
                system=system,
                hits=tally.hits,
                misses=tally.misses,
                strength=rate.mean,
                strength_low=rate.low,
                strength_high=rate.high,
                onsets=tally.onsets,
                exposure=float(tally.exposure),
                pairs=shown.pairs,
                effect=shown.mean,
                effect_low=shown.low,
                effect_high=shown.high,
                as_of=moment(tally.last_ms) if tally.last_ms else None,
            )
        )
    return figures
