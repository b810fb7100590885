"""A short run of the fuzzers; `make fuzz` is the long one."""

from __future__ import annotations

import pytest

from tests.fuzz.doors import DOORS
from tests.fuzz.run import run

_INPUTS = 500


@pytest.mark.parametrize("name", DOORS)
def test_a_door_stands_strange_inputs(name: str) -> None:
    """No error but InvalidInput, nothing unbounded, nothing that takes long."""
    assert run(DOORS[name], 1, _INPUTS).failures == []
