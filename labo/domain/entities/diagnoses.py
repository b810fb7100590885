"""What a diagnosis answers. Computing it is `labo/domain/diagnosis/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    CONFIRMED = "CONFIRMED"
    LIKELY = "LIKELY"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_PROBLEM = "NO_PROBLEM"


class ReasonKind(StrEnum):
    """Every reason is a structured value; `Reason.sentence` renders it, nothing is free text."""

    DEVIATION = "deviation"
    NO_ANOMALOUS_DEPENDENCY = "no_anomalous_dependency"
    REACHABLE = "reachable"
    ASSOCIATION = "association"
    EARLIEST_ONSET = "earliest_onset"
    KNOWN_EDGE = "known_edge"
    EXPLAINED_BY = "explained_by"
    NOT_DEVIATING = "not_deviating"
    NOT_REACHABLE = "not_reachable"
    NO_DATA = "no_data"
    NO_SUCH_METRIC = "no_such_metric"
    TOO_FEW_SAMPLES = "too_few_samples"
    TARGET_NORMAL = "target_normal"
    NO_KNOWLEDGE = "no_knowledge"
    LEFT_OUT = "left_out"
    SIGNATURE_MATCHED = "signature_matched"
    SIGNATURE_FITS = "signature_fits"
    SIGNATURE_DIFFERS = "signature_differs"
    WEIGHT_SPEAKS = "weight_speaks"
    READING_MISSING = "reading_missing"
    UNKNOWN_PROBLEM = "unknown_problem"


@dataclass(frozen=True, slots=True)
class Reason:
    """`values` are the figures and names the sentence is rendered from."""

    kind: ReasonKind
    values: Mapping[str, str | float | int] = field(default_factory=dict)


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
