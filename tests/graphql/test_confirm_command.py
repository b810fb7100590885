"""`labo confirm` where there is nothing to confirm, or nothing to take back."""

from __future__ import annotations

import pytest

from tests.builders.incidents import an_incident, an_occurrence, save_incident
from tests.graphql.command_line import Labo
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack


async def test_a_title_that_was_not_seen_on_the_component_is_said_so(
    labo: Labo, caller: Caller
) -> None:
    """It may well be one of another component."""
    db = an_occurrence(1, component="db")
    web = an_occurrence(2, component="web", problem="web-slow")
    await save_incident(caller.graph, an_incident(1), db, web)
    words = ("confirm", "incident-0001", "--component", "db", "--reason", "x")

    code, error = await labo(*words, "--problem", "service is slow")

    assert code == 4
    assert "service is slow: no problem of this title was seen on db" in error
    assert "`labo problems` lists them" in error


async def test_taking_back_twice_says_that_there_is_nothing(labo: Labo, caller: Caller) -> None:
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="db"))
    await labo("confirm", "incident-0001", "--component", "db", "--reason", "x")
    words = ("confirm", "incident-0001", "--withdraw", "--reason", "a mistake")

    first, second = await labo(*words), await labo(*words)

    assert first[0] == second[0] == 0
    assert "No cause of incident-0001 is confirmed any more" in first[1]
    assert "No cause of incident-0001 is confirmed: nothing to take back" in second[1]
