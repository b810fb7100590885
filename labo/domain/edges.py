"""Causal edges as claims with evidence (design/causality.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from labo.domain.keys import digest


class Relation(StrEnum):
    """Where the cause sits, seen from the effect, so that the claim transfers."""

    SAME = "same"
    CALLEE = "callee"
    CALLER = "caller"
    HOST = "host"
    SHARED = "shared"


class EdgeStatus(StrEnum):
    PROPOSED = "proposed"
    SUPPORTED = "supported"
    VALIDATED = "validated"
    REFUTED = "refuted"


class EvidenceKind(StrEnum):
    OBSERVATION = "observation"
    INTERVENTION = "intervention"
    HUMAN = "human"
    IMPORTED = "imported"
    MODEL = "model"


PRIOR_PROBABILITY = 0.2
"""Belief in a claim before any evidence (design/causality.md, section 2)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for (`polarity` +1) or against (-1) a causal edge.

    `id` derives from the evidence's origin, so recording it again changes nothing. A model's
    statement has weight 0: it proposes only. `origin` is the id of the occurrence, decision or
    finding that it comes from, where there is one.
    """

    id: str
    edge: str
    kind: EvidenceKind
    polarity: int
    weight: float
    observed_at: datetime
    summary: str
    system: str = "default"
    provoked: bool = False
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class CausalEdge:
    """Claim: `cause` brings about `effect` (problem keys) within `lag_low..lag_high` seconds.

    `strength` is P(effect follows | cause), Beta mean of hits and misses; `probability` is the
    belief that the claim is causal at all; the two are never mixed. `version` guards decisions;
    0 means not kept yet. `net` is the summed weight of evidence, for minus against, per kind.
    """

    key: str
    cause: str
    effect: str
    relation: Relation
    lag_low: float = 0.0
    lag_high: float = 300.0
    hits: int = 0
    misses: int = 0
    strength: float = 0.5
    leak: float = 0.0
    probability: float = PRIOR_PROBABILITY
    status: EdgeStatus = EdgeStatus.PROPOSED
    version: int = 0
    net: Mapping[str, float] = field(default_factory=dict)
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


def edge_key(cause: str, effect: str, relation: Relation) -> str:
    """A claim is its cause, its effect and their relation."""
    return digest("edge", cause, effect, relation.value, length=24)


def strength(hits: int, misses: int) -> float:
    """Mean of Beta(1 + hits, 1 + misses)."""
    return (1 + hits) / (2 + hits + misses)
