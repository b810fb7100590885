"""Resources and attributes of OTLP as plain values."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from labo.adapters.otlp.cutting import cut_resource
from labo.domain.entities.components import guess_role
from labo.domain.telemetry.spans.peers import role_of_database
from labo.domain.telemetry.spans.span import MAX_NAME, UNKNOWN_SERVICE, Service, Value

MAX_BYTES = 1_500_000
"""Of the resources of one workspace that are remembered: some thousands."""
_ENTRY_BYTES = 2_000
"""About what one takes beside its own text."""
_MAX_ATTRIBUTES = 128
"""As many as the SDKs' own limit; what follows is left out."""
_MAX_TEXT = 1_000
_LABELS = (
    "cloud.region",
    "deployment.environment",
    "deployment.environment.name",
    "host.name",
    "k8s.deployment.name",
    "k8s.namespace.name",
    "service.namespace",
    "service.version",
    "telemetry.sdk.language",
)
_FUNCTIONS = frozenset({"aws_lambda", "azure_functions", "gcp_cloud_functions", "azure.functions"})


def plain(value: AnyValue) -> Value:
    """The value; the first item of a list, bytes as hexadecimal, a map as an empty text."""
    kind = value.WhichOneof("value")
    if kind is None or kind == "kvlist_value":
        return ""
    if kind == "array_value":
        items = value.array_value.values
        return plain(items[0]) if items else ""
    found = getattr(value, kind)
    if isinstance(found, bytes):
        return found.hex()[:_MAX_TEXT]
    return found[:_MAX_TEXT] if isinstance(found, str) else found


def attributes_of(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    """The first `_MAX_ATTRIBUTES`; of a key that comes twice the last."""
    return {pair.key[:MAX_NAME]: plain(pair.value) for pair in islice(pairs, _MAX_ATTRIBUTES)}


class Emitter(NamedTuple):
    """A resource's service; a digest of the resource, which distinguishes its instances; and the
    resource in protobuf, cut."""

    service: Service
    instance: str
    resource: bytes


class Services:
    """The services that resources stand for, one value each, so that identity distinguishes them.

    The system is what the sender's header names, else the resource's `service.namespace`, else
    its deployment environment, else `default_system`.
    """

    def __init__(self, default_system: str = "default") -> None:
        self._default = default_system
        self._known: OrderedDict[bytes, Emitter] = OrderedDict()
        self._bytes = 0

    def of(self, resource: Resource, header: str) -> tuple[Service, str]:
        """The service, and the digest that distinguishes its instances."""
        service, instance, _ = self.emitter(resource, header)
        return service, instance

    def emitter(self, resource: Resource, header: str) -> Emitter:
        """The same with the resource itself."""
        content = resource.SerializeToString(deterministic=True)
        digest = hashlib.sha256(content).digest()
        key = digest[:16] + header.encode("utf-8", "replace")
        found = self._known.get(key)
        if found is None:
            cut = cut_resource(resource, content)
            found = Emitter(self._read(resource, header), digest.hex()[:32], cut)
            self._known[key] = found
            self._bytes += _size(found)
            while self._bytes > MAX_BYTES:
                self._bytes -= _size(self._known.popitem(last=False)[1])
        return found

    def _read(self, resource: Resource, header: str) -> Service:
        values = {key: str(value) for key, value in attributes_of(resource.attributes).items()}
        environment = values.get("deployment.environment.name") or values.get(
            "deployment.environment", ""
        )
        system = header or values.get("service.namespace") or environment or self._default
        name = values.get("service.name", "").strip()
        host = values.get("host.name", "").strip()
        role = "host" if host and not name else _role(values, name)
        if values.get("faas.name") or values.get("cloud.platform") in _FUNCTIONS:
            role = "function"
        return Service(
            system=_as_system(system) or self._default,
            component=_printable(name or host) or UNKNOWN_SERVICE,
            environment=_printable(environment) or "default",
            role=role,
            labels={key: values[key][:MAX_NAME] for key in _LABELS if values.get(key)},
        )


def _size(emitter: Emitter) -> int:
    return _ENTRY_BYTES + 2 * len(emitter.resource)


def _role(values: Mapping[str, str], name: str) -> str:
    """What the attributes say; the name's suggestion only where they say nothing."""
    if system := values.get("db.system.name") or values.get("db.system"):
        return role_of_database(system)
    return "queue" if values.get("messaging.system") else guess_role(name)


def _as_system(text: str) -> str:
    """A component's key is `<system>/<name>`, so a system has no slash."""
    return _printable(text).replace("/", "_")


def _printable(text: str) -> str:
    return "".join(char for char in text[:MAX_NAME] if char.isprintable()).strip()
