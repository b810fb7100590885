"""What a diagnosis answers. Computing it is `labo/domain/diagnosis/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from labo.domain.entities.reasons import Reason


class Verdict(StrEnum):
    CONFIRMED = "CONFIRMED"
    LIKELY = "LIKELY"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_PROBLEM = "NO_PROBLEM"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A hypothesis `problem@component`; `problem` is its title, None where no known one fits.

    Of two problems at once each has half of the probability that both are the cause.
    """

    component: str
    problem: str | None
    probability: float
    reasons: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    problem_key: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """From the cause (first) to the target (last): component names, with each hop's condition."""

    components: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A component, or one known problem (`problem_key`) on it, that is not the cause."""

    component: str
    reason: Reason
    problem_key: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The pure answer for one case; suspects strongest first, probabilities at most 1 in sum.

    `next_metric` is `component:metric` whose reading would help most, or None.
    """

    case: str
    verdict: Verdict
    suspects: tuple[Suspect, ...]
    chains: tuple[Chain, ...]
    ruled_out: tuple[RuledOut, ...]
    missing: tuple[Reason, ...]
    next_metric: str | None
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One kept analysis of one incident. `model_version` names the algorithm's version."""

    id: str
    incident: str
    method: str
    model_version: str
    analysis: Analysis
    created_at: datetime | None = None
