"""The learnt weights say how probable a cause is, and which one it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labo.domain.diagnosis.classification.fingerprint import fingerprint
from labo.domain.diagnosis.classification.hypotheses import PRIOR_NONE, Weighed, weigh
from labo.domain.diagnosis.classification.model import build_model, tables_of
from labo.domain.diagnosis.classification.reweighed import reweighed
from labo.domain.knowledge.knowledge import KnownProblem
from tests.builders.problems import SHAPES, a_server, known

DISK, LOCK, QUERY = SHAPES
ELSEWHERE = "a problem of no signature"


def compared_with(*problems: KnownProblem) -> Weighed:
    """A database with a slow disk, beside these problems, by their signatures alone."""
    z_scores = fingerprint(a_server([DISK], seed=3), "server")
    model = build_model(tables_of(problems), "database", z_scores)
    assert model is not None
    return weigh(model, z_scores)


FOUND = compared_with(*known().problems)


def by_title(found: Weighed) -> dict[str, float]:
    """Log-odds of each problem alone; those of one title summed."""
    sums: dict[str, float] = {}
    for problem, weight in zip(found.model.problems, found.singles.tolist(), strict=True):
        sums[problem.title] = float(np.logaddexp(sums.get(problem.title, -np.inf), weight))
    return sums


def total(odds: Mapping[str, float]) -> float:
    return float(np.logaddexp.reduce(list(odds.values())))


titles = st.sampled_from([*SHAPES, ELSEWHERE])


@settings(max_examples=100)
@given(st.dictionaries(titles, st.floats(-30, 30), min_size=1))
def test_shares_sum_to_the_causes_odds(odds: dict[str, float]) -> None:
    """All known hypotheses together, alone and in pairs, are as likely as a cause here is."""
    found = reweighed(FOUND, odds)
    if odds.keys() == {ELSEWHERE}:
        assert found is FOUND
        return

    assert found.learnt
    assert found.known == pytest.approx(total(odds))
    assert found.total == pytest.approx(total(odds))
    assert found.none == pytest.approx(np.log(PRIOR_NONE))
    assert found.component_factor == pytest.approx(total(odds) - np.log(PRIOR_NONE))


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from([*SHAPES]), st.floats(-30, 30), min_size=1))
def test_who_is_learnt_is_told_apart_by_the_weights(odds: dict[str, float]) -> None:
    """The odds between two titles are the weights', whatever the signatures say."""
    found, before = by_title(reweighed(FOUND, odds)), by_title(FOUND)
    first = next(iter(odds))

    for title in odds:
        assert found[title] - found[first] == pytest.approx(odds[title] - odds[first], abs=1e-6)
    rest = [title for title in SHAPES if title not in odds]
    for title in rest:
        share = before[title] - FOUND.known
        assert found[title] - total(odds) == pytest.approx(share, abs=1e-9)


def test_two_at_once_keep_the_share_of_their_signatures() -> None:
    """Labelled incidents have one cause each: the weights know nothing of pairs."""
    found = reweighed(FOUND, {DISK: 3.0, LOCK: -2.0})

    assert found.pairs.keys() == FOUND.pairs.keys()
    for pair, weight in found.pairs.items():
        share = FOUND.pairs[pair] - FOUND.known
        assert weight - total({DISK: 3.0, LOCK: -2.0}) == pytest.approx(share)


def test_two_roles_with_one_title_share_its_odds() -> None:
    """Examples name problems by title; which of two it is, the signatures still say."""
    slow, *others = known().problems
    cache = replace(slow, key="on a cache", role="cache")
    service = replace(slow, key="on a service", role="service", occurrences=5)
    before = compared_with(cache, service, *others)
    odds = {DISK: 2.0, LOCK: -1.0}
    found = reweighed(before, odds)
    rows = [i for i, one in enumerate(before.model.problems) if one.title == DISK]

    assert len(rows) == 2
    apart = float(before.singles[rows[1]] - before.singles[rows[0]])
    assert apart == pytest.approx(np.log(6))
    assert float(found.singles[rows[1]] - found.singles[rows[0]]) == pytest.approx(apart)
    assert by_title(found)[DISK] - by_title(found)[LOCK] == pytest.approx(3.0)
    assert found.known == pytest.approx(total(odds))


def test_the_weights_can_overrule_the_signatures() -> None:
    """They have seen more labelled incidents, and what victims look like."""
    assert max(by_title(FOUND), key=by_title(FOUND).__getitem__) == DISK
    found = by_title(reweighed(FOUND, {DISK: -6.0, LOCK: 4.0, QUERY: -6.0}))

    assert max(found, key=found.__getitem__) == LOCK


def test_where_nothing_is_learnt_of_these_problems_all_stays() -> None:
    """Weights of other systems' problems say nothing of the ones known here."""
    assert reweighed(FOUND, {}) is FOUND
    assert reweighed(FOUND, {ELSEWHERE: 5.0}) is FOUND
    assert not FOUND.learnt
