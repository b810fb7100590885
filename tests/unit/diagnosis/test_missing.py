"""What a diagnosis says that it could not look at."""

from __future__ import annotations

from dataclasses import replace

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Series
from tests.builders.cases import a_case

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
        "no usable data of db in the windows compared"
    ]


def test_a_metric_that_the_target_does_not_have_is_named() -> None:
    """The symptom is then looked for in what there is."""
    found = analyse(replace(a_case(SLOW_DB), metric="latancy"))

    assert found.suspects[0].component == "db"
    assert said(found, ReasonKind.NO_SUCH_METRIC) == [
        "web has no metric latancy; its symptom was looked for in what it has"
    ]
