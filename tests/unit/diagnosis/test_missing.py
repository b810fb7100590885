"""What a diagnosis says that it could not look at."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.series import Series
from labo.domain.knowledge.knowledge import Knowledge
from tests.builders.cases import a_case
from tests.builders.problems import known

SLOW_DB = {"web": 2.0, "shop": 3.0, "db": 6.0}


def said(analysis: Analysis, kind: ReasonKind) -> list[str]:
    return [reason.sentence for reason in analysis.missing if reason.kind is kind]


def test_a_component_whose_clock_is_off_has_no_usable_data() -> None:
    """Its samples lie outside of both windows: that is said, it is not just left out."""
    case = a_case(SLOW_DB)
    late = {
        key: Series(one.timestamps + 1e6, one.values) if key.component == "db" else one
        for key, one in case.series.items()
    }

    assert said(analyse(case), ReasonKind.NO_DATA) == []
    assert said(analyse(replace(case, series=late)), ReasonKind.NO_DATA) == [
        "no usable data for db in the windows compared"
    ]


def test_a_metric_that_the_target_does_not_have_is_named() -> None:
    """The symptom is then looked for in what there is."""
    found = analyse(replace(a_case(SLOW_DB), metric="latancy"))

    assert found.suspects[0].component == "db"
    assert said(found, ReasonKind.NO_SUCH_METRIC) == [
        "web has no metric latancy; its symptom was sought in the metrics it has"
    ]


def test_that_no_known_problem_was_compared_is_said_of_an_empty_memory_too() -> None:
    """A running stack always reads its knowledge, which may hold no problem yet."""
    case = a_case(SLOW_DB)

    for knowledge in (None, Knowledge()):
        assert said(analyse(case, knowledge), ReasonKind.NO_KNOWLEDGE) == [
            "no known problems to compare with; the ranking rests on topology and deviations alone"
        ]
    assert said(analyse(case, known()), ReasonKind.NO_KNOWLEDGE) == []


def test_only_the_order_of_cause_and_target_is_claimed() -> None:
    """Several suspects may have changed before the target: none is said to be the first of all."""
    values = {"component": "db", "of": "web", "seconds": 60.0}

    assert Reason(ReasonKind.EARLIEST_ONSET, values).sentence == "db changed 60 s ahead of web"
