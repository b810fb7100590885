"""Will this action work for this problem here: one model, in plain numbers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.entities.diagnoses import Analysis, Chain, Suspect, Verdict
from labo.domain.knowledge.experiences import Attempt
from labo.domain.learning.outcomes import (
    LARGEST_UNATTENDED_STEP,
    NOTHING_LEARNT,
    UNKNOWN,
    OutcomeModel,
    question_of,
)

ATTEMPTS = st.builds(
    Attempt,
    st.sampled_from(("restart", "scale")),
    st.sampled_from(("p1", "p2")),
    st.sampled_from(("database", "cache")),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(ATTEMPTS, max_size=30), ATTEMPTS)
def test_what_nobody_judged_moves_a_probability_by_a_bounded_step(
    before: list[Attempt], last: Attempt
) -> None:
    """Whatever was learnt before, a machine's measurement alone can't turn an answer around."""
    model = OutcomeModel()
    for attempt in before:
        model.learn(attempt, "shop")
    question = last.template, last.problem, last.role, "shop"
    was = model.chance(*question)
    model.learn(Attempt(*question[:3], last.worked, attended=False), "shop")

    assert abs(model.chance(*question) - was) <= LARGEST_UNATTENDED_STEP + 1e-12


def test_experience_elsewhere_helps_less_than_here() -> None:
    """From the general to the particular, and nothing learnt is even chance."""
    model = OutcomeModel()
    assert model.chance("restart", "p1", "database", "shop") == 0.5
    for _ in range(6):
        model.learn(Attempt("restart", "p1", "database", worked=True), "shop")
    here = model.chance("restart", "p1", "database", "shop")
    elsewhere = model.chance("restart", "p2", "cache", "other")

    assert here > 0.8 > elsewhere > 0.5
    assert model.chance("scale", "p1", "database", "shop") < elsewhere


def test_the_state_restores_the_model_exactly() -> None:
    """No bit is lost on the way through plain numbers."""
    model = OutcomeModel()
    for i in range(50):
        model.learn(Attempt(f"t{i % 7}", f"p{i % 3}", "cache", worked=i % 4 == 0), "shop")
    copy = OutcomeModel(model.state)
    for each in (model, copy):
        each.learn(Attempt("t1", "p1", "cache", worked=True), "shop")

    assert copy.state == model.state != NOTHING_LEARNT


def test_an_action_is_asked_about_the_leading_suspect() -> None:
    """By the problem's name, else by its state; without a suspect nothing is known."""

    def analysis(problem: str | None, *states: str) -> Analysis:
        suspect = Suspect("orders-db-sql", problem, 0.9)
        chains = (Chain(("orders-db-sql",), states),) if states else ()
        return Analysis("c", Verdict.LIKELY, (suspect,), chains, (), (), None)

    assert question_of(analysis("full disk", "latency:high")) == ("full disk", "database")
    assert question_of(analysis(None, "latency:high")) == ("latency:high", "database")
    assert question_of(analysis(None)) == (UNKNOWN, "database")
    elsewhere = replace(analysis(None), chains=(Chain(("web", "shop"), ("errors:high", "x:low")),))
    assert question_of(elsewhere) == (UNKNOWN, "database")
    assert question_of(None) == (UNKNOWN, UNKNOWN)
