"""What known claims say of a cause: its effects are seen elsewhere, or they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.causality.edges import EdgeStatus, Relation
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.classification.effects import MAX_FACTOR
from labo.domain.diagnosis.classification.support import CLAIMS_WORTH, Support
from labo.domain.diagnosis.propagation import propagation
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.series import Case
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge
from tests.builders.cases import a_case

SLOW = {role: problem_key(role, ProblemKind.METRIC, "slow") for role in ("database", "service")}
PASSED_ON = KnownEdge(
    SLOW["database"], SLOW["service"], Relation.CALLEE, EdgeStatus.VALIDATED, 0.95, 0.9
)
FURTHER = replace(PASSED_ON, cause=SLOW["service"])
KNOWING = Knowledge(edges=(PASSED_ON, FURTHER))


def a_chain(web: float, shop: float, db: float) -> Case:
    """`web` calls `shop` calls `db`, each this much slower than before, in its normal spread."""
    roles = {"db": "database", "shop": "service", "web": "service"}
    return replace(a_case({"web": web, "shop": shop, "db": db}), roles=roles)


def test_effects_that_are_shown_raise_and_absent_ones_lower() -> None:
    """The database explains two slow services, and none where they are as fast as before."""
    spread = propagation(a_chain(6.0, 6.0, 6.0), KNOWING)
    still = propagation(a_chain(0.0, 0.0, 6.0), KNOWING)

    assert spread.log_ratio("db") > spread.log_ratio("shop") > spread.log_ratio("web") == 0.0
    assert still.log_ratio("db") < 0.0


@pytest.mark.parametrize(
    "edge",
    [
        replace(PASSED_ON, status=EdgeStatus.PROPOSED),
        replace(PASSED_ON, status=EdgeStatus.REFUTED),
        replace(PASSED_ON, refuted_in=("shop",)),
        replace(PASSED_ON, strength=0.04),
        replace(PASSED_ON, leak=0.9, leak_high=0.95),
    ],
)
def test_a_claim_that_is_not_known_or_adds_nothing_says_nothing(edge: KnownEdge) -> None:
    """Proposed, refuted (everywhere, or here), and no stronger than what begins by itself."""
    case = replace(a_chain(6.0, 6.0, 6.0), system="shop")

    assert propagation(case, Knowledge(edges=(edge,))).relative(["db", "shop", "web"]) == {
        "db": 0.0,
        "shop": 0.0,
        "web": 0.0,
    }
    with_it, without = analyse(case, Knowledge(edges=(edge,))), analyse(case)
    assert [(s.component, s.probability) for s in with_it.suspects] == [
        (s.component, s.probability) for s in without.suspects
    ]


@given(st.floats(0.001, 0.4), st.floats(0.001, 0.4))
def test_the_rarer_an_effect_by_itself_the_more_it_says(one: float, other: float) -> None:
    """Each claim enters with the leak that was estimated for its effect."""
    rare, common = (
        propagation(
            a_chain(0.0, 6.0, 6.0),
            Knowledge(edges=(replace(PASSED_ON, leak=leak, leak_high=0.5),)),
        ).log_ratio("db")
        for leak in sorted((one, other))
    )

    assert rare >= common


SIZES = st.floats(0.0, 40.0)


@settings(max_examples=50, deadline=None)
@given(SIZES, SIZES, SIZES, st.integers(0, 500))
def test_claims_are_bounded_and_give_way_to_labels(
    web: float, shop: float, db: float, labels: int
) -> None:
    """By e³ to 1 at most, and by less the more labelled incidents there are."""
    effects = propagation(a_chain(web, shop, db), KNOWING).relative(["db", "shop", "web"])

    assert max(effects.values()) == 0.0
    assert min(effects.values()) >= -MAX_FACTOR
    for effect in effects.values():
        bounded = Support(0.0, labels, effects=effect).bounded
        assert bounded == pytest.approx(effect * CLAIMS_WORTH / (CLAIMS_WORTH + labels))
