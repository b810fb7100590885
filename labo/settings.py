"""Settings, read once at an edge from the environment (`LABO_…`, `__` between levels).

Inside the product only plain values travel; nothing below `bootstrap` imports this module.
"""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """`$XDG_DATA_HOME/labo`, by default `~/.local/share/labo`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "labo"


class Neo4jSettings(BaseModel):
    """With `uri` set, no Neo4j is embedded."""

    uri: str | None = None
    user: str = "neo4j"
    password: SecretStr | None = None
    database: str = "neo4j"
    timeout_s: float = Field(default=10.0, gt=0)


class RedisSettings(BaseModel):
    """With `url` set, no Valkey is embedded."""

    url: SecretStr | None = None


class DiskSettings(BaseModel):
    """Events and telemetry are refused (503) while less than this is free in the data folder: what
    the servers' own files may need until then, above all rewriting Valkey's file (256 MB)."""

    reserve_mb: int = Field(default=500, ge=0)


class TelemetrySettings(BaseModel):
    """`url` is an SQLAlchemy URL; without one, an SQLite file in the data folder.

    `system` is whose OTLP telemetry is that names none. Days count from receipt.
    """

    url: SecretStr | None = None
    retention_days: int = Field(default=30, ge=1)
    rollup_10s_days: int = Field(default=2, ge=1)
    rollup_1min_days: int = Field(default=30, ge=1)
    rollup_10min_days: int = Field(default=365, ge=1)
    system: str = Field(default="default", min_length=1, max_length=200, pattern="^[^/]+$")


class LogSettings(BaseModel):
    """Formats tried before our own: `formats` maps names to regular expressions with named groups,
    `format_folder` holds a file for each (see docs/logs.md)."""

    formats: dict[str, str] = Field(default_factory=dict)
    format_folder: Path | None = None


class ApiSettings(BaseModel):
    """`processes` share the port; `group_queue_max`, events that wait to be stored, is theirs
    together. `port` 0: a free one, and that one again at the next start while it is free.

    `answer_s`: what has no answer after so long, since Neo4j or Redis hangs, is answered 503."""

    processes: int = Field(default=1, ge=1, le=64)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    development: bool = False
    public_url: str | None = None
    answer_s: float = Field(default=3.5, gt=0)
    max_body_bytes: int = Field(default=5_000_000, gt=0)
    group_queue_max: int = Field(default=20_000, gt=0)
    allow_unauthenticated_loopback_hooks: bool = False


class OtlpSettings(BaseModel):
    """OTLP over gRPC, on the API's host; over HTTP it is a part of the API. `grpc_port` 0: a free
    one."""

    grpc: bool = True
    grpc_port: int = Field(default=4317, ge=0, le=65535)


class HookSettings(BaseModel):
    """By source: active shared secrets (several during a rotation), the mapping of its bodies, and
    the labels of which the first that an event has names its component. `sns_topics` are ARNs whose
    signed messages need no secret."""

    secrets: dict[str, list[SecretStr]] = Field(default_factory=dict)
    mappings: dict[str, dict[str, str]] = Field(default_factory=dict)
    components: dict[str, list[str]] = Field(default_factory=dict)
    sns_topics: list[str] = Field(default_factory=list)


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
    gets the expert report; after `expiry_s` a proposal may no longer be decided."""

    answer_s: int = Field(default=900, ge=1)
    expiry_s: int = Field(default=86_400, ge=1)


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


class EmbedderSettings(BaseModel):
    """`dimensions` must be the model's own; it is asked for with Ollama only."""

    name: Literal["hashed", "ollama", "sentence_transformers"] = "hashed"
    model: str | None = None
    dimensions: int = Field(default=768, ge=1, le=4096)


class DetectionSettings(BaseModel):
    """Opens occurrences from telemetry alone. `step_s` is the time step of one judged value, once a
    system's history fills a baseline in it (two hours in steps of a minute; before that the steps
    are finer); beyond `openings_per_minute` of a system, the rest is reported in one event."""

    enabled: bool = True
    step_s: float = Field(default=60.0, ge=1.0)
    lateness_s: float = Field(default=20.0, ge=0.0)
    max_series: int = Field(default=10_000, ge=1)
    openings_per_minute: int = Field(default=20, ge=1)


class PrometheusSettings(BaseModel):
    """A Prometheus whose series are read beside the telemetry store's, for the components of
    `system`.

    `queries` maps metric kinds to PromQL, in place of the few that any exporter answers; the
    first of `component_labels` that a result carries names its component.
    """

    url: str | None = None
    system: str = "default"
    queries: dict[str, str] | None = None
    component_labels: list[str] = Field(default=["service", "job", "instance"], min_length=1)
    step_s: float = Field(default=60.0, ge=1.0)
    token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    allow_http: bool = False
    allow_private: bool = False
    timeout_s: float = Field(default=10.0, gt=0)
    max_bytes: int = Field(default=50_000_000, gt=0)


class NotifySettings(BaseModel):
    """Where notifications go: `webhook_url` in Standard Webhooks form, else the log only.

    Only https to a public address, unless the receiver is on this machine or network and that
    is allowed here.
    """

    webhook_url: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    allow_http: bool = False
    allow_private: bool = False


ExecutorName = Literal["ticket", "webhook", "n8n", "command", "kubernetes", "engine"]


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


class KnowledgeSettings(BaseModel):
    """`bundled`: a new workspace begins with what was learnt in the lab. False at its first start
    refuses that for good; `labo knowledge import --bundled` takes it all the same."""

    bundled: bool = True


class GovernanceSettings(BaseModel):
    """Folders of one's own: `template_folder` holds signed templates beside the bundled ones,
    `policy_folder` policies and limits (see docs/templates.md, docs/policies.md). `environment` is
    what policies know this installation by; `autonomy` is how far Labo goes by itself."""

    template_folder: Path | None = None
    policy_folder: Path | None = None
    environment: str = Field(default="production", min_length=1, max_length=100)
    autonomy: Literal["off", "propose", "approve", "safe_auto"] = "approve"


class Settings(BaseSettings):
    """Everything an operator can set. Validated when built; built once per process."""

    model_config = SettingsConfigDict(
        env_prefix="LABO_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    workspace: str = "default"
    data_dir: Path = Field(default_factory=default_data_dir)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    neo4j: Neo4jSettings = Neo4jSettings()
    redis: RedisSettings = RedisSettings()
    disk: DiskSettings = DiskSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    detection: DetectionSettings = DetectionSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    logs: LogSettings = LogSettings()
    api: ApiSettings = ApiSettings()
    otlp: OtlpSettings = OtlpSettings()
    hooks: HookSettings = HookSettings()
    llm: LlmSettings = LlmSettings()
    escalation: EscalationSettings = EscalationSettings()
    budget: BudgetSettings = BudgetSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    notify: NotifySettings = NotifySettings()
    executors: ExecutorSettings = ExecutorSettings()
    governance: GovernanceSettings = GovernanceSettings()
