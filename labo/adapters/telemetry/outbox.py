"""What the stream process has to tell the graph, as texts that are kept with the telemetry.

Written in the transaction that keeps the requests, so a killed process owes the graph nothing.
"""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event
from labo.domain.telemetry.spans.topology import CallGraph
from labo.errors import InvalidInput

Told = Event | CallGraph
_EVENT = TypeAdapter(Event)
_CALLS = TypeAdapter(CallGraph)
_EVENT_MARK, _CALLS_MARK = "event:", "calls:"


def encode_told(told: Told) -> tuple[str, str]:
    """(id, text). The same content has the same id."""
    if isinstance(told, Event):
        return _EVENT_MARK + told.id, _EVENT.dump_json(told).decode()
    text = _CALLS.dump_json(told).decode()
    return _CALLS_MARK + digest(text), text


def decode_told(key: str, text: str) -> Told:
    """Raises InvalidInput for what `encode_told` did not write."""
    try:
        if key.startswith(_EVENT_MARK):
            return _EVENT.validate_json(text)
        if key.startswith(_CALLS_MARK):
            return _CALLS.validate_json(text)
    except ValidationError as error:
        raise InvalidInput("nothing that the graph is told", where=key) from error
    raise InvalidInput("nothing that the graph is told", where=key)
