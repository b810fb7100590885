"""What an answer rests on, and which limits keep it from being likely."""

from __future__ import annotations

from dataclasses import fields, replace
from math import log

import pytest

from labo.domain.diagnosis.localisation.grid import build_grid
from labo.domain.diagnosis.localisation.shifts import symptoms_of
from labo.domain.diagnosis.localisation.signals import IncidentContext, observe_any
from labo.domain.diagnosis.sureness import WHY, Grounds, grounds, is_one_of_many, right_with
from labo.domain.diagnosis.sureness_weights import WEIGHTS
from labo.domain.diagnosis.verdict import LIKELY_PROBABILITY
from labo.domain.entities.series import Case, Series, SeriesKey, Topology
from labo.domain.knowledge.calibration import Calibration
from tests.builders.cases import DURING, a_case
from tests.builders.labelled_systems import a_fault
from tests.unit.diagnosis.test_foreign_systems import BALANCED, LATENCY

CLEAR = Grounds(3.0, 3.0, 1.0, 0.0)
WORSE = {"lead": 0.0, "over_unknown": -1.0, "deviating": 0.0, "close_rivals": 2.0}
"""The least favourable value of each ground."""


def observed(case: Case) -> IncidentContext:
    grid = build_grid(case)
    context = observe_any(case, grid, symptoms_of(case, grid))
    assert context is not None
    return context


@pytest.mark.parametrize("ground", WORSE)
def test_each_ground_makes_an_answer_less_probable_as_it_gets_worse(ground: str) -> None:
    """The fit gave each the sign that its name promises, and the weakest one is named."""
    half = replace(CLEAR, **{ground: (getattr(CLEAR, ground) + WORSE[ground]) / 2})
    worst = replace(CLEAR, **{ground: WORSE[ground]})

    assert worst.probability < half.probability < CLEAR.probability
    assert worst.weakest == ground


def test_the_clearest_answer_is_likely_and_the_weakest_far_from_it() -> None:
    assert CLEAR.probability > LIKELY_PROBABILITY
    assert Grounds(**WORSE).probability < 0.01


def test_every_ground_has_a_weight_and_words() -> None:
    assert {*WEIGHTS} == {*WHY} == {field.name for field in fields(Grounds)} == {*WORSE}


def test_grounds_compare_the_leading_share_with_all_others() -> None:
    """Of .6, .3 is half and close to it, .1 is not, and nothing is left for the unknown problem."""
    context = observed(a_case({"db": 3.0, "shop": 2.0, "web": 1.5}))
    found = grounds(context, "db", 0.6, [0.3, 0.1])
    alone = grounds(context, "db", 0.6, [])

    assert found.lead == pytest.approx(log(2))
    assert found.close_rivals == pytest.approx(log(2))
    assert found.over_unknown == 3.0
    assert alone.over_unknown == pytest.approx(log(0.6 / 0.4))
    assert (alone.lead, alone.close_rivals) == (3.0, 0.0)


def test_of_a_component_s_series_the_share_that_deviates_counts() -> None:
    """Two of four metrics of what burns its processor, and none of what is calm."""
    context = observed(a_fault("burns cpu", "payments"))

    assert grounds(context, "payments", 0.8, []).deviating == 0.5
    assert grounds(context, "stock", 0.8, []).deviating == 0.0


def test_a_series_that_never_varies_tells_nothing() -> None:
    """Neither for nor against its component."""
    case = a_fault("burns cpu", "payments")
    flat = {
        k: replace(s, values=0 * s.values) for k, s in case.series.items() if k.metric == "errors"
    }
    context = observed(replace(case, series={**case.series, **flat}))

    assert grounds(context, "payments", 0.8, []).deviating == pytest.approx(2 / 3)


def test_of_what_fell_silent_all_deviates() -> None:
    """There is nothing in the bad bins that could."""
    case = a_case({"shop": 3.0, "web": 3.0})
    silent = {
        key: Series(one.timestamps[:-DURING], one.values[:-DURING])
        for key, one in case.series.items()
        if key.component == "db"
    }
    context = observed(replace(case, series={**case.series, **silent}))

    assert grounds(context, "db", 0.8, []).deviating == 1.0


def test_one_s_own_labels_take_over_as_they_come() -> None:
    """Ten of them count half, two hundred nearly all."""
    halved = Calibration(incidents=10, slope=1.0, intercept=0.0)

    assert right_with(Calibration(), 0.5, 0.9) == 0.9
    assert right_with(halved, 0.5, 0.9) == pytest.approx(0.7)
    assert right_with(replace(halved, incidents=200), 0.5, 0.9) == pytest.approx(0.519, abs=1e-3)


def test_in_a_star_of_calls_two_that_deviate_as_far_are_two_of_many() -> None:
    """A call of either of them, or a weaker other one, tells them apart."""
    star = observed(BALANCED)
    calls = (*BALANCED.topology.dependencies, ("c3", "c4"))
    linked = replace(BALANCED, topology=Topology((*BALANCED.topology.components, "c4"), calls))
    calm = {**BALANCED.series, SeriesKey("c1", LATENCY): BALANCED.series[SeriesKey("c3", LATENCY)]}

    assert is_one_of_many(star, "c1")
    assert is_one_of_many(star, "c2")
    assert not is_one_of_many(observed(linked), "c2")
    assert not is_one_of_many(observed(replace(BALANCED, series=calm)), "c2")
