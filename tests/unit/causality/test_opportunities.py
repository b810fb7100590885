"""What one episode of a cause says about an effect on one component."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.causality.edges import Outcome
from labo.domain.causality.opportunities import (
    CONTROL_S,
    Episode,
    Opportunity,
    OpportunityContext,
    opportunity,
    width,
)

T = 10_000.0
LATER = 1e9
CAUSE = Episode("c", "disk", "shop/db", T, T + 600)


def effect(
    at: float, *, end: float | None = math.nan, provoked: bool = False, id_: str = "e"
) -> Episode:
    """`at` seconds after the cause; by default for a minute."""
    until = T + at + 60 if end is not None and math.isnan(end) else end
    return Episode(id_, "slow", "shop/web", T + at, until, provoked)


def seen(*effects: Episode, as_of: float = LATER, **around: object) -> Opportunity | None:
    context = OpportunityContext(effects, **around)  # type: ignore[arg-type]
    return opportunity(CAUSE, context, max_lag=300, as_of=as_of)


@pytest.mark.parametrize(
    ("gap", "outcome", "order"),
    [
        (60.0, Outcome.HIT, 1),
        (300.0, Outcome.HIT, 1),
        (29.0, Outcome.HIT, 0),
        (-29.0, Outcome.HIT, 0),
        (301.0, Outcome.MISS, 0),
        (-120.0, Outcome.MISS, -1),
    ],
)
def test_an_effect_that_begins_within_reach_is_a_hit(
    gap: float, outcome: Outcome, order: int
) -> None:
    """Gaps under two sampling intervals count as following, and have no order."""
    found = seen(effect(gap))

    assert found is not None
    assert (found.outcome, found.order) == (outcome, order)


def test_nothing_after_is_a_miss_with_the_hour_before_as_control() -> None:
    """What began in that hour began without the cause."""
    found = seen(effect(-2_000), effect(-1_000, id_="f"))

    assert found == Opportunity(Outcome.MISS, None, 0, CONTROL_S - 120, 2)


def test_an_effect_that_was_active_is_no_opportunity_but_tells_the_order() -> None:
    """When it had begun within reach; long before says nothing at all."""
    early = seen(effect(-100, end=None))

    assert early == Opportunity(Outcome.EARLY, -100, -1, 0.0, 0)
    assert seen(effect(-5_000, end=None)) is None


@pytest.mark.parametrize(
    "found",
    [
        seen(effect(60), as_of=T + 299),
        seen(effect(60), as_of=math.nan),
        seen(effect(60, provoked=True)),
        seen(effect(60), causes=[Episode("b", "disk", "shop/db2", T - 100)]),
        seen(effect(60), causes=[Episode("b", "disk", "shop/db2", T)]),
        opportunity(
            Episode("c", "disk", "shop/db", T, provoked=True),
            OpportunityContext([effect(60)]),
            max_lag=300,
            as_of=LATER,
        ),
        opportunity(
            Episode("c", "disk", "shop/db", math.nan),
            OpportunityContext([]),
            max_lag=300,
            as_of=LATER,
        ),
        opportunity(CAUSE, OpportunityContext([effect(60)]), max_lag=0, as_of=LATER),
    ],
)
def test_what_is_not_counted(found: Opportunity | None) -> None:
    """A lag not over, what somebody provoked, the same cause a moment before, no times."""
    assert found is None


def test_the_control_leaves_out_other_causes_and_what_was_not_observed() -> None:
    """An onset under another known cause isn't the effect's own; nor is time unknown."""
    other = seen(effect(-1_000), other_causes=[(T - 1_100, T - 900)])
    young = seen(observed_from=T - 600)
    before = seen(causes=[Episode("b", "disk", "shop/db", T - 1_330, T - 1_230)])

    assert other is not None and young is not None and before is not None
    assert (other.exposure, other.onsets) == (CONTROL_S - 200, 0)
    assert young.exposure == 600 - 30
    assert before.exposure == 1_330 - 300 - 30
    assert width(300) == 330


SPANS = st.tuples(
    st.floats(allow_nan=True, allow_infinity=True),
    st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
    st.booleans(),
)


@given(st.lists(SPANS, max_size=8), st.lists(SPANS, max_size=4), st.randoms())
def test_no_input_breaks_it_and_no_order_of_input_matters(
    effects: list[tuple[float, float | None, bool]],
    causes: list[tuple[float, float | None, bool]],
    shuffler: object,
) -> None:
    """Times that are no numbers, ends before begins, self-calls: a defined answer."""
    others = [Episode(f"c{i}", "disk", "shop/db", *span) for i, span in enumerate(causes)]
    seen_there = [Episode(f"e{i}", "slow", "shop/db", *span) for i, span in enumerate(effects)]
    one = opportunity(CAUSE, OpportunityContext(seen_there, others), max_lag=300, as_of=LATER)
    shuffler.shuffle(others)  # type: ignore[attr-defined]
    shuffler.shuffle(seen_there)  # type: ignore[attr-defined]
    two = opportunity(CAUSE, OpportunityContext(seen_there, others), max_lag=300, as_of=LATER)

    assert one == two
    assert one is None or (0 <= one.exposure <= CONTROL_S and 0 <= one.onsets <= len(effects))
