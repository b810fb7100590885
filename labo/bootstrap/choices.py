"""Which embedder, metric source and notifiers the settings choose.

Adapters are imported where they are chosen: a model vendor's client takes a second and 60 MB that
a process without that vendor should not pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.notifier.log import LogNotifier
from labo.errors import InvalidInput
from labo.ports.embedder import Embedder
from labo.ports.notifier import Notifier
from labo.settings import Settings

EXPERT_TOKENS = 8_192
"""Of a report: its lists, full to their limits, in English."""

if TYPE_CHECKING:
    from labo.adapters.metric_source.prometheus import PrometheusSource


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
