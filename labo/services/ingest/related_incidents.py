"""Relating what opened to the incidents that it follows or overlaps, within linking's turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph import linking as kept
from graph.client import Transaction
from labo.domain.incidents.incidents import Incident, Occurrence
from labo.domain.incidents.linking.candidates import Components
from labo.domain.incidents.linking.grouping import Grouped
from labo.domain.incidents.linking.included import Included
from labo.domain.incidents.linking.succession import Succession, succession


async def relate(
    tx: Transaction,
    grouped: Grouped,
    fresh: Mapping[str, Occurrence],
    included: Iterable[Included],
    near: Components,
) -> None:
    """Relate each incident that `grouped` opened to the earlier ones near it."""
    opened = {one.id: one for one in _opened(grouped)}
    first = {i: fresh[o] for i, o in reversed(grouped.included) if i in opened and o in fresh}
    nearby = [
        (incident, component, occurrence.started_at)
        for incident, occurrence in first.items()
        for component in near[occurrence.component]
    ]
    recurring = set(_recurring(first, included))
    pairs = recurring | {(one.later, one.earlier) for one in await kept.earlier(tx, nearby)}
    earlier = await kept.linked_incidents(tx, (before for _, before in pairs)) if pairs else []
    by_id = {one.incident.id: one for one in earlier}
    related: dict[Succession, list[tuple[str, str]]] = {}
    for later, before in pairs:
        recurs = (later, before) in recurring
        if kind := succession(opened[later].opened_at, by_id[before], recurs=recurs):
            related.setdefault(kind, []).append((later, before))
    await kept.link_successions(tx, related)


def _opened(grouped: Grouped) -> Iterator[Incident]:
    for one in grouped.incidents:
        if one.incident.version == 0 and one.incident.merged_into is None:
            yield one.incident


def _recurring(
    first: Mapping[str, Occurrence], included: Iterable[Included]
) -> Iterator[tuple[str, str]]:
    """Pairs (incident, the last earlier one that its first alert was in)."""
    known = sorted(included, key=lambda one: one.started_at)
    for incident, occurrence in first.items():
        of_key = [
            one.incident
            for one in known
            if one.dedup_key == occurrence.dedup_key
            and one.started_at < occurrence.started_at
            and one.incident != incident
        ]
        if of_key:
            yield incident, of_key[-1]
