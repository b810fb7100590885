"""Listening: alone on a port, or with others."""

from __future__ import annotations

import pytest

from api.server import listen


def test_a_port_is_shared_only_by_those_who_ask_for_it() -> None:
    """Two that share stand beside each other; one that doesn't finds the port taken."""
    with listen("127.0.0.1", 0, is_shared=True) as first:
        port = first.getsockname()[1]
        first.listen()
        with listen("127.0.0.1", port, is_shared=True) as second:
            assert second.getsockname()[1] == port
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", port, is_shared=False)


def test_a_lone_listener_lets_nobody_beside_it() -> None:
    """Whoever comes later, sharing or not, is refused."""
    with listen("127.0.0.1", 0, is_shared=False) as lone:
        lone.listen()
        port = lone.getsockname()[1]
        for is_shared in (False, True):
            with pytest.raises(OSError, match="in use"):
                listen("127.0.0.1", port, is_shared=is_shared)
