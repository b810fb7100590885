"""What a diagnosis leaves in the graph as problems, occurrences and proposed edges."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labo.domain.causality.edges import EdgeStatus, EvidenceKind, Relation
from labo.domain.diagnosis.conclusions import observe
from labo.domain.entities.conditions import Direction, condition
from labo.domain.entities.diagnoses import Analysis, Chain, Suspect, Verdict
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.severity import Severity
from labo.domain.incidents.incidents import Occurrence

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
UNTIL = datetime(2026, 1, 1, 13, tzinfo=UTC)
TARGET = Occurrence("o", "alert-problem", "shop/front", Severity.CRITICAL, START, "d")
ROLES = {"db": "database", "cart": "service", "front": "service"}


def an_analysis(verdict: Verdict = Verdict.LIKELY, middle: str = "latency:high") -> Analysis:
    chain = Chain(("db", "cart", "front"), ("duration:high", middle, "latency:high"))
    return Analysis("i", verdict, (Suspect("db", None, 0.8),), (chain,), (), (), None)


def test_each_hop_becomes_a_problem_named_by_role_and_behaviour() -> None:
    """Problems transfer, so they name a role and no component."""
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {})

    assert [(p.key, p.title) for p in seen.problems] == [
        (problem_key("database", ProblemKind.METRIC, "slow"), "database is slow"),
        (problem_key("service", ProblemKind.METRIC, "slow"), "service is slow"),
    ]
    assert [o.component for o in seen.occurrences] == ["shop/db", "shop/cart"]
    assert seen.conditions[0] == condition("database", "duration", Direction.HIGH)


def test_neighbours_in_the_chain_are_claimed_up_to_the_target_s_own_problem() -> None:
    """The callee's problem is proposed as cause of the caller's, with the observation's weight."""
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {})
    db, cart = (problem.key for problem in seen.problems)

    assert [(e.cause, e.effect, e.relation, e.status) for e, _ in seen.claims] == [
        (db, cart, Relation.CALLEE, EdgeStatus.PROPOSED),
        (cart, "alert-problem", Relation.CALLEE, EdgeStatus.PROPOSED),
    ]
    assert {(v.kind, v.polarity, v.weight) for _, v in seen.claims} == {
        (EvidenceKind.OBSERVATION, 1, 0.8)
    }


def test_a_hop_that_did_not_deviate_is_left_out() -> None:
    """Only what was seen becomes knowledge."""
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(middle="unknown"), ROLES, {})

    assert [o.component for o in seen.occurrences] == ["shop/db"]
    assert [(e.effect) for e, _ in seen.claims] == ["alert-problem"]


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NO_PROBLEM])
def test_a_verdict_that_tells_nothing_teaches_nothing(verdict: Verdict) -> None:
    """A guess must not become an edge."""
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(verdict), ROLES, {})

    assert (seen.problems, seen.occurrences, seen.claims) == ((), (), ())


def test_the_same_diagnosis_again_gives_the_same_ids() -> None:
    """Writing it twice changes nothing."""
    assert observe("i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {}) == observe(
        "i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {}
    )


def test_a_merged_problem_is_seen_as_what_it_was_merged_into() -> None:
    """An alias must not come back to life."""
    key = problem_key("database", ProblemKind.METRIC, "slow")
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {key: "kept"})

    assert next(o.problem for o in seen.occurrences) == "kept"
    assert seen.claims[0][0].cause == "kept"


def test_what_was_seen_ends_with_the_window_it_was_seen_in() -> None:
    """No monitor will resolve it, so it must not hold the incident open."""
    seen = observe("i", "shop", TARGET, UNTIL, an_analysis(), ROLES, {})

    assert {o.ended_at for o in seen.occurrences} == {UNTIL}
