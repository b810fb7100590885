"""Whatever JSON arrives: events that can be kept, or a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.rows import properties
from labo.adapters.sources import SOURCES
from labo.adapters.sources.pagerduty_events import enqueued
from labo.domain.incidents.events import Event
from labo.errors import InvalidInput

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
words = st.sampled_from(
    ["firing", "resolved", "trigger", "resolve", "incident.triggered", "1.0", "info", "error"]
)
times = st.datetimes().map(lambda t: t.isoformat() + "Z") | st.just("0001-01-01T00:00:00Z")
value = anything | words | times


def an_object(*names: str) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, value))


ALERT = st.fixed_dictionaries(
    {"status": words | scalars},
    optional={
        "labels": an_object("alertname", "severity", "service", "password"),
        "annotations": an_object("summary", "description"),
        "startsAt": value,
        "endsAt": value,
        "fingerprint": value,
        "generatorURL": value,
    },
)
BODIES: dict[str, st.SearchStrategy[object]] = {
    "alertmanager": st.fixed_dictionaries({"alerts": st.lists(ALERT, max_size=3)}),
    "grafana": st.fixed_dictionaries({"alerts": st.lists(ALERT, max_size=3)}),
    "prometheus": st.lists(ALERT, max_size=3),
    "pagerduty": st.one_of(
        st.fixed_dictionaries(
            {"event_action": words | value},
            optional={
                "dedup_key": value,
                "payload": an_object(
                    "summary", "source", "severity", "timestamp", "custom_details", "class"
                ),
                "links": st.lists(an_object("href"), max_size=2) | value,
            },
        ),
        st.fixed_dictionaries(
            {
                "event": st.fixed_dictionaries(
                    {"event_type": words},
                    optional={
                        "id": value,
                        "occurred_at": value,
                        "data": an_object("id", "title", "service", "created_at", "incident_key"),
                    },
                )
            }
        ),
    ),
    "cloudevents": st.fixed_dictionaries(
        {"specversion": st.just("1.0"), "id": value, "source": value, "type": words | value},
        optional={
            "time": value,
            "subject": value,
            "data": an_object("status", "title", "labels", "starts_at", "dedup_key") | value,
        },
    ),
    "azure": st.fixed_dictionaries(
        {
            "data": st.fixed_dictionaries(
                {
                    "essentials": an_object(
                        "alertId",
                        "alertRule",
                        "severity",
                        "monitorCondition",
                        "alertTargetIDs",
                        "configurationItems",
                        "firedDateTime",
                    )
                }
            )
        }
    ),
    "newrelic": an_object("id", "title", "state", "priority", "createdAt", "entitiesData"),
    "gcp": st.fixed_dictionaries(
        {"incident": an_object("incident_id", "state", "summary", "started_at", "resource")}
    ),
    "sns": st.fixed_dictionaries(
        {"TopicArn": value, "Type": st.sampled_from(["Notification", "SubscriptionConfirmation"])},
        optional={
            "Message": value | an_object("AlarmName", "NewStateValue", "Trigger").map(json.dumps),
            "MessageId": value,
            "Timestamp": value,
            "SubscribeURL": value,
        },
    ),
    "generic": an_object(
        "id", "title", "status", "severity", "labels", "links", "starts_at", "dedup_key"
    ),
}


def assert_can_be_kept(events: list[Event]) -> None:
    for event in events:
        for kept in properties(event).values():
            text = kept if isinstance(kept, str) else ""
            text.encode("utf-8")
        json.loads(event.raw)
        assert event.source_event_id
        assert len(event.dedup_key) <= 512
        assert event.starts_at is None or event.starts_at.tzinfo is not None


@pytest.mark.parametrize("source", sorted(SOURCES))
@given(data=st.data())
def test_any_body_gives_events_or_a_refusal(source: str, data: st.DataObject) -> None:
    """Never another exception; what comes out is storable and its raw text is JSON."""
    body = data.draw(BODIES[source] | anything)
    try:
        events = SOURCES[source].normalise(body, {}).events
    except InvalidInput as refused:
        assert refused.where
        return
    assert_can_be_kept(events)


@pytest.mark.parametrize("source", sorted(SOURCES))
@given(data=st.data())
def test_the_same_body_gives_the_same_events(source: str, data: st.DataObject) -> None:
    """Normalising is pure, so a sender's retry is recognised."""
    body = data.draw(BODIES[source])
    try:
        first = SOURCES[source].normalise(body, {}).events
    except InvalidInput:
        return
    again = SOURCES[source].normalise(body, {}).events

    assert [event.id for event in first] == [event.id for event in again]


@given(body=BODIES["pagerduty"] | anything)
def test_any_enqueued_body_gives_an_event_or_a_refusal(body: object) -> None:
    """The drop-in endpoint is as robust as the hooks."""
    try:
        event = enqueued(body)
    except InvalidInput:
        return
    assert_can_be_kept([event])


headers = st.dictionaries(
    st.sampled_from(
        ["authorization", "ce-id", "ce-source", "ce-type", "ce-specversion", "content-type"]
    ),
    st.text(max_size=30),
)


@given(body=anything, sent=headers)
def test_any_headers_give_events_or_a_refusal(body: object, sent: dict[str, str]) -> None:
    """Binary CloudEvents carry their attributes in headers."""
    try:
        events = SOURCES["cloudevents"].normalise(body, sent).events
    except InvalidInput:
        return
    assert_can_be_kept(events)
