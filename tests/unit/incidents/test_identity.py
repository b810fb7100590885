"""Where an event happened and which problem it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from labo.domain.entities.components import Component
from labo.domain.entities.problems import ProblemKind
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.incidents.linking.identity import locate, problem_of
from tests.builders.events import an_alert


def located(event: Event, known: Mapping[str, Sequence[Component]]) -> Component:
    return locate(event, component_name(event), known)


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"service": "a", "job": "b"}, "a"),
        ({"component": "c", "app": "d"}, "c"),
        ({"job": "b", "instance": "i:1"}, "b"),
        ({"instance": "10.0.0.1:9100"}, "10.0.0.1"),
        ({"host": "h"}, "h"),
        ({}, "alertmanager: HighLatency"),
    ],
)
def test_the_most_telling_label_names_the_component(labels: dict[str, str], name: str) -> None:
    """A service before its host, a host without its port."""
    assert component_name(replace(an_alert(), labels=labels)) == name


def test_resource_attributes_count_like_labels() -> None:
    """OpenTelemetry's name comes first."""
    event = replace(an_alert(service="x"), resource={"service.name": "cart"})

    assert component_name(event) == "cart"


def test_an_event_without_a_system_goes_to_the_only_component_of_its_name() -> None:
    """Imported topologies have a system that monitors know nothing of."""
    shop = Component("shop/checkout", "checkout", "shop", role="gateway")
    other = Component("bank/checkout", "checkout", "bank")
    home = Component("default/checkout", "checkout")

    assert located(an_alert(), {"checkout": [shop]}) is shop
    assert located(an_alert(), {"checkout": [shop, home]}) is home
    assert located(an_alert(), {"checkout": [shop, other]}).key == "default/checkout"
    assert located(an_alert(system="bank"), {"checkout": [shop, other]}) is other
    assert located(an_alert(system="new"), {"checkout": [shop]}).key == "new/checkout"


def test_an_unknown_component_gets_the_role_that_its_name_suggests() -> None:
    """So that its problems compare with those of its kind elsewhere."""
    assert located(an_alert(service="orders-postgres"), {}).role == "database"


def test_the_problem_is_named_by_alert_template_or_metric() -> None:
    """The kind says which."""
    alert = problem_of(an_alert(), "service")
    log = problem_of(replace(an_alert(), labels={"log.template": "refused <*>"}), "service")
    metric = problem_of(replace(an_alert(), labels={"metric": "cpu"}), "service")

    assert (alert.kind, alert.title) == (ProblemKind.ALERT, "HighLatency")
    assert (log.kind, log.title) == (ProblemKind.LOG, "refused <*>")
    assert (metric.kind, metric.title) == (ProblemKind.METRIC, "service is saturated (cpu)")
    assert len({alert.key, log.key, metric.key, problem_of(an_alert(), "cache").key}) == 4


def test_changing_figures_in_a_title_do_not_make_another_problem() -> None:
    """Only where no alert name is given."""
    titles = ("Disk 93% full on 10.0.0.1", "Disk 94% full on 10.0.0.2")
    keys = {problem_of(replace(an_alert(), labels={}, title=t), "host").key for t in titles}

    assert len(keys) == 1
