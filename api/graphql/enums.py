"""The domain's enums, made known to Strawberry; resolvers annotate with the domain's own names."""

from __future__ import annotations

from enum import Enum

import strawberry

from labo.domain.causality.edges import EdgeStatus, EvidenceKind, Outcome, Relation
from labo.domain.entities.conditions import Direction
from labo.domain.entities.diagnoses import Method, Verdict
from labo.domain.entities.keys import KeyKind
from labo.domain.entities.problems import ProblemKind, ProblemStatus
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.severity import Severity
from labo.domain.escalation.blocks import BlockReason
from labo.domain.escalation.economy import Period
from labo.domain.escalation.executions import ExecutionKind, ExecutionStatus
from labo.domain.escalation.proposals import (
    DecisionVerdict,
    EscalationLevel,
    ProposalStatus,
)
from labo.domain.escalation.stages import Stage
from labo.domain.escalation.verification_outcomes import VerificationOutcome
from labo.domain.governance.accounts import BudgetPeriod
from labo.domain.governance.audit import AuditKind
from labo.domain.governance.autonomy import Autonomy
from labo.domain.governance.budgets import BudgetRefusal, BudgetStage, BudgetUnit
from labo.domain.governance.llm_calls import ModelLevel
from labo.domain.governance.risk import RiskLevel
from labo.domain.governance.templates import TemplateKind, TemplateStatus
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.events import EventStatus
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.lab.paired_runs import ExperimentVerdict
from labo.domain.lab.results import ExperimentStatus
from labo.domain.lab.scenarios import TreatmentKind
from labo.domain.metric_sets.plans import Stop
from labo.domain.metric_sets.sets import Purpose, RemedyKind, State

NAMED_AS_IN_DOMAIN: tuple[type[Enum], ...] = (
    AuditKind,
    Autonomy,
    BlockReason,
    BudgetPeriod,
    BudgetRefusal,
    BudgetStage,
    BudgetUnit,
    DecisionVerdict,
    EdgeStatus,
    EventStatus,
    EvidenceKind,
    ExecutionKind,
    ExecutionStatus,
    ExperimentStatus,
    ExperimentVerdict,
    IncidentStatus,
    KeyKind,
    Period,
    ModelLevel,
    ProblemKind,
    ProblemStatus,
    ProposalStatus,
    ReasonKind,
    Relation,
    RiskLevel,
    EscalationLevel,
    Severity,
    TemplateKind,
    TemplateStatus,
    TreatmentKind,
    Verdict,
    VerificationOutcome,
)


def register_enums() -> None:
    """Once, before the schema is built."""
    for known in NAMED_AS_IN_DOMAIN:
        strawberry.enum(known)
    strawberry.enum(
        Method,
        name="DiagnosisMethod",
        description="How the leading suspect was identified.",
    )
    strawberry.enum(ActKind, name="IncidentActKind")
    strawberry.enum(Outcome, name="OpportunityOutcome")
    strawberry.enum(State, name="MetricState")
    strawberry.enum(Purpose, name="MetricPurpose")
    strawberry.enum(RemedyKind, name="MetricRemedyKind")
    strawberry.enum(Stop, name="PlanStop")
    strawberry.enum(Stage, name="EscalationStage")
    strawberry.enum(Direction, name="ConditionDirection")
