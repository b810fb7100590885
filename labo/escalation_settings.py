"""Settings of the escalation: models and what they may cost, executors, templates and policy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

ExecutorName = Literal["ticket", "webhook", "n8n", "command", "kubernetes", "engine"]


class PoolModelSettings(BaseModel):
    """One model of a level's pool. `concurrency` is of each process. Prices in euros per million
    tokens replace the lists'; Ollama and scripted cost nothing unless they say so."""

    level: Literal["n1", "n2", "n3"]
    provider: Literal["ollama", "anthropic", "scripted"]
    name: str = Field(min_length=1, max_length=200)
    tier: Literal["gpu", "cpu"] = "cpu"
    concurrency: int = Field(default=1, ge=1, le=1000)
    url: str | None = None
    prompt_eur: Decimal | None = Field(default=None, ge=0)
    completion_eur: Decimal | None = Field(default=None, ge=0)


class LlmSettings(BaseModel):
    """N1 is a local Ollama, N2 and N3 (`expert_model`) are Anthropic; `scripted` answers N1 and N2
    without a model. Without a model for N3, code writes the expert report. A `pool` takes the place
    of them all: a level's models in their order, the next where one is saturated, fails, or costs
    too much."""

    pool: list[PoolModelSettings] = Field(default_factory=list)

    ollama_url: str | None = None
    ollama_model: str = "gemma3:270m"
    anthropic_api_key: SecretStr | None = None
    anthropic_model: str = "claude-sonnet-4-5"
    expert_model: str = "claude-opus-4-5"
    anthropic_base_url: str | None = None
    scripted: bool = False
    timeout_s: float = Field(default=60.0, gt=0)


class EscalationSettings(BaseModel):
    """Seconds: after `answer_s` without a decision people are reminded, and a critical incident
    gets the expert report; after `expiry_s` a proposal may no longer be decided. An executed action
    may shake things for `settle_s`, and what it cured has to be calm for `hold_s`."""

    answer_s: int = Field(default=900, ge=1)
    expiry_s: int = Field(default=86_400, ge=1)
    settle_s: float = Field(default=60.0, ge=0.0)
    hold_s: float = Field(default=60.0, ge=20.0)


class BudgetSettings(BaseModel):
    """Limits on all levels together where none was set by `labo budget set`; None: without.

    `eur_per_usd` and its day turn list prices into euros. The default is a round figure above the
    rates of 2025 and no quotation: set the one that your invoices have. `price_file` holds own
    prices (docs/budgets.md).
    """

    day_eur: Decimal | None = Field(default=Decimal(5), ge=0)
    month_eur: Decimal | None = Field(default=Decimal(100), ge=0)
    day_tokens: int | None = Field(default=None, ge=0)
    month_tokens: int | None = Field(default=None, ge=0)
    incident_calls: int | None = Field(default=20, ge=0)
    incident_eur: Decimal | None = Field(default=Decimal(2), ge=0)
    eur_per_usd: Decimal = Field(default=Decimal("0.95"), gt=0)
    eur_per_usd_day: date = date(2026, 12, 1)
    price_file: Path | None = None


class WebhookExecutorSettings(BaseModel):
    """A receiver of signed actions. `templates` are those that it knows; empty: any."""

    url: SecretStr | None = None
    secret: SecretStr | None = None
    templates: list[str] = Field(default_factory=list)
    allow_http: bool = False
    allow_private: bool = False
    timeout_s: float = Field(default=30.0, gt=0)


class CommandExecutorSettings(BaseModel):
    """`programs` maps the first argument of templates to the absolute path that runs for it; empty:
    no command runs. `user` needs Labo to run as root."""

    programs: dict[str, Path] = Field(default_factory=dict)
    templates: list[str] = Field(default_factory=list)
    user: str | None = None
    namespaces: bool = False
    timeout_s: float = Field(default=300.0, gt=0)


class KubernetesExecutorSettings(BaseModel):
    """Without `kubeconfig`, the cluster that Labo runs in. `deployments` maps components to
    `namespace/name`; any other is the Deployment of its own name in `namespace`."""

    kubeconfig: Path | None = None
    context: str | None = None
    namespace: str = "default"
    deployments: dict[str, str] = Field(default_factory=dict)
    timeout_s: float = Field(default=15.0, gt=0)


class EngineExecutorSettings(BaseModel):
    """The socket of `python -m engine live`."""

    socket: Path | None = None


class ExecutorSettings(BaseModel):
    """Which executor carries an action out: by its template, else `default`, else (where that one
    doesn't know the template) a person."""

    default: ExecutorName = "ticket"
    by_template: dict[str, ExecutorName] = Field(default_factory=dict)
    webhook: WebhookExecutorSettings = WebhookExecutorSettings()
    n8n: WebhookExecutorSettings = WebhookExecutorSettings()
    command: CommandExecutorSettings = CommandExecutorSettings()
    kubernetes: KubernetesExecutorSettings = KubernetesExecutorSettings()
    engine: EngineExecutorSettings = EngineExecutorSettings()


class GovernanceSettings(BaseModel):
    """Folders of one's own: `template_folder` holds signed templates beside the bundled ones,
    `policy_folder` policies and limits (see docs/templates.md, docs/policies.md). `environment` is
    what policies know this installation by; `autonomy` is how far Labo goes by itself."""

    template_folder: Path | None = None
    policy_folder: Path | None = None
    environment: str = Field(default="production", min_length=1, max_length=100)
    autonomy: Literal["off", "propose", "approve", "safe_auto"] = "approve"
