"""How an incident is named on the command line."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.cli.operator.incident_keys import SHORTEST, incident_key, short_keys, the_one
from labo.errors import InvalidInput, NotFound


def test_a_key_or_the_id_that_graphql_gave() -> None:
    """An id of another type stays what it is, and names no incident then."""
    assert incident_key("4050af648cae82ae") == "4050af648cae82ae"
    assert incident_key(base64.b64encode(b"Incident:4050af64").decode()) == "4050af64"
    problem = base64.b64encode(b"Problem:slow").decode()
    assert incident_key(problem) == problem


def test_the_beginning_of_one_key_is_enough() -> None:
    """A whole key is meant even where it begins another one."""
    assert the_one("40", [("4050", "slow")], "here") == "4050"
    assert the_one("4050", [("4050", "slow"), ("4050a", "down")], "here") == "4050"


def test_none_and_several_are_said_with_what_to_do() -> None:
    """Where it was looked for; which ones there are."""
    with pytest.raises(NotFound, match=r"looked in the folder /x; `labo incidents` lists them"):
        the_one("40", [], "the folder /x")
    several = [(f"40{i}", "slow") for i in range(6)]
    with pytest.raises(InvalidInput, match=r"400 \(slow\), .*404 \(slow\), …"):
        the_one("40", several, "here")


@given(st.sets(st.text("0123456789abcdef", min_size=1, max_size=24), max_size=20))
def test_a_short_key_is_a_beginning_of_one_key_alone(keys: set[str]) -> None:
    """Among those listed; a key that begins another one is shown whole."""
    short = short_keys(keys)

    assert set(short) == keys
    for key, beginning in short.items():
        meant = [other for other in keys if other.startswith(beginning)]
        assert key.startswith(beginning)
        assert meant == [key] or beginning == key
        assert len(beginning) >= min(SHORTEST, len(key))
