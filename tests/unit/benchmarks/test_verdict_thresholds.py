"""The fit of how probable it is that an answer is right, and the choice of the line of LIKELY."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from benchmarks.verdict_thresholds.answers import Rested
from benchmarks.verdict_thresholds.choice import NEVER, chosen
from benchmarks.verdict_thresholds.fit import NAMES, cross_fitted, fitted
from benchmarks.verdict_thresholds.report import limits, table_of
from benchmarks.verdict_thresholds.shipped import module_of
from labo.domain.diagnosis.sureness import Grounds
from labo.domain.entities.series import FloatArray

GROUPS = ("one", "two", "three")
MIDDLE = Grounds(**{field.name: 0.5 for field in fields(Grounds)})


def answers(count: int = 200, seed: int = 1) -> list[Rested]:
    """Right as often as the share of deviating series says; the lead tells nothing."""
    rng = np.random.default_rng(seed)
    return [
        Rested(
            group,
            group,
            variation,
            incident,
            is_normal=False,
            is_right=bool(rng.uniform() < deviating),
            share=float(deviating),
            margin=float(deviating),
            grounds=replace(MIDDLE, deviating=float(deviating), lead=float(lead)),
            is_free=True,
        )
        for group in GROUPS
        for incident in range(count)
        for variation in ("as it is", "changed")
        for deviating, lead in [rng.uniform(size=2)]
    ]


def right_and_wrong(right: int, wrong: int, score: float) -> tuple[list[Rested], FloatArray]:
    """Answers to incidents of one variation each, all with this score."""
    rows = [
        Rested("g", "g", "v", number, is_normal=False, is_right=number >= wrong)
        for number in range(right + wrong)
    ]
    return rows, np.full(len(rows), score)


def line(rows: list[Rested], scores: FloatArray) -> float:
    return chosen(rows, scores, np.ones(len(rows), dtype=bool))


def test_the_fit_finds_which_ground_tells() -> None:
    """And gives the probability that it was drawn with."""
    model = fitted(answers())
    weights = dict(zip(NAMES, model.weights, strict=True))
    strong, weak = (
        replace(answers(1)[0], grounds=replace(MIDDLE, deviating=share)) for share in (0.9, 0.1)
    )

    assert weights["deviating"] > 3
    assert abs(weights["lead"]) < 0.5
    assert model.probabilities([strong, weak]) == pytest.approx([0.9, 0.1], abs=0.05)


def test_an_answer_without_a_suspect_is_never_right() -> None:
    nobody = replace(answers(1)[0], grounds=None)

    assert fitted([*answers(), nobody]).probabilities([nobody]) == pytest.approx([0.0])


def test_a_group_s_own_answers_do_not_move_its_probabilities() -> None:
    """They move those of the others."""
    rows = answers()
    own = np.array([one.group == "one" for one in rows])
    turned = [replace(one, is_right=one.is_right is not (one.group == "one")) for one in rows]
    before, after = cross_fitted(rows), cross_fitted(turned)

    assert after[own] == pytest.approx(before[own])
    assert np.abs(after[~own] - before[~own]).min() > 0


def test_the_line_is_the_least_whose_claims_are_seldom_wrong() -> None:
    """Above .7 all of a hundred are right, below it none."""
    good, high = right_and_wrong(100, 0, 0.8)
    bad, low = right_and_wrong(0, 100, 0.7)
    bad = [replace(one, incident=one.incident + 100) for one in bad]

    assert line([*good, *bad], np.concatenate([high, low])) == 0.71


def test_few_incidents_give_no_confidence() -> None:
    """Seventy that are right leave 4 % wrong possible with more than 5 %: .96 to their number."""
    assert line(*right_and_wrong(70, 0, 0.8)) == NEVER
    assert line(*right_and_wrong(80, 0, 0.8)) == 0.4


def test_the_variations_of_an_incident_count_once() -> None:
    """A thousand answers about twenty incidents tell as much as twenty."""
    rows, scores = right_and_wrong(1000, 0, 0.8)
    few = [replace(one, incident=number % 20) for number, one in enumerate(rows)]

    assert line(rows, scores) == 0.4
    assert line(few, scores) == NEVER


@pytest.mark.parametrize("part", ["group", "variation"])
def test_no_group_and_no_variation_may_be_wrong_too_often(part: str) -> None:
    """However well the others do."""
    good, high = right_and_wrong(1000, 0, 0.9)
    bad, low = right_and_wrong(19, 1, 0.6)
    bad = [replace(one, incident=one.incident + 1000, **{part: "other"}) for one in bad]

    assert line([*good, *bad], np.concatenate([high, low])) == 0.61


def test_what_a_limit_applies_to_does_not_move_the_line() -> None:
    """Nor do normal windows, which have no cause to be right about."""
    good, high = right_and_wrong(100, 0, 0.9)
    limited = [replace(one, is_right=False, incident=one.incident + 100) for one in good]
    normal = [replace(one, is_normal=True) for one in limited]
    scores = np.concatenate([high, high])
    free = np.array([True] * len(good) + [False] * len(limited))

    assert chosen([*good, *limited], scores, free) == 0.4
    assert chosen([*good, *normal], scores, np.ones(scores.size, dtype=bool)) == 0.4


def test_one_of_many_is_a_limit_like_the_others() -> None:
    free = answers(1)[0]
    rows = [free, replace(free, is_free=False), replace(free, is_one_of_many=True)]

    assert limits(rows).tolist() == [True, False, False]


def test_the_module_that_ships_says_what_was_fitted(tmp_path: Path) -> None:
    """It is Python, and its numbers are those of the fit."""
    rows, module = answers(), tmp_path / "weights.py"
    module.write_text(module_of(rows), encoding="utf-8")
    found = run_path(str(module))
    model = fitted(rows)
    weights = {
        name: (round(weight, 4), round(mean, 4))
        for name, weight, mean in zip(NAMES, model.weights, model.means, strict=True)
    }

    assert found["WEIGHTS"] == weights
    assert found["INTERCEPT"] == round(model.intercept, 4)


def test_the_table_has_a_line_for_each_variation_of_each_family() -> None:
    """Normal windows are on the line of their variation; no one of few incidents is claimed by a
    line that was tested."""
    rows = answers(5)
    sure = replace(rows[0], is_right=False, share=0.5, margin=0.2)
    table = table_of([sure, *rows[1:], replace(rows[0], is_normal=True, grounds=None, share=0.0)])

    assert [line[:3] for line in table.rows] == [
        (group, variation, 5) for group in GROUPS for variation in ("as it is", "changed")
    ]
    assert table.rows[0][4].startswith("**")
    assert table.rows[0][5:9] == (0, "0 (0.000)", 0, "0 (0.000)")
    assert [line[-1] for line in table.rows[:2]] == ["0, 0, 0 of 1", "–"]
