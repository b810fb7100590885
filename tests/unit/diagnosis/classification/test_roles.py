"""What was learnt on a component of another role, since a role is mostly guessed from a name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.hypotheses import weigh
from labo.domain.diagnosis.classification.model import build_model, tables_of
from labo.domain.entities.diagnoses import Analysis
from labo.domain.knowledge.experiences import LabelledIncident
from labo.domain.knowledge.knowledge import Knowledge
from tests.builders.problems import METRICS, SHAPES, a_server, known, known_problem


def named(analysis: Analysis) -> list[str | None]:
    return [suspect.problem for suspect in analysis.suspects]


def test_a_guessed_role_does_not_hide_what_is_known() -> None:
    """With no problem of the role, those with mostly the same metrics are compared."""
    case = a_server(["slow disk"], seed=47, role="service")

    assert named(analyse(case, known()))[0] == "slow disk"
    assert build_model(tables_of(known().problems), "service", ["metric0"]) is None


def test_problems_learnt_on_several_guessed_roles_are_all_compared() -> None:
    """One labelled incident on `mysql`, the next on `box`: neither hides the other, whatever the
    case's."""
    mixed = tuple(
        replace(problem, role="service" if place % 2 else "database")
        for place, problem in enumerate(known().problems)
    )
    for shown in SHAPES:
        for role in ("service", "database"):
            case = a_server([shown], seed=52, role=role)

            assert named(analyse(case, Knowledge(mixed)))[0] == shown


def test_a_role_knows_better_than_others_by_the_same_title() -> None:
    """The other role's problem of that title is not a rival of its own."""
    own = known().problems[0]
    other = replace(own, key="elsewhere", role="cache")
    model = build_model(tables_of([own, other]), own.role, METRICS)

    assert model is not None
    assert [problem.key for problem in model.problems] == [own.key]


def test_calls_compare_whatever_their_protocol() -> None:
    """A crash learnt on a service tells one on a database, whose calls have another name."""
    z_scores = {f"http.server.request.{said}": size for said, size in SAID.items()}
    labelled_incident = LabelledIncident(
        "crash", "crash", "service", "web", {**z_scores, "cpu": 0.0, "memory": 0.5}
    )
    known_one = [known_problem([labelled_incident])]
    measured = [f"db.client.operation.{said}" for said in SAID] + ["cpu", "connections"]
    model = build_model(tables_of(known_one), "database", measured)

    assert model is not None
    assert {m: float(s) for m, s in zip(model.metrics, model.sizes[0], strict=True)} == {
        **{f"db.client.operation.{said}": size for said, size in SAID.items()},
        "cpu": 0.0,
        "memory": 0.5,
    }


def test_what_a_problem_moves_has_to_be_measured_to_compare() -> None:
    """A component without a cache is not told to have lost it because all else is calm."""
    calm = {f"m{i}": 0.0 for i in range(8)}
    labelled_incident = LabelledIncident(
        "flush", "flush", "cache", "store", {**calm, "entries": -10.0, "size": -10.0}
    )

    assert (
        build_model(tables_of([known_problem([labelled_incident])]), "database", list(calm)) is None
    )


SAID = {"rate": -6.0, "error_ratio": 10.0, "duration.p95": -4.0}


def test_a_few_metrics_of_another_role_still_compare() -> None:
    """Where only a minimal set is collected, half of a problem's metrics are never there."""
    few = METRICS[:4]

    assert build_model(tables_of(known().problems), "service", few) is not None
    assert (
        build_model(tables_of(known().problems), "service", [*few[:3], "a", "b", "c", "d"]) is None
    )
    assert build_model(tables_of(known().problems), "service", few[:2]) is None


def test_another_role_matters_less_the_more_metrics_are_shared() -> None:
    """A tenth with one metric, hardly anything with many."""

    def lost(count: int) -> float:
        z_scores = dict.fromkeys(METRICS[:count], 3.0)
        own = build_model(tables_of(known().problems), known().problems[0].role, z_scores)
        assert own is not None
        other = replace(own, other_role=~own.other_role)
        return float((weigh(own, z_scores).singles - weigh(other, z_scores).singles)[0])

    assert np.exp(lost(1)) == pytest.approx(10)
    assert lost(len(METRICS)) == pytest.approx(lost(1) / len(METRICS))
