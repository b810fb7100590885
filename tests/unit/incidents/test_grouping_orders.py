"""Occurrences become the same incidents whatever order and batches they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.incidents.incidents import GROUPING_WINDOW, Occurrence
from labo.domain.incidents.linking.candidates import near_components, search_spans
from labo.domain.incidents.linking.grouping import LinkedIncident, group
from labo.domain.incidents.linking.included import Included
from tests.unit.incidents.test_grouping import CHAIN, an_occurrence

MINUTES = st.integers(0, 40).map(lambda half: half / 2)


class FakeGraph:
    """Keeps what linking made, and answers as sparingly as the statements do."""

    def __init__(self) -> None:
        self.incidents: dict[str, LinkedIncident] = {}
        self.holder: dict[str, str] = {}
        self.occurrences: dict[str, Occurrence] = {}

    def link(self, *fresh: Occurrence) -> None:
        near = near_components({o.component for o in fresh}, CHAIN)
        included = [one for span in search_spans(fresh, near) for one in self._started(*span)]
        named = {one.incident for one in included}
        linked = [self.incidents[name] for name in named]
        result = group(fresh, (), linked, included, near, lambda o: o.id)
        for younger, older in result.merged:
            taken = [o for o, holder in self.holder.items() if holder == younger]
            self.holder |= dict.fromkeys(taken, older)
        self.holder |= {occurrence: incident for incident, occurrence in result.included}
        self.occurrences |= {occurrence.id: occurrence for occurrence in fresh}
        for one in result.incidents:
            newer = replace(one.incident, version=one.incident.version + 1)
            self.incidents[newer.id] = replace(one, incident=newer)

    def _started(self, component: str, first: datetime, last: datetime) -> list[Included]:
        on = sorted(
            (o for o in self.occurrences.values() if o.component == component),
            key=lambda o: (o.started_at, o.id),
        )
        before = [o for o in on if first - GROUPING_WINDOW <= o.started_at <= first]
        within = [o for o in on if first <= o.started_at <= last]
        after = [o for o in on if last <= o.started_at <= last + GROUPING_WINDOW]
        return [
            Included(self.holder[o.id], o.component, o.dedup_key, o.started_at)
            for o in (*before[-1:], *within[:1], *after[:1])
        ]

    def groups(self) -> set[frozenset[str]]:
        by_holder: dict[str, set[str]] = {}
        for occurrence, holder in self.holder.items():
            by_holder.setdefault(holder, set()).add(occurrence)
        return {frozenset(group) for group in by_holder.values()}


def connected(occurrences: Sequence[Occurrence]) -> set[frozenset[str]]:
    """What the rule says of all of them at once: related ones, and theirs, are one incident."""
    near = near_components(CHAIN, CHAIN)
    groups = {o.id: frozenset({o.id}) for o in occurrences}
    for one, other in combinations(occurrences, 2):
        is_close = abs(one.started_at - other.started_at) <= GROUPING_WINDOW
        if is_close and other.component in near[one.component]:
            joined = groups[one.id] | groups[other.id]
            groups |= dict.fromkeys(joined, joined)
    return set(groups.values())


STARTS = st.lists(st.tuples(st.sampled_from(sorted(CHAIN)), MINUTES), min_size=1, max_size=12)
ENDS = st.none() | MINUTES


def in_batches(occurrences: Sequence[Occurrence], data: st.DataObject) -> set[frozenset[str]]:
    """The incidents that they make in this order, in batches of any sizes."""
    left, graph = list(occurrences), FakeGraph()
    while left:
        size = data.draw(st.integers(1, len(left)))
        graph.link(*left[:size])
        left = left[size:]
    return graph.groups()


@given(starts=STARTS, data=st.data())
def test_what_lasts_makes_the_same_incidents_in_any_order(
    starts: list[tuple[str, float]], data: st.DataObject
) -> None:
    """Three occurrences of each span tell as much as all of them."""
    occurrences = [
        replace(an_occurrence(component, minute, key=f"k{n}"), id=f"o{n}")
        for n, (component, minute) in enumerate(starts)
    ]

    assert in_batches(data.draw(st.permutations(occurrences)), data) == connected(occurrences)


@given(lasting=st.lists(st.tuples(STARTS.map(lambda s: s[0]), ENDS), min_size=1), data=st.data())
def test_what_ends_makes_the_same_incidents_in_any_batches(
    lasting: list[tuple[tuple[str, float], float | None]], data: st.DataObject
) -> None:
    """In the order of the starts; all at once tells what the rule says."""
    occurrences = [
        replace(
            an_occurrence(
                component, minute, ends=None if length is None else minute + length, key=f"k{n}"
            ),
            id=f"o{n:02d}",
        )
        for n, ((component, minute), length) in enumerate(lasting)
    ]
    ordered = sorted(occurrences, key=lambda o: (o.started_at, o.id))
    at_once = FakeGraph()
    at_once.link(*ordered)

    assert in_batches(ordered, data) == at_once.groups()
