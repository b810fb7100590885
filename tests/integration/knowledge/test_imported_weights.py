"""Weights that were learnt elsewhere: from its labelled incidents, until enough are labelled
here."""

from __future__ import annotations

import json

import pytest

from graph.client import Graph
from labo.domain.diagnosis.classification.learnt import learnt_of as learnt_from
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge, from_json, to_json
from labo.services.learning.learner import LearningService
from tests.builders.services import a_knowledge_service
from tests.builders.training_set import DISK
from tests.integration.learning.test_learner import save
from tests.integration.learning.test_training_set import a_history, learnt_of, read, titles

pytestmark = pytest.mark.stack


def causes(examples: tuple[TrainingExample, ...], *, imported: bool) -> int:
    return sum(one.title != NON_ROOT and one.is_imported is imported for one in examples)


async def test_an_export_carries_what_weights_are_learnt_from(graph: Graph) -> None:
    """Elsewhere the very same weights follow from it, marked as imported."""
    await save(graph, *a_history(40))
    await LearningService(graph).catch_up()
    exported = await a_knowledge_service(graph).export()
    travelled = from_json(json.loads(json.dumps(to_json(exported))))
    elsewhere = graph.scoped(graph.workspace + "-elsewhere")
    await a_knowledge_service(elsewhere).import_(travelled, source="shop")

    here, there = await read(graph), await read(elsewhere)

    assert travelled == exported
    ours, theirs = learnt_of(here), learnt_of(there)
    assert ours is not None
    assert theirs is not None
    assert theirs.titles == ours.titles
    assert theirs.columns == ours.columns
    assert (theirs.values == ours.values).all()
    assert causes(there.training_examples, imported=True) == 40
    assert (await a_knowledge_service(elsewhere).export()).training_examples == ()


async def test_twenty_labels_of_ones_own_take_over(graph: Graph) -> None:
    """Until then the imported ones are learnt from alone, and nothing is mixed."""
    source = graph.scoped(graph.workspace + "-source")
    await save(source, *a_history(40))
    await LearningService(source).catch_up()
    exported = await a_knowledge_service(source).export()
    await a_knowledge_service(graph).import_(exported, source="shop")
    await save(graph, *a_history(19))
    learner = LearningService(graph)
    await learner.catch_up()
    before = (await read(graph)).training_examples
    await save(graph, *a_history(21, first=19))
    await learner.catch_up()
    after = (await read(graph)).training_examples

    assert (causes(before, imported=True), causes(before, imported=False)) == (40, 0)
    assert (causes(after, imported=True), causes(after, imported=False)) == (0, 40)


async def test_the_calibration_of_elsewhere_is_told_and_corrects_nothing(graph: Graph) -> None:
    """It is about other diagnoses."""
    service = a_knowledge_service(graph)
    known = from_json({"calibration": {"incidents": 80, "slope": 3.0}})
    await service.import_(known, source="shop")

    [source] = await service.sources()
    read_here = await read(graph)

    assert source.calibrated_on == 80
    assert read_here.calibration.incidents == 0
    assert read_here.calibration.apply(0.7) == pytest.approx(0.7)


async def test_a_problem_that_was_labelled_here_is_not_imported_any_more(graph: Graph) -> None:
    """From the first label on it is compared like any that was learnt here."""
    source = graph.scoped(graph.workspace + "-source")
    await save(source, *a_history(4))
    await LearningService(source).catch_up()
    await a_knowledge_service(graph).import_(
        await a_knowledge_service(source).export(), source="shop"
    )
    before = {problem.title: problem.is_imported for problem in (await read(graph)).problems}
    await save(graph, *a_history(1))
    await LearningService(graph).catch_up()
    after = {problem.title: problem.is_imported for problem in (await read(graph)).problems}

    assert set(before.values()) == {True}
    assert after[DISK] is False
    assert sum(after.values()) == len(after) - 1


async def test_too_few_imported_labels_give_no_weights(graph: Graph) -> None:
    """As with one's own."""
    await a_knowledge_service(graph).import_(
        Knowledge(training_examples=(TrainingExample("database", DISK, {"disk": 9.0}, "k"),)),
        source="shop",
    )

    found = await read(graph)

    assert titles(learnt_of(found)) == ()
    assert learnt_from(found.training_examples, {}).weights is None
