"""What an event says of itself where no label names a component: its alert, what sets it apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event

_NOTHING = frozenset(
    {"", "-", "?", "n/a", "na", "none", "null", "nil", "unknown", "undefined", "<none>", "pod"}
    | {"<no value>", "[no value]"}
)
"""Values that name nothing. `POD` is the pause container; Go's and Grafana's templates write
`no value`."""
_MARKS = str.maketrans("", "", "._-/: ")
_CHANGING = re.compile(r"0x[0-9a-fA-F]++|\b[0-9a-f]{8,}+\b|\d++(?:[.,:]\d++)*+")
"""Possessive, hence linear; RE2 is ten times slower where a title is nothing but figures."""


def plain(name: str) -> str:
    """A label's name without case, marks and an exporter's `dimension_`.

    >>> plain("service.name"), plain("dimension_DBInstanceIdentifier")
    ('servicename', 'dbinstanceidentifier')
    """
    return name.translate(_MARKS).lower().removeprefix("dimension")


def names_something(value: str) -> bool:
    """Whether a label's value is a name. SDKs write `unknown_service:python` for none."""
    lowered = value.strip().lower()
    return lowered not in _NOTHING and not lowered.startswith("unknown_service")


def without_figures(title: str) -> str:
    """`title` with figures and ids masked, so that changing ones make nothing new.

    >>> without_figures("Disk 93.5 % full on 10.0.0.1")
    'Disk <*> % full on <*>'
    """
    return _CHANGING.sub("<*>", title)


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """The name of a component for events that name none. `is_distinct`: labels tell it apart from
    other events of its alert."""

    name: str
    is_distinct: bool


_LONGEST = 150
_MOST_LABELS = 6
_LONGEST_VALUE = 80
"""A value that tells things apart is short; a sentence is none."""
_COMMON = frozenset((
    "alertname", "severity", "priority", "level", "status", "state", "class", "rulename",
    "prometheus", "prometheusreplica", "replica", "receiver", "monitor", "cluster",
    "environment", "env", "region", "zone", "team", "owner", "system", "tenant", "eventtype",
    "number", "source", "job", "service", "servicename", "instance", "endpoint", "metricspath",
    "pod", "container", "uid", "id", "ruleuid", "alertruleuid", "datasourceuid", "refid",
    "grafanafolder", "alertgroup", "value", "threshold", "labounknownseverity",
    "labounknownstatus",
))  # fmt: skip
"""Labels of how an alert is made, sent and rated, which tell nothing about what it is about."""
_OF_A_LINE = "log."
"""Prefix of the labels that say how a log line was read; its title says the same."""


def own_identity(event: Event, without: Set[str] = frozenset()) -> OwnIdentity:
    """Source, alert and distinguishing labels: `alertmanager: KafkaLag partition=a`.

    `without` are plain names of labels that tell nothing here.
    """
    told = sorted(_distinguishing(event, without))[:_MOST_LABELS]
    name = " ".join((f"{event.source}: {alert_of(event)}", *told))
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}… {digest(name, length=8)}"
    return OwnIdentity(name, bool(told))


def _distinguishing(event: Event, without: Set[str]) -> Iterator[str]:
    for name, value in event.labels.items():
        if plain(name) in _COMMON or plain(name) in without or len(value) > _LONGEST_VALUE:
            continue
        if name.startswith(_OF_A_LINE):
            continue
        # Figures and links change with each evaluation.
        if "://" not in value and any(map(str.isalpha, value)) and names_something(value):
            yield f"{name}={value}"


_DATASOURCE_ALERTS = ("DatasourceNoData", "DatasourceError")
"""Grafana's names for the alert of any rule that it cannot evaluate; `rulename` says which."""


def alert_of(event: Event) -> str:
    """The alert's name; its title, without changing figures, where it has none."""
    labels = event.labels
    name = labels.get("alertname") or labels.get("class")
    if not name:
        return without_figures(event.title)
    rule = labels.get("rulename")
    return f"{name}: {rule}" if rule and name in _DATASOURCE_ALERTS else name
