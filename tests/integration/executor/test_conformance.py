"""What every executor keeps to, each with a real system behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from labo.domain.escalation.executions import (
    Action,
    ExecutionReport,
    ExecutionStatus,
    as_rollback,
)
from labo.ports.executor import Executor
from tests.builders.executor_worlds import WORLDS, World

DONE, FAILED, RUNNING = ExecutionStatus.DONE, ExecutionStatus.FAILED, ExecutionStatus.RUNNING
HANDED_OVER = ExecutionStatus.HANDED_OVER
ACTING = [name for name in WORLDS if name != "ticket"]


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with WORLDS[request.param](tmp_path) as made:
        yield made


async def ended(world: World, report: ExecutionReport, action: Action) -> ExecutionReport:
    """The report, or what asking says once the system has come to an end."""
    if report.status is not RUNNING:
        return report
    world.settle()
    return await world.executor.ask(action)


@pytest.mark.parametrize("world", ACTING, indirect=True)
async def test_one_id_is_carried_out_once(world: World) -> None:
    """Handed over twice it has one effect; the second report and `ask` agree with the first."""
    first = await ended(world, await world.executor.execute(world.action), world.action)
    again = await ended(world, await world.executor.execute(world.action), world.action)
    asked = await world.executor.ask(world.action)

    assert (first.status, again.status, asked.status) == (DONE, DONE, DONE)
    assert first.before == again.before == asked.before
    assert (world.level(), world.acts()) == (3, 1)


@pytest.mark.parametrize("world", ACTING, indirect=True)
async def test_one_id_at_once_is_carried_out_once(world: World) -> None:
    """Two workers with the same message, and neither says that it failed."""
    reports = await asyncio.gather(*(world.executor.execute(world.action) for _ in range(2)))

    assert FAILED not in {report.status for report in reports}
    assert (world.level(), world.acts()) == (3, 1)


@pytest.mark.parametrize("world", list(WORLDS), indirect=True)
async def test_a_dry_run_changes_nothing(world: World) -> None:
    """It says what would happen, and takes the id from nobody."""
    report = await world.executor.dry_run(world.action)

    assert report.status is DONE
    assert report.detail
    assert (world.level(), world.acts()) == (1, 0)

    executed = await world.executor.execute(world.action)
    assert executed.status in (DONE, RUNNING, HANDED_OVER)


@pytest.mark.parametrize("world", ACTING, indirect=True)
async def test_a_rollback_restores_what_was_before_once(world: World) -> None:
    """Under an id of its own, by which it can be asked for."""
    report = await world.executor.execute(world.action)
    world.settle()
    undone = await world.executor.rollback(world.action, report.before)
    again = await world.executor.rollback(world.action, report.before)
    world.settle()
    asked = await world.executor.ask(as_rollback(world.action))

    assert (await ended(world, undone, as_rollback(world.action))).status is DONE
    assert again.status in (DONE, RUNNING)
    assert asked.status is DONE
    assert (world.level(), world.acts()) == (1, 2)


@pytest.mark.parametrize("world", ACTING, indirect=True)
async def test_an_id_that_was_asked_for_first_is_never_carried_out(world: World) -> None:
    """ "It had no effect" stays true when the message comes late."""
    asked = await world.executor.ask(world.action)
    late = await world.executor.execute(world.action)

    assert (asked.status, late.status) == (FAILED, FAILED)
    assert world.level() == 1


@pytest.mark.parametrize("world", ACTING, indirect=True)
async def test_two_actions_are_two(world: World) -> None:
    """Another id is carried out, whatever came before."""
    await world.executor.execute(world.action)
    await world.executor.execute(replace(world.action, id="e2"))

    assert (world.level(), world.acts()) == (5, 2)


@pytest.mark.parametrize("world", list(WORLDS), indirect=True)
async def test_it_can_be_checked_and_says_what_it_knows(world: World) -> None:
    """Checking changes nothing; its name is that of the settings."""
    executor: Executor = world.executor

    assert await world.executor.check()
    assert executor.name in WORLDS
    assert executor.can_run("scale_out")
    assert (world.level(), world.acts()) == (1, 0)


@pytest.mark.parametrize("world", ["ticket"], indirect=True)
async def test_a_person_is_handed_the_command(world: World) -> None:
    """Neither done nor failed: nothing was carried out, and nothing is left to ask."""
    report = await world.executor.execute(world.action)
    undone = await world.executor.rollback(world.action, {})

    assert report.status is undone.status is HANDED_OVER
    assert "labo-action scale --component cart" in report.detail
    assert "labo-action undo" in undone.detail
