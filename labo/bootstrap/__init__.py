"""Composition root: the only place that names concrete adapters.

`build(settings)` opens what a process needs and returns an `App`; `app.workspace(name)` gives
the services bound to one tenant.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as redis

from graph.client import Graph
from graph.events import Events
from graph.memory import Memory
from labo.adapters.engine.scenario_files import bundled_scenarios
from labo.adapters.engine.scenario_runner import EngineScenarioRunner
from labo.adapters.jobs import CeleryJobs
from labo.adapters.metric_source.beside_store import ReaderBesideSource, RecentBesideSource
from labo.adapters.set_solver.process import ProcessSolver
from labo.adapters.set_solver.thread import ThreadSolver
from labo.adapters.telemetry.log_rate_reader import ReaderWithLogRates
from labo.adapters.telemetry.recent import StoredRecentTelemetry
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import StreamSink
from labo.adapters.templates import load_templates
from labo.adapters.valkey.connections import open_client, open_listener
from labo.adapters.valkey.experience_stream import ExperienceStream
from labo.adapters.valkey.incident_changes import ChangeListener, IncidentChanges
from labo.adapters.valkey.lease import Lease
from labo.bootstrap.choices import (
    choose_embedder,
    choose_metric_source,
    choose_notifiers,
)
from labo.bootstrap.escalation import compose_escalation
from labo.bootstrap.executors import choose_executors
from labo.bootstrap.governance import Governance, open_governance
from labo.bootstrap.models import Models, build_budget, open_models
from labo.bootstrap.services import Services
from labo.bootstrap.solutions import build_solutions
from labo.bootstrap.stores import open_graph, open_telemetry_store
from labo.domain.escalation.action_look import VerificationLimits
from labo.domain.governance.llm_calls import ModelLevel
from labo.domain.incidents.events import Event
from labo.errors import InvalidInput
from labo.ports.embedder import Embedder
from labo.ports.metric_source import MetricSource
from labo.ports.notifier import Notifier
from labo.ports.recent_telemetry import RecentTelemetry
from labo.ports.set_solver import SetSolver
from labo.ports.telemetry import TelemetryReader
from labo.services.access.tokens import TokenService
from labo.services.causality.edges import EdgeService
from labo.services.causality.evidence import EvidenceService
from labo.services.causality.problems import ProblemService
from labo.services.diagnosis.cases import IncidentCases
from labo.services.diagnosis.diagnosis import DiagnosisService
from labo.services.escalation.executors import Executors
from labo.services.escalation.memory import MemoryService
from labo.services.escalation.reports import ReportService
from labo.services.escalation.verification import VerificationService
from labo.services.incidents.cause_labels import CauseLabels
from labo.services.incidents.confirmed_causes import CauseService
from labo.services.incidents.incidents import IncidentService
from labo.services.incidents.notifications import NotificationService
from labo.services.incidents.regrouping import RegroupingService
from labo.services.incidents.traces import CausalTraceService
from labo.services.ingest.events import EventService, EventStore
from labo.services.ingest.group_commit import BATCH, GroupCommit
from labo.services.ingest.linking import LinkingService
from labo.services.ingest.topology import TelemetryService
from labo.services.knowledge.exchange import KnowledgeService
from labo.services.knowledge.imports import CaseService
from labo.services.knowledge.labelled_incidents import LabellingService
from labo.services.knowledge.learnt_cache import LearntCache
from labo.services.knowledge.reader import KnowledgeReader
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.lab.experiments import ExperimentService
from labo.services.lab.reports import LabReportService
from labo.services.lab.runs import LabRunService
from labo.services.learning.learner import LearningService
from labo.services.metric_sets.metric_sets import MetricSetService
from labo.services.metric_sets.selection import MetricSelectionService
from labo.settings import ApiSettings, Settings

__all__ = ["App", "Services", "build", "build_for_api"]

REDIS_TIMEOUT_S = 5.0
"""Of a command. Above the second for which the stream process lets one wait for new entries."""
API_REDIS_TIMEOUT_S = 2.0
"""Two of them, as when a connection is lost and made anew, end within the time of an answer."""


@dataclass
class App:
    """What one process holds open. Bound to one event loop; close it on the same loop."""

    settings: Settings
    graph: Graph
    redis: redis.Redis
    changes: ChangeListener
    jobs: CeleryJobs
    event_store: EventStore
    group_commit: GroupCommit
    telemetry: SqlTelemetryStore
    embedder: Embedder
    models: Models
    executors: Executors
    notifiers: list[Notifier]
    set_solver: SetSolver
    governance: Governance
    metric_source: MetricSource | None = None
    _services: dict[str, Services] = field(default_factory=dict)

    @property
    def recent_telemetry(self) -> RecentTelemetry:
        """What detection watches."""
        stored = StoredRecentTelemetry(self.telemetry)
        if self.metric_source is None:
            return stored
        return RecentBesideSource(stored, self.metric_source, self.settings.workspace)

    @property
    def telemetry_reader(self) -> TelemetryReader:
        """What a diagnosis reads: the store with its log rates, a metric source's beside it."""
        stored = ReaderWithLogRates(self.telemetry, StoredRecentTelemetry(self.telemetry))
        if self.metric_source is None:
            return stored
        return ReaderBesideSource(stored, self.metric_source, self.settings.workspace)

    def workspace(self, name: str | None = None) -> Services:
        """The services of `name`, by default the configured workspace; built once each."""
        chosen = name or self.settings.workspace
        if chosen not in self._services:
            self._services[chosen] = self._compose(chosen)
        return self._services[chosen]

    async def accept(self, workspace: str, events: Sequence[Event]) -> None:
        """Take events of our own in. Raises Unavailable."""
        await self.workspace(workspace).events.accept(events)

    def _compose(self, workspace: str) -> Services:
        graph = self.graph.scoped(workspace)
        publish, cases = IncidentChanges(self.redis, workspace).publish, self._cases(graph)
        memory, learning, edges = self._memory(graph), self._learning(graph), EdgeService(graph)
        runner, training_examples = EngineScenarioRunner(), TrainingSetReader(graph)
        known = KnowledgeReader(graph, learning, training_examples, LearntCache())
        labels, causes = LabellingService(graph, learning, known), CauseLabels(graph, cases, known)
        evidence, metric_sets = EvidenceService(graph), MetricSetService(graph, self.set_solver)
        experiments = ExperimentService(graph, evidence, runner, bundled_scenarios, self.jobs)
        return Services(
            graph=graph,
            tokens=TokenService(graph),
            events=EventService(workspace, self.group_commit),
            linking=LinkingService(graph, self.jobs, publish),
            incidents=IncidentService(graph, publish),
            regrouping=RegroupingService(graph, self.jobs, publish),
            causes=CauseService(graph, causes, learning, self.jobs, publish),
            diagnosis=DiagnosisService(graph, cases, known, self.jobs, publish),
            cases=CaseService(graph, StreamSink(self.redis)),
            edges=edges,
            evidence=evidence,
            experiments=experiments,
            knowledge=KnowledgeService(graph, learning, training_examples),
            lab_reports=LabReportService(graph, learning, metric_sets),
            lab_runs=LabRunService(graph, runner, experiments, labels, learning, known),
            learning=learning,
            labelled_incidents=labels,
            metric_sets=metric_sets,
            problems=ProblemService(graph),
            memory=memory,
            **self._acting(graph, memory, learning, cases, edges, publish),
            notifications=NotificationService(graph, self.notifiers),
            telemetry=TelemetryService(graph),
            metric_selection=MetricSelectionService(graph, learning, training_examples),
            causal_traces=CausalTraceService(graph, self.telemetry.traces_of),
        )

    def _acting(
        self,
        graph: Graph,
        memory: MemoryService,
        learning: LearningService,
        cases: IncidentCases,
        edges: EdgeService,
        publish: Callable[[str], Awaitable[None]],
    ) -> dict[str, Any]:
        """The services of the escalation and what bounds it, by their names in `Services`."""
        budget, governance = build_budget(self.settings, graph), self.governance.services(graph)
        solutions = build_solutions(graph, memory, learning, self.jobs, publish)
        expert = self.models.pool(ModelLevel.N3, budget)
        parts = compose_escalation(
            graph,
            memory=memory,
            solutions=solutions.known,
            learning=learning,
            model_escalation=self.models.escalation(budget),
            governance=governance,
            executors=self.executors,
            verifier=self._verifier(graph, cases, edges),
            sender=self.jobs,
            publish=publish,
            settings=self.settings.escalation,
        )
        return {
            **vars(parts),
            "budget": budget,
            "governance": governance,
            "reports": ReportService(graph, Events(graph), load_templates(), expert),
            "solutions": solutions,
        }

    def _cases(self, graph: Graph) -> IncidentCases:
        return IncidentCases(graph, self.telemetry_reader, self.settings.detection.lateness_s)

    def _verifier(
        self, graph: Graph, cases: IncidentCases, edges: EdgeService
    ) -> VerificationService:
        one = self.settings.escalation
        limits = VerificationLimits(settle_s=one.settle_s, hold_s=one.hold_s)
        return VerificationService(graph, cases, edges, limits)

    def _memory(self, graph: Graph) -> MemoryService:
        embedder = self.embedder
        return MemoryService(graph, Memory(graph, embedder.name, embedder.dimensions), embedder)

    def _learning(self, graph: Graph) -> LearningService:
        return LearningService(
            graph,
            Lease(self.redis, f"learner:{graph.workspace}").held,
            ExperienceStream(self.redis).announce,
        )

    async def close(self) -> None:
        """Await what was promised, then let go of the connections."""
        await self.group_commit.stop()
        await self.event_store.settle()
        self.jobs.close()
        await self.set_solver.close()
        await self.graph.close()
        await self.changes.close()
        await self.redis.aclose()
        self.telemetry.close()


