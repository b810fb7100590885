"""Recorded payloads become the canonical events that they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labo.adapters.sources import SOURCES, configured
from labo.adapters.sources.pagerduty_events import dedup_key_of, enqueued
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id
from labo.errors import InvalidInput

DATA = Path(__file__).parents[2] / "data"


def recorded(path: str) -> object:
    return json.loads((DATA / path).read_text())


def normalised(source: str, payload: object, **headers: str) -> list[Event]:
    return SOURCES[source].normalise(payload, headers).events


def test_each_alert_of_an_alertmanager_group_has_its_own_status_and_times() -> None:
    """A firing group may hold resolved alerts; the zero time means not ended."""
    firing, resolved = normalised("alertmanager", recorded("alertmanager/firing.json"))
    started = datetime(2026, 1, 31, 11, 58, 4, 123456, tzinfo=UTC)

    assert (firing.status, firing.severity) == (EventStatus.FIRING, Severity.CRITICAL)
    assert (firing.starts_at, firing.ends_at) == (started, None)
    assert firing.source_event_id == episode_id(
        "c7d2a1f0e3b45678", started, EventStatus.FIRING, None
    )
    assert firing.title == "Many requests to checkout fail"
    assert firing.resource == {"service.name": "checkout", "k8s.namespace.name": "shop"}
    assert firing.links == (
        "http://user:***@prometheus.example.org/graph?g0.expr=x",
        "https://runbooks.example.org/high-error-rate",
    )
    assert "pass" not in firing.raw
    assert (resolved.status, resolved.title) == (EventStatus.RESOLVED, "HighLatency")
    assert resolved.ends_at == datetime(2026, 1, 31, 11, 55, tzinfo=UTC)


def test_a_resolution_is_another_event_than_its_firing() -> None:
    """Same fingerprint and start, other status and end."""
    alert = {"status": "firing", "fingerprint": "f", "startsAt": "2026-01-01T00:00:00Z"}
    over = {**alert, "status": "resolved", "endsAt": "2026-01-01T00:05:00Z"}
    events = normalised("alertmanager", {"alerts": [alert, over, alert]})

    assert len({event.id for event in events}) == 2


def test_an_end_that_a_firing_alert_promises_is_no_part_of_its_identity() -> None:
    """Otherwise every repetition would be a new event."""
    alert = {"status": "firing", "fingerprint": "f", "startsAt": "2026-01-01T00:00:00Z"}
    ends = [{**alert, "endsAt": f"2026-01-01T0{hour}:00:00Z"} for hour in (1, 2)]
    events = normalised("alertmanager", {"alerts": ends})

    assert len({event.id for event in events}) == 1


def test_a_grafana_alert_keeps_its_links_and_time_zone() -> None:
    """Grafana writes local times with offset."""
    (event,) = normalised("grafana", recorded("grafana/firing.json"))

    assert event.source == "grafana"
    assert event.starts_at == datetime(2026, 1, 31, 12, 2, 10, tzinfo=UTC)
    assert event.severity is Severity.ERROR
    assert "https://grafana.example.org/d/shop" in event.links


def test_an_enqueued_trigger_keeps_component_class_and_flat_details() -> None:
    """What says where it happened becomes labels; secrets are masked."""
    event = enqueued(recorded("pagerduty/trigger.json"))

    assert event.dedup_key == "srv01/disk"
    assert event.labels == {
        "component": "postgres",
        "group": "prod-datapipe",
        "class": "disk",
        "source": "srv01",
        "free_gb": "4",
        "api_token": "***",
    }
    assert "R0UT1NGKEY" not in event.raw
    assert "abcdef" not in event.raw


def test_a_trigger_without_a_key_is_named_after_its_content() -> None:
    """So that a sender's retry is the same event; the routing key is no part of it."""
    body = {
        "event_action": "trigger",
        "payload": {"summary": "s", "source": "x", "severity": "info"},
    }
    keys = {dedup_key_of({**body, "routing_key": key}) for key in ("one", "two")}

    assert len(keys) == 1


def test_a_v3_webhook_is_identified_by_the_event_it_signs() -> None:
    """Its incident key ties trigger, acknowledgement and resolution together."""
    payload = recorded("pagerduty/v3_triggered.json")
    (event,) = normalised("pagerduty", payload, **{"x-webhook-id": "delivery"})

    assert event.source_event_id == "01D5HG1E3VDEM0WWDPLKYZ8UMJ"
    assert event.dedup_key == "d3640fbd41094207a1c11e58e46b1662"
    assert event.labels["service"] == "API Service"
    assert normalised("pagerduty", {"event": {"event_type": "pagey.ping"}}) == []


@pytest.mark.parametrize(
    ("action", "status"),
    [("acknowledge", EventStatus.ACKNOWLEDGED), ("resolve", EventStatus.RESOLVED)],
)
def test_what_follows_a_trigger_needs_only_the_key(action: str, status: EventStatus) -> None:
    """PagerDuty senders give no payload then."""
    (event,) = normalised("pagerduty", {"event_action": action, "dedup_key": "k"})

    assert (event.status, event.dedup_key) == (status, "k")


