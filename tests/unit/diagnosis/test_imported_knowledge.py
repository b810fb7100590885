"""What others labelled counts as few labels, and gives way to a label of one's own."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.model import build_model, tables_of
from labo.domain.diagnosis.classification.support import MOST_IMPORTED, labels_behind
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.series import Topology
from labo.domain.knowledge.experiences import NON_ROOT, TrainingExample
from labo.domain.knowledge.knowledge import Knowledge
from tests.builders.problems import METRICS, a_server, known
from tests.builders.training_set import look_alikes, server_training_set


def imported(*causes: str) -> tuple[TrainingExample, ...]:
    """Enough labels of elsewhere to learn weights from."""
    return tuple(replace(one, is_imported=True) for one in server_training_set(*causes) * 2)


def named(analysis: Analysis) -> list[tuple[str | None, float]]:
    return [(suspect.problem, suspect.probability) for suspect in analysis.suspects]


def test_imported_labels_count_as_few_and_ones_own_as_they_are() -> None:
    """However many they are; affected components are no labels."""
    own = look_alikes(causes=15, affected=60)
    others = [replace(one, is_imported=True) for one in own]

    assert labels_behind(own) == 30
    assert labels_behind(others) == MOST_IMPORTED
    assert labels_behind([replace(one, title=NON_ROOT) for one in others]) == 0


def test_an_imported_problem_needs_most_of_what_it_moves() -> None:
    """One of its metrics is no name, unless it was labelled here."""
    problem = replace(known().problems[0], is_imported=True)
    moved = [c.metric for c in problem.conditions if c.hits][:1]

    assert build_model(tables_of([problem]), problem.role, moved) is None
    assert build_model(tables_of([problem]), problem.role, METRICS) is not None
    own = replace(problem, is_imported=False)
    assert build_model(tables_of([own]), own.role, moved) is not None


def test_a_label_of_ones_own_is_not_drowned_by_imported_ones() -> None:
    """What they never saw is named by its signature, with and without them."""
    case = a_server(["long query"], seed=47)
    lent = imported("slow disk", "hot lock")

    alone = analyse(case, known())
    beside = analyse(case, replace(known(), training_examples=lent))

    assert named(beside) == named(alone)
    assert named(beside)[0][0] == "long query"


def test_imported_weights_name_what_they_know() -> None:
    """Where the best match is a problem of theirs, they say which."""
    case = a_server(["slow disk"], seed=47)
    knowledge = Knowledge(
        tuple(replace(problem, is_imported=True) for problem in known().problems),
        training_examples=imported("slow disk", "hot lock", "long query"),
    )

    assert named(analyse(case, knowledge))[0][0] == "slow disk"


def test_a_problem_labelled_elsewhere_makes_no_verdict_surer() -> None:
    """It may lead and be named; how sure the component is, telemetry alone tells: here no call is
    known, so that a component that nothing is measured of may be the cause."""
    server = a_server(["slow disk"], seed=47)
    case = replace(server, topology=Topology((server.target, "other"), ()))
    own = known()
    borrowed = replace(own, problems=tuple(replace(p, is_imported=True) for p in own.problems))

    alone, elsewhere, here = (analyse(case, knowledge) for knowledge in (None, borrowed, own))

    assert named(elsewhere)[0][0] == named(here)[0][0] == "slow disk"
    assert alone.verdict is elsewhere.verdict is Verdict.INCONCLUSIVE
    assert here.verdict is Verdict.LIKELY