async def build_for_api(settings: Settings) -> App:
    """As `build`, with a process beside this one that solves minimal metric sets, and with less
    patience: no answer of the API waits longer for Redis."""
    return await build(settings, set_solver=ProcessSolver(), redis_timeout_s=API_REDIS_TIMEOUT_S)


async def build(
    settings: Settings,
    *,
    set_solver: SetSolver | None = None,
    redis_timeout_s: float = REDIS_TIMEOUT_S,
) -> App:
    """What a process needs. Neo4j and Redis are connected to at use, the telemetry store at once.
    `set_solver` None solves in threads of this process. Raises InvalidInput when a needed setting
    is missing, Forbidden for an unsigned template, Unavailable without its telemetry store.
    """
    neo4j = settings.neo4j
    if not neo4j.uri or not neo4j.password or not settings.redis.url:
        raise InvalidInput(
            "no graph database or no Redis is configured",
            where="LABO_NEO4J__URI, LABO_NEO4J__PASSWORD, LABO_REDIS__URL",
            hint="start the embedded ones with `labo up`",
        )
    graph = open_graph(settings, neo4j.uri, neo4j.password.get_secret_value())
    redis_url = settings.redis.url.get_secret_value()
    client, jobs = open_client(redis_url, timeout_s=redis_timeout_s), CeleryJobs(redis_url)
    event_store = EventStore(graph, jobs)
    return App(
        settings=settings,
        graph=graph,
        redis=client,
        changes=ChangeListener(open_listener(redis_url, timeout_s=redis_timeout_s), client),
        jobs=jobs,
        event_store=event_store,
        group_commit=GroupCommit(event_store.commit, queue_max=_queue_max(settings.api)),
        telemetry=open_telemetry_store(settings),
        embedder=choose_embedder(settings),
        models=open_models(settings),
        executors=choose_executors(settings).executors,
        notifiers=choose_notifiers(settings),
        set_solver=set_solver or ThreadSolver(),
        governance=open_governance(settings.governance),
        metric_source=choose_metric_source(settings),
    )


def _queue_max(api: ApiSettings) -> int:
    """This process's part of the events that may wait; at least one full commit's."""
    return max(api.group_queue_max // api.processes, min(api.group_queue_max, BATCH))
