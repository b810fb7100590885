"""Where to search for the incidents that new occurrences may belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from labo.domain.incidents.incidents import GROUPING_WINDOW, Occurrence

Components = Mapping[str, frozenset[str]]
"""Components by the component that they are near to, both by key."""


def near_components(components: Iterable[str], neighbours: Components) -> Components:
    """What is at most two hops away from each component, itself included; direction is ignored.

    `neighbours` call or are called; they are given of the components and of their neighbours.
    """
    none: frozenset[str] = frozenset()
    near = {}
    for component in components:
        adjacent = neighbours.get(component, none)
        near[component] = frozenset({component}).union(
            adjacent, *(neighbours.get(other, none) for other in adjacent)
        )
    return near


def search_spans(
    fresh: Iterable[Occurrence], near: Components
) -> list[tuple[str, datetime, datetime]]:
    """Spans (component, first, last) of the starts of fresh occurrences that it is `near` to.

    A span is no longer than the grouping window. Then whatever started on the component within it
    is related to all of these occurrences, and belongs to one incident; so does what started within
    the window before it, and after it. Three occurrences thus tell all incidents of a span.
    """
    spans = []
    for block in _blocks(sorted(fresh, key=lambda o: o.started_at)):
        components = frozenset[str]().union(*(near[o.component] for o in block))
        first, last = block[0].started_at, block[-1].started_at
        spans += [(component, first, last) for component in components]
    return spans


def _blocks(ordered: Sequence[Occurrence]) -> Iterator[Sequence[Occurrence]]:
    start = 0
    for position, occurrence in enumerate(ordered):
        if occurrence.started_at - ordered[start].started_at > GROUPING_WINDOW:
            yield ordered[start:position]
            start = position
    if ordered:
        yield ordered[start:]
