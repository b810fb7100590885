"""Draws are pure functions of their keys, and follow their laws."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from engine import draws
from engine.generator.dice import Dice

KEYS = [draws.root(1, request) for request in range(20_000)]


@given(st.integers(0, 2**70), st.integers(0, 2**63))
def test_a_draw_depends_on_its_key_only(seed: int, request: int) -> None:
    """The same key gives the same draw in [0, 1), whatever was drawn before."""
    path = draws.root(seed, request)
    first = draws.uniform(path, draws.SERVICE)
    draws.uniform(path, draws.KEY)

    assert draws.uniform(draws.root(seed, request), draws.SERVICE) == first
    assert 0.0 <= first < 1.0
    assert draws.exponential(path, draws.SERVICE) >= 0.0


def test_seed_request_path_and_purpose_each_change_the_draw() -> None:
    """No two of neighbouring keys share a draw."""
    paths = [draws.root(seed, request) for seed in range(20) for request in range(50)]
    paths += [draws.mix(path + step) for path in paths for step in (1, 2)]
    purposes = (draws.SERVICE, draws.KEY, draws.ERROR)

    seen = {draws.uniform(path, purpose) for path in paths for purpose in purposes}
    assert len(seen) == 3 * len(paths)


def test_draws_have_the_moments_of_their_laws() -> None:
    """Uniform, exponential and normal, of 20,000 draws each."""
    uniform = [draws.uniform(key, draws.SERVICE) for key in KEYS]
    normal = [draws.normal(key, draws.SERVICE) for key in KEYS]

    assert abs(fmean(uniform) - 0.5) < 0.01
    assert abs(fmean(draws.exponential(key, draws.SERVICE) for key in KEYS) - 1.0) < 0.03
    assert abs(fmean(normal)) < 0.03
    assert abs(pstdev(normal) - 1.0) < 0.02


def test_successive_requests_are_not_correlated() -> None:
    """Neither neighbours nor two purposes of one request go together."""
    service = [draws.uniform(key, draws.SERVICE) - 0.5 for key in KEYS]
    key = [draws.uniform(each, draws.KEY) - 0.5 for each in KEYS]

    assert abs(fmean(a * b for a, b in pairwise(service))) < 0.003
    assert abs(fmean(a * b for a, b in zip(service, key, strict=True))) < 0.003


def test_dice_are_reproducible_and_cover_their_range() -> None:
    """The same seed and topic give the same choices; both ends of a range occur."""
    first, same, other = Dice(3, "a"), Dice(3, "a"), Dice(3, "b")
    rolled = [first.integer(1, 6) for _ in range(200)]

    assert rolled == [same.integer(1, 6) for _ in range(200)]
    assert rolled != [other.integer(1, 6) for _ in range(200)]
    assert set(rolled) == {1, 2, 3, 4, 5, 6}
    assert sorted(first.shuffled("abcd")) == ["a", "b", "c", "d"]
