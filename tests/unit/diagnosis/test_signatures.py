"""What follows from a diagnosis: the table behind its minimal set, and its sentences."""

from __future__ import annotations

from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.diagnoses import Analysis, Suspect, Verdict
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.metric_sets.incident_table import incident_table
from labo.domain.metric_sets.sets import State
from labo.domain.metric_sets.test_cover.solve import minimal_set
from tests.builders.cases import a_case

SLOW_DB = {"web": 2.0, "shop": 3.0, "db": 6.0}


def test_the_minimal_set_of_an_incident_names_component_and_metric() -> None:
    """The suspects' own metrics separate them from each other and from healthy."""
    case = a_case({**SLOW_DB, "auth": 4.0})
    table = incident_table(case, analyse(case))
    found = minimal_set(table)

    assert {"db:latency", "auth:latency"} <= set(found.metrics)
    assert table.states["db"]["auth:latency"] is State.NORMAL
    assert found.indistinguishable == ()


def test_several_problems_on_one_component_are_one_rival() -> None:
    """With what they have in all: no metric is asked to tell a component from itself."""
    high = Reason(ReasonKind.DEVIATION, {"metric": "latency", "direction": "high"})
    suspects = (
        Suspect("db", "slow", 0.04, (high,)),
        Suspect("shop", None, 0.5, (high,)),
        Suspect("db", None, 0.03, (high,)),
        Suspect("web", None, 0.04, (high,)),
    )
    analysis = Analysis("case", Verdict.INCONCLUSIVE, suspects, (), (), (), None)
    table = incident_table(a_case(SLOW_DB), analysis)

    assert table.causes == ("shop", "db")
    assert minimal_set(table).indistinguishable == ()


def test_a_reason_without_its_values_is_still_said() -> None:
    """A value that is missing doesn't break the sentence."""
    assert Reason(ReasonKind.DEVIATION).sentence == "deviation: ?"
    assert "data for db" in Reason(ReasonKind.NO_DATA, {"component": "db"}).sentence


def test_a_metric_that_vanished_or_changed_either_way_tells_no_rivals_apart() -> None:
    """It reads neither high nor low, so that no state of it is made up."""
    suspects = tuple(
        Suspect(component, None, 0.3, (Reason(ReasonKind.DEVIATION, values),))
        for component, values in (
            ("db", {"metric": "latency", "direction": "low"}),
            ("shop", {"metric": "requests", "direction": "absent"}),
            ("web", {"metric": "log.template.1.rate", "direction": "changed"}),
        )
    )
    analysis = Analysis("case", Verdict.LIKELY, suspects, (), (), (), None)
    table = incident_table(a_case(SLOW_DB), analysis)

    assert table.metrics == ("db:latency",)
    assert table.states["db"] == {"db:latency": State.LOW}
