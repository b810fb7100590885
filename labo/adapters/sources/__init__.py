"""Monitors and what they send: one vendor per file, each a pure function to events."""

from __future__ import annotations

from collections.abc import Mapping

from labo.adapters.sources.alertmanager import ALERTMANAGER
from labo.adapters.sources.cloudevents import CLOUDEVENTS
from labo.adapters.sources.generic import GENERIC, mapped_source
from labo.adapters.sources.grafana import GRAFANA
from labo.adapters.sources.pagerduty import PAGERDUTY
from labo.adapters.sources.source import Source
from labo.errors import InvalidInput

SOURCES: dict[str, Source] = {
    source.name: source for source in (ALERTMANAGER, GRAFANA, PAGERDUTY, CLOUDEVENTS, GENERIC)
}


def configured(mappings: Mapping[str, Mapping[str, str]]) -> dict[str, Source]:
    """The built-in sources and one per mapping; a mapping named `generic` replaces its own names.

    Raises InvalidInput when a mapping is wrong or takes a built-in source's name.
    """
    for name in mappings:
        if name in SOURCES and name != GENERIC.name:
            raise InvalidInput("this source needs no mapping", where=f"mapping of {name}")
    return SOURCES | {name: mapped_source(name, mapping) for name, mapping in mappings.items()}
