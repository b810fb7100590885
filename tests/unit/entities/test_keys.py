"""Texts that name two things at once can be taken apart again, whatever the names hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.diagnosis.classification.feature_vectors import SHAPES, feature_name, source_of
from labo.domain.entities.conditions import Direction, metric_and_direction, state_key
from labo.domain.entities.keys import (
    component_key,
    hypothesis_key,
    measurement_key,
    owner_and_metric,
    problem_and_component,
    system_and_name,
)
from labo.domain.entities.problems import (
    Problem,
    ProblemKind,
    behaviour_instead,
    metric_problem,
    on_component,
    problem_key,
)

NAMES = st.one_of(
    st.text(min_size=1),
    # Short ones of the marks and of what stands for them, so that they meet in every way.
    st.lists(st.sampled_from([":", "/", "@", "%", "25", "3A", "2F", "a", "~"]), min_size=1).map(
        "".join
    ),
)
DIRECTIONS = st.sampled_from(Direction)
ORDINARY = st.text(st.characters(exclude_characters=":/"), min_size=1).filter(
    lambda name: "3A" not in name and "2F" not in name
)


@given(NAMES, NAMES)
def test_a_components_key_gives_back_its_system_and_name(system: str, name: str) -> None:
    """A namespace in the name, and a slash in the system."""
    assert system_and_name(component_key(system, name)) == (system, name)


@given(NAMES, NAMES)
def test_a_measurements_key_gives_back_its_owner_and_metric(owner: str, metric: str) -> None:
    """A host with its port, a cloud's resource, a recording rule."""
    assert owner_and_metric(measurement_key(owner, metric)) == (owner, metric)


@given(ORDINARY, ORDINARY)
def test_ordinary_names_stand_in_a_key_as_they_are(one: str, other: str) -> None:
    """What is stored already is still found."""
    assert component_key(one, other) == f"{one}/{other}"
    assert measurement_key(one, other) == f"{one}:{other}"
    assert component_key(one, "ns/pod:1") == f"{one}/ns/pod:1"
    assert measurement_key("AWS::ECS", other) == f"AWS::ECS:{other}"


@given(NAMES, st.sampled_from(Direction))
def test_a_state_gives_back_its_metric_and_direction(metric: str, direction: Direction) -> None:
    """Directions are known words, so that a metric may hold any mark."""
    assert metric_and_direction(state_key(metric, direction)) == (metric, direction)


@pytest.mark.parametrize("state", ["normal", "unknown", "", ":high", "latency:sideways", "high"])
def test_what_is_no_state_of_a_metric_has_no_parts(state: str) -> None:
    """Chains say *normal* and *unknown* too."""
    assert metric_and_direction(state) is None


@given(NAMES.map(str.strip).filter(bool), NAMES.map(str.strip).filter(bool))
def test_a_hypothesis_gives_back_its_problem_and_component(problem: str, component: str) -> None:
    """The component is known, so that either may hold an `@`."""
    key = hypothesis_key(problem, component)
    found = problem_and_component(key, [component])

    assert hypothesis_key(*found) == key
    assert found[1] == component


@given(st.text(st.characters(exclude_characters="~"), min_size=1), st.sampled_from(sorted(SHAPES)))
def test_a_feature_gives_back_its_source(metric: str, shape: str) -> None:
    """Of the level, and of each shape."""
    assert source_of(feature_name(metric, shape)) == source_of(metric)


def test_a_tilde_in_a_metrics_name_is_no_shape() -> None:
    """Only the shapes that there are end a feature's name."""
    assert source_of("disk~1") == "disk~1"
    assert source_of(feature_name("disk~1", "top")) == "disk~1"


def test_a_metrics_problem_is_named_by_the_behaviour_that_it_shows() -> None:
    """Key and title are what diagnoses, labels, events and scenarios all give it."""
    found = metric_problem("database", "job:latency", Direction.HIGH)

    assert found == metric_problem("database", "db.client.operation.duration.p99", Direction.HIGH)
    assert found.key == problem_key("database", ProblemKind.METRIC, "slow")
    assert (found.title, found.role) == ("database is slow", "database")


@given(st.sampled_from(["latency", "job:rate", "指标 一", "log.template.82ad.rate"]), DIRECTIONS)
def test_a_problem_of_one_metric_is_found_to_be_a_behaviour(
    metric: str, direction: Direction
) -> None:
    """What was stored under a metric and a direction stands for what metrics show now."""
    key = problem_key("cache", ProblemKind.METRIC, state_key(metric, direction))
    stored = Problem(key, f"{metric} {direction} on cache", "cache", ProblemKind.METRIC)

    assert behaviour_instead(stored) == metric_problem("cache", metric, direction)


def test_other_problems_are_no_behaviour_of_a_metric() -> None:
    """A person's name for one, an alert, and what is a behaviour already."""
    said = Problem(
        problem_key("db", ProblemKind.METRIC, "hot lock"), "hot lock", "db", ProblemKind.METRIC
    )
    alert = Problem("k", "latency high on db", "db", ProblemKind.ALERT)
    alike = Problem("k", "latency high on db", "db", ProblemKind.METRIC)

    for one in (said, alert, alike, metric_problem("db", "latency", "high")):
        assert behaviour_instead(one) is None


def test_a_problem_on_a_component_reads_as_a_title() -> None:
    slow = metric_problem("service", "latency", "high")
    alert = Problem("k", "service Down", "service", ProblemKind.ALERT)

    assert on_component(slow, "checkout") == "checkout is slow"
    assert on_component(alert, "checkout") == "service Down on checkout"
