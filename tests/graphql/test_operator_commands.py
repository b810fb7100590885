"""The operator's commands against a real server: `labo incidents` and its neighbours."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from labo.domain.incidents.incidents import IncidentStatus
from tests.builders.incidents import an_incident, an_occurrence, save_diagnosis, save_incident
from tests.builders.knowledge import save_edge, save_problems, save_system
from tests.graphql.command_line import Labo
from tests.graphql.conftest import Caller
from tests.graphql.test_decisions import save_proposal


async def document(labo: Labo, *words: str) -> dict[str, Any]:
    """The answer of a command that succeeds, as JSON."""
    code, text = await labo(*words, "--json")
    assert code == 0, text
    found: dict[str, Any] = json.loads(text)
    return found


async def test_incidents_newest_first_with_their_leading_suspect(
    labo: Labo, caller: Caller
) -> None:
    """One that is not diagnosed yet says so; a confirmed cause stands before a suspect."""
    for number in (1, 2):
        await save_incident(caller.graph, an_incident(number), an_occurrence(number))
    await save_diagnosis(caller.graph, "incident-0001")

    _, shown = await labo("incidents")
    found = await document(labo, "incidents")

    assert [line.split()[0] for line in shown.splitlines()] == [
        "key",
        "incident-0002",
        "incident-0001",
    ]
    assert "not diagnosed yet" in shown.splitlines()[1]
    assert "db 90% LIKELY" in shown.splitlines()[2]
    assert found["more"] is False
    shares = {"probability": 0.9, "component_probability": 0.9}
    assert found["incidents"][1] | {"duration_s": 0} == {
        "key": "incident-0001",
        "title": "checkout is slow (1)",
        "status": "open",
        "severity": "error",
        "system": "shop",
        "opened_at": "2026-03-01T12:01:00+00:00",
        "resolved_at": None,
        "duration_s": 0,
        "verdict": "LIKELY",
        "suspect": {"component": "db", "problem": "slow database"} | shares,
        "confirmed": None,
    }
    await labo("confirm", "incident-0001", "--component", "checkout", "--reason", "seen")
    assert "checkout, confirmed by tester" in (await labo("incidents"))[1]


async def test_filters_narrow_the_list(labo: Labo, caller: Caller) -> None:
    """Open ones; those of a component by its name or its key; since a time; of a system."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="db"))
    over = an_incident(2, status=IncidentStatus.RESOLVED)
    await save_incident(caller.graph, over, an_occurrence(2))

    async def keys(*words: str) -> list[str]:
        found = await document(labo, "incidents", *words)
        return [one["key"][-1] for one in found["incidents"]]

    assert await keys() == ["2", "1"]
    assert await keys("--open") == ["1"]
    assert await keys("--component", "db") == ["1"]
    assert await keys("--component", "shop/checkout") == ["2"]
    assert await keys("--since", "2026-03-01T12:01:30Z") == ["2"]
    assert await keys("--system", "other") == []
    assert await keys("--limit", "1") == ["2"]
    assert (await document(labo, "incidents", "--limit", "1"))["more"] is True
    assert (await labo("incidents", "--since", "soon"))[0] == 2


async def test_none_is_said_with_what_to_do(labo: Labo, caller: Caller) -> None:
    """Where nothing is observed, where nothing is wrong, and where a filter leaves none."""
    code, nothing = await labo("incidents")
    await save_system(caller.graph, ("web", "db"))
    _, well = await labo("incidents")
    _, filtered = await labo("incidents", "--open", "--component", "db", "--since", "2h")

    assert code == 0
    assert "There is no incident in http://127.0.0.1:" in nothing
    assert "docs/opentelemetry.md" in nothing
    assert "labo status" in well
    assert filtered.startswith("There is no open incident since 2h on db in http://127.0.0.1:")


async def test_one_incident_with_answer_evidence_and_timeline(labo: Labo, caller: Caller) -> None:
    """By the beginning of its key; the same as JSON."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    await save_incident(caller.graph, an_incident(22))
    await save_diagnosis(caller.graph, "incident-0001")

    code, shown = await labo("incident", "incident-00")
    assert code == 2
    assert "incident-0001 (checkout is slow (1)), incident-0022" in shown
    code, shown = await labo("incident", "incident-0001")
    found = await document(labo, "incident", "incident-000")

    assert code == 0
    for part in (
        "incident-0001  checkout is slow (1)",
        "open · error · system shop · opened 2026-03-01 12:01:00 UTC",
        "The likely cause is db, slow database (90%)",
        "    - no dependency of db is anomalous",
        "    - cart: cart is within its normal range",
        "    - no usable data for mail in the windows compared",
        "Measure next mail:latency",
        "    - slow on checkout · error · from 2026-03-01 12:00:01 UTC",
        "    - 2026-03-01 12:01:00 UTC  the incident opens",
    ):
        assert part in shown
    assert found["diagnosis"]["suspects"][0]["reasons"] == [
        {"kind": "no_anomalous_dependency", "text": "no dependency of db is anomalous"}
    ]
    assert [one["what"] for one in found["timeline"]] == [
        "slow on checkout: begins",
        "the incident opens",
        "diagnosed: db 90% LIKELY",
    ]


async def test_a_cause_is_confirmed_by_name(labo: Labo, caller: Caller) -> None:
    """A component by its name in the incident's system, a problem by its title on it."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="db"))
    words = ("confirm", "incident-0001", "--component", "db", "--problem", "slow", "--reason", "x")

    found = await document(labo, *words)
    shown = await document(labo, "incident", "incident-0001")

    assert (found["component_key"], found["problem_key"]) == ("shop/db", "slow")
    assert found["summary"] == "Confirmed cause: slow at db. x"
    assert [one["by"] for one in shown["confirmed_causes"]] == ["tester"]
    await document(labo, *words, "--name", "no free worker")
    named = (await document(labo, "incident", "incident-0001"))["confirmed_causes"]
    assert [one["problem"] for one in named] == ["no free worker"]
    nowhere = await labo("confirm", "incident-0001", "--component", "nix", "--reason", "x")
    assert nowhere[0] == 4
    assert "there is no such component in the system shop" in nowhere[1]
    assert (await labo("confirm", "incident-0001", "--reason", "x"))[0] == 2
    assert (await labo("confirm", "nix", "--component", "db", "--reason", "x"))[0] == 4


