"""Prometheus Alertmanager, webhook version 4, and what Prometheus itself posts to Alertmanager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from labo.adapters.sources.bodies import decode_loosely, reads_loosely
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.source import Headers, Normalised, Source, canonical, each
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import read_severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.status_words import read_status
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


_SEVERITY_LABELS = (
    "severity", "priority", "alertseverity", "severitylevel", "slothseverity", "criticality",
    "urgency", "level",
)  # fmt: skip
"""Without case and marks; `level` last, as it may be that of something else."""


def normalise(payload: object, headers: Headers) -> Normalised:
    """One event per alert. A firing group may hold resolved alerts; each has its own status."""
    del headers
    return normalise_alerts("alertmanager", payload)


def normalise_alerts(source: str, payload: object) -> Normalised:
    """The alerts of a group in Alertmanager's form. An alert without a status has the group's."""
    group = Fields(payload)
    fallback = group.values.get("status")

    def read(item: object, place: str) -> Event:
        return _event(source, Fields(item, place), fallback)

    return each(group.required_items("alerts"), "alerts", read)


def normalise_posted(payload: object, headers: Headers) -> Normalised:
    """The list that Prometheus and the rulers of Loki, Mimir and VictoriaMetrics post to
    `/api/v2/alerts`: each alert fires until its `endsAt`, which they keep ahead of the clock. The
    one source for which the clock decides."""
    del headers
    if not isinstance(payload, list):
        raise InvalidInput("expected a list of alerts", where="body")
    now = datetime.now(UTC)

    def read(item: object, place: str) -> Event:
        alert = Fields(item, place)
        ends = alert.time("endsAt")
        return _event("prometheus", alert, "resolved" if ends and ends <= now else "firing")

    return each(payload, "", read)


def _event(source: str, alert: Fields, fallback: object) -> Event:
    labels, annotations = alert.object("labels"), _annotations(alert)
    status = _status(alert, fallback)
    fingerprint = alert.text("fingerprint")
    if not labels.values and not fingerprint:
        # Nothing would distinguish it from any other alert.
        raise InvalidInput("an alert has labels, or at least a fingerprint", where=labels.path)
    name = labels.words("alertname")
    return canonical(
        source,
        dedup_key=fingerprint or _fingerprint(labels.values),
        status=status,
        severity=severity_word(labels),
        title=annotations.words("summary") or annotations.words("title") or name or "alert",
        description=annotations.words("description") or annotations.words("message"),
        starts_at=alert.time("startsAt"),
        ends_at=alert.time("endsAt") if status is EventStatus.RESOLVED else None,
        labels=labels.values,
        resource=resource_of(labels.values),
        links=(
            alert.words("generatorURL"),
            alert.words("dashboardURL"),
            alert.words("panelURL"),
            annotations.words("runbook_url"),
        ),
        raw=alert.values,
    )


def _annotations(alert: Fields) -> Fields:
    """They only describe, so that what is no object is passed over."""
    value = alert.values.get("annotations")
    return Fields(value if isinstance(value, dict) else {}, alert.location("annotations"))


def severity_word(labels: Fields) -> str | None:
    """Of the label `severity` or `priority`, else of another usual one if its word is known."""
    if word := labels.words("severity") or labels.words("priority"):
        return word
    plain = {name.lower().replace("_", "").replace("-", ""): name for name in labels.values}
    for name in _SEVERITY_LABELS:
        word = labels.words(plain[name]) if name in plain else None
        if word and read_severity(word):
            return word
    return None


def _status(alert: Fields, fallback: object) -> EventStatus:
    word = alert.text("status")
    if word is None and isinstance(fallback, str):
        word = fallback
    if word is None:
        note("status", "", "none is given: firing")
        return EventStatus.FIRING
    status = read_status(word)
    if status is None or status is EventStatus.INFO:
        raise InvalidInput(
            f"the status is `firing` or `resolved`, not {word[:50]!r}",
            where=alert.location("status"),
        )
    note("status", word, "common words")
    return status


def resource_of(labels: Mapping[str, object]) -> dict[str, object]:
    """Semantic-convention names for Prometheus' usual labels."""
    return {name: labels[label] for label, name in _RESOURCE if labels.get(label)}


def _fingerprint(labels: Mapping[str, object]) -> str:
    return digest("labels", *(f"{name}={labels[name]}" for name in sorted(labels)))


ALERTMANAGER = Source("alertmanager", normalise, decode=decode_loosely, reads=reads_loosely)
PROMETHEUS = Source("prometheus", normalise_posted, decode=decode_loosely, reads=reads_loosely)
