"""In which order suspects are named."""

from __future__ import annotations

from labo.domain.diagnosis.classification.attribution import Attributed, by_component
from tests.builders.problems import known

LOCK = known("hot lock").problems[0]


def order(*found: Attributed) -> list[tuple[str, str | None]]:
    return [
        (one.component, one.problem.title if one.problem else None) for one in by_component(found)
    ]


def test_a_known_problem_comes_before_unknown_where_they_are_even() -> None:
    """Beyond a tenth the likelier comes first, so that a new problem is not forced."""
    even = (Attributed("db", None, 0.44, 0.44), Attributed("db", LOCK, 0.42, 0.42))
    apart = (Attributed("db", None, 0.44, 0.44), Attributed("db", LOCK, 0.39, 0.39))

    assert order(*even) == [("db", "hot lock"), ("db", None)]
    assert order(*apart) == [("db", None), ("db", "hot lock")]


def test_the_likeliest_place_comes_first() -> None:
    """Also when what is blamed there is divided among several."""
    found = order(
        Attributed("web", None, 0.34, 0.34),
        Attributed("db", LOCK, 0.33, 0.33),
        Attributed("db", None, 0.31, 0.31),
    )

    assert found == [("db", "hot lock"), ("web", None), ("db", None)]