async def test_a_proposal_is_decided_on_what_was_seen(labo: Labo, caller: Caller) -> None:
    """Nobody there to ask, another digest, and none at all are refused; then it is approved."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    diagnosis = await save_diagnosis(caller.graph, "incident-0001")
    proposal = await save_proposal(caller.graph, "incident-0001", diagnosis.id)
    approve = ("decide", proposal.id, "approve", "--reason", "seen twice")

    unasked = await labo(*approve)
    changed = await labo(*approve, "--digest", "0" * 64)
    unknown = await labo("decide", "nix", "reject", "--reason", "x")
    found = await document(labo, *approve, "--digest", proposal.digest)
    again = await labo("decide", proposal.id, "reject", "--reason", "x")

    assert (unasked[0], changed[0], unknown[0], again[0]) == (2, 5, 4, 5)
    assert proposal.digest in changed[1]
    assert found | {"at": ""} == {
        "proposal": proposal.id,
        "digest": proposal.digest,
        "verdict": "approve",
        "reason": "seen twice",
        "by": "tester",
        "at": "",
        "incident": "incident-0001",
    }


async def test_components_with_calls_and_problems(labo: Labo, caller: Caller) -> None:
    """By system and role; what a cell leaves out, JSON has."""
    await save_system(caller.graph, ("web", "a"), ("web", "b"), ("web", "c"), ("web", "db"))
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="web"))

    _, shown = await labo("components")
    found = await document(labo, "components", "--system", "shop", "--role", "service")

    [web] = [line for line in shown.splitlines() if line.startswith("web")]
    assert web.split() == ["web", "shop", "service", "a,", "b,", "c,", "+1", "slow", "(1)"]
    [record] = [one for one in found["components"] if one["name"] == "web"]
    assert record["calls"] == ["shop/a", "shop/b", "shop/c", "shop/db"]
    assert record["problems"] == [{"key": "slow", "title": "slow", "occurrences": 1}]
    code, unknown = await labo("components", "--system", "none", "--json")
    assert code == 4
    assert "there is no component in the system none" in unknown


async def test_problems_and_why_they_are_connected(labo: Labo, caller: Caller) -> None:
    """A problem leads to the edges about it, an edge to its evidence."""
    await save_problems(caller.graph, "a", "b")
    edge = await save_edge(caller.graph, "a", "b")

    listed = await document(labo, "problems")
    about = await document(labo, "why", "b")
    _, shown = await labo("why", edge.key)

    assert {one["key"] for one in listed["problems"]} == {"a", "b"}
    assert [one["key"] for one in about["causes"]] == [edge.key]
    assert shown.splitlines()[0].startswith(edge.key)
    assert "belief" in shown
    missing = await labo("why", "nix")
    assert missing[0] == 4
    assert "no such edge or problem" in missing[1]


async def test_the_beginning_of_a_key_is_enough(labo: Labo, caller: Caller) -> None:
    """Of a proposal, an edge, a problem, where only one has it and it has four characters; several
    are named with exit code 2."""
    await save_problems(caller.graph, "slow-disk", "slow-net", "down")
    edge = await save_edge(caller.graph, "slow-disk", "down")
    await save_incident(caller.graph, an_incident(1), an_occurrence(1))
    diagnosis = await save_diagnosis(caller.graph, "incident-0001")
    proposal = await save_proposal(caller.graph, "incident-0001", diagnosis.id)
    reject = ("reject", "--reason", "not at noon")
    confirm = ("confirm", "incident-0001", "--reason", "seen", "--problem")

    assert (await document(labo, "why", edge.key[:8]))["edge"]["key"] == edge.key
    assert (await document(labo, "why", "slow-d"))["problem"]["key"] == "slow-disk"
    assert (await document(labo, *confirm, "slow-n"))["problem_key"] == "slow-net"
    assert (await document(labo, "decide", proposal.id[:6], *reject))["proposal"] == proposal.id
    code, message = await labo("why", "slow-")
    assert code == 2
    assert "slow-disk (slow-disk on service), slow-net (" in message
    code, message = await labo("why", "dow")
    assert code == 2
    assert "at least 4 characters" in message


async def test_watching_shows_what_changed_until_interrupted(
    labo: Labo, caller: Caller, tmp_path: Path
) -> None:
    """One JSON document when it starts, one when an incident opens, and exit code 130."""
    del labo
    command = [sys.executable, "-m", "labo.cli.main", "incidents", "--watch", "--json"]
    # Where the tests run in the background, a shell has them ignore it, and so what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watching = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    signal.signal(signal.SIGINT, before)
    with watching:
        assert watching.stdout is not None
        try:
            first = await asyncio.to_thread(watching.stdout.readline)
            await save_incident(caller.graph, an_incident(1))
            second = await asyncio.to_thread(watching.stdout.readline)
            watching.send_signal(signal.SIGINT)
            code = await asyncio.to_thread(watching.wait)
        finally:
            watching.kill()

    assert json.loads(first)["incidents"] == []
    assert [one["key"] for one in json.loads(second)["incidents"]] == ["incident-0001"]
    assert code == 130
