"""Every use case of one workspace."""

from __future__ import annotations

from dataclasses import dataclass

from graph.client import Graph
from labo.bootstrap.solutions import Solutions
from labo.services.access.tokens import TokenService
from labo.services.causality.edges import EdgeService
from labo.services.causality.evidence import EvidenceService
from labo.services.causality.problems import ProblemService
from labo.services.diagnosis.diagnosis import DiagnosisService
from labo.services.escalation.anti_loop import AntiLoopService
from labo.services.escalation.deadlines import DeadlineService
from labo.services.escalation.decisions import DecisionService
from labo.services.escalation.ending import EndingService
from labo.services.escalation.escalation import EscalationService
from labo.services.escalation.executions import ExecutionService
from labo.services.escalation.memory import MemoryService
from labo.services.escalation.reports import ReportService
from labo.services.governance.budget import BudgetService
from labo.services.governance.controls import ControlService
from labo.services.governance.services import GovernanceServices
from labo.services.incidents.confirmed_causes import CauseService
from labo.services.incidents.incidents import IncidentService
from labo.services.incidents.notifications import NotificationService
from labo.services.incidents.regrouping import RegroupingService
from labo.services.incidents.traces import CausalTraceService
from labo.services.ingest.events import EventService
from labo.services.ingest.linking import LinkingService
from labo.services.ingest.topology import TelemetryService
from labo.services.knowledge.exchange import KnowledgeService
from labo.services.knowledge.imports import CaseService
from labo.services.knowledge.labelled_incidents import LabellingService
from labo.services.lab.experiments import ExperimentService
from labo.services.lab.reports import LabReportService
from labo.services.lab.runs import LabRunService
from labo.services.learning.learner import LearningService
from labo.services.metric_sets.metric_sets import MetricSetService
from labo.services.metric_sets.selection import MetricSelectionService


@dataclass(frozen=True)
class Services:
    """Every use case of one workspace. One field per topic."""

    graph: Graph
    tokens: TokenService
    events: EventService
    linking: LinkingService
    incidents: IncidentService
    regrouping: RegroupingService
    causes: CauseService
    diagnosis: DiagnosisService
    cases: CaseService
    edges: EdgeService
    evidence: EvidenceService
    experiments: ExperimentService
    knowledge: KnowledgeService
    lab_reports: LabReportService
    lab_runs: LabRunService
    learning: LearningService
    labelled_incidents: LabellingService
    metric_sets: MetricSetService
    problems: ProblemService
    reports: ReportService
    memory: MemoryService
    solutions: Solutions
    budget: BudgetService
    escalation: EscalationService
    decisions: DecisionService
    executions: ExecutionService
    endings: EndingService
    deadlines: DeadlineService
    controls: ControlService
    anti_loop: AntiLoopService
    notifications: NotificationService
    telemetry: TelemetryService
    metric_selection: MetricSelectionService
    causal_traces: CausalTraceService
    governance: GovernanceServices
