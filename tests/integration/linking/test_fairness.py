"""A workspace's backlog is its own: the others' jobs come in turn, the severe ones first."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from graph.client import Graph
from graph.jobs import MOST_UNDER_WAY, Jobs, add, claim_due
from labo.bootstrap import Services
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.severity import Severity
from tests.builders.incidents import an_incident, save_incident
from tests.integration.linking.conftest import Bench
from workers.task import do_job

pytestmark = pytest.mark.stack

KIND = JobKind.DIAGNOSE
BACKLOG = 500
ENOUGH = 1_000 * MOST_UNDER_WAY
"""For as many queues, which other tests may have left in the run's graph."""


async def ask(graph: Graph, *subjects: str, delay_s: int | None = None) -> list[str]:
    return await graph.write(lambda tx: add(tx, KIND, subjects, delay_s=delay_s))


async def test_a_backlog_puts_a_few_messages_before_anothers_job(graph: Graph) -> None:
    """The broker is first come, first served: what is not in it delays nobody."""
    other = graph.scoped(f"test-{uuid.uuid4().hex}")
    sent = await ask(graph, *(f"i{number:05d}" for number in range(BACKLOG)))

    assert len(sent) == MOST_UNDER_WAY
    assert await ask(other, "urgent") == ["urgent"]
    assert await ask(graph, "later") == []


async def test_the_next_of_a_backlog_is_sent_when_one_is_done(graph: Graph) -> None:
    """So a worker takes the workspaces in turn, and a backlog comes to its end."""
    waiting = [f"i{number}" for number in range(MOST_UNDER_WAY + 1)]
    queue = await ask(graph, *waiting)
    jobs = Jobs(graph)
    for subject in queue:
        attempt = await jobs.begin(KIND, subject, lease_s=60)
        assert attempt is not None
        await jobs.finish(KIND, subject, attempt)
        queue += await jobs.claim(KIND)

    assert sorted(queue) == sorted(waiting)
    assert await jobs.claim(KIND) == []


async def test_the_severe_incidents_come_first(graph: Graph) -> None:
    """Behind what is under way already."""
    await ask(graph, *(f"a{number}" for number in range(MOST_UNDER_WAY)))
    severities = (Severity.WARNING, Severity.CRITICAL, Severity.ERROR)
    incidents = [
        replace(an_incident(number), severity=severity)
        for number, severity in enumerate(severities)
    ]
    for incident in incidents:
        await save_incident(graph, incident)
        await ask(graph, incident.id)
    jobs = Jobs(graph)
    order = []
    for number in range(len(incidents)):
        attempt = await jobs.begin(KIND, f"a{number}", lease_s=60)
        assert attempt is not None
        await jobs.finish(KIND, f"a{number}", attempt)
        order += await jobs.claim(KIND)

    assert order == [incidents[1].id, incidents[2].id, incidents[0].id]


async def test_the_sweeper_takes_as_many_from_every_workspace(graph: Graph) -> None:
    """However much is due in one, and however long."""
    other = graph.scoped(f"test-{uuid.uuid4().hex}")
    await ask(graph, *(f"i{number:05d}" for number in range(BACKLOG)), delay_s=0)
    await ask(other, "late", delay_s=0)
    due = await claim_due(graph, ENOUGH)
    again = await claim_due(graph, ENOUGH)

    assert sum(job.workspace == graph.workspace for job in due) == MOST_UNDER_WAY
    assert [job.subject for job in due if job.workspace == other.workspace] == ["late"]
    assert not [job for job in again if job.workspace in (graph.workspace, other.workspace)]


async def test_a_job_that_waits_to_be_tried_again_makes_room(bench: Bench) -> None:
    """Poison does not take the places of what can be done."""
    graph = bench.labo.graph
    await ask(graph, *(f"i{number}" for number in range(MOST_UNDER_WAY)), "z")

    async def fail(_: Services) -> None:
        raise OverflowError("a defect")

    with pytest.raises(OverflowError):
        await do_job(bench.app, KIND, bench.workspace, "i0", fail)
    under_way = await Jobs(graph).claim(KIND)

    assert under_way == []  # `z` was sent by the worker that failed
    assert await Jobs(graph).begin(KIND, "z", lease_s=60) is not None
