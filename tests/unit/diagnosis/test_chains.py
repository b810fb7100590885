"""The chain from a cause to the target goes along known claims where there are any."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.series import Case
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge
from tests.builders.cases import a_case

CALLS = (("web", "auth"), ("web", "shop"), ("auth", "db"), ("shop", "db"))
ROLES = {"db": "database", "shop": "service", "auth": "gateway", "web": "edge"}


def slow(role: str) -> str:
    return problem_key(role, ProblemKind.METRIC, "slow")


def claims(*roles: str, status: EdgeStatus = EdgeStatus.VALIDATED) -> tuple[KnownEdge, ...]:
    """Each is slow because what it calls, the one before, is slow."""
    return tuple(
        KnownEdge(slow(a), slow(b), Relation.CALLEE, status, 0.95, 0.9) for a, b in pairwise(roles)
    )


def two_ways() -> Case:
    """`web` calls `db` by way of `auth` and of `shop`; all of them are slow."""
    names = ("auth", "db", "shop", "web")
    case = a_case({"auth": 4.0, "db": 8.0, "shop": 4.0, "web": 4.0}, calls=CALLS, components=names)
    return replace(case, roles=ROLES)


def chain_to_db(edges: tuple[KnownEdge, ...]) -> tuple[str, ...]:
    found = analyse(two_ways(), Knowledge(edges=edges))
    assert found.suspects[0].component == "db"
    return found.chains[0].components


@pytest.mark.parametrize(("role", "between"), [("service", "shop"), ("gateway", "auth")])
def test_of_two_paths_the_one_with_known_claims_is_shown(role: str, between: str) -> None:
    """Whichever it is."""
    assert chain_to_db(claims("database", role, "edge")) == ("db", between, "web")


@pytest.mark.parametrize("role", ["service", "gateway"])
@pytest.mark.parametrize("status", [EdgeStatus.PROPOSED, EdgeStatus.REFUTED])
def test_a_claim_that_is_not_known_chooses_no_path(role: str, status: EdgeStatus) -> None:
    """The path is the one without any claim."""
    assert chain_to_db(claims("database", role, "edge", status=status)) == chain_to_db(())


def test_each_link_says_which_problem_on_which_component() -> None:
    """Of every component of the chain a metric with its direction, where it deviates."""
    [chain, *_] = analyse(two_ways(), Knowledge(edges=claims("database", "service", "edge"))).chains

    assert chain.components == ("db", "shop", "web")
    assert chain.conditions == ("latency:high",) * 3
