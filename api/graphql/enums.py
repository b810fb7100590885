"""The domain's enums, made known to Strawberry; resolvers annotate with the domain's own names."""

from __future__ import annotations

from enum import Enum

import strawberry

from labo.domain.conditions import Direction
from labo.domain.diagnoses import ReasonKind, Verdict
from labo.domain.edges import EdgeStatus, EvidenceKind, Outcome, Relation
from labo.domain.events import EventStatus, Severity
from labo.domain.experiments import ExperimentVerdict
from labo.domain.experiments_results import ExperimentStatus
from labo.domain.incidents import IncidentStatus
from labo.domain.metric_sets import Purpose, RemedyKind, State
from labo.domain.problems import ProblemKind, ProblemStatus
from labo.domain.proposals import DecisionVerdict, ProposalStatus, RiskLevel, Rung
from labo.domain.scenarios import TreatmentKind
from labo.domain.sequential import Stop

NAMED_AS_IN_DOMAIN: tuple[type[Enum], ...] = (
    DecisionVerdict,
    EdgeStatus,
    EventStatus,
    EvidenceKind,
    ExperimentStatus,
    ExperimentVerdict,
    IncidentStatus,
    ProblemKind,
    ProblemStatus,
    ProposalStatus,
    ReasonKind,
    Relation,
    RiskLevel,
    Rung,
    Severity,
    TreatmentKind,
    Verdict,
)


def register_enums() -> None:
    """Once, before the schema is built."""
    for known in NAMED_AS_IN_DOMAIN:
        strawberry.enum(known)
    strawberry.enum(Outcome, name="OpportunityOutcome")
    strawberry.enum(State, name="MetricState")
    strawberry.enum(Purpose, name="MetricPurpose")
    strawberry.enum(RemedyKind, name="MetricRemedyKind")
    strawberry.enum(Stop, name="PlanStop")
    strawberry.enum(Direction, name="ConditionDirection")
