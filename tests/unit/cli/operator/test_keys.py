"""How an incident is named on the command line."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.cli.operator.keys import SHORTEST, plain_key, short_keys, the_one
from labo.domain.entities.keys import KeyKind
from labo.errors import InvalidInput, NotFound


def test_a_key_or_the_id_that_graphql_gave() -> None:
    """An id of another type stays what it is, and names nothing then."""
    problem = base64.b64encode(b"Problem:slow").decode()

    assert plain_key("4050af648cae82ae", KeyKind.INCIDENT) == "4050af648cae82ae"
    assert plain_key(base64.b64encode(b"Incident:4050").decode(), KeyKind.INCIDENT) == "4050"
    assert plain_key(problem, KeyKind.EDGE, KeyKind.PROBLEM) == "slow"
    assert plain_key(problem, KeyKind.INCIDENT) == problem


def test_the_beginning_of_one_key_is_enough() -> None:
    """Four characters of it; a whole key may be shorter, and is meant where it begins another."""
    incident = KeyKind.INCIDENT

    assert the_one("4050", [("40503", "slow")], "here", incident) == "40503"
    assert the_one("40", [("40", "slow"), ("4050a", "down")], "here", incident) == "40"
    with pytest.raises(InvalidInput, match=r"at least 4 characters .*40503 \(slow\)"):
        the_one("405", [("40503", "slow")], "here", incident)


def test_none_and_several_are_said_with_what_to_do() -> None:
    """Where it was looked for; which ones there are."""
    with pytest.raises(NotFound, match=r"no such edge or problem.*looked in the folder /x; .*why"):
        the_one("4050", [], "the folder /x", KeyKind.EDGE, KeyKind.PROBLEM)
    several = [(f"4050{i}", "slow") for i in range(6)]
    with pytest.raises(InvalidInput, match=r"40500 \(slow\), .*40504 \(slow\), …"):
        the_one("4050", several, "here", KeyKind.INCIDENT)


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
