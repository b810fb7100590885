"""Components of one system and who depends on whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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


_PRODUCTS: Mapping[str, str] = {
    product: role
    for role, products in (
        (
            "database",
            "aurora cassandra clickhouse cockroach cockroachdb cosmosdb couchbase couchdb db2 "
            "documentdb dynamodb elasticsearch firestore influxdb mariadb mongo mongodb mssql "
            "mysql neo4j opensearch oracle pg pgsql postgres postgresql rds redshift scylla "
            "scylladb spanner sql sqlite sqlserver tidb timescaledb",
        ),
        ("cache", "elasticache hazelcast keydb memcache memcached redis valkey varnish"),
        (
            "queue",
            "activemq eventbridge eventhub kafka kinesis nats pubsub pulsar rabbitmq redpanda "
            "rocketmq servicebus sns sqs",
        ),
        ("function", "lambda"),
        ("gateway", "alb apigateway elb envoy haproxy ingress ingressgateway kong nlb traefik"),
        ("storage", "ceph gcs minio s3"),
    )
    for product in products.split()
}
"""What is one of these, wherever the word stands in a name: `redis-cart`, `mysql-0`."""

_KINDS: Mapping[str, str] = {
    "balancer": "gateway",
    "bucket": "storage",
    "broker": "queue",
    "cache": "cache",
    "database": "database",
    "db": "database",
    "gateway": "gateway",
    "gw": "gateway",
    "lb": "gateway",
    "loadbalancer": "gateway",
    "queue": "queue",
}
"""What a name is when it ends with one of these: `orders-db`, but `queue-master` is no queue."""

_BESIDE = frozenset(
    {
        "adapter", "admin", "agent", "api", "backup", "bridge", "client", "commander", "connect",
        "connector", "console", "consumer", "controller", "dashboard", "downloader", "exporter",
        "express", "feed", "handler", "importer", "init", "job", "listener", "loader", "manager",
        "migrate", "migration", "migrator", "monitor", "operator", "poller", "processor",
        "producer", "publisher", "reader", "rest", "seeder", "sidecar", "sink", "streams",
        "subscriber", "sync", "ui", "uploader", "worker", "writer",
    }
)  # fmt: skip
"""What a name ends with that is something beside the product it names: `kafka-exporter`."""

_INGRESS = frozenset({"ingress", "controller"})
"""Of an ingress the controller is what passes the requests on."""

_COUNTING = re.compile(
    r"v?[0-9]+|cluster|primary|replica|secondary|server|service|standby|svc", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_AROUND = (("_remote", "external"), ("_client", "client"))
_LONGEST_NAME = 200


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
    """The role that a component's name suggests by a whole word; `service` when it suggests none.

    >>> guess_role("orders-db"), guess_role("valkey-cart"), guess_role("PaymentGateway")
    ('database', 'cache', 'gateway')
    >>> guess_role("rewards"), guess_role("dashboards"), guess_role("kafka-exporter")
    ('service', 'service', 'service')
    """
    name = name[:_LONGEST_NAME]
    if ": " in name:
        return "service"  # an alert that names no component: `alertmanager: KafkaLag topic=orders`
    for ending, role in _AROUND:
        if name.lower().endswith(ending):
            return role
    words = _WORD.findall(name)
    last = _last_part(words)
    if last not in _BESIDE or _INGRESS.issubset(part.lower() for part in words):
        named = (_found(_PRODUCTS, part) for word in words for part in _parts(word))
        if role_of_product := next(filter(None, named), None):
            return role_of_product
    host = _WORD.findall(name.partition(".")[0])  # `orders-db.prod.svc.cluster.local`
    return _found(_KINDS, last) or _found(_KINDS, _last_part(host)) or "service"


def _found(roles: Mapping[str, str], word: str) -> str | None:
    """Also of a numbered one: `kafka1`."""
    return roles.get(word) or roles.get(word.rstrip("0123456789"))


def _last_part(words: Sequence[str]) -> str:
    """The last part that is no number of an instance nor what any server may be called."""
    parts = [part for word in words for part in _parts(word)[1:]]
    return next((part for part in reversed(parts) if not _COUNTING.fullmatch(part)), "")


def _parts(word: str) -> list[str]:
    """The word in lower case, then its parts by capitals: `apigateway`, `api`, `gateway`."""
    parts = [part.lower() for part in _PART.findall(word)]
    return [word.lower(), *(parts if any(map(str.isupper, word[1:])) else [word.lower()])]
