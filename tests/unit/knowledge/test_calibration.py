"""Whether foreseen probabilities come true, and what corrects them."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.entities.diagnoses import Verdict
from labo.domain.knowledge.calibration import (
    Calibration,
    Claim,
    calibrate,
    calibration_figures,
    recent,
)

CLAIMS = st.lists(
    st.builds(
        Claim,
        probability=st.floats(0, 1),
        right=st.booleans(),
        verdict=st.sampled_from(list(Verdict)),
    ),
    max_size=300,
)


def claims(count: int, said: float, true: float) -> list[Claim]:
    """`count` claims of probability `said`, a share `true` of which were right."""
    return [Claim(said, i < count * true, Verdict.LIKELY) for i in range(count)]


def test_nothing_claimed_corrects_nothing() -> None:
    """And its figures are not numbers, with a bound of 1 on what was wrong."""
    figures = calibration_figures([])

    assert calibrate([]) == Calibration()
    assert Calibration().apply(0.37) == pytest.approx(0.37)
    assert isnan(figures.brier)
    assert figures.wrong_confirmed_bound == 1.0


@pytest.mark.parametrize("count", [100, 200, 201, 600])
def test_overconfidence_is_corrected(count: int) -> None:
    """Claims of 0.9 that come true in 6 of 10 cases come out near 0.6, by either method."""
    made = claims(count // 2, 0.9, 0.6) + claims(count - count // 2, 0.3, 0.2)
    found = calibrate(made)

    assert bool(found.knots) is (count > 200)
    assert found.incidents == count
    assert found.apply(0.9) == pytest.approx(0.6, abs=0.06)
    assert found.apply(0.3) == pytest.approx(0.2, abs=0.06)


def test_ten_right_claims_hardly_flatten_what_was_sure() -> None:
    """Ten of ten right at 0.99: that they might have been luck says little against the model."""
    assert 0.95 < calibrate(claims(10, 0.99, 1.0)).apply(0.99) <= 0.99


def test_a_few_right_claims_make_no_certainty() -> None:
    """Five of five right at 0.6 raise it, but not beyond 0.9."""
    assert 0.6 < calibrate(claims(5, 0.6, 1.0)).apply(0.6) < 0.9


@settings(max_examples=60, deadline=None)
@given(made=CLAIMS, values=st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_order_is_kept_and_shares_stay_shares(made: list[Claim], values: list[float]) -> None:
    """A higher probability never becomes the lower; the order of claims does not matter."""
    found = calibrate(made)
    applied = [found.apply(value) for value in sorted(values)]

    assert applied == sorted(applied)
    assert all(0 <= value <= 1 for value in applied)
    assert calibrate(list(reversed(made))) == found


@settings(max_examples=60, deadline=None)
@given(made=CLAIMS.filter(bool))
def test_figures_are_what_they_say(made: list[Claim]) -> None:
    """Brier score and shares against their definitions; the bound holds the share."""
    found = calibration_figures(made)
    confirmed = [c for c in made if c.verdict is Verdict.CONFIRMED]

    assert found.brier == pytest.approx(
        sum((c.probability - c.right) ** 2 for c in made) / len(made)
    )
    assert 0 <= found.error <= 1
    assert found.confirmed == len(confirmed) / len(made)
    if confirmed:
        assert found.wrong_confirmed == sum(not c.right for c in confirmed) / len(confirmed)
        assert found.wrong_confirmed <= found.wrong_confirmed_bound <= 1


def test_the_bound_on_wrong_confirmations() -> None:
    """None wrong of 59 is under 5 % with 95 % confidence (the rule of three)."""
    made = [Claim(0.95, right=True, verdict=Verdict.CONFIRMED)] * 59

    assert calibration_figures(made).wrong_confirmed_bound == pytest.approx(0.0495, abs=1e-3)


@pytest.mark.parametrize(
    ("count", "first"), [(0, 0), (40, 0), (50, 0), (60, 10), (100, 50), (101, 51), (300, 150)]
)
def test_of_what_was_claimed_the_newer_half_speaks_and_at_least_fifty(
    count: int, first: int
) -> None:
    """In the order they came; with few claims all are needed."""
    made = [Claim(i / 1000, right=True, verdict=Verdict.LIKELY) for i in range(count)]

    assert list(recent(made)) == made[first:]
