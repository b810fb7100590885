"""The outbox on the real graph."""

from __future__ import annotations

import pytest

from graph.client import Graph
from graph.jobs import MOST_ATTEMPTS, Jobs, add
from labo.bootstrap import Services
from labo.domain.entities.jobs import JobKind
from labo.errors import Conflict
from tests.integration.linking.conftest import Bench
from workers.task import do_job

pytestmark = pytest.mark.stack

KIND = JobKind.DIAGNOSE


async def ask(graph: Graph, *subjects: str) -> None:
    await graph.write(lambda tx: add(tx, KIND, subjects))


async def test_a_job_is_done_once(graph: Graph) -> None:
    """A second message finds nothing to do."""
    await ask(graph, "i1")
    jobs = Jobs(graph)
    attempt = await jobs.begin(KIND, "i1", lease_s=60)
    assert attempt is not None
    done = await jobs.finish(KIND, "i1", attempt)

    assert done
    assert await jobs.begin(KIND, "i1", lease_s=60) is None


async def test_a_job_asked_for_again_while_it_runs_has_to_run_again(graph: Graph) -> None:
    """What it is about changed after it had looked."""
    await ask(graph, "i1")
    jobs = Jobs(graph)
    first = await jobs.begin(KIND, "i1", lease_s=60)
    await ask(graph, "i1")
    assert first is not None
    done = await jobs.finish(KIND, "i1", first)
    second = await jobs.begin(KIND, "i1", lease_s=60)
    assert second is not None

    assert not done
    assert await jobs.finish(KIND, "i1", second)


async def test_a_job_that_keeps_killing_its_worker_is_parked_and_can_be_replayed(
    graph: Graph,
) -> None:
    """Attempts are counted before the work begins, for nobody is left to count after it."""
    await ask(graph, "poison")
    jobs = Jobs(graph)
    attempts = [await jobs.begin(KIND, "poison", lease_s=60) for _ in range(MOST_ATTEMPTS + 1)]
    after = await jobs.begin(KIND, "poison", lease_s=60)
    letters = await jobs.find_parked()
    replayed = await jobs.replay([letters[0].id])
    again = await jobs.begin(KIND, "poison", lease_s=60)

    assert [a.parked for a in attempts if a] == [False] * MOST_ATTEMPTS + [True]
    assert after is None
    assert [(letter.kind, letter.subject) for letter in letters] == [(KIND, "poison")]
    assert [job.subject for job in replayed] == ["poison"]
    assert again is not None
    assert again.attempts == 1


async def test_a_failure_is_kept_and_an_outage_is_not_held_against_the_job(graph: Graph) -> None:
    """Only what the job itself did counts."""
    await ask(graph, "i1")
    jobs = Jobs(graph)
    await jobs.begin(KIND, "i1", lease_s=60)
    await jobs.fail(KIND, "i1", "the model is away", delay_s=1, counts=False)
    outage = await jobs.begin(KIND, "i1", lease_s=60)
    await jobs.fail(KIND, "i1", "a defect", delay_s=1)
    defect = await jobs.begin(KIND, "i1", lease_s=60)

    assert outage is not None
    assert defect is not None
    assert (outage.attempts, defect.attempts) == (1, 2)


async def test_a_job_that_lost_a_race_is_still_to_do(bench: Bench) -> None:
    """The write that came first did other work; lost every time, the job is parked."""
    graph = bench.labo.graph
    await ask(graph, "i")

    async def second(_: Services) -> None:
        raise Conflict("another was first")

    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Conflict):
            await do_job(bench.app, KIND, bench.workspace, "i", second)
    assert await Jobs(graph).find_parked() == []
    await do_job(bench.app, KIND, bench.workspace, "i", second)

    assert [one.subject for one in await Jobs(graph).find_parked()] == ["i"]
