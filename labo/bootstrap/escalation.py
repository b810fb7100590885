"""The services of the escalation, composed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from graph.client import Graph
from labo.domain.escalation.proposals import EscalationLevel
from labo.escalation_settings import EscalationSettings
from labo.ports.jobs import Jobs
from labo.services.escalation.anti_loop import AntiLoopService
from labo.services.escalation.approvals import Approvals
from labo.services.escalation.cases import EscalationCases
from labo.services.escalation.deadlines import DeadlineService
from labo.services.escalation.decisions import DecisionService
from labo.services.escalation.ending import EndingService, Verifier
from labo.services.escalation.escalation import EscalationService
from labo.services.escalation.executions import ExecutionService
from labo.services.escalation.executors import Executors
from labo.services.escalation.known_solutions import KnownSolutionService
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.memory import MemoryService
from labo.services.escalation.writes import EscalationWrites
from labo.services.governance.controls import ControlService
from labo.services.governance.services import GovernanceServices
from labo.services.learning.learner import LearningService


@dataclass(frozen=True)
class EscalationParts:
    """What the escalation of one workspace is made of; each is a field of `Services` too."""

    escalation: EscalationService
    decisions: DecisionService
    executions: ExecutionService
    endings: EndingService
    deadlines: DeadlineService
    controls: ControlService
    anti_loop: AntiLoopService


def compose_escalation(
    graph: Graph,
    *,
    memory: MemoryService,
    solutions: KnownSolutionService,
    learning: LearningService,
    model_escalation: ModelEscalation,
    governance: GovernanceServices,
    executors: Executors,
    verifier: Verifier,
    sender: Jobs,
    publish: Callable[[str], Awaitable[None]],
    settings: EscalationSettings,
) -> EscalationParts:
    cases = EscalationCases(graph, memory, governance.templates, learning)
    writes = EscalationWrites(graph, sender, publish)
    approvals = Approvals(graph, cases, governance, executors, writes)
    anti_loop, gate_s = AntiLoopService(graph), settings.answer_s
    has_n2 = model_escalation.has(EscalationLevel.N2)
    return EscalationParts(
        escalation=EscalationService(
            graph, cases, solutions, model_escalation, approvals, anti_loop, writes, gate_s
        ),
        decisions=DecisionService(graph, cases, approvals, learning, writes, has_n2=has_n2),
        executions=ExecutionService(graph, executors, approvals, anti_loop, writes, has_n2=has_n2),
        endings=EndingService(graph, verifier, writes, gate_s=gate_s, has_n2=has_n2),
        deadlines=DeadlineService(
            graph,
            writes,
            answer=timedelta(seconds=settings.answer_s),
            expiry=timedelta(seconds=settings.expiry_s),
        ),
        controls=ControlService(graph),
        anti_loop=anti_loop,
    )
