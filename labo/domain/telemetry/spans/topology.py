"""The topology observed in spans and metrics, and which part of it is new."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.keys import component_key
from labo.domain.entities.metrics import Exposure
from labo.domain.telemetry.rollups import SeriesName, exposed
from labo.domain.telemetry.spans.calls import ComponentName, Seen

REFRESH_S = 600.0
"""Seconds after which a link that is still observed is written again, with its new `last_seen`. By
judgement."""

_MAX_KNOWN = 50_000
_MAX_ROLES = 2_000
"""Facts and roles that are remembered; it bounds memory to some megabytes."""
_MAX_EXPOSURES = 1_000
"""Metrics in one message to the graph; it bounds its size to some hundred kilobytes."""
_ORIGIN = "trace"
_METRIC_ORIGIN = "otlp"


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Components, who calls whom, and which metrics each has."""

    components: tuple[Component, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    exposures: tuple[Exposure, ...] = ()

    def __len__(self) -> int:
        return len(self.components) + len(self.dependencies) + len(self.exposures)


class CallLedger:
    """Remembers the reported topology, so that only news and refreshes are written."""

    def __init__(self) -> None:
        # By hash: the names themselves would take ten times the memory.
        self._forwarded: dict[int, float] = {}
        self._roles: dict[ComponentName, str] = {}

    def news(self, seen: Seen, series: Iterable[SeriesName], at: float) -> CallGraph:
        """What is new, or was written `REFRESH_S` ago or more. `at` is in epoch seconds. Of many
        metrics at once the rest is news when they are next seen."""
        certain = {name: role for name, role in seen.roles.items() if role != "service"}
        if len(self._roles) < _MAX_ROLES:
            self._roles.update(certain)
        components = {c.key: c for c in self._components(seen)}
        stamp = datetime.fromtimestamp(at, UTC)
        links = [
            Dependency(component_key(*caller), component_key(*callee), _ORIGIN, stamp)
            for caller, callee in sorted(seen.links)
        ]
        exposures = (
            Exposure(component_key(system, component), metric, origin=_METRIC_ORIGIN)
            for name in sorted(set(series))
            for system, component, metric in sorted(exposed([name]))
        )
        news = (e for e in exposures if self._is_news((e.component, e.metric, "has"), at))
        return CallGraph(
            tuple(c for c in components.values() if self._is_news((c.key, c.role), at)),
            tuple(d for d in links if self._is_news((d.source, d.target, "calls"), at)),
            tuple(islice(news, _MAX_EXPOSURES)),
        )

    def forwarded(self, graph: CallGraph, at: float) -> None:
        """The graph was stored: it is not news for `REFRESH_S`."""
        keys: list[Hashable] = [(c.key, c.role) for c in graph.components]
        keys += [(d.source, d.target, "calls") for d in graph.dependencies]
        keys += [(e.component, e.metric, "has") for e in graph.exposures]
        for number in map(hash, keys):
            self._forwarded.pop(number, None)
            self._forwarded[number] = at
        for number in [*self._forwarded][: max(0, len(self._forwarded) - _MAX_KNOWN)]:
            del self._forwarded[number]

    def _is_news(self, key: Hashable, at: float) -> bool:
        forwarded = self._forwarded.get(hash(key))
        return forwarded is None or at - forwarded >= REFRESH_S

    def _components(self, seen: Seen) -> Iterable[Component]:
        for name, role in seen.roles.items():
            known = self._roles.get(name, role)
            yield Component(component_key(*name), name[1], name[0], role=known)
        for name, service in seen.services.items():
            yield Component(
                component_key(*name),
                name[1],
                name[0],
                service.environment,
                self._roles.get(name, service.role),
                dict(service.labels),
            )
