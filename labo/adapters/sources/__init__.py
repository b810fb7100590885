"""Monitors and what they send: one vendor per file, each a pure function to events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labo.adapters.sources.alertmanager import ALERTMANAGER, PROMETHEUS
from labo.adapters.sources.cloudevents import CLOUDEVENTS
from labo.adapters.sources.generic import GENERIC, mapped_source
from labo.adapters.sources.grafana import GRAFANA
from labo.adapters.sources.mappings import MAPPINGS
from labo.adapters.sources.pagerduty import PAGERDUTY
from labo.adapters.sources.sns import SNS
from labo.adapters.sources.source import Headers, Normalise, Normalised, Source
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import MAPPED
from labo.errors import InvalidInput

_FIXED = (ALERTMANAGER, PROMETHEUS, GRAFANA, PAGERDUTY, CLOUDEVENTS)
"""Formats with a document of their own, which no mapping replaces."""

SOURCES: dict[str, Source] = {
    **{source.name: source for source in (*_FIXED, SNS, GENERIC)},
    **{name: mapped_source(name, mapping) for name, mapping in MAPPINGS.items()},
}


def configured(
    mappings: Mapping[str, Mapping[str, str]],
    components: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Source]:
    """The built-in sources and one per mapping, which may replace a built-in mapping.

    `components` are labels by source: the first that an event has names its component, before the
    documented order. Raises InvalidInput when a mapping is wrong or takes a format's name, or
    `components` name no source.
    """
    fixed = {source.name for source in _FIXED}
    for name in mappings:
        if name in fixed:
            raise InvalidInput("this source needs no mapping", where=f"mapping of {name}")
    sources = SOURCES | {name: mapped_source(name, mapping) for name, mapping in mappings.items()}
    for name, labels in (components or {}).items():
        if name not in sources:
            raise InvalidInput("there is no such source", where=f"components of {name}")
        source = sources[name]
        sources[name] = replace(source, normalise=_placed(source.normalise, tuple(labels)))
    return sources


def _placed(normalise: Normalise, labels: Sequence[str]) -> Normalise:
    def normalised(payload: object, headers: Headers) -> Normalised:
        done = normalise(payload, headers)
        done.events = [_with_component(event, labels) for event in done.events]
        return done

    return normalised


def _with_component(event: Event, labels: Sequence[str]) -> Event:
    values = (event.labels.get(name) or event.resource.get(name) for name in labels)
    name = next((value for value in values if value), None)
    return replace(event, resource={**event.resource, MAPPED: name}) if name else event
