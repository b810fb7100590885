"""Which training examples a labelled incident carries, and how they are stored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.entities.series import Case, SeriesKey, Topology
from labo.domain.knowledge.experiences import (
    NON_ROOT,
    TrainingExample,
    labelled_incident_of,
)
from labo.domain.learning.labelled_incidents import (
    MAX_AFFECTED,
    MAX_FEATURES,
    Claimed,
    labelled_incidents_of,
)
from tests.builders.experiences import a_labelled_incident, labelled
from tests.builders.faults import a_fault


def beside(case: Case, *names: str) -> Case:
    """`case` with more components, each of which does what `web` does."""
    copies = {
        SeriesKey(name, key.metric): one
        for name in names
        for key, one in case.series.items()
        if key.component == "web"
    }
    roles = {"db": "database", "web": "service"} | dict.fromkeys(names, "cache")
    topology = Topology((*case.topology.components, *names), (("web", "db"),))
    return replace(case, series={**case.series, **copies}, topology=topology, roles=roles)


def test_a_lesson_carries_its_cause_and_the_bystanders() -> None:
    """Each by its role and pattern; what did not move is not in it."""
    case = beside(a_fault("full disk", label=("full disk@db",)), "redis")
    [labelled_incident] = labelled_incidents_of(case, Claimed()).labelled_incidents
    cause, *others = labelled_incident.training_examples

    assert (cause.role, cause.title) == ("database", "full disk")
    assert cause.features["disk_used"] > 5
    assert cause.features["disk_used~top"] > 3
    assert [(one.role, one.title) for one in others] == [
        ("cache", NON_ROOT),
        ("service", NON_ROOT),
    ]
    assert all(one.features["latency"] > 3 for one in others)
    assert not any("disk_used" in one.features for one in others)


def test_other_causes_of_the_same_case_are_no_bystanders() -> None:
    """Else the weights would learn that a cause is none."""
    case = beside(a_fault("full disk", label=("full disk@db", "slow@web")), "redis")
    labelled_incidents = labelled_incidents_of(case, Claimed()).labelled_incidents

    assert [
        [(one.role, one.title) for one in labelled_incident.training_examples]
        for labelled_incident in labelled_incidents
    ] == [
        [("database", "full disk"), ("cache", NON_ROOT)],
        [("service", "slow"), ("cache", NON_ROOT)],
    ]


def test_of_many_bystanders_those_that_moved_most_are_kept() -> None:
    """They are the ones that a cause is mistaken for."""
    calm = tuple(f"calm{i}" for i in range(MAX_AFFECTED + 10))
    case = a_fault("full disk", label=("full disk@db",))
    case = replace(case, topology=Topology((*calm, *case.topology.components), ()))
    [labelled_incident] = labelled_incidents_of(case, Claimed()).labelled_incidents

    assert len(labelled_incident.training_examples) == 1 + MAX_AFFECTED
    assert labelled_incident.training_examples[1].features["latency"] > 3
    assert all(one.features == {} for one in labelled_incident.training_examples[2:])


def test_of_very_many_metrics_an_example_keeps_those_that_moved_most() -> None:
    """A labelled incident is kept for good, and a component may have thousands of metrics."""
    case = a_fault("full disk", label=("full disk@db",))
    moved = max(
        (key for key in case.series if key.component == "db"),
        key=lambda key: abs(
            labelled_incidents_of(case, Claimed())
            .labelled_incidents[0]
            .z_scores.get(key.metric, 0.0)
        ),
    )
    copies = {SeriesKey("db", f"copy{i}"): case.series[moved] for i in range(MAX_FEATURES)}
    [labelled_incident] = labelled_incidents_of(
        replace(case, series={**case.series, **copies}), Claimed()
    ).labelled_incidents
    features = labelled_incident.training_examples[0].features

    assert len(features) == MAX_FEATURES
    assert min(map(abs, features.values())) > 3


some_training_examples = st.lists(
    st.builds(
        TrainingExample,
        st.text(),
        st.text(),
        st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    max_size=4,
)


@given(some_training_examples.map(tuple))
def test_examples_are_kept_as_they_are(training_examples: tuple[TrainingExample, ...]) -> None:
    """Through the text that the graph keeps, to the last bit."""
    kept = labelled("a", replace(a_labelled_incident(), training_examples=training_examples))
    read = replace(kept, content=json.loads(json.dumps(kept.content)))

    for one in (kept, read):
        labelled_incident = labelled_incident_of(one)
        assert labelled_incident is not None
        assert labelled_incident.training_examples == training_examples


GOOD = {"role": "database", "title": "p1 happens", "pattern": {"latency": 9.0}}


@pytest.mark.parametrize(
    "bad",
    [
        3,
        "text",
        None,
        {},
        {**GOOD, "role": 1},
        {**GOOD, "title": None},
        {**GOOD, "pattern": [9.0]},
        {**GOOD, "pattern": {"latency": "9"}},
        {**GOOD, "pattern": {"latency": float("nan")}},
        {**GOOD, "pattern": {"latency": True}},
    ],
)
def test_malformed_examples_are_skipped_and_the_lesson_still_counts(bad: object) -> None:
    """They help; readings and problem teach without them."""
    kept = labelled("a")
    mixed = labelled_incident_of(replace(kept, content={**kept.content, "examples": [bad, GOOD]}))
    none = labelled_incident_of(replace(kept, content={**kept.content, "examples": bad}))
    expected = replace(
        a_labelled_incident(),
        training_examples=(TrainingExample("database", "p1 happens", {"latency": 9.0}),),
    )

    assert mixed == expected
    assert none == a_labelled_incident()


def test_a_lesson_of_before_there_were_examples_still_counts() -> None:
    """Graphs are older than this."""
    kept = labelled("a")
    old = {name: value for name, value in kept.content.items() if name != "examples"}

    assert labelled_incident_of(replace(kept, content=old)) == a_labelled_incident()
