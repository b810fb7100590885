"""The audit chain in a real graph: one chain for many writers, and what is found in it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import NoneType

import pytest
from typer.testing import CliRunner

from graph import audit, executions
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import Statement, parse
from labo.cli.main import app
from labo.domain.entities.tokens import Scope
from labo.domain.escalation.executions import (
    Execution,
    ExecutionKind,
    ExecutionReport,
    ExecutionStatus,
)
from labo.domain.governance.audit import AuditHead, AuditKind, audit_event
from labo.domain.governance.autonomy import Autonomy
from labo.services.access.tokens import TokenService
from labo.services.governance.audit import AuditService
from labo.services.governance.controls import ControlService
from tests.builders.budgets import NOON, a_limit
from tests.integration.governance.test_budget import a_budget

pytestmark = pytest.mark.stack


def tampering(body: str) -> Statement[None]:
    """What nobody may do: a statement that is no part of the product."""
    head = "// Tampers.\n// access: write\n// params: workspace\n// returns: -\n"
    return parse("tests/upsert_tampered", head + body, NoneType)


EXECUTION = parse(
    "tests/upsert_execution",
    "// Saves.\n// access: write\n// params: workspace, id, properties\n// returns: -\n"
    "CREATE (e:Execution {workspace: $workspace, id: $id}) SET e += $properties",
    NoneType,
)
"""Without the incident and the decision that a real one hangs on."""


def an_execution() -> Execution:
    return Execution(
        id="execution-1",
        kind=ExecutionKind.ACTION,
        decision="decision-1",
        proposal="proposal-1",
        incident="incident-1",
        action_digest="ab" * 32,
        executor="webhook",
        template="restart_service",
        target="shop/db",
        parameters={},
        arguments=(),
        undo=(),
        problem="",
        component="shop/db",
        role="",
        status=ExecutionStatus.PENDING,
        requested_at=NOON,
    )


async def recorded(graph: Graph, count: int) -> None:
    for number in range(count):
        event = audit_event(AuditKind.DECISION, at=NOON, actor="ada", subject=str(number))
        await audit.record(graph, event)


async def test_every_change_of_a_setting_is_one_entry(graph: Graph) -> None:
    await ControlService(graph).stop(by="ada", reason="wrong restarts")
    await a_budget(graph).set_limit(a_limit(100), by="ben")
    await TokenService(graph).create("ci", [Scope.READ])

    entries = await AuditService(graph).newest()

    assert [(one.seq, one.kind, one.actor) for one in entries] == [
        (3, AuditKind.TOKEN_CREATED, "operator"),
        (2, AuditKind.BUDGET_SET, "ben"),
        (1, AuditKind.CONTROLS_SET, "ada"),
    ]
    assert entries[2].detail == {
        "actions": "stopped",
        "autonomy": "approve",
        "reason": "wrong restarts",
    }


async def test_an_execution_is_begun_and_reported_in_the_chain(graph: Graph) -> None:
    """Asked how it stands, it stands as before: no entry."""
    execution = an_execution()
    await graph.execute(EXECUTION, id=execution.id, properties=properties(execution))
    running = ExecutionReport(ExecutionStatus.RUNNING)
    done = ExecutionReport(ExecutionStatus.DONE, "password=hunter2secret")

    async def unit(tx: Transaction) -> None:
        await executions.start(tx, execution, at=NOON, lease_until=NOON)
        for report in (running, running, done, done):
            await executions.report(tx, execution, report, at=NOON)

    await graph.write(unit)
    newest, first = await AuditService(graph).newest()

    assert (first.kind, first.detail["decision"]) == (AuditKind.EXECUTION_BEGUN, "decision-1")
    assert (newest.kind, newest.detail["status"]) == (AuditKind.EXECUTION_REPORTED, "done")
    assert (newest.actor, newest.subject) == ("executor:webhook", execution.id)
    assert "hunter2secret" not in newest.detail["report"]


async def test_what_was_approved_and_not_executed_is_refused_in_the_chain(graph: Graph) -> None:
    execution = an_execution()
    await graph.execute(EXECUTION, id=execution.id, properties=properties(execution))

    async def unit(tx: Transaction) -> bool:
        return await executions.cancel(tx, execution, "kill_switch", at=NOON)

    assert await graph.write(unit)
    [entry] = await AuditService(graph).newest()

    assert (entry.kind, entry.detail["reason"]) == (AuditKind.EXECUTION_REFUSED, "kill_switch")


async def test_many_writers_at_once_keep_one_chain(graph: Graph) -> None:
    services = [ControlService(graph) for _ in range(25)]

    await asyncio.gather(
        *(
            one.set_autonomy(Autonomy.PROPOSE, by=str(n), reason="r")
            for n, one in enumerate(services)
        )
    )
    check = await AuditService(graph).verify()

    assert (check.head.seq, check.fault) == (25, None)


async def test_what_is_rolled_back_leaves_no_entry(graph: Graph) -> None:
    event = audit_event(AuditKind.DECISION, at=NOON, actor="ada", subject="p")

    async def unit(tx: Transaction) -> None:
        audit.append(tx, event)
        raise ValueError

    with pytest.raises(ValueError):
        await graph.write(unit)

    assert await audit.get_head(graph) == AuditHead()


@pytest.mark.parametrize(
    ("body", "seq", "reason"),
    [
        ("MATCH (e:AuditEntry {workspace: $workspace, seq: 3}) SET e.actor = 'eve'", 3, "changed"),
        ("MATCH (e:AuditEntry {workspace: $workspace, seq: 3}) SET e.detail = '{}'", 4, None),
        ("MATCH (e:AuditEntry {workspace: $workspace, seq: 3}) DETACH DELETE e", 3, "missing"),
        ("MATCH (e:AuditEntry {workspace: $workspace, seq: 5}) DETACH DELETE e", 5, "missing"),
        ("MATCH (l:Lock {workspace: $workspace, key: 'audit'}) SET l.position = 4", 5, "behind"),
    ],
)
async def test_tampering_is_found_and_named(
    graph: Graph, body: str, seq: int, reason: str | None
) -> None:
    await recorded(graph, 5)
    await graph.execute(tampering(body))

    fault = (await AuditService(graph).verify()).fault

    if reason is None:  # the detail was empty before: nothing changed
        assert fault is None
    else:
        assert fault is not None
        assert (fault.seq, reason in fault.reason) == (seq, True)


async def test_a_noted_head_that_the_chain_no_longer_reaches_is_a_fault(graph: Graph) -> None:
    await recorded(graph, 2)
    head = (await AuditService(graph).verify()).head

    assert (await AuditService(graph).verify(head)).fault is None
    assert (await AuditService(graph).verify(replace(head, digest="0" * 64))).fault is not None
    assert (await AuditService(graph).verify(replace(head, seq=9))).fault is not None


def test_the_command_lists_and_verifies(run: CliRunner) -> None:
    run.invoke(app, ["budget", "set", "5.00"], catch_exceptions=False)

    listed = run.invoke(app, ["audit", "list"], catch_exceptions=False)
    verified = run.invoke(app, ["audit", "verify"], catch_exceptions=False)

    assert "budget set" in listed.output
    assert "1 entries, each follows the one before" in verified.output
