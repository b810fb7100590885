"""Combining two rankings of incidents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.knowledge.similar_incidents import IncidentSummary, Remembered, fuse, nearest
from tests.builders.escalation import T0


def past(name: str, component: str = "a", finding: str | None = None) -> Remembered:
    return Remembered(
        name, name, IncidentStatus.CLOSED, T0, (component,), None, False, None, finding
    )


def test_a_hit_of_both_searches_beats_a_first_place_in_one() -> None:
    """The formula of the paper, with k = 60."""
    scores = fuse([["x", "both"], ["y", "both"]])

    assert scores == {"x": 1 / 61, "y": 1 / 61, "both": 2 / 62}


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), max_size=3))
def test_scores_follow_every_ranking(rankings: list[list[str]]) -> None:
    """Each id that was found has a positive score; repeats in one ranking count once."""
    scores = fuse(rankings)

    assert set(scores) == {key for ranking in rankings for key in ranking}
    assert all(0 < score <= len(rankings) / 61 for score in scores.values())


def test_place_counts_first_then_a_lesson_then_the_score() -> None:
    """At most as many as asked for."""
    known = [past("far", "b", "l"), past("near", "a"), past("taught", "a", "l"), past("x", "b")]
    found = nearest(known, {"far": 0.9, "near": 0.5, "taught": 0.1, "x": 1.0}, ["a"], 3)

    assert [one.incident.id for one in found] == ["taught", "near", "far"]


def test_a_story_reads_without_systems_and_repeats() -> None:
    """Labelled incidents transfer between systems, so their names stay out."""
    summary = IncidentSummary("i", "slow", ("slow", "full"), ("shop/cart",))

    assert summary.text == "slow full cart"
