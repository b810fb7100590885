"""PagerDuty's Events API v2, which we stand in for: alerts and changes of any sender; v1 as v2."""

from __future__ import annotations

from collections.abc import Sequence

from labo.adapters.sources.alert_texts import labels_in
from labo.adapters.sources.alertmanager import resource_of
from labo.adapters.sources.fields import Fields
from labo.adapters.sources.interpretations import note
from labo.adapters.sources.redaction import raw_json
from labo.adapters.sources.signature import is_one_of
from labo.adapters.sources.source import canonical
from labo.domain.entities.keys import digest
from labo.domain.entities.severity import Severity, read_severity
from labo.domain.incidents.events import Event, EventStatus
from labo.errors import InvalidInput

_LONGEST_DEDUP_KEY = 255
_ACTIONS = {
    "trigger": EventStatus.FIRING,
    "acknowledge": EventStatus.ACKNOWLEDGED,
    "resolve": EventStatus.RESOLVED,
}
_MONITORS = frozenset(
    {"alertmanager", "grafana", "prometheus", "vmalert", "victoriametrics", "mimir", "cortex"}
    | {"loki", "default", "signoz alert manager"}
)
"""What notifiers write as source, component, group and class by default: themselves, or nothing."""
_DETAILS = ("firing", "resolved")
"""The details in which the notifiers of Alertmanager and Grafana list their alerts."""


def dedup_key_of(payload: object) -> str:
    """The sender's key; without one, a digest of the content, so that a retry is the same event.

    Raises InvalidInput: only a trigger may leave it out.
    """
    top = Fields(payload)
    key = top.text("dedup_key")
    if key is None:
        if top.text("event_action") != "trigger":
            raise InvalidInput("only a trigger may leave it out", where="dedup_key")
        return _content_key(top)
    if len(key) > _LONGEST_DEDUP_KEY:
        raise InvalidInput("at most 255 characters", where="dedup_key")
    return key


def _content_key(top: Fields) -> str:
    return digest("content", raw_json({k: v for k, v in top.values.items() if k != "routing_key"}))


def enqueued(payload: object) -> Event:
    """The event of one call of `/v2/enqueue`."""
    top = Fields(payload)
    action = top.required("event_action")
    if action not in _ACTIONS:
        raise InvalidInput(
            "the action is `trigger`, `acknowledge` or `resolve`", where="event_action"
        )
    key, status = dedup_key_of(payload), _ACTIONS[action]
    note("status", action, "event_action")
    if status is not EventStatus.FIRING:
        details = top.object("payload")
        labels, resource = _origin(details, details.words("source") or "default")
        return canonical(
            "pagerduty",
            dedup_key=key,
            status=status,
            severity=Severity.INFO,
            title=details.text("summary") or key,
            labels=labels,
            resource=resource,
            raw=top.values,
        )
    details = top.required_object("payload")
    labels, resource = _origin(details, details.required("source"))
    severity = _severity(details)
    return canonical(
        "pagerduty",
        dedup_key=key,
        status=status,
        severity=severity,
        title=details.required("summary"),
        starts_at=details.time("timestamp"),
        labels=labels,
        resource=resource,
        links=_links(top),
        raw=top.values,
    )


def of_version_1(payload: object) -> dict[str, object]:
    """A call of version 1 in the form of version 2. It had no severity: a word for it is looked for
    in the details, in which Nagios' plug-in sends its macros; else it is a warning."""
    top = Fields(payload)
    custom = top.values.get("details")
    details = Fields(custom if isinstance(custom, dict) else {}, "details")
    words = [details.words(name) for name in _V1_SEVERITIES]
    hosts = [details.words(name) for name in _V1_HOSTS]
    contexts = top.values.get("contexts")
    return {
        "routing_key": top.values.get("service_key"),
        "event_action": top.values.get("event_type"),
        "dedup_key": top.values.get("incident_key"),
        "client_url": top.values.get("client_url"),
        "links": contexts if isinstance(contexts, list) else [],
        "payload": {
            "summary": top.values.get("description"),
            "source": next((host for host in hosts if host), "default"),
            "severity": next((word for word in words if word and read_severity(word)), "warning"),
            "custom_details": details.values,
        },
    }


_V1_SEVERITIES = ("severity", "SERVICESTATE", "HOSTSTATE", "priority")
_V1_HOSTS = ("HOSTNAME", "hostname", "host")


def changed(payload: object) -> Event:
    """The event of one call of `/v2/change/enqueue`: information, for a change is no problem."""
    top = Fields(payload)
    details = top.required_object("payload")
    summary, origin = details.required("summary"), details.words("source") or ""
    return canonical(
        "pagerduty",
        dedup_key=_content_key(top),
        status=EventStatus.INFO,
        severity=Severity.INFO,
        title=summary,
        starts_at=details.time("timestamp"),
        labels={**_flat(details), "source": origin, "event_type": "change"},
        links=_links(top),
        raw=top.values,
    )


def _origin(details: Fields, source: str) -> tuple[dict[str, object], dict[str, object]]:
    """Labels and resource: of the first alert that a notifier lists, else of the event itself."""
    named = {name: details.words(name) for name in ("component", "group", "class")}
    named = {k: v for k, v in named.items() if v and v.lower() not in _MONITORS}
    alert = _listed(details)
    labels: dict[str, object] = {**_flat(details), **alert, **named, "source": source}
    resource = resource_of(alert)
    if "://" not in source and source.lower() not in _MONITORS:
        resource.setdefault("host.name", source)
    return labels, resource


def _listed(details: Fields) -> dict[str, object]:
    custom = details.values.get("custom_details")
    if isinstance(custom, dict):
        for name in _DETAILS:
            if labels := labels_in(custom.get(name)):
                return labels
    return {}


def _links(top: Fields) -> tuple[str | None, ...]:
    links = top.values.get("links")
    items = links if isinstance(links, list) else []
    hrefs = [item.get("href") for item in items if isinstance(item, dict)]
    return (top.words("client_url"), *(href for href in hrefs if isinstance(href, str)))


def _severity(details: Fields) -> Severity:
    word = details.required("severity")
    severity = read_severity(word)
    if severity is None:
        # PagerDuty refuses it too, so the sender's operator learns it here as there.
        raise InvalidInput(
            "the severity is `critical`, `error`, `warning` or `info`",
            where=details.location("severity"),
        )
    note("severity", word, "common words")
    return severity


def _flat(details: Fields) -> dict[str, object]:
    """Flat custom details are labels; anything else stays in `raw`."""
    custom = details.values.get("custom_details")
    if not isinstance(custom, dict):
        return {}
    return {
        k: v for k, v in custom.items() if isinstance(v, str | int | float) and k not in _DETAILS
    }


def has_routing_key(payload: object, secrets: Sequence[str]) -> bool:
    """Whether the body's routing key is one of `secrets`."""
    return is_one_of(Fields(payload).text("routing_key") or "", secrets)
