"""Composition root: the only place that names concrete adapters.

`build(settings)` opens what a process needs and returns an `App`; `app.workspace(name)` gives
the services bound to one tenant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import redis.asyncio as redis

from graph.client import Graph
from graph.driver import open_driver
from graph.tokens import Tokens
from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.embedder.ollama import OllamaEmbedder
from labo.adapters.embedder.sentence_transformers import SentenceTransformersEmbedder
from labo.adapters.incident_changes import IncidentChanges
from labo.adapters.jobs import CeleryJobs
from labo.adapters.llm.anthropic import AnthropicModel
from labo.adapters.llm.ollama import OllamaModel
from labo.adapters.llm.scripted import ScriptedModel
from labo.adapters.notifier.log import LogNotifier
from labo.adapters.notifier.webhook import WebhookNotifier
from labo.adapters.outgoing import OutgoingPolicy
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.adapters.telemetry.stream import StreamSink
from labo.adapters.templates import load_templates
from labo.errors import InvalidInput
from labo.ports.embedder import Embedder
from labo.ports.llm import LanguageModel
from labo.ports.notifier import Notifier
from labo.services.cases import CaseService
from labo.services.causes import CauseService
from labo.services.diagnosis import DiagnosisService
from labo.services.edges import EdgeService
from labo.services.escalation import EscalationService
from labo.services.events import EventService, EventStore
from labo.services.group_commit import GroupCommit
from labo.services.incidents import IncidentService
from labo.services.knowledge import KnowledgeService
from labo.services.ladder import Ladder
from labo.services.linking import LinkingService
from labo.services.memory import MemoryService
from labo.services.metric_sets import MetricSetService
from labo.services.notifications import NotificationService
from labo.services.problems import ProblemService
from labo.services.tokens import TokenService
from labo.settings import Settings


@dataclass(frozen=True)
class Services:
    """Every use case of one workspace. One field per topic."""

    graph: Graph
    tokens: TokenService
    events: EventService
    linking: LinkingService
    incidents: IncidentService
    causes: CauseService
    diagnosis: DiagnosisService
    cases: CaseService
    edges: EdgeService
    knowledge: KnowledgeService
    metric_sets: MetricSetService
    problems: ProblemService
    memory: MemoryService
    escalation: EscalationService
    notifications: NotificationService


@dataclass
class App:
    """What one process holds open. Bound to one event loop; close it on the same loop."""

    settings: Settings
    graph: Graph
    redis: redis.Redis
    jobs: CeleryJobs
    event_store: EventStore
    group_commit: GroupCommit
    telemetry: SqlTelemetryStore
    embedder: Embedder
    ladder: Ladder
    notifiers: list[Notifier]
    _services: dict[str, Services] = field(default_factory=dict)

    def workspace(self, name: str | None = None) -> Services:
        """The services of `name`, by default the configured workspace; built once each."""
        chosen = name or self.settings.workspace
        if chosen not in self._services:
            self._services[chosen] = self._compose(chosen)
        return self._services[chosen]

    def _compose(self, workspace: str) -> Services:
        graph = self.graph.scoped(workspace)
        publish = IncidentChanges(self.redis, workspace).publish
        memory = MemoryService(graph, self.embedder)
        return Services(
            graph=graph,
            tokens=TokenService(Tokens(graph), workspace),
            events=EventService(workspace, self.group_commit),
            linking=LinkingService(graph, self.jobs, publish),
            incidents=IncidentService(graph, publish),
            causes=CauseService(graph, publish),
            diagnosis=DiagnosisService(graph, self.telemetry, publish),
            cases=CaseService(graph, StreamSink(self.redis)),
            edges=EdgeService(graph),
            knowledge=KnowledgeService(graph),
            metric_sets=MetricSetService(graph),
            problems=ProblemService(graph),
            memory=memory,
            escalation=EscalationService(graph, memory, self.ladder, publish),
            notifications=NotificationService(graph, self.notifiers),
        )

    async def close(self) -> None:
        """Await what was promised, then let go of the connections."""
        await self.group_commit.stop()
        await self.event_store.settle()
        self.jobs.close()
        await self.graph.close()
        await self.redis.aclose()
        self.telemetry.close()


async def build(settings: Settings) -> App:
    """Open connections lazily; raises InvalidInput when a needed setting is missing."""
    neo4j = settings.neo4j
    if not neo4j.uri or not neo4j.password or not settings.redis.url:
        raise InvalidInput(
            "no graph database or no Redis is configured",
            where="LABO_NEO4J__URI, LABO_NEO4J__PASSWORD, LABO_REDIS__URL",
            hint="start the embedded ones with `labo up`",
        )
    driver = open_driver(
        neo4j.uri, neo4j.user, neo4j.password.get_secret_value(), timeout_s=neo4j.timeout_s
    )
    graph = Graph(
        driver,
        workspace=settings.workspace,
        database=neo4j.database,
        timeout_s=neo4j.timeout_s,
    )
    redis_url = settings.redis.url.get_secret_value()
    jobs = CeleryJobs(redis_url)
    event_store = EventStore(graph, jobs)
    return App(
        settings=settings,
        graph=graph,
        redis=redis.Redis.from_url(redis_url, decode_responses=True),
        jobs=jobs,
        event_store=event_store,
        group_commit=GroupCommit(event_store.commit, queue_max=settings.api.group_queue_max),
        telemetry=open_telemetry_store(settings),
        embedder=choose_embedder(settings),
        ladder=build_ladder(settings),
        notifiers=choose_notifiers(settings),
    )


def build_ladder(settings: Settings) -> Ladder:
    """The configured rungs over the signed templates. Raises Forbidden for an unsigned one."""
    llm = settings.llm
    n1: LanguageModel | None = None
    n2: LanguageModel | None = None
    if llm.scripted:
        n1 = n2 = ScriptedModel()
    if llm.ollama_url:
        n1 = OllamaModel(llm.ollama_url, llm.ollama_model, timeout_s=llm.timeout_s)
    if llm.anthropic_api_key:
        n2 = AnthropicModel(
            llm.anthropic_api_key.get_secret_value(),
            llm.anthropic_model,
            base_url=llm.anthropic_base_url,
            timeout_s=llm.timeout_s,
        )
    return Ladder(load_templates(), n1, n2)


def choose_embedder(settings: Settings) -> Embedder:
    """Raises InvalidInput when the chosen embedder's model or extra is missing."""
    chosen = settings.embedder
    match chosen.name:
        case "hashed":
            return HashedEmbedder()
        case "ollama" if settings.llm.ollama_url:
            return OllamaEmbedder(
                settings.llm.ollama_url,
                chosen.model or "nomic-embed-text",
                dimensions=chosen.dimensions,
                timeout_s=settings.llm.timeout_s,
            )
        case "sentence_transformers" if chosen.model:
            return SentenceTransformersEmbedder(chosen.model)
    raise InvalidInput(
        f"the embedder {chosen.name} lacks its model or address",
        where="LABO_EMBEDDER__MODEL, LABO_LLM__OLLAMA_URL",
    )


def choose_notifiers(settings: Settings) -> list[Notifier]:
    """The log, and the webhook when one is set. Raises InvalidInput for a URL without a secret."""
    notify = settings.notify
    if notify.webhook_url is None:
        return [LogNotifier()]
    if notify.webhook_secret is None:
        raise InvalidInput("a webhook needs a secret", where="LABO_NOTIFY__WEBHOOK_SECRET")
    url = notify.webhook_url.get_secret_value()
    policy = OutgoingPolicy(
        hosts=frozenset({(urlsplit(url).hostname or "").lower()}),
        allow_http=notify.allow_http,
        allow_private=notify.allow_private,
    )
    webhook = WebhookNotifier(url, notify.webhook_secret.get_secret_value(), policy)
    return [LogNotifier(), webhook]


def open_telemetry_store(settings: Settings) -> SqlTelemetryStore:
    """The configured telemetry store, by default an SQLite file in the data folder.

    Everyone may read it; only the stream process may append (others use `StreamSink`).
    """
    url = settings.telemetry.url
    default = f"sqlite:///{settings.data_dir.absolute() / 'telemetry.db'}"
    return SqlTelemetryStore.open(url.get_secret_value() if url else default)
