"""Metrics of the machine, which every service on it sends in its own name."""

from __future__ import annotations

_COUNTED_BY_STATE = ("system.network.connections.", "system.network.connection.count")
"""Connections of the whole machine by their state, under the former and the present name of
OpenTelemetry's semantic conventions."""


def is_of_all_services(metric: str) -> bool:
    """Whether a metric tells of all services on a machine alike, and so of none: the number of
    connections by state. One service that goes, or comes, changes them for all, and a state such as
    CLOSE_WAIT is no waiting time. Processor and memory of the machine are what a service has
    to do with; they are not meant.

    >>> is_of_all_services("system.network.connections.CLOSE_WAIT.1")
    True
    >>> is_of_all_services("system.cpu.utilization")
    False
    """
    return metric.startswith(_COUNTED_BY_STATE)
