"""What would separate the causes that no available metric separates."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from labo.domain.metric_sets.sets import (
    HEALTHY,
    Pair,
    Remedy,
    RemedyKind,
    SignatureTable,
    State,
)

MOST_A_PAIR = 3
"""Remedies per pair: what a person reads. By judgement."""


def remedies(
    table: SignatureTable, excluded: Collection[str], pairs: Collection[Pair]
) -> tuple[Remedy, ...]:
    """At most three per pair: excluded metrics that separate it, then those with unknown states.

    The cheapest first; of the latter those that are known to deviate under one of the two, then
    those known to stay normal, then those never measured.
    """
    found: list[Remedy] = []
    for pair in pairs:
        ranked = sorted(_candidates(table, frozenset(excluded), pair), key=lambda c: c[0])
        found.extend(remedy for _, remedy in ranked[:MOST_A_PAIR])
    return tuple(found)


def _candidates(
    table: SignatureTable, excluded: frozenset[str], pair: Pair
) -> Iterator[tuple[tuple[int, float, str], Remedy]]:
    for metric in table.metrics:
        states = {cause: _state(table, cause, metric) for cause in pair}
        unknown = tuple(c for c, state in states.items() if state is State.UNKNOWN)
        known = [state for state in states.values() if state is not State.UNKNOWN]
        cost = table.costs.get(metric, 1.0)
        if not unknown and known[0] is not known[1] and metric in excluded:
            yield (0, cost, metric), Remedy(pair, metric, RemedyKind.ALLOW)
        elif unknown:
            observed_rank = 3 if not known else 2 if known[0] is State.NORMAL else 1
            yield (observed_rank, cost, metric), Remedy(pair, metric, RemedyKind.LEARN, unknown)


def _state(table: SignatureTable, cause: str, metric: str) -> State:
    if cause == HEALTHY and HEALTHY not in table.causes:
        return State.NORMAL
    return table.states.get(cause, {}).get(metric, State.UNKNOWN)
