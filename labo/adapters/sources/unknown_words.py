"""Counting words of monitors that no table knows, so that they are seen and not only guessed."""

from __future__ import annotations

from collections.abc import Iterable

import prometheus_client

from labo.adapters.sources.source import UNKNOWN_SEVERITY, UNKNOWN_STATUS
from labo.domain.incidents.events import Event

UNKNOWN_WORDS = prometheus_client.Counter(
    "labo_hook_unknown_words_total",
    "Severities and statuses that no table knows; the events have the words as labels.",
    ["source", "field"],
)


def count_unknown_words(events: Iterable[Event]) -> None:
    """Count the events with a word that was not understood."""
    for event in events:
        if UNKNOWN_SEVERITY in event.labels:
            UNKNOWN_WORDS.labels(event.source, "severity").inc()
        if UNKNOWN_STATUS in event.labels:
            UNKNOWN_WORDS.labels(event.source, "status").inc()
