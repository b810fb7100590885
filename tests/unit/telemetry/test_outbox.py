"""What the graph is still told, as text."""

from __future__ import annotations

import pytest

from labo.adapters.telemetry.outbox import decode_message, encode_message
from labo.domain.entities.components import Component
from labo.domain.telemetry.spans.topology import CallGraph
from labo.errors import InvalidInput

GRAPH = CallGraph((Component("shop/web", "web", "shop"),))


def test_what_is_told_comes_back() -> None:
    """The same content has the same id."""
    key, text = encode_message(GRAPH)

    assert decode_message(key, text) == GRAPH
    assert encode_message(GRAPH) == (key, text)


@pytest.mark.parametrize(("key", "text"), [("calls:1", "[]"), ("event:1", "{}"), ("other:1", "{}")])
def test_anything_else_is_refused(key: str, text: str) -> None:
    """Also what would read as an empty graph under an unknown mark."""
    with pytest.raises(InvalidInput, match="not a message to the graph"):
        decode_message(key, text)
