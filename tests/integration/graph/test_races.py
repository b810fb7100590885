"""Two at once on the real server: whoever comes second finds a clean answer, and nothing is lost.

Each test races many rounds, since no single one is sure to meet the moment it is about.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest

from graph.client import Graph
from graph.driver import open_driver
from graph.jobs import MOST_ATTEMPTS, Attempt, Jobs, add, claim_due
from graph.memory import Memory
from graph.migrate import migrate
from labo.domain.entities.jobs import JobKind
from tests.conftest import TestStack

pytestmark = pytest.mark.stack

KIND = JobKind.DIAGNOSE
ROUNDS = 15


async def ask(graph: Graph, *subjects: str, delay_s: int | None = None) -> list[str]:
    """The subjects that need a message."""
    return await graph.write(lambda tx: add(tx, KIND, subjects, delay_s=delay_s))


async def begun(jobs: Jobs, subject: str) -> Attempt:
    attempt = await jobs.begin(KIND, subject, lease_s=60)
    assert attempt is not None
    return attempt


async def tally(*racing: Awaitable[bool]) -> Counter[bool]:
    return Counter(await asyncio.gather(*racing))


async def test_workers_that_finish_the_same_job_all_find_it_done(graph: Graph) -> None:
    """A message that came twice costs a repeated run, never a failure."""
    jobs = Jobs(graph)
    for number in range(ROUNDS):
        subject = f"i{number}"
        await ask(graph, subject)
        attempt = await begun(jobs, subject)

        done = await tally(*(jobs.finish(KIND, subject, attempt) for _ in range(4)))

        assert done == {True: 4}
        assert await jobs.begin(KIND, subject, lease_s=60) is None


async def test_of_workers_that_finish_a_job_asked_for_again_one_sends_it(graph: Graph) -> None:
    """The work that follows is sent once, and is there to be begun."""
    jobs = Jobs(graph)
    for number in range(ROUNDS):
        subject = f"i{number}"
        await ask(graph, subject)
        attempt = await begun(jobs, subject)
        await ask(graph, subject)

        done = await tally(*(jobs.finish(KIND, subject, attempt) for _ in range(4)))
        rerun = await begun(jobs, subject)

        assert done == {False: 1, True: 3}
        assert await jobs.finish(KIND, subject, rerun)


async def test_work_asked_for_while_its_job_is_finished_is_not_lost(graph: Graph) -> None:
    """Either the finisher sees that it was asked for again, or whoever asked sends a message."""
    jobs = Jobs(graph)
    for number in range(ROUNDS):
        subject = f"i{number}"
        await ask(graph, subject)
        attempt = await begun(jobs, subject)

        done, one, other = await asyncio.gather(
            jobs.finish(KIND, subject, attempt), ask(graph, subject), ask(graph, subject)
        )
        rerun = await jobs.begin(KIND, subject, lease_s=60)

        assert [*one, *other] == ([subject] if done else [])
        assert rerun is not None
        assert await jobs.finish(KIND, subject, rerun)  # only so many may be under way


async def test_a_late_finisher_leaves_a_job_that_was_asked_for_since_alone(graph: Graph) -> None:
    """Its attempt belongs to a job that another worker has finished long ago."""
    jobs = Jobs(graph)
    await ask(graph, "i")
    attempt = await begun(jobs, "i")
    assert await jobs.finish(KIND, "i", attempt)
    await asyncio.sleep(0.002)  # a job is told from a later one by the millisecond of its birth
    await ask(graph, "i")

    assert await jobs.finish(KIND, "i", attempt)
    assert await jobs.begin(KIND, "i", lease_s=60) is not None


async def test_beginning_a_job_that_is_just_finished_is_an_attempt_or_nothing(
    graph: Graph,
) -> None:
    """A message that comes late meets no half-deleted job, and can fail it as well."""
    jobs = Jobs(graph)
    for number in range(ROUNDS):
        subject = f"i{number}"
        await ask(graph, subject)
        attempt = await begun(jobs, subject)

        done, *late, _ = await asyncio.gather(
            jobs.finish(KIND, subject, attempt),
            *(jobs.begin(KIND, subject, lease_s=60) for _ in range(3)),
            jobs.fail(KIND, subject, "too late", delay_s=1),
        )

        assert done
        assert all(1 < one.attempts <= MOST_ATTEMPTS for one in late if one)


async def test_of_sweepers_at_once_one_sends_a_due_job(graph: Graph) -> None:
    """The others see that it was pushed back."""
    jobs = Jobs(graph)
    for number in range(ROUNDS):
        subject = f"i{number}"
        await ask(graph, subject, delay_s=0)

        swept = await asyncio.gather(*(claim_due(graph, 1_000) for _ in range(3)))

        assert Counter(job.subject for due in swept for job in due)[subject] == 1
        assert await jobs.finish(KIND, subject, await begun(jobs, subject))


async def test_of_replays_at_once_one_makes_a_dead_letter_due(graph: Graph) -> None:
    """Each dead letter is sent again by whoever replayed it."""
    jobs = Jobs(graph)
    for number in range(ROUNDS // 2):
        subject = f"i{number}"
        await ask(graph, subject)
        for _ in range(MOST_ATTEMPTS + 1):
            await jobs.begin(KIND, subject, lease_s=60)

        replayed = await asyncio.gather(*(jobs.replay() for _ in range(3)))

        assert [job.subject for one in replayed for job in one] == [subject]


async def test_processes_that_make_the_same_vector_index_all_find_it_ready(graph: Graph) -> None:
    """`IF NOT EXISTS` alone lets the later ones fail."""
    for number in range(6):
        memories = [Memory(graph, f"race_{number}", 8) for _ in range(4)]

        await asyncio.gather(*(memory.prepare() for memory in memories))

        assert await memories[0].find_by_vector([1.0] * 8, 1) == []


async def test_processes_that_migrate_at_once_all_end_with_the_whole_schema(
    stack: TestStack, graph: Graph
) -> None:
    """Two servers that start together both serve."""
    driver = open_driver(stack.neo4j_uri, stack.neo4j_user, stack.neo4j_password)
    async with driver:
        for _ in range(5):
            await driver.execute_query("DROP INDEX proposal_incident")
            await driver.execute_query("MATCH (m:Migration {version: 2}) DETACH DELETE m")

            applied = await asyncio.gather(*(migrate(driver, graph) for _ in range(3)))
            names, _, _ = await driver.execute_query("SHOW INDEXES YIELD name RETURN name")

            assert all(versions in ([], [2]) for versions in applied)
            assert ["proposal_incident"] in [record.values() for record in names]
        await driver.execute_query(
            "MATCH (a:Migration {version: 3}), (b:Migration {version: 2}) MERGE (a)-[:AFTER]->(b)"
        )
