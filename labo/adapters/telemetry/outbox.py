"""The stream process's messages to the graph, as texts stored with the telemetry.

Written in the transaction that stores the requests, so a killed process loses no message.
"""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from labo.domain.entities.keys import digest
from labo.domain.incidents.events import Event
from labo.domain.telemetry.spans.topology import CallGraph
from labo.errors import InvalidInput

OutboxMessage = Event | CallGraph
_EVENT = TypeAdapter(Event)
_CALLS = TypeAdapter(CallGraph)
_EVENT_MARK, _CALLS_MARK = "event:", "calls:"


def encode_message(message: OutboxMessage) -> tuple[str, str]:
    """(id, text). The same content has the same id."""
    if isinstance(message, Event):
        return _EVENT_MARK + message.id, _EVENT.dump_json(message).decode()
    text = _CALLS.dump_json(message).decode()
    return _CALLS_MARK + digest(text), text


def decode_message(key: str, text: str) -> OutboxMessage:
    """Raises InvalidInput for what `encode_message` did not write."""
    try:
        if key.startswith(_EVENT_MARK):
            return _EVENT.validate_json(text)
        if key.startswith(_CALLS_MARK):
            return _CALLS.validate_json(text)
    except ValidationError as error:
        raise InvalidInput("not a message to the graph", where=key) from error
    raise InvalidInput("not a message to the graph", where=key)
