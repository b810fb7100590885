"""Resources and attributes of OTLP as plain values."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from labo.domain.entities.components import guess_role
from labo.domain.telemetry.spans.span import MAX_NAME, UNKNOWN_SERVICE, Service, Value

_MAX_RESOURCES = 10_000
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
    """All of them; of a key that comes twice the last."""
    return {pair.key: plain(pair.value) for pair in pairs}


class Services:
    """The services that resources stand for, one value each, so that identity distinguishes them.

    The system is what the sender's header names, else the resource's `service.namespace`, else
    its deployment environment, else `default_system`.
    """

    def __init__(self, default_system: str = "default") -> None:
        self._default = default_system
        self._known: OrderedDict[tuple[str, bytes], tuple[Service, str]] = OrderedDict()

    def of(self, resource: Resource, header: str) -> tuple[Service, str]:
        """The service, and a digest of its resource that distinguishes its instances."""
        key = header, resource.SerializeToString(deterministic=True)
        found = self._known.get(key)
        if found is None:
            digest = hashlib.sha256(key[1]).hexdigest()[:32]
            found = self._known[key] = self._read(resource, header), digest
            if len(self._known) > _MAX_RESOURCES:
                self._known.popitem(last=False)
        return found

    def _read(self, resource: Resource, header: str) -> Service:
        values = {key: str(value) for key, value in attributes_of(resource.attributes).items()}
        environment = values.get("deployment.environment.name") or values.get(
            "deployment.environment", ""
        )
        system = header or values.get("service.namespace") or environment or self._default
        name = values.get("service.name", "").strip()
        host = values.get("host.name", "").strip()
        role = "host" if host and not name else guess_role(name)
        if values.get("faas.name") or values.get("cloud.platform") in _FUNCTIONS:
            role = "function"
        return Service(
            system=_as_system(system) or self._default,
            component=_printable(name or host) or UNKNOWN_SERVICE,
            environment=_printable(environment) or "default",
            role=role,
            labels={key: values[key][:MAX_NAME] for key in _LABELS if values.get(key)},
        )


def _as_system(text: str) -> str:
    """A component's key is `<system>/<name>`, so a system has no slash."""
    return _printable(text).replace("/", "_")


def _printable(text: str) -> str:
    return "".join(char for char in text[:MAX_NAME] if char.isprintable()).strip()
