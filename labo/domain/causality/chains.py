"""Chains of causes, the strongest first, over a graph too large to examine completely.

The probability of a chain is the product of its edges' probabilities, so a chain never becomes
likelier by becoming longer, and everything below a floor can be pruned early.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labo.domain.causality.edges import EdgeStatus, Relation


@dataclass(frozen=True, slots=True)
class Link:
    """One CAUSES shortcut between problem keys."""

    cause: str
    effect: str
    edge: str
    probability: float
    strength: float
    status: EdgeStatus
    relation: Relation


@dataclass(frozen=True, slots=True)
class CausalChain:
    """`links` from the first cause to the last effect; at least one."""

    links: tuple[Link, ...]
    probability: float

    @property
    def problems(self) -> tuple[str, ...]:
        return (self.links[0].cause, *(link.effect for link in self.links))


@dataclass(slots=True)
class Spread:
    """A breadth-first search from `start`, backwards (to causes) or forwards.

    For each problem reached it holds the strongest chain within the levels searched so far. A
    problem is expanded again only when a stronger chain to it was found. Once `limit` problems
    are reached, the weakest of the best `limit` chains becomes the floor: extending a chain cannot
    raise its probability, so nothing below the floor can belong to the result.
    """

    start: str
    backwards: bool
    floor: float
    limit: int | None = None
    best: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    probability: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.best[self.start] = ()
        self.probability[self.start] = 1.0

    def seeds(self, frontier: Sequence[str]) -> list[dict[str, str | float]]:
        """For each problem of the frontier: the probability of the chain to it (`reach`), and
        the lowest edge probability worth following from there (`floor`).
        """
        reaches = ((key, self.probability[key]) for key in sorted(frontier))
        return [{"key": key, "reach": p, "floor": self.floor / p} for key, p in reaches]

    def advance(self, found: Iterable[Link], width: int) -> list[str]:
        """Process the links that leave the frontier; return the next one, strongest first."""
        reached: dict[str, tuple[float, tuple[Link, ...]]] = {}
        before = {key: (self.probability[key], self.best[key]) for key in self.best}
        for link in found:
            here, there = (link.effect, link.cause) if self.backwards else (link.cause, link.effect)
            so_far, chain = before[here]
            score = so_far * link.probability
            known = max(self.probability.get(there, 0.0), reached.get(there, (0.0, ()))[0])
            if score >= self.floor and score > known:
                reached[there] = (score, (link, *chain) if self.backwards else (*chain, link))
        ranked = sorted(reached, key=lambda key: (-reached[key][0], key))[:width]
        for key in ranked:
            self.probability[key], self.best[key] = reached[key]
        self._raise_floor()
        return [key for key in ranked if self.probability[key] >= self.floor]

    def _raise_floor(self) -> None:
        if self.limit is not None and len(self.probability) > self.limit:
            # The start itself has probability 1 and is not a result.
            best = heapq.nlargest(self.limit + 1, self.probability.values())
            self.floor = max(self.floor, best[-1])

    def chains(self, limit: int) -> list[CausalChain]:
        """The strongest chain to each problem reached, likeliest first."""
        found = [CausalChain(c, self.probability[k]) for k, c in self.best.items() if c]
        found.sort(key=lambda c: (-c.probability, len(c.links), c.problems))
        return found[:limit]


MAX_STEPS = 5_000
"""Partial chains that a search between two problems extends at most: it bounds the time, at the
cost of completeness in a dense graph. By judgement."""


def strongest_paths(
    links: Iterable[Link], cause: str, effect: str, *, max_depth: int, floor: float, limit: int
) -> list[CausalChain]:
    """The `limit` likeliest simple chains from `cause` to `effect` of at most `max_depth` links.

    Best-first search: chains are completed in the order of their probability. It stops after
    `MAX_STEPS` partial chains, so that a dense graph takes bounded time.
    """
    by_cause: dict[str, dict[str, Link]] = {}
    for link in links:
        by_cause.setdefault(link.cause, {})[link.edge] = link
    queue: list[tuple[float, int, tuple[str, ...], tuple[Link, ...]]] = [(-1.0, 0, (cause,), ())]
    found: list[CausalChain] = []
    for _ in range(MAX_STEPS):
        if not queue or len(found) >= limit:
            break
        negative, length, path, chain = heapq.heappop(queue)
        if chain and path[-1] == effect:
            found.append(CausalChain(chain, -negative))
            continue
        if length < max_depth:
            _push_longer(queue, by_cause.get(path[-1], {}), (negative, length, path, chain), floor)
    return found


def _push_longer(
    queue: list[tuple[float, int, tuple[str, ...], tuple[Link, ...]]],
    onward: Mapping[str, Link],
    partial: tuple[float, int, tuple[str, ...], tuple[Link, ...]],
    floor: float,
) -> None:
    negative, length, path, chain = partial
    for edge in sorted(onward):
        link = onward[edge]
        score = negative * link.probability
        if -score >= floor and link.effect not in path:
            longer = (score, length + 1, (*path, link.effect), (*chain, link))
            heapq.heappush(queue, longer)
