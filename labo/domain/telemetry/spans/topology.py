"""What spans and metrics tell about the topology, and what of it is news."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.keys import component_key
from labo.domain.entities.metrics import Exposure
from labo.domain.telemetry.rollups import SeriesName, exposed
from labo.domain.telemetry.spans.calls import Place, Seen

REFRESH_S = 600.0
"""After so long a link that is still seen is written again, with its new `last_seen`."""

_MAX_KNOWN = 200_000
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
    """Remembers what was told of the topology, so that only news and refreshments are told on."""

    def __init__(self) -> None:
        self._told: OrderedDict[Hashable, float] = OrderedDict()
        self._roles: dict[Place, str] = {}

    def news(self, seen: Seen, series: Iterable[SeriesName], at: float) -> CallGraph:
        """What is new, or was told `REFRESH_S` ago or more. `at` is in epoch seconds."""
        certain = {place: role for place, role in seen.roles.items() if role != "service"}
        if len(self._roles) < _MAX_KNOWN:
            self._roles.update(certain)
        components = {c.key: c for c in self._components(seen)}
        stamp = datetime.fromtimestamp(at, UTC)
        links = [
            Dependency(component_key(*caller), component_key(*callee), _ORIGIN, stamp)
            for caller, callee in sorted(seen.links)
        ]
        exposures = [
            Exposure(component_key(system, component), metric, origin=_METRIC_ORIGIN)
            for system, component, metric in sorted(exposed(set(series)))
        ]
        return CallGraph(
            tuple(c for c in components.values() if self._is_news((c.key, c.role), at)),
            tuple(d for d in links if self._is_news((d.source, d.target, "calls"), at)),
            tuple(e for e in exposures if self._is_news((e.component, e.metric, "has"), at)),
        )

    def told(self, graph: CallGraph, at: float) -> None:
        """It is safe: not to be told again for a while."""
        keys: list[Hashable] = [(c.key, c.role) for c in graph.components]
        keys += [(d.source, d.target, "calls") for d in graph.dependencies]
        keys += [(e.component, e.metric, "has") for e in graph.exposures]
        for key in keys:
            self._told[key] = at
            self._told.move_to_end(key)
        while len(self._told) > _MAX_KNOWN:
            self._told.popitem(last=False)

    def _is_news(self, key: Hashable, at: float) -> bool:
        told = self._told.get(key)
        return told is None or at - told >= REFRESH_S

    def _components(self, seen: Seen) -> Iterable[Component]:
        for place, role in seen.roles.items():
            known = self._roles.get(place, role)
            yield Component(component_key(*place), place[1], place[0], role=known)
        for place, service in seen.services.items():
            yield Component(
                component_key(*place),
                place[1],
                place[0],
                service.environment,
                self._roles.get(place, service.role),
                dict(service.labels),
            )
