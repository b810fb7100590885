"""Causal edges as claims with evidence (design/causality.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from labo.domain.causality.tallies import Tally
from labo.domain.entities.keys import digest


class Relation(StrEnum):
    """What the cause's component is to the effect's, so that the claim transfers."""

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


KNOWN = (EdgeStatus.SUPPORTED, EdgeStatus.VALIDATED)
"""Statuses of claims backed by observation, experiments or a person."""


class EvidenceKind(StrEnum):
    OBSERVATION = "observation"
    INTERVENTION = "intervention"
    HUMAN = "human"
    IMPORTED = "imported"
    MODEL = "model"


class Outcome(StrEnum):
    """What an opportunity showed: the effect followed, did not, or had begun before the cause.

    `TOGETHER` is not an opportunity: the co-occurrence suggested the claim. It moves the belief a
    little and counts in no rate, since a claim is not tested on the data that suggested it.
    """

    HIT = "hit"
    MISS = "miss"
    EARLY = "early"
    TOGETHER = "together"


PRIOR_PROBABILITY = 0.2
"""Belief in a claim before any evidence (design/causality.md, section 2)."""

MAX_LAG_S = 300.0
"""How long after the cause's onset an effect counts as following, in seconds, unless a claim states
otherwise. By judgement: alerts on one cause arrive within minutes; incidents are grouped by the
same interval."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for (`polarity` +1) or against (-1) a causal edge.

    `id` derives from the evidence's origin, so recording it again changes nothing. A model's
    statement has weight 0: it only proposes. `origin` is the id of the occurrence, decision or
    finding that it comes from, where there is one.

    An observed opportunity has an `outcome`, the `gap` in seconds from the cause's onset to the
    effect's nearest one and its `order` (1 cause first, -1 effect first, 0 too close to tell);
    `exposure` is how many seconds before it were free of any known cause, `onsets` how often the
    effect began in them, and `company` the keys of the other active problems. A series of paired
    runs has `pairs`, the sum of their differences in `effect`, and that of their squares.
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
    outcome: Outcome | None = None
    gap: float | None = None
    order: int = 0
    exposure: float = 0.0
    onsets: int = 0
    company: tuple[str, ...] = ()
    pairs: int = 0
    effect: float = 0.0
    effect_squares: float = 0.0


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Who or what moved a claim's status, when (event time), and why."""

    at: datetime
    by: str
    before: EdgeStatus
    after: EdgeStatus
    why: str


@dataclass(frozen=True, slots=True)
class CausalEdge:
    """Claim: `cause` brings about `effect` (problem keys) within `lag_low..lag_high` seconds.

    `strength` is P(effect follows | cause) with its 95 % interval; `probability` is the belief
    that the claim is causal at all; the two are never mixed. `leak` is how often the effect begins
    by itself within `max_lag` plus 30 seconds, `leak_high` its 95 % upper bound; 0 and 1 where not
    known. Opportunities are evaluated within `max_lag` seconds; the lag is estimated from them.
    `e_value` is the evidence against chance; in `in_order` of `order_comparisons` opportunities the
    cause came first. All figures are as of `as_of` and follow from `tallies` (per system) and the
    decision; `tallies` sum the `checkpoint`, which includes everything up to `folded_until`, and
    the stored evidence.

    `confounded_by` names common causes (problem keys) that may explain all of it, `explained`
    is whether one does; `refuted_in` the systems where experiments showed no effect. `version`
    guards decisions against lost updates; 0 means not saved yet.
    """

    key: str
    cause: str
    effect: str
    relation: Relation
    lag_low: float = 0.0
    lag_high: float = MAX_LAG_S
    max_lag: float = MAX_LAG_S
    hits: int = 0
    misses: int = 0
    strength: float = 0.5
    strength_low: float = 0.025
    strength_high: float = 0.975
    leak: float = 0.0
    leak_high: float = 1.0
    e_value: float = 1.0
    in_order: int = 0
    order_comparisons: int = 0
    probability: float = PRIOR_PROBABILITY
    status: EdgeStatus = EdgeStatus.PROPOSED
    version: int = 0
    as_of: datetime | None = None
    confounded_by: tuple[str, ...] = ()
    explained: bool = False
    refuted_in: tuple[str, ...] = ()
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    checkpoint: Mapping[str, Tally] = field(default_factory=dict)
    folded_until: datetime | None = None
    history: tuple[StatusChange, ...] = ()

    @property
    def order_share(self) -> float | None:
        """Share of the ordered opportunities in which the cause came first; None without any."""
        return self.in_order / self.order_comparisons if self.order_comparisons else None


def edge_key(cause: str, effect: str, relation: Relation) -> str:
    """A claim is identified by its cause, its effect and their relation."""
    return digest("edge", cause, effect, relation.value, length=24)
