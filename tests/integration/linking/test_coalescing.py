"""Many small batches cost little more than one: whoever links takes along what waits."""

from __future__ import annotations

import pytest

from graph import jobs, linking
from labo.domain.entities.jobs import JobKind
from tests.builders.events import an_alert
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import counted

pytestmark = pytest.mark.stack

LINK_JOBS = "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN count(j)"


async def batches_of(bench: Bench) -> list[str]:
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (e:Event {workspace: $w}) RETURN DISTINCT e.batch AS batch", w=bench.workspace
        )
        return [record["batch"] async for record in result]


async def test_a_linker_takes_along_the_batches_that_wait(bench: Bench) -> None:
    """Ten single posts become one transaction, and their jobs are done."""
    for number in range(10):
        await bench.labo.events.accept([an_alert(f"service-{number}")])
    batches = await batches_of(bench)
    linked = await bench.labo.linking.link(batches[0])

    assert len(batches) == 10
    assert linked.events == 10
    assert await counted(bench, LINK_JOBS) == 1  # its own, which the worker deletes
    assert (await bench.labo.linking.link(batches[1])).events == 0


async def test_what_was_too_much_for_one_set_is_named_to_go_on_with(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No batch has to wait for the sweeper because another one's message spoke for it."""
    monkeypatch.setattr(linking, "MOST_TOGETHER", 3)
    for number in range(5):
        await bench.labo.events.accept([an_alert(f"service-{number}")])
    batches = await batches_of(bench)
    linked = await bench.labo.linking.link(batches[-1])

    assert linked.events < 5
    assert linked.following in set(batches[:-1])


async def test_what_waits_already_needs_no_second_message(bench: Bench) -> None:
    """A storm of alerts on one incident sends one message for its diagnosis, not thousands."""

    async def ask() -> list[str]:
        return await bench.labo.graph.write(lambda tx: jobs.add(tx, JobKind.DIAGNOSE, ["incident"]))

    assert await ask() == ["incident"]
    assert await ask() == []


async def test_asking_again_does_not_put_off_the_sweeper(bench: Bench) -> None:
    """A lost message is sent again, however often the work is asked for meanwhile."""
    due = "MATCH (j:Job {workspace: $w}) RETURN j.due_at.epochMillis"
    await bench.labo.graph.write(lambda tx: jobs.add(tx, JobKind.DIAGNOSE, ["incident"]))
    before = await counted(bench, due)
    await bench.labo.graph.write(
        lambda tx: jobs.add(tx, JobKind.DIAGNOSE, ["incident"], delay_s=60)
    )

    assert await counted(bench, due) == before
