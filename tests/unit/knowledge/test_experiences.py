"""What an experience holds is read as data, and nothing in it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.knowledge.experiences import labelled_incident_of
from tests.builders.experiences import a_labelled_incident, labelled


@pytest.mark.parametrize(
    "changed",
    [
        {"readings": {"latency": 10**400}},
        {"kind": ["alert"]},
        {"kind": "rumour"},
        {"problem": ""},
    ],
)
def test_a_content_that_is_no_lesson_is_none(changed: dict[str, object]) -> None:
    """It comes out of the graph: whatever it holds, nothing fails on it."""
    kept = labelled("a", a_labelled_incident())

    assert labelled_incident_of(kept) is not None
    assert labelled_incident_of(replace(kept, content={**kept.content, **changed})) is None


def test_a_foreseen_probability_beyond_any_float_is_unknown() -> None:
    """The labelled incident itself still counts."""
    kept = labelled("a", a_labelled_incident())
    labelled_incident = labelled_incident_of(
        replace(kept, content={**kept.content, "foreseen": 10**400})
    )

    assert labelled_incident is not None
    assert labelled_incident.foreseen is None
