"""The cache: places, expiry, eviction, and a hit ratio that emerges from keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.description import model as description
from engine.description.caching import expected_hit_ratio, popularity
from engine.draws import KEY, root, uniform
from engine.simulation.cache import Cache


def cache(**settings: float) -> Cache:
    usual = {"entries": 3, "ttl": 10.0, "keys": 100, "exponent": 1.0}
    return Cache(description.Cache.model_validate(usual | settings))


@given(st.lists(st.tuples(st.integers(0, 8), st.floats(0, 5)), max_size=60))
def test_holds_the_latest_keys_while_they_are_fresh(asked: list[tuple[int, float]]) -> None:
    """Never more entries than places; what was just put is there until the TTL is over."""
    holding = cache()
    now = 0.0
    for rank, pause in asked:
        now += pause
        key = ("get", rank)
        if not holding.has(key, now):
            holding.put(key, now)
        assert holding.has(key, now)
        assert len(holding.entries) <= 3
    assert not any(holding.has(key, now + 10.0) for key in list(holding.entries))


def test_the_least_recently_used_entry_goes() -> None:
    """A use makes an entry recent."""
    holding = cache()
    for rank in (1, 2, 3):
        holding.put(("get", rank), 0.0)
    holding.has(("get", 1), 1.0)
    holding.put(("get", 4), 1.0)

    assert [rank for _, rank in holding.entries] == [3, 1, 4]


def test_popular_keys_are_asked_for_more() -> None:
    """Rank 1 of 100 keys has 19 % of the look-ups at exponent 1; the shares sum to 1."""
    shares = popularity(100, 1.0)

    assert shares[0] == pytest.approx(0.1928, abs=1e-4)
    assert shares[-1] == 1.0
    assert cache().key("get", 0.0) == ("get", 0)
    assert cache().key("get", 0.999999) == ("get", 99)


@pytest.mark.parametrize(("entries", "ttl"), [(50, 1000.0), (400, 20.0), (400, 1000.0)])
def test_the_hit_ratio_comes_out_as_the_theory_expects(entries: int, ttl: float) -> None:
    """Limited by places, by expiry and by neither: within 0.04 of Che's approximation."""
    described = description.Cache(entries=entries, ttl=ttl, keys=400, exponent=0.9)
    holding = Cache(described)
    hits = 0
    for request in range(20_000):
        now = request / 10.0
        key = holding.key("get", uniform(root(1, request), KEY))
        if holding.has(key, now):
            hits += request >= 10_000
        else:
            holding.put(key, now)

    assert hits / 10_000 == pytest.approx(expected_hit_ratio(described, 10.0), abs=0.04)


def test_a_cache_starts_warm_and_is_flushed_in_part() -> None:
    """The popular keys are there at the start; a flush drops its share of them."""
    holding = cache(entries=80)
    holding.warm(["get", "list"], seed=1)
    before = len(holding.entries)
    holding.flush(0.5, seed=1)

    assert before == 80
    assert 20 < len(holding.entries) < 60
