"""Typed batch loaders, one per nested edge: a page of parents costs one statement per edge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from strawberry.dataloader import DataLoader

from graph.incident_pages import find_incidents_by_id
from labo.bootstrap import Services
from labo.domain.incidents import Incident

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def one_each(
    fetch: Callable[[list[K]], Awaitable[Iterable[V]]], key: Callable[[V], K]
) -> DataLoader[K, V | None]:
    """Loads the value of each key; None where there is none."""

    async def load(keys: list[K]) -> Sequence[V | None]:
        found = {key(value): value for value in await fetch(keys)}
        return [found.get(wanted) for wanted in keys]

    return DataLoader(load_fn=load)


def many_each(
    fetch: Callable[[list[K]], Awaitable[Iterable[tuple[K, V]]]],
) -> DataLoader[K, list[V]]:
    """Loads all values of each key, in the order fetched; `fetch` yields (key, value)."""

    async def load(keys: list[K]) -> Sequence[list[V]]:
        found: defaultdict[K, list[V]] = defaultdict(list)
        for owner, value in await fetch(keys):
            found[owner].append(value)
        return [found[wanted] for wanted in keys]

    return DataLoader(load_fn=load)


@dataclass(frozen=True)
class Loaders:
    """Live for one request: they cache what they load."""

    incident: DataLoader[str, Incident | None]


def loaders(services: Services) -> Loaders:
    graph = services.graph
    return Loaders(
        incident=one_each(lambda ids: find_incidents_by_id(graph, ids), lambda i: i.id),
    )
