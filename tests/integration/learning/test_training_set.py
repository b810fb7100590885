"""What labelled incidents showed, from the graph to the weights that a diagnosis reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from graph.client import Graph
from labo.domain.diagnosis.classification.learnt import learnt_of as learnt_from
from labo.domain.diagnosis.classification.weights import Weights
from labo.domain.entities.series import Case
from labo.domain.knowledge.experiences import NON_ROOT, Experience, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge
from labo.services.causality.problems import ProblemService
from labo.services.knowledge import samples
from labo.services.knowledge.samples import TrainingSetReader
from labo.services.learning.learner import LearningService
from tests.builders.experiences import a_labelled_incident, labelled, tried
from tests.builders.problems import a_server
from tests.builders.services import a_knowledge_reader
from tests.builders.training_set import DISK, MOVED, QUEUE, a_training_example
from tests.integration.learning.test_learner import save

pytestmark = pytest.mark.stack

CASE = a_server([])
"""A database: what is known of databases is read for it."""


def shown(
    id_: str,
    title: str,
    *others: TrainingExample,
    replaces: tuple[str, ...] = (),
    known: bool = True,
) -> Experience:
    """A labelled incident of a problem called `title`, with its cause and an affected component."""
    cause = replace(a_training_example(DISK, seed=len(id_)), title=title)
    cause = a_training_example(title, seed=len(id_)) if title in MOVED else cause
    labelled_incident = replace(
        a_labelled_incident(title),
        title=title,
        training_examples=(cause, a_training_example(NON_ROOT), *others),
    )
    return labelled(id_, labelled_incident, replaces=replaces, authenticated=known)


def a_history(count: int, first: int = 0) -> list[Experience]:
    """So many labelled incidents, of two problems in turn."""
    return [shown(f"l{i}", (DISK, QUEUE)[i % 2]) for i in range(first, first + count)]


def learnt_of(knowledge: Knowledge) -> Weights | None:
    """Where everything that the labelled incidents moved is measured."""
    features = {feature.partition("~")[0] for moves in MOVED.values() for feature in moves}
    measured = {"database": frozenset(features)}
    return learnt_from(knowledge.training_examples, measured).weights


def titles(weights: Weights | None) -> Sequence[str]:
    return weights.titles if weights else ()


async def read(graph: Graph, case: Case = CASE) -> Knowledge:
    return await a_knowledge_reader(graph).of_case(case)


async def test_what_lessons_showed_is_learnt_of_by_the_next_diagnosis(graph: Graph) -> None:
    """Beside the signatures, and out of the same experiences; a few labelled incidents give no
    weights yet."""
    learner = LearningService(graph)
    await save(graph, *a_history(10), tried("t"))
    await learner.catch_up()
    early = await read(graph)
    await save(graph, *a_history(35, first=10))
    state = await learner.catch_up()
    late = await read(graph)
    weights = learnt_of(late)

    assert learnt_of(early) is None
    assert state.labelled_seqs == (*range(1, 11), *range(12, 47))
    assert {problem.title for problem in late.problems} == {DISK, QUEUE}
    assert weights is not None
    assert weights.titles == (QUEUE, DISK)
    cause, killed = (weights.log_odds("database", MOVED[title]) for title in (DISK, NON_ROOT))
    assert cause[DISK] > 2
    assert cause[DISK] > cause[QUEUE] + 3
    assert max(killed.values()) < 0


async def test_examples_of_unknown_senders_teach_nothing(graph: Graph) -> None:
    """Whoever can reach a port must not be able to teach."""
    unknown = [shown(f"x{i}", "made up", known=False) for i in range(25)]
    await save(graph, *a_history(40), *unknown)
    await LearningService(graph).catch_up()

    assert titles(learnt_of(await read(graph))) == (QUEUE, DISK)


async def test_examples_that_were_rolled_back_are_gone_until_replayed(graph: Graph) -> None:
    """As everything that was learnt since the snapshot."""
    learner = LearningService(graph)
    await save(graph, *a_history(40))
    await learner.catch_up()
    first = await learner.take_snapshot()
    await save(graph, shown("wrong", "wrong"))
    await learner.catch_up()
    before = titles(learnt_of(await read(graph)))
    await learner.rollback(first.snapshot)
    back = titles(learnt_of(await read(graph)))
    await learner.replay(1)

    assert before == (QUEUE, DISK, "wrong")
    assert back == (QUEUE, DISK)
    assert titles(learnt_of(await read(graph))) == before


async def test_a_corrected_lessons_examples_give_way_to_the_corrections(graph: Graph) -> None:
    """The second word on an incident is what its components are taught as."""
    learner = LearningService(graph)
    await save(graph, *a_history(40), shown("first", "a guess"))
    await learner.catch_up()
    before = titles(learnt_of(await read(graph)))
    await save(graph, shown("second", "seen", replaces=("first",)))
    state = await learner.catch_up()

    assert before == ("a guess", QUEUE, DISK)
    assert titles(learnt_of(await read(graph))) == (QUEUE, "seen", DISK)
    assert state.labelled_seqs == (*range(1, 41), 42)


async def test_examples_are_read_anew_only_when_something_was_learnt(graph: Graph) -> None:
    """The same object tells who remembers weights that they are the same."""
    learner, reader = LearningService(graph), TrainingSetReader(graph)
    await save(graph, *a_history(3))
    state = await learner.catch_up()
    first = await reader.of(state.labelled_seqs)
    await save(graph, tried("t"), labelled("plain"))
    same = await reader.of((await learner.catch_up()).labelled_seqs)
    await save(graph, *a_history(1, first=3))
    other = await reader.of((await learner.catch_up()).labelled_seqs)

    assert same is first
    assert other is not first


async def test_a_merged_problems_examples_count_for_what_it_was_merged_into(graph: Graph) -> None:
    """Else its labelled incidents would speak against that one."""
    learner = LearningService(graph)
    await save(graph, *a_history(40), *(shown(f"other{i}", "as others say") for i in range(3)))
    await learner.catch_up()
    before = titles(learnt_of(await read(graph)))
    await ProblemService(graph).merge("as others say", QUEUE, by="ann", reason="the same")

    assert before == ("as others say", QUEUE, DISK)
    assert titles(learnt_of(await read(graph))) == (QUEUE, DISK)


async def test_of_more_examples_than_can_be_weighed_the_newest_are_read(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learning must not take minutes, however many metrics components have."""
    monkeypatch.setattr(samples, "MOST_FEATURES", 12)
    await save(graph, *a_history(4))
    state = await LearningService(graph).catch_up()
    found = await TrainingSetReader(graph).of(state.labelled_seqs)

    assert [one.title for one in found if one.title != NON_ROOT] == [QUEUE]
