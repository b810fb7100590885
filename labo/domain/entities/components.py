"""Components of one system and who depends on whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Component:
    """A service, host, database, cache or queue. `key` is `<system>/<name>`."""

    key: str
    name: str
    system: str = "default"
    environment: str = "default"
    role: str = "service"
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dependency:
    """`source` calls `target` (component keys). `origin` is where it is known from: `trace` …"""

    source: str
    target: str
    origin: str = "import"
    last_seen: datetime | None = None


ROLE_HINTS: tuple[tuple[str, str], ...] = (
    ("dynamodb", "database"),
    ("database", "database"),
    ("rds", "database"),
    ("sql", "database"),
    ("mongo", "database"),
    ("postgres", "database"),
    ("redis", "cache"),
    ("cache", "cache"),
    ("sqs", "queue"),
    ("kafka", "queue"),
    ("queue", "queue"),
    ("sns", "queue"),
    ("lambda", "function"),
    ("gateway", "gateway"),
    ("elb", "gateway"),
    ("s3", "storage"),
    ("_remote", "external"),
    ("_client", "client"),
)


METRIC_ROLES = (("db.client.operation.", "database"), ("messaging.client.operation.", "queue"))
"""Roll-ups of calls to components that emit no spans of their own. A cache needs no entry: its
callers' spans identify it."""


def role_of_metrics(metrics: Iterable[str]) -> str | None:
    """The role that a component's own metrics imply; None when they imply none."""
    held = sorted(metrics)
    for start, role in METRIC_ROLES:
        if any(name.startswith(start) for name in held):
            return role
    return None


def guess_role(name: str) -> str:
    """The role that a component's name suggests; `service` when it suggests none."""
    lowered = name.lower()
    return next((role for hint, role in ROLE_HINTS if hint in lowered), "service")
