"""Settings, read once at an edge from the environment (`LABO_…`, `__` between levels).

Inside the product only plain values travel; nothing below `bootstrap` imports this module.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from labo.escalation_settings import (
    BudgetSettings,
    EscalationSettings,
    ExecutorSettings,
    GovernanceSettings,
    LlmSettings,
)


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


class KnowledgeSettings(BaseModel):
    """`bundled`: a new workspace begins with what was learnt in the lab. False at its first start
    refuses that for good; `labo knowledge import --bundled` takes it all the same."""

    bundled: bool = True


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
