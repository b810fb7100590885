"""Two causes at once, on different components."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.diagnoses import Analysis
from labo.domain.diagnosis.analyse import analyse
from labo.domain.series import Case, Topology
from tests.builders.problems import a_server, known


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


def places(found: Analysis) -> list[tuple[str | None, str]]:
    return [(suspect.problem, suspect.component) for suspect in found.suspects]


@pytest.mark.parametrize("swapped", [False, True])
def test_two_components_with_a_problem_each_lead(swapped: bool) -> None:
    """Neither calls the other, so neither explains the other; each has half of the two."""
    names = ("slow disk", "long query")
    one, other = reversed(names) if swapped else names
    found = analyse(a_pair(one, other, (("front", "left"), ("front", "right"))), known())
    first, second = found.suspects[:2]

    assert set(places(found)[:2]) == {(one, "left"), (other, "right")}
    assert first.probability == pytest.approx(second.probability, abs=0.2)
    assert sum(suspect.probability for suspect in found.suspects) <= 1.0


def test_whoever_calls_the_first_suspect_is_no_second_cause() -> None:
    """What it shows may be the first one's doing."""
    case = a_pair("slow disk", "long query", (("front", "left"), ("right", "left")))
    found = analyse(case, known())

    assert places(found)[0] == ("slow disk", "left")
    assert found.suspects[0].probability > 0.8


def test_a_calm_component_is_no_second_cause() -> None:
    """Whatever is known of others."""
    found = analyse(a_pair("slow disk", "", (("front", "left"), ("front", "right"))), known())

    assert places(found)[0] == ("slow disk", "left")
    assert "right" not in {component for _, component in places(found)[:2]}
