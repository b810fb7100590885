"""The learner on a real graph: numbers without gaps, nothing lost, nothing learnt twice."""

from __future__ import annotations

import asyncio

import pytest

from graph import conditions, experiences, problems, snapshots
from graph.client import Graph, Transaction
from labo.domain.entities.conditions import Direction, condition_key
from labo.domain.knowledge.experiences import Experience
from labo.domain.knowledge.signatures import Signature
from labo.domain.learning.state import LearnerState
from labo.errors import InvalidInput, NotFound
from labo.services.causality.problems import ProblemService
from labo.services.learning.learner import LearningService
from tests.builders.experiences import a_labelled_incident, labelled, tried

pytestmark = pytest.mark.stack

HIGH = condition_key("database", "latency", Direction.HIGH)


async def save(graph: Graph, *given: Experience) -> list[int]:
    async def unit(tx: Transaction) -> list[int]:
        return [await experiences.append(tx, one) for one in given]

    return await graph.write(unit)


async def shown(graph: Graph, problem: str = "p1") -> dict[str, Signature]:
    return {s.condition: s for s in await conditions.find_signatures(graph, [problem])}


def a_stream(count: int) -> list[Experience]:
    labelled_incidents = [labelled(f"l{i}", a_labelled_incident(f"p{i % 3}")) for i in range(count)]
    return [
        one
        for i, labelled_incident in enumerate(labelled_incidents)
        for one in (labelled_incident, tried(f"t{i}"))
    ]


async def test_writers_at_once_take_numbers_without_gaps(graph: Graph) -> None:
    """A gap would stop the learner, a double would lose an experience; the same id keeps its."""
    stream = a_stream(15)
    numbers = await asyncio.gather(*(save(graph, one) for one in [*stream, *stream[:10]]))
    read = await experiences.read_after(graph, 0, 100)

    assert sorted(n for (n,) in numbers[:30]) == list(range(1, 31))
    assert numbers[30:] == numbers[:10]
    assert [one.seq for one in read] == list(range(1, 31))
    assert {one.id for one in read} == {one.id for one in stream}


async def test_learners_at_once_learn_each_experience_once(graph: Graph) -> None:
    """The lease saves work only; the position's version keeps the figures right without it."""
    await save(graph, *a_stream(6))
    states = await asyncio.gather(*(LearningService(graph).catch_up() for _ in range(4)))
    labelled_problem_of = (await shown(graph))[HIGH]

    assert all(state == states[0] for state in states)
    assert states[0].position == 12
    assert (labelled_problem_of.hits, labelled_problem_of.misses, labelled_problem_of.size_sum) == (
        2,
        0,
        18.0,
    )
    assert (await problems.get(graph, "p1")).title == "p1 happens"


async def test_rollback_forgets_replay_restores_and_the_graph_follows(graph: Graph) -> None:
    """Later experiences stay kept, stop counting, and count again; new ones count throughout."""
    learner = LearningService(graph)
    await save(graph, labelled("a"))
    await learner.catch_up()
    first = await learner.take_snapshot()
    await save(graph, labelled("b"), tried("c", worked=False))
    full = await learner.catch_up()

    back = await learner.rollback(first.snapshot)
    status = await learner.status()
    assert (back.moved, status.left_out, status.waiting) == (True, ((2, 3),), 0)
    assert (await shown(graph))[HIGH].hits == 1
    assert not (await learner.rollback(first.snapshot)).moved

    await save(graph, labelled("d"))
    await learner.catch_up()
    assert (await shown(graph))[HIGH].hits == 2

    again = await LearningService(graph).replay(1)
    assert again.moved
    assert (await shown(graph))[HIGH].hits == 3
    restored = await learner.state()
    assert (restored.outcomes, restored.left_out) == (full.outcomes, ())
    assert not (await learner.replay(2)).moved
    assert [s.reason for s in await snapshots.find(graph)] == [
        "replay from 1",
        "rollback to 1",
        "stop",
    ]


async def test_a_correction_takes_the_place_of_what_it_corrects(graph: Graph) -> None:
    """A second word on an incident counts instead of the first, in every figure."""
    learner = LearningService(graph)
    await save(graph, labelled("a", a_labelled_incident("p1", foreseen=0.2, verdict="LIKELY")))
    await learner.catch_up()
    await save(
        graph,
        labelled("b", a_labelled_incident("p2", foreseen=0.7, verdict="LIKELY"), replaces=("a",)),
    )
    state = await learner.catch_up()

    assert [r.shown for r in state.records] == [0.7]
    assert set(state.problems) == {"p2"}
    assert (await shown(graph, "p2"))[HIGH].hits == 1
    assert (await shown(graph, "p1"))[HIGH].hits == 0
    assert not (await learner.replay(1)).moved


async def test_imported_counts_stay_apart_from_learnt_ones(graph: Graph) -> None:
    """Each can be renewed without the other: a link shows the sum of both."""
    learner = LearningService(graph)
    await save(graph, labelled("a"))
    await learner.catch_up()
    imported = Signature("p1", HIGH, "latency", Direction.HIGH, "database", hits=5, size_sum=40.0)

    async def unit(tx: Transaction) -> None:
        await conditions.import_signatures(tx, [imported], written_by="elsewhere")

    await graph.write(unit)
    assert (await shown(graph))[HIGH].hits == 5
    await save(graph, labelled("b"))
    await learner.catch_up()
    assert (await shown(graph))[HIGH].hits == 6
    await learner.replay(1)
    assert (await shown(graph))[HIGH].hits == 6


async def test_merged_problems_share_what_lessons_teach(graph: Graph) -> None:
    """What was taught under the old name counts for the new one, before and after the merge."""
    learner = LearningService(graph)
    await save(
        graph, labelled("a", a_labelled_incident("p1")), labelled("b", a_labelled_incident("p2"))
    )
    await learner.catch_up()
    await ProblemService(graph).merge("p2", into="p1", by="ann", reason="same")
    await save(graph, labelled("c", a_labelled_incident("p2")))
    await learner.catch_up()

    assert (await shown(graph))[HIGH].hits == 3
    assert await shown(graph, "p2") == {}


async def test_chances_come_from_outcomes(graph: Graph) -> None:
    """What nothing is known about is absent rather than even."""
    learner = LearningService(graph)
    await save(graph, *(tried(f"t{i}") for i in range(8)))
    await learner.catch_up()
    chances = await learner.chances(
        ["restart", "scale"], problem="p1", role="database", system="shop"
    )

    assert chances.keys() == {"restart"}
    assert chances["restart"] > 0.8


async def test_what_does_not_exist_is_refused_by_name(graph: Graph) -> None:
    """An operator's typo changes nothing."""
    learner = LearningService(graph)
    with pytest.raises(NotFound, match="there is no snapshot 9"):
        await learner.rollback(9)
    with pytest.raises(InvalidInput, match="there is no experience 4"):
        await learner.replay(4)
    assert await learner.state() == LearnerState()