def test_the_three_forms_of_a_cloud_event_mean_the_same() -> None:
    """Binary, structured and batched give one and the same event."""
    whole = recorded("cloudevents/structured.json")
    assert isinstance(whole, dict)
    attributes = {f"ce-{k}": v for k, v in whole.items() if isinstance(v, str)}
    binary = normalised(
        "cloudevents", whole["data"], **{**attributes, "content-type": "application/json"}
    )
    structured = normalised(
        "cloudevents", whole, **{"content-type": "application/cloudevents+json"}
    )
    batched = normalised(
        "cloudevents", [whole], **{"content-type": "application/cloudevents-batch+json"}
    )

    assert {event.id for event in binary + structured + batched} == {structured[0].id}
    assert structured[0].status is EventStatus.FIRING
    assert structured[0].labels["component"] == "checkout"
    assert structured[0].labels["class"] == "org.example.probe"


def test_firing_and_resolved_cloud_events_share_a_dedup_key() -> None:
    """The type's last word is the status, the rest is what it is about."""
    whole = recorded("cloudevents/structured.json")
    assert isinstance(whole, dict)
    over = {**whole, "id": "a-2", "type": "org.example.probe.resolved"}
    firing, resolved = (normalised("cloudevents", one)[0] for one in (whole, over))

    assert firing.dedup_key == resolved.dedup_key
    assert (resolved.status, resolved.starts_at) == (EventStatus.RESOLVED, None)


def test_a_mapping_finds_the_canonical_fields_anywhere() -> None:
    """JMESPath per field; what is not mapped keeps its own name."""
    sources = configured({"custom": {"events": "list", "title": "what", "labels": "about"}})
    (event,) = sources["custom"].normalise(recorded("generic/custom.json"), {}).events

    assert (event.source, event.title, event.severity) == (
        "custom",
        "Backup failed",
        Severity.ERROR,
    )
    assert event.labels == {"service": "backup"}


@pytest.mark.parametrize(
    ("mappings", "where"),
    [
        ({"custom": {"titel": "x"}}, "mapping of custom"),
        ({"custom": {"title": "[["}}, "mapping of custom, title"),
        ({"grafana": {"title": "x"}}, "mapping of grafana"),
    ],
)
def test_a_wrong_mapping_is_refused_when_it_is_read(
    mappings: dict[str, dict[str, str]], where: str
) -> None:
    """At the start, not with the first alert."""
    with pytest.raises(InvalidInput) as refused:
        configured(mappings)

    assert refused.value.where == where


@pytest.mark.parametrize(
    ("source", "payload", "where"),
    [
        ("alertmanager", [], "body"),
        ("alertmanager", {}, "alerts"),
        ("alertmanager", {"alerts": {}}, "alerts"),
        ("alertmanager", {"alerts": [1]}, "alerts[0]"),
        ("alertmanager", {"alerts": [{}]}, "alerts[0].labels"),
        ("alertmanager", {"alerts": [{"status": "on"}]}, "alerts[0].status"),
        ("alertmanager", {"alerts": [{"status": "firing", "labels": 3}]}, "alerts[0].labels"),
        (
            "alertmanager",
            {"alerts": [{"status": "firing", "fingerprint": "f", "startsAt": "soon"}]},
            "alerts[0].startsAt",
        ),
        ("alertmanager", {"alerts": [{"status": "firing"}]}, "alerts[0].labels"),
        ("prometheus", {"alerts": []}, "body"),
        ("prometheus", [{"labels": {"a": "b"}, "endsAt": "soon"}], "[0].endsAt"),
        ("grafana", {"ruleName": "r", "state": "odd"}, "state"),
        ("pagerduty", {"service_key": "k", "event_type": "resolve"}, "dedup_key"),
        ("pagerduty", {"event_action": "explode"}, "event_action"),
        ("pagerduty", {"event_action": "resolve"}, "dedup_key"),
        ("pagerduty", {"event_action": "resolve", "dedup_key": "x" * 256}, "dedup_key"),
        ("pagerduty", {"event_action": "trigger"}, "payload"),
        ("pagerduty", {"event_action": "trigger", "payload": {}}, "payload.source"),
        (
            "pagerduty",
            {
                "event_action": "trigger",
                "payload": {"source": "a", "summary": "b", "severity": "bad"},
            },
            "payload.severity",
        ),
        ("pagerduty", {"event": {}}, "event.event_type"),
        ("cloudevents", {}, "specversion"),
        ("cloudevents", {"specversion": "0.3"}, "specversion"),
        ("cloudevents", {"specversion": "1.0"}, "source"),
        ("generic", 1, "body"),
        ("generic", [{}], "[0].title"),
        ("generic", {"title": "t", "status": "odd"}, "status"),
        ("generic", {"title": ["t"]}, "title"),
        ("generic", {"title": "t", "ends_at": "never"}, "ends_at"),
        ("generic", {"title": "t", "starts_at": True}, "starts_at"),
    ],
)
def test_what_is_malformed_is_named(source: str, payload: object, where: str) -> None:
    """The sender's operator finds the field without reading our code."""
    with pytest.raises(InvalidInput) as refused:
        normalised(source, payload)

    assert refused.value.where == where


def test_batched_cloud_events_must_be_a_list() -> None:
    """The content type says so."""
    with pytest.raises(InvalidInput):
        normalised("cloudevents", {}, **{"content-type": "application/cloudevents-batch+json"})
