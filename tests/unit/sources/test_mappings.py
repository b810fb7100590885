"""What mappings can say beside the fields' names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labo.adapters.sources import configured
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import component_name
from labo.errors import InvalidInput

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def mapped(body: object, name: str = "mine", **mapping: str) -> Event:
    return configured({name: {"title": "'t'", **mapping}})[name].normalise(body, {}).events[0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("at", 1795953600000),
        ("divide(at, `1000`)", 1795953600000),
        ("multiply(at, `60`)", 29932560),
        ("add(at, `3600`)", 1795950000),
        ("subtract(at, `978307200`)", 2774260800),
        ("epoch_ms(at)", "1795953600000"),
        ("epoch_us(at)", 1795953600000000),
        ("epoch_ns(at)", 1795953600000000000),
        ("from_json(at).t", '{"t": 1795953600}'),
        ("split(at, '|')[1]", "x|2026-11-29T12:00:00Z"),
    ],
)
def test_an_expression_may_calculate(expression: str, value: object) -> None:
    """JMESPath has no arithmetic of its own."""
    assert mapped({"at": value}, starts_at=expression).starts_at == NOON


@pytest.mark.parametrize(
    "expression", ["divide(`1`, `0`)", "from_json(at)", "add(at, `1`)", "multiply(`1e308`, `10`)"]
)
def test_a_calculation_that_fails_is_the_items_fault(expression: str) -> None:
    """Named by the field, as any other malformed value."""
    with pytest.raises(InvalidInput) as refused:
        mapped({"at": "no number"}, starts_at=expression)

    assert refused.value.where == "starts_at"


def test_null_goes_through_the_functions() -> None:
    """A field that a body lacks is absent, not malformed."""
    assert (
        mapped({}, starts_at="epoch_ms(at)", description="lower(split(a, 'b')[0])").starts_at
        is None
    )


def test_a_number_of_severity_is_read_by_the_sources_scale() -> None:
    """By the source's name, or by what the mapping says; else it is unknown and said."""
    zabbix = mapped({"severity": 5}, "zabbix")
    nagios = mapped({"severity": 2}, severity_scale="nagios")
    unknown = mapped({"severity": 2})

    assert (zabbix.severity, nagios.severity) == (Severity.CRITICAL, Severity.CRITICAL)
    assert unknown.severity is Severity.WARNING
    assert unknown.labels["labo.unknown_severity"] == "2"


def test_a_scale_that_is_not_known_is_refused_when_it_is_read() -> None:
    """At the start, not with the first alert."""
    with pytest.raises(InvalidInput) as refused:
        mapped({}, severity_scale="richter")

    assert refused.value.where == "mapping of mine, severity_scale"


def test_a_mapping_or_a_list_of_labels_names_the_component() -> None:
    """Before the documented order."""
    labels = {"service": "cart", "squad": "checkout"}
    by_mapping = mapped({"labels": labels}, component="labels.squad")
    sources = configured({}, {"alertmanager": ["missing", "squad"]})
    body = {
        "alerts": [
            {"status": "firing", "labels": labels},
            {"status": "firing", "labels": {"service": "x"}},
        ]
    }
    first, second = sources["alertmanager"].normalise(body, {}).events

    assert component_name(by_mapping) == component_name(first) == "checkout"
    assert component_name(second) == "x"


def test_labels_for_a_source_that_does_not_exist_are_refused() -> None:
    """A slip in the settings is said at the start."""
    with pytest.raises(InvalidInput):
        configured({}, {"alertmanger": ["squad"]})


def test_a_mapping_replaces_a_built_in_mapping() -> None:
    """Only formats with a document of their own are fixed."""
    sources = configured({"azure": {"title": "name"}})

    assert sources["azure"].normalise({"name": "x"}, {}).events[0].title == "x"


def test_two_ids_that_cannot_be_stored_stay_two() -> None:
    """A lone surrogate cannot be written; a mark in its place would make two deliveries one."""
    one, other = (mapped({"id": f"a{mark}"}, id="id") for mark in ("\ud800", "\ud801"))

    assert one.id != other.id
    one.source_event_id.encode()
