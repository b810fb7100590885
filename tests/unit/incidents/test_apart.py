"""Linking respects that a person set incidents apart."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.incidents.apart import marks_of
from labo.domain.incidents.linking.candidates import near_components
from labo.domain.incidents.linking.grouping import group
from labo.domain.incidents.linking.included import Included
from tests.unit.incidents.test_grouping import CHAIN, a_linked_incident, an_occurrence


def test_incidents_that_a_person_set_apart_are_not_merged() -> None:
    """What fits both joins the one in which its alert fired before, else the oldest."""
    one = a_linked_incident(an_occurrence("s/a", 0, key="one"))
    other = a_linked_incident(an_occurrence("s/b", 1, key="other"))
    marks = marks_of("split")
    apart = [
        replace(known.linked, apart=frozenset({mark}))
        for known, mark in zip((one, other), marks, strict=True)
    ]
    included = [
        Included(known.incident.id, o.component, o.dedup_key, o.started_at)
        for known in (one, other)
        for o in known.occurrences
    ]
    again, new = an_occurrence("s/b", 2, key="other"), an_occurrence("s/b", 3, key="new")
    result = group(
        [again, new],
        [],
        apart,
        included,
        near_components({"s/b"}, CHAIN),
        lambda o: o.component,
    )

    assert result.merged == ()
    assert {o: i for i, o in result.included} == {
        again.id: other.incident.id,
        new.id: one.incident.id,
    }
    assert {one.incident.id: one.apart for one in result.incidents} == {
        linked.incident.id: linked.apart for linked in apart
    }


def test_a_merge_takes_the_marks_along() -> None:
    """What is merged with one part is apart from the other part too."""
    old = a_linked_incident(an_occurrence("s/a", 0))
    part = a_linked_incident(an_occurrence("s/c", 4))
    marked = replace(part.linked, apart=frozenset(marks_of("split")[:1]))
    included = [
        Included(known.incident.id, o.component, o.dedup_key, o.started_at)
        for known in (old, part)
        for o in known.occurrences
    ]
    bridge = an_occurrence("s/b", 3)
    result = group(
        [bridge], [], [old.linked, marked], included, near_components({"s/b"}, CHAIN), str
    )

    [survivor] = [one for one in result.incidents if one.incident.id == old.incident.id]
    assert result.merged == ((part.incident.id, old.incident.id),)
    assert survivor.apart == marked.apart
