"""Prometheus Alertmanager, webhook version 4."""

from __future__ import annotations

from collections.abc import Mapping

from labo.adapters.sources.fields import Fields
from labo.adapters.sources.source import Headers, Source, canonical, severity_of
from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import InvalidInput

_RESOURCE: tuple[tuple[str, str], ...] = (
    ("service_name", "service.name"),
    ("service", "service.name"),
    ("hostname", "host.name"),
    ("host", "host.name"),
    ("cluster", "k8s.cluster.name"),
    ("namespace", "k8s.namespace.name"),
    ("node", "k8s.node.name"),
    ("pod", "k8s.pod.name"),
)
_STATUS = {"firing": EventStatus.FIRING, "resolved": EventStatus.RESOLVED}


def normalise(payload: object, headers: Headers) -> list[Event]:
    """One event per alert. A firing group may hold resolved alerts; each has its own status."""
    del headers
    return normalise_alerts("alertmanager", payload)


def normalise_alerts(source: str, payload: object) -> list[Event]:
    """The alerts of a group in Alertmanager's form."""
    return [_event(source, alert) for alert in Fields(payload).required_objects("alerts")]


def _event(source: str, alert: Fields) -> Event:
    labels, annotations = alert.object("labels"), alert.object("annotations")
    word = alert.required("status")
    if word not in _STATUS:
        raise InvalidInput(
            f"the status is `firing` or `resolved`, not {word[:50]!r}",
            where=alert.location("status"),
        )
    if not labels.values and not alert.text("fingerprint"):
        # Nothing would distinguish it from any other alert.
        raise InvalidInput("an alert has labels, or at least a fingerprint", where=labels.path)
    name = labels.text("alertname")
    return canonical(
        source,
        dedup_key=alert.text("fingerprint") or _fingerprint(labels.values),
        status=_STATUS[word],
        severity=severity_of(labels.text("severity")),
        title=annotations.text("summary") or annotations.text("title") or name or "alert",
        description=annotations.text("description") or annotations.text("message"),
        starts_at=alert.time("startsAt"),
        ends_at=alert.time("endsAt"),
        labels=labels.values,
        resource=resource_of(labels.values),
        links=(
            alert.text("generatorURL"),
            alert.text("dashboardURL"),
            alert.text("panelURL"),
            annotations.text("runbook_url"),
        ),
        raw=alert.values,
    )


def resource_of(labels: Mapping[str, object]) -> dict[str, object]:
    """Semantic-convention names for Prometheus' usual labels."""
    return {name: labels[label] for label, name in _RESOURCE if labels.get(label)}


def _fingerprint(labels: Mapping[str, object]) -> str:
    return digest("labels", *(f"{name}={labels[name]}" for name in sorted(labels)))


ALERTMANAGER = Source("alertmanager", normalise)
