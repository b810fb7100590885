"""One event that can't be linked costs no other its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from graph import events
from graph.client import Transaction
from graph.events import NewEvent
from graph.jobs import Jobs
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.problems import Problem
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking import identity
from labo.services.ingest import linked_events
from tests.builders.events import an_alert
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import counted, link_all, the_incidents
from workers.task import do_job

pytestmark = pytest.mark.stack

LINKED = "MATCH (e:Event {workspace: $w}) WHERE e.linked_at IS NOT NULL RETURN count(e)"
LINK_JOBS = "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN count(j)"


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Alerts named Poison break a rule."""

    def problem_of(event: Event, role: str) -> Problem:
        if event.title == "Poison":
            raise OverflowError("date value out of range")
        return identity.problem_of(event, role)

    monkeypatch.setattr(linked_events, "problem_of", problem_of)
    return monkeypatch


async def test_one_bad_event_is_set_aside_and_the_others_are_linked(
    bench: Bench, poison: pytest.MonkeyPatch
) -> None:
    """It is a dead letter of its own; replayed once the rule is mended, it is linked."""
    bad = an_alert("cart", "Poison")
    await bench.labo.events.accept([*(an_alert(f"service-{n}") for n in range(9)), bad])
    await bench.labo.events.accept([an_alert("other-batch")])
    await link_all(bench)
    letters = await Jobs(bench.labo.graph).find_parked()
    linked = await counted(bench, LINKED)
    poison.undo()
    await Jobs(bench.labo.graph).replay([letters[0].id])
    await do_job(
        bench.app,
        letters[0].kind,
        bench.workspace,
        letters[0].subject,
        lambda labo: labo.linking.link_event(letters[0].subject),
    )

    assert linked == 10
    assert [(one.kind, one.subject) for one in letters] == [(JobKind.LINK_EVENT, bad.id)]
    assert "OverflowError" in str(letters[0].error)
    assert await counted(bench, LINKED) == 11
    assert await Jobs(bench.labo.graph).find_parked() == []


async def test_the_batches_of_a_bad_event_are_done(
    bench: Bench, poison: pytest.MonkeyPatch
) -> None:
    """No job brings it back, and the same delivery again changes nothing."""
    del poison
    for number in range(3):
        await bench.labo.events.accept([an_alert(f"service-{number}", "Poison")])
    await link_all(bench)
    await link_all(bench)

    assert await counted(bench, LINK_JOBS) == 0
    assert len(await Jobs(bench.labo.graph).find_parked()) == 3


async def test_an_event_from_the_end_of_time_is_linked_by_its_receipt(bench: Bench) -> None:
    """No clock shows that time; what windows make of it would be no time at all."""
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    bad = replace(an_alert("cart"), starts_at=end)
    await bench.labo.events.accept([an_alert("cart", "Other")])
    new = NewEvent(bench.workspace, bad, datetime.now(UTC))  # the doors refuse it

    async def unit(tx: Transaction) -> None:
        await events.add(tx, [new])

    await bench.labo.graph.write(unit)
    await link_all(bench)

    assert await Jobs(bench.labo.graph).find_parked() == []
    assert sum(held for _, _, held in await the_incidents(bench)) == 2
