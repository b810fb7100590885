"""Which models, embedder and notifiers the settings choose.

Adapters are imported where they are chosen: a model vendor's client takes a second and 60 MB that
a process without that vendor should not pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from graph.client import Graph
from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.notifier.log import LogNotifier
from labo.adapters.templates import load_templates
from labo.errors import InvalidInput
from labo.ports.embedder import Embedder
from labo.ports.llm import LanguageModel
from labo.ports.notifier import Notifier
from labo.services.escalation.levels import ModelEscalation
from labo.services.escalation.reports import EXPERT_TIMEOUT_S, ReportService
from labo.settings import Settings

EXPERT_TOKENS = 8_192
"""Of a report: its lists, full to their limits, in English."""

if TYPE_CHECKING:
    from labo.adapters.metric_source.prometheus import PrometheusSource


def build_model_escalation(settings: Settings) -> ModelEscalation:
    """The configured escalation levels."""
    llm = settings.llm
    n1: LanguageModel | None = None
    n2: LanguageModel | None = None
    if llm.scripted:
        from labo.adapters.llm.scripted import ScriptedModel

        n1 = n2 = ScriptedModel()
    if llm.ollama_url:
        from labo.adapters.llm.ollama import OllamaModel

        n1 = OllamaModel(llm.ollama_url, llm.ollama_model, timeout_s=llm.timeout_s)
    if llm.anthropic_api_key:
        from labo.adapters.llm.anthropic import AnthropicModel

        n2 = AnthropicModel(
            llm.anthropic_api_key.get_secret_value(),
            llm.anthropic_model,
            base_url=llm.anthropic_base_url,
            timeout_s=llm.timeout_s,
        )
    return ModelEscalation(n1, n2)


def _expert(settings: Settings) -> LanguageModel | None:
    """N3's model; None where none is configured."""
    llm = settings.llm
    if not llm.anthropic_api_key:
        return None
    from labo.adapters.llm.anthropic import AnthropicModel

    return AnthropicModel(
        llm.anthropic_api_key.get_secret_value(),
        llm.expert_model,
        base_url=llm.anthropic_base_url,
        timeout_s=EXPERT_TIMEOUT_S,
        most_tokens=EXPERT_TOKENS,
    )


def build_reports(settings: Settings, graph: Graph) -> ReportService:
    """The expert reports of `graph`'s workspace, by the configured model or by code."""
    return ReportService(graph, load_templates(), _expert(settings))


def choose_embedder(settings: Settings) -> Embedder:
    """Raises InvalidInput when the chosen embedder's model or extra is missing."""
    chosen = settings.embedder
    match chosen.name:
        case "hashed":
            return HashedEmbedder()
        case "ollama" if settings.llm.ollama_url:
            from labo.adapters.embedder.ollama import OllamaEmbedder

            return OllamaEmbedder(
                settings.llm.ollama_url,
                chosen.model or "nomic-embed-text",
                dimensions=chosen.dimensions,
                timeout_s=settings.llm.timeout_s,
            )
        case "sentence_transformers" if chosen.model:
            from labo.adapters.embedder.sentence_transformers import SentenceTransformersEmbedder

            return SentenceTransformersEmbedder(chosen.model)
    raise InvalidInput(
        f"the embedder {chosen.name} lacks its model or address",
        where="LABO_EMBEDDER__MODEL, LABO_LLM__OLLAMA_URL",
    )


def choose_metric_source(settings: Settings) -> PrometheusSource | None:
    """The configured Prometheus, if any."""
    chosen = settings.prometheus
    if chosen.url is None:
        return None
    from labo.adapters.metric_source.prometheus import (
        DEFAULT_QUERIES,
        PrometheusAccount,
        PrometheusSource,
        prometheus_policy,
    )

    return PrometheusSource(
        chosen.url,
        prometheus_policy(
            chosen.url,
            allow_http=chosen.allow_http,
            allow_private=chosen.allow_private,
            timeout_s=chosen.timeout_s,
            max_bytes=chosen.max_bytes,
        ),
        system=chosen.system,
        queries=DEFAULT_QUERIES if chosen.queries is None else chosen.queries,
        labels=chosen.component_labels,
        account=PrometheusAccount(
            chosen.token.get_secret_value() if chosen.token else None,
            chosen.username,
            chosen.password.get_secret_value() if chosen.password else None,
        ),
        step_s=chosen.step_s,
    )


def choose_notifiers(settings: Settings) -> list[Notifier]:
    """The log, and the webhook when one is set. Raises InvalidInput for a URL without a secret."""
    notify = settings.notify
    if notify.webhook_url is None:
        return [LogNotifier()]
    if notify.webhook_secret is None:
        raise InvalidInput("a webhook needs a secret", where="LABO_NOTIFY__WEBHOOK_SECRET")
    from labo.adapters.notifier.webhook import WebhookNotifier
    from labo.adapters.outgoing import OutgoingPolicy

    url = notify.webhook_url.get_secret_value()
    policy = OutgoingPolicy(
        hosts=frozenset({(urlsplit(url).hostname or "").lower()}),
        allow_http=notify.allow_http,
        allow_private=notify.allow_private,
    )
    webhook = WebhookNotifier(url, notify.webhook_secret.get_secret_value(), policy)
    return [LogNotifier(), webhook]
