"""A trial promotes what is better, stops what is worse, and is seldom fooled."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo.domain.governance.trials import (
    Arm,
    TrialOutcome,
    TrialRules,
    TrialStatus,
    assigned,
    judge,
)


def outcomes(current: float, variant: float, count: int, seed: int = 1) -> list[TrialOutcome]:
    """With chances of success, the arm drawn as a fair coin."""
    random = Random(seed)  # noqa: S311 - simulated
    drawn = []
    for _ in range(count):
        arm = random.choice(tuple(Arm))
        works = random.random() < (variant if arm is Arm.VARIANT else current)
        drawn.append(TrialOutcome(arm, approved=True, worked=works, stayed_fixed=True))
    return drawn


def test_a_much_better_variant_is_promoted() -> None:
    assert judge(outcomes(0.2, 0.9, 80), 400).status is TrialStatus.PROMOTED


def test_a_harmful_variant_is_stopped_before_the_trial_ends() -> None:
    judgement = judge(outcomes(0.9, 0.2, 80), 80)

    assert judgement.status is TrialStatus.HARMFUL
    assert judgement.differing < 60


@pytest.mark.parametrize(
    ("incidents", "status"), [(399, TrialStatus.RUNNING), (400, TrialStatus.UNDECIDED)]
)
def test_without_a_difference_it_runs_until_its_incidents_are_over(
    incidents: int, status: TrialStatus
) -> None:
    assert judge([], incidents).status is status


def test_what_comes_after_a_judgement_changes_nothing() -> None:
    """Though it speaks against it."""
    good, bad = outcomes(0.1, 0.95, 80), outcomes(0.95, 0.1, 200, seed=2)

    assert judge([*good, *bad], 400) == judge(good, 400)


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9])
def test_a_variant_that_is_no_better_is_promoted_in_fewer_than_one_of_twenty(
    chance: float,
) -> None:
    """Looked at after every outcome."""
    found = [judge(outcomes(chance, chance, 200, seed), 400).status for seed in range(400)]

    assert found.count(TrialStatus.PROMOTED) <= 20


def test_the_bet_is_fair_over_every_assignment() -> None:
    """Without a difference the expected stake is 1, over all coins, whatever the outcomes were."""
    never = TrialRules(level=1e-9, harm_level=1e-9)
    for works in itertools.product((False, True), repeat=5):
        stakes = []
        for arms in itertools.product(Arm, repeat=5):
            row = [TrialOutcome(arm, True, y, True) for arm, y in zip(arms, works, strict=True)]
            stakes.append(2.718281828459045 ** judge(row, 5, never).log_better)

        assert sum(stakes) / len(stakes) == pytest.approx(1)


@pytest.mark.parametrize("missing", ["approved", "worked", "stayed_fixed"])
def test_a_success_was_approved_worked_and_stayed_fixed(missing: str) -> None:
    values = {"approved": True, "worked": True, "stayed_fixed": True, missing: False}

    assert not TrialOutcome(Arm.VARIANT, **values).succeeded


def test_the_hash_gives_each_arm_half_of_the_incidents() -> None:
    arms = Counter(assigned(b"key", "trial", f"incident-{n}") for n in range(10_000))

    assert arms[Arm.VARIANT] == pytest.approx(5_000, abs=200)  # four standard deviations


@given(trial=st.text(max_size=8))
def test_another_key_assigns_otherwise(trial: str) -> None:
    incidents = [str(n) for n in range(64)]

    assert [assigned(b"a", trial, one) for one in incidents] != [
        assigned(b"b", trial, one) for one in incidents
    ]
