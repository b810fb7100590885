"""Evidence against chance that stays valid at every look, and the rule over many claims."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labo.domain.causality.eprocess import MOST_LOG_E, e_bh, log_e_value
from labo.domain.causality.leak import UNKNOWN, leak
from labo.domain.causality.strength import correlation, pooled, rate, within

ANY = st.floats(allow_nan=True, allow_infinity=True)
COUNT = st.floats(0, 500)


def test_chance_alone_rarely_ever_looks_like_evidence() -> None:
    """Looked at after each of 60 opportunities, an e-value of 20 comes in at most 1 of 20 cases."""
    rng = random.Random(7)  # noqa: S311 - a fixed simulation, no secret
    width, expected = 330.0, 0.15
    chance, fooled = 1 - math.exp(-expected), 0
    for _ in range(200):
        hits = onsets = 0
        ever = False
        for n in range(1, 61):
            hits += rng.random() < chance
            onsets += rng.random() < 0.8 * expected * 3_600 / width
            # At most one onset per hour: a process a little calmer than Poisson's, hence careful.
            ever = ever or log_e_value(hits, n - hits, onsets, n * 3_600.0, width) > math.log(20)
        fooled += ever

    assert fooled <= 10


def test_a_true_cause_is_soon_told_from_chance() -> None:
    """Four of four after an hour each in which nothing began: one in ninety thousand."""
    assert log_e_value(4, 0, 0, 4 * 3_600.0, 330.0) > math.log(10_000)


@given(ANY, ANY, ANY, ANY, ANY)
@example(0.0, 1.0, 0.0, 1.0, 2.2250738585072014e-308)
def test_whatever_comes_in_the_logarithm_is_finite(
    hits: float, misses: float, onsets: float, exposure: float, width: float
) -> None:
    """And what is no count says nothing."""
    assert abs(log_e_value(hits, misses, onsets, exposure, width)) <= MOST_LOG_E


@given(COUNT, COUNT, st.floats(0, 50), st.floats(3_600, 1e7))
def test_more_onsets_without_the_cause_never_add_evidence(
    hits: float, misses: float, onsets: float, exposure: float
) -> None:
    """The more the effect begins by itself, the less its following says, from one hit on: what is
    left of one that has faded is no evidence with either."""
    fewer = log_e_value(hits, misses, onsets, exposure, 330.0)
    more = log_e_value(hits, misses, onsets + 1, exposure, 330.0)

    if hits >= 1 and hits / (hits + misses) > 2 * (onsets + 1) / exposure * 330:
        assert more <= fewer + 0.2


def test_no_opportunity_or_no_exposure_is_no_evidence() -> None:
    """Nothing was tested, or there is nothing to compare with."""
    assert log_e_value(0, 0, 3, 3_600, 330) == 0
    assert log_e_value(9, 0, 0, 0, 330) == 0


def test_the_rule_chooses_the_most_that_bear_each_other() -> None:
    """The k-th largest of K has to reach K / (level · k)."""
    evidence = {"a": math.log(100), "b": math.log(41), "c": math.log(26), "d": math.log(2)}

    assert e_bh(evidence, 0.05) == {"a", "b"}
    assert e_bh({"a": math.log(19)}, 0.05) == frozenset()
    assert e_bh({}, 0.05) == frozenset()


@given(st.dictionaries(st.text(max_size=3), st.floats(-50, 50), max_size=30))
def test_the_rule_is_monotone_in_the_evidence(evidence: dict[str, float]) -> None:
    """What is chosen stays chosen when its own evidence grows."""
    for key in e_bh(evidence, 0.05):
        assert key in e_bh({**evidence, key: evidence[key] + 1}, 0.05)


@given(ANY, ANY, ANY)
def test_a_leak_is_a_share_below_its_bound(onsets: float, exposure: float, width: float) -> None:
    """Unknown where there is nothing to go by."""
    found = leak(onsets, exposure, width)

    assert 0 <= found.mean <= found.high <= 1


def test_the_leak_is_the_share_of_windows_that_hold_an_onset() -> None:
    """A hundred onsets in a hundred hours: one window of an hour in 1 - 1/e."""
    found = leak(100, 100 * 3_600.0, 3_600.0)

    assert found.mean == pytest.approx(1 - math.exp(-1.005), rel=1e-6)
    assert leak(0, 0, 330) == UNKNOWN == leak(math.nan, 1, 1)


@given(st.lists(st.tuples(ANY, ANY), max_size=8))
def test_pooling_never_makes_more_of_systems_than_they_hold(
    systems: list[tuple[float, float]],
) -> None:
    """One system is worth itself; the more systems differ, the less a large one counts."""
    hits, misses = pooled(systems)
    named = {str(i): counts for i, counts in enumerate(systems)}

    assert 0 <= correlation(systems) < 1
    assert 0 <= hits <= sum(h for h, _ in systems if 0 < h < 1e15) + 1e-3
    assert misses >= 0
    assert all(0 <= e.low <= e.mean <= e.high <= 1 for e in within(named).values())


def test_systems_that_differ_are_pooled_by_shrinkage() -> None:
    """Each is drawn towards all, and a thousand cases of one don't silence the other."""
    alike = within({"a": (80, 20), "b": (16, 4)})
    apart = within({"a": (9, 1), "b": (100, 900)})

    assert alike["a"] == alike["b"]
    assert 0.9 > apart["a"].mean > apart["b"].mean > 0.1
    assert rate(*pooled([(9, 1), (100, 900)])).mean > rate(109, 901).mean
    assert pooled([(9, 1)]) == (9, 1)
