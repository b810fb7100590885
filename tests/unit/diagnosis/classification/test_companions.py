"""Two causes at once, on different components."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.attribution import Attributed, Identified
from labo.domain.diagnosis.classification.companions import companion, with_companion
from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.diagnosis.classification.hypotheses import Weighed, weigh
from labo.domain.diagnosis.classification.model import build_model, tables_of
from labo.domain.diagnosis.classification.reweighed import reweighed
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.series import Case, Topology
from labo.domain.knowledge.knowledge import KnownProblem
from tests.builders.problems import SHAPES, a_server, known
from tests.builders.training_set import server_training_set


def a_pair(one: str, other: str, calls: tuple[tuple[str, str], ...]) -> Case:
    """`left` has the one problem, `right` the other; the target is `left`, or who calls both."""
    left = a_server([one] if one else [], seed=60, name="left")
    right = a_server([other] if other else [], seed=61, name="right")
    front = a_server(["hot lock"], seed=62, name="front", strength=0.4)
    series = {**left.series, **right.series, **front.series}
    roles = dict.fromkeys(("left", "right", "front"), "database")
    return replace(
        left,
        target="front",
        topology=Topology(("front", "left", "right"), calls),
        series=series,
        roles=roles,
    )


def components(found: Analysis) -> list[tuple[str | None, str]]:
    return [(suspect.problem, suspect.component) for suspect in found.suspects]


@pytest.mark.parametrize("swapped", [False, True])
def test_two_components_with_a_problem_each_lead(swapped: bool) -> None:
    """Neither calls the other, so neither explains the other; each has half of the two."""
    names = ("slow disk", "long query")
    one, other = reversed(names) if swapped else names
    found = analyse(a_pair(one, other, (("front", "left"), ("front", "right"))), known())
    first, second = found.suspects[:2]

    assert set(components(found)[:2]) == {(one, "left"), (other, "right")}
    assert first.probability == pytest.approx(second.probability, abs=0.2)
    assert sum(suspect.probability for suspect in found.suspects) <= 1.0


def test_whoever_calls_the_first_suspect_is_no_second_cause() -> None:
    """What it shows may be the first one's doing."""
    case = a_pair("slow disk", "long query", (("front", "left"), ("right", "left")))
    found = analyse(case, known())

    assert components(found)[0] == ("slow disk", "left")
    assert found.suspects[0].probability > 0.5  # one label, and the target hardly shows anything


def test_a_calm_component_is_no_second_cause() -> None:
    """Whatever is known of others."""
    found = analyse(a_pair("slow disk", "", (("front", "left"), ("front", "right"))), known())

    assert components(found)[0] == ("slow disk", "left")
    assert "right" not in {component for _, component in components(found)[:2]}


SLOW, LOCK, QUERY = known().problems


def a_weighed(problem: KnownProblem, probability: float | None) -> Weighed:
    """A component that shows `problem`; with learnt weights, so probable a cause."""
    z_scores = fingerprint(a_server([problem.title], seed=9), "server")
    model = build_model(tables_of(known().problems), "database", z_scores)
    assert model is not None
    found = weigh(model, z_scores)
    if probability is None:
        return found
    return reweighed(found, {problem.title: float(np.log(probability / (1 - probability)))})


def suspected(second: float | None, problem: KnownProblem = QUERY) -> Identified:
    """`left` leads with 0.8; `right`, which calls it, is so probable a cause by its weights."""
    first, other = Attributed("left", SLOW, 0.8, 0.8), Attributed("right", problem, 0.1, 0.1)
    weighed = {"left": a_weighed(SLOW, 0.9), "right": a_weighed(problem, second)}
    return Identified((), (first, other), weighed)


ANY_SHARE = {"left": 1.0, "right": 1.0}
RIGHT_CALLS_LEFT: nx.DiGraph[str] = nx.DiGraph([("right", "left")])


@pytest.mark.parametrize(("probability", "named"), [(0.2, False), (0.24, False), (0.26, True)])
def test_by_learnt_weights_a_caller_is_a_second_cause_from_a_quarter_on(
    probability: float, named: bool
) -> None:
    """They know what callers of a cause look like, so that nobody is ruled out by the calls."""
    second = companion(suspected(probability), RIGHT_CALLS_LEFT, ANY_SHARE)

    assert (second is not None) is named
    if second is not None:
        assert (second.component, second.problem) == ("right", QUERY)
        assert second.involved == pytest.approx(0.8 * probability)


def test_both_causes_share_what_the_first_one_had() -> None:
    """The second has half of what it is probable; the sum stays."""
    first, second = with_companion(suspected(0.9), RIGHT_CALLS_LEFT, ANY_SHARE)

    assert (first.component, second.component) == ("left", "right")
    assert second.probability == pytest.approx(0.8 * 0.9 / 2)
    assert first.probability + second.probability == pytest.approx(0.8)


def test_without_weights_a_caller_is_no_second_cause_however_clear_its_signature() -> None:
    """By signatures alone it may be the first one's doing, unless it does not call it."""
    found = suspected(None)

    assert companion(found, RIGHT_CALLS_LEFT, ANY_SHARE) is None
    beside = nx.DiGraph([("front", "left"), ("front", "right")])
    assert companion(found, beside, ANY_SHARE) is not None


def test_the_same_problem_elsewhere_is_one_that_spreads() -> None:
    """Whatever the weights say of it."""
    assert companion(suspected(0.9, problem=SLOW), RIGHT_CALLS_LEFT, ANY_SHARE) is None


def test_a_second_cause_has_no_more_than_its_labels_permit() -> None:
    """A component that may have hardly any share is not reported beside the first."""
    found = suspected(0.9)

    assert companion(found, RIGHT_CALLS_LEFT, {"right": 0.05}) is None
    assert companion(found, RIGHT_CALLS_LEFT, {}) is None
    some = companion(found, RIGHT_CALLS_LEFT, {"right": 0.2})
    assert some is not None
    assert some.probability == pytest.approx(0.2)


def test_a_diagnosis_with_weights_names_a_caller_beside_what_it_calls() -> None:
    """Both have a problem of their own, and are as probable; by signatures the first one leads."""
    case = a_pair("slow disk", "long query", (("front", "left"), ("right", "left")))
    labelled = replace(known(), training_examples=tuple(server_training_set(*SHAPES)))
    found = analyse(case, labelled)
    first, second = found.suspects[:2]

    assert set(components(found)[:2]) == {("slow disk", "left"), ("long query", "right")}
    assert second.probability == pytest.approx(first.probability, rel=0.3)
    assert analyse(case, known()).suspects[1].probability < 0.2
