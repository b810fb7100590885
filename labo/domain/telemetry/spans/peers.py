"""The peer of a client, producer or consumer span, by the semantic conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from labo.domain.entities.components import guess_role
from labo.domain.telemetry.spans.span import Service, Span, SpanKind, Value, first

_CACHES = frozenset(
    {"redis", "memcached", "valkey", "hazelcast", "ehcache", "infinispan", "keydb", "dragonfly"}
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - names a peer
_TAKING = frozenset({"receive", "process", "poll", "settle", "deliver"})
_METRICS = {
    "cache": "db.client.operation",
    "database": "db.client.operation",
    "queue": "messaging.client.operation",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a span: a component of the caller's system.

    `certain`: it emits no spans itself, or the span gives its logical name. Otherwise it may be an
    instrumented service under its network address. `delivers`: messages come from it.
    """

    name: str
    role: str
    certain: bool = True
    delivers: bool = False

    @property
    def metric(self) -> str:
        """The prefix of its roll-ups' names."""
        return _METRICS.get(self.role, "http.client.request")


def peer_of(span: Span) -> Peer | None:
    """The peer; None when the span's attributes name none."""
    attributes = span.attributes
    if not attributes:
        return None
    if system := first(attributes, "db.system.name", "db.system"):
        return Peer(_database_name(system, attributes), role_of_database(system))
    if first(attributes, "messaging.system", "messaging.destination.name"):
        return _queue(span)
    if span.kind != SpanKind.CLIENT:
        return None
    if name := first(attributes, "peer.service", "faas.invoked_name"):
        role = "function" if "faas.invoked_name" in attributes else guess_role(name)
        return Peer(name, role)
    if first(attributes, "rpc.system", "rpc.system.name") == "aws-api":
        return _aws(attributes)
    address = _address(attributes)
    return Peer(address, "external", certain=False) if address else None


def role_of_database(system: str) -> str:
    """`cache` or `database`, by the value of `db.system`."""
    return "cache" if system.lower() in _CACHES else "database"


def role_of(service: Service, span: Span) -> str:
    """The role of the emitter of `span`: by the span, then by the resource and the name."""
    if span.kind == SpanKind.SERVER and span.attributes:
        if system := first(span.attributes, "db.system.name", "db.system"):
            return role_of_database(system)
        if "faas.trigger" in span.attributes:
            return "function"
    return service.role


def _queue(span: Span) -> Peer:
    attributes = span.attributes
    name = first(
        attributes, "messaging.destination.name", "messaging.destination", "messaging.system"
    )
    doing = first(attributes, "messaging.operation.type", "messaging.operation")
    return Peer(name, "queue", delivers=span.kind == SpanKind.CONSUMER or doing in _TAKING)


def _database_name(system: str, attributes: Mapping[str, Value]) -> str:
    """The name given by its caller; else the host; else product and database, if it is local."""
    if name := first(attributes, "peer.service", "aws.dynamodb.table_names"):
        return name
    if address := _address(attributes):
        return address
    database = first(attributes, "db.namespace", "db.name")
    plain = database.replace("/", "_")
    return f"{system}-{plain}" if plain else system


def _aws(attributes: Mapping[str, Value]) -> Peer | None:
    name = first(attributes, "aws.s3.bucket", "aws.dynamodb.table_names", "rpc.service")
    return Peer(name, guess_role(first(attributes, "rpc.service") or name)) if name else None


def called_address(attributes: Mapping[str, Value]) -> str:
    """Host and port that a client called, the host alone where the port is not known, empty where
    neither is. On a local machine only the port tells one service from another.

    >>> called_address({"server.address": "127.0.0.1", "server.port": 8081})
    '127.0.0.1:8081'
    >>> called_address({"url.full": "http://stock/items"})
    'stock'
    """
    host, port = _host_and_port(attributes)
    return f"{host}:{port}" if host and port else host


def _address(attributes: Mapping[str, Value]) -> str:
    """The host that was called; empty for the local machine, which does not identify a peer."""
    host, _ = _host_and_port(attributes)
    return "" if host.lower() in _LOCAL else host


def _host_and_port(attributes: Mapping[str, Value]) -> tuple[str, str]:
    if host := first(attributes, "server.address", "net.peer.name"):
        return host, first(attributes, "server.port", "net.peer.port")
    try:
        url = urlsplit(first(attributes, "url.full", "http.url"))
        return url.hostname or "", str(url.port or "")
    except ValueError:
        return "", ""
