"""Which component a set of labels names (tests/data/hooks/components.json)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import MAPPED, component_name, named_component
from labo.domain.incidents.linking.identity import locate
from tests.builders.events import an_alert

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "hooks" / "components.json").read_text()
)


def with_labels(labels: dict[str, str]) -> Event:
    return replace(an_alert(), labels={"alertname": "A", **labels})


def key_of(event: Event) -> str:
    return locate(event, component_name(event), {}).key


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row["labels"].values())[:60])
def test_labels_name_what_was_measured(row: dict[str, Any]) -> None:
    """The workload before the pod before the node, and never the exporter in between."""
    assert component_name(with_labels(row["labels"])) == row["component"]


def test_a_mapping_goes_before_every_label() -> None:
    """Who runs the monitor knows best; the rule says so."""
    event = replace(with_labels({"service": "cart"}), resource={MAPPED: "checkout"})

    assert named_component(event).name == "checkout"
    assert "mapping" in named_component(event).rule


def test_the_rule_names_the_label_as_it_was_sent() -> None:
    """So that who asks why finds it in the body."""
    assert named_component(with_labels({"exported_pod": "web-0"})).rule == "pod, exported_pod"


def test_strangers_without_a_component_stay_apart_and_the_same_one_is_found_again() -> None:
    """Source, alert and distinguishing labels make the identity; figures and links do not."""
    strangers = [{"topic": "orders"}, {"topic": "bills"}, {"domain": "shop.example"}]
    names = [component_name(with_labels(labels)) for labels in strangers]
    again = component_name(with_labels({"topic": "orders", "lag": "4711", "url_of": "http://x"}))
    elsewhere = component_name(replace(with_labels({"topic": "orders"}), source="grafana"))

    assert len({*names, elsewhere}) == 4
    assert again == names[0]


def test_a_long_identity_is_cut_without_becoming_anothers() -> None:
    """Component names stay readable in a list."""
    one, other = (
        component_name(with_labels({f"label_{n}": "x" * 70 for n in range(6)} | {"label_5": end}))
        for end in ("a", "b")
    )

    assert one != other
    assert max(len(one), len(other)) < 170


def test_a_slash_in_a_system_makes_no_two_components_one() -> None:
    """The key's first slash ends the system."""
    nested = key_of(replace(with_labels({"service": "c"}), resource={"system": "a/b"}))
    plain = key_of(replace(with_labels({"service": "b/c"}), resource={"system": "a"}))

    assert nested != plain


def test_a_log_line_of_nobody_is_named_by_its_words() -> None:
    """How a line was read sets nothing apart that its title does not."""
    labels = {"log.template": "order <*> lost", "log.level": "ERROR", "log.evidence": "ERROR"}
    event = replace(an_alert(), source="logs", title="order <*> lost", labels=labels, resource={})

    assert component_name(event) == "logs: order <*> lost"
