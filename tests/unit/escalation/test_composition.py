"""Which escalation levels, embedders and channels the settings lead to."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from labo.adapters.embedder.hashed import HashedEmbedder
from labo.adapters.embedder.ollama import OllamaEmbedder
from labo.adapters.notifier.log import LogNotifier
from labo.adapters.notifier.webhook import WebhookNotifier
from labo.bootstrap import choose_embedder, choose_notifiers
from labo.bootstrap.models import open_models
from labo.domain.escalation.proposals import EscalationLevel
from labo.domain.governance.llm_calls import ModelLevel
from labo.errors import InvalidInput
from labo.escalation_settings import LlmSettings
from labo.settings import EmbedderSettings, NotifySettings, Settings

WEBHOOK = SecretStr("https://example.org/hook")
SECRET = SecretStr("whsec_" + "QUFB" * 10)


@pytest.mark.parametrize(
    ("llm", "n1", "n2"),
    [
        (LlmSettings(), False, False),
        (LlmSettings(scripted=True), True, True),
        (LlmSettings(ollama_url="http://127.0.0.1:11434"), True, False),
        (LlmSettings(anthropic_api_key=SecretStr("k")), False, True),
    ],
)
def test_a_rung_is_there_when_its_model_is_set(llm: LlmSettings, n1: bool, n2: bool) -> None:
    """No model and no key is a legal setting."""
    model_escalation = open_models(Settings(llm=llm)).escalation(None)

    assert (model_escalation.has(EscalationLevel.N1), model_escalation.has(EscalationLevel.N2)) == (
        n1,
        n2,
    )


def test_the_default_embedder_needs_nothing() -> None:
    """No download, no address."""
    assert isinstance(choose_embedder(Settings()), HashedEmbedder)


def test_ollama_embeds_with_its_address() -> None:
    """The number of dimensions is the operator's word."""
    llm = LlmSettings(ollama_url="http://127.0.0.1:11434")
    embedder = choose_embedder(
        Settings(llm=llm, embedder=EmbedderSettings(name="ollama", dimensions=1024))
    )

    assert isinstance(embedder, OllamaEmbedder)
    assert embedder.dimensions == 1024


@pytest.mark.parametrize("name", ["ollama", "sentence_transformers"])
def test_an_embedder_without_its_model_names_the_setting(name: str) -> None:
    """Found out when the process starts, not at the first incident."""
    with pytest.raises(InvalidInput, match="LABO_EMBEDDER__MODEL"):
        choose_embedder(Settings(embedder=EmbedderSettings.model_validate({"name": name})))


def test_notifications_always_go_to_the_log() -> None:
    """And to the webhook when there is one."""
    both = NotifySettings(webhook_url=WEBHOOK, webhook_secret=SECRET)

    assert [type(n) for n in choose_notifiers(Settings())] == [LogNotifier]
    assert [type(n) for n in choose_notifiers(Settings(notify=both))] == [
        LogNotifier,
        WebhookNotifier,
    ]


def test_a_webhook_without_a_secret_is_refused() -> None:
    """Nothing goes out unsigned."""
    with pytest.raises(InvalidInput, match="WEBHOOK_SECRET"):
        choose_notifiers(Settings(notify=NotifySettings(webhook_url=WEBHOOK)))


POOL = """[
  {"level": "n1", "provider": "ollama", "name": "qwen2.5:7b", "tier": "gpu", "url": "http://gpu:1"},
  {"level": "n2", "provider": "anthropic", "name": "claude-sonnet-4-5", "concurrency": 8},
  {"level": "n2", "provider": "anthropic", "name": "claude-haiku-4-5"},
  {"level": "n2", "provider": "anthropic", "name": "claude-of-tomorrow"},
  {"level": "n3", "provider": "scripted", "name": "s", "prompt_eur": "1", "completion_eur": "2"}
]"""


def test_a_pool_has_its_models_in_order_with_their_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheaper one than the first is a smaller one; what no list knows has no price."""
    monkeypatch.setenv("LABO_LLM__POOL", POOL)
    monkeypatch.setenv("LABO_LLM__ANTHROPIC_API_KEY", "k")

    models = open_models(Settings())
    priced = [one.priced for one in models.endpoints]

    assert [one.is_smaller for one in priced] == [False, False, True, False, False]
    assert [one.price and one.price.completion for one in priced] == [
        0,
        14_250_000,
        4_750_000,
        None,
        2_000_000,
    ]
    assert all(models.pool(level, None) for level in ModelLevel)


@pytest.mark.parametrize("provider", ["ollama", "anthropic"])
def test_a_pool_whose_model_lacks_its_address_or_key_names_it(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    monkeypatch.setenv(
        "LABO_LLM__POOL", f'[{{"level": "n2", "provider": "{provider}", "name": "m"}}]'
    )

    with pytest.raises(InvalidInput, match=f"LABO_LLM__{provider.upper()}"):
        open_models(Settings())
