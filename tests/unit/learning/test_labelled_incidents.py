"""What labels and confirmations teach, and what they don't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.entities.diagnoses import Analysis, Chain, Suspect, Verdict
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.knowledge.experiences import (
    Experience,
    LabelledIncident,
    labelled_incident_of,
)
from labo.domain.knowledge.knowledge import Knowledge
from labo.domain.learning.labelled_incidents import (
    Cause,
    Claimed,
    case_id,
    cause_of,
    claims,
    correcting,
    labelled_incident_about,
    labelled_incidents_of,
)
from labo.errors import InvalidInput
from tests.builders.experiences import AT, a_labelled_incident, numbered
from tests.builders.faults import a_fault

UNSURE = Analysis("c", Verdict.INCONCLUSIVE, (), (), (), (), None)


def claimed(*suspects: Suspect, states: tuple[str, ...] = ()) -> Analysis:
    chains = (Chain((suspects[0].component,), states),) if states else ()
    return Analysis("c", Verdict.LIKELY, suspects, chains, (), (), None)


def only(case_label: tuple[str, ...], analysis: Analysis = UNSURE) -> LabelledIncident:
    case = a_fault("full disk", label=case_label)
    [labelled_incident] = labelled_incidents_of(case, Claimed(analysis)).labelled_incidents
    return labelled_incident


def test_a_problems_name_is_learnt_where_the_diagnosis_finds_the_cause() -> None:
    """The same label on the same role is the same problem, whatever the component is called."""
    labelled_incident = only(
        ("full disk",), claimed(Suspect("db", None, 0.7), Suspect("web", None, 0.2))
    )

    assert (labelled_incident.component, labelled_incident.title) == ("db", "full disk")
    assert labelled_incident.problem == problem_key(
        labelled_incident.role, ProblemKind.ALERT, "full disk"
    )
    assert labelled_incident.z_scores["disk_used"] > 5
    assert (labelled_incident.foreseen, labelled_incident.verdict) == (0.7, "LIKELY")


def test_without_a_suspect_the_target_is_looked_at_and_nothing_was_claimed() -> None:
    """What was not claimed can't be held against the calibration."""
    labelled_incident = only(("full disk",))

    assert (labelled_incident.component, labelled_incident.foreseen, labelled_incident.verdict) == (
        "web",
        None,
        None,
    )


def test_a_component_names_the_problem_of_its_strongest_condition() -> None:
    """As a diagnosis names it, so that both speak of the same problem."""
    by_z_score = only(("db",))
    by_chain = only(("db",), claimed(Suspect("db", "another", 0.6), states=("errors:high",)))

    full = problem_key(by_z_score.role, ProblemKind.METRIC, "saturated:disk")
    assert by_z_score.problem == full
    assert by_chain.title == f"{by_chain.role} is failing"
    assert (by_chain.kind, by_chain.foreseen) == (ProblemKind.METRIC, 0.0)


def test_where_nothing_deviates_a_component_alone_teaches_nothing() -> None:
    """A problem without a condition could never be told from another."""
    case = a_fault("full disk", label=("db",))
    quiet = replace(case, series={k: s for k, s in case.series.items() if k.metric == "memory"})
    found = labelled_incidents_of(quiet, Claimed())

    assert (found.labelled_incidents, bool(found.refused)) == ((), True)


def test_several_causes_are_learnt_only_where_components_tell_them_apart() -> None:
    """Else the deviations of one would be taught as the other's."""
    apart = labelled_incidents_of(
        a_fault("full disk", label=("full disk@db", "slow@web")), Claimed()
    )
    mixed = labelled_incidents_of(
        a_fault("full disk", label=("full disk", "cache flush")), Claimed()
    )
    together = labelled_incidents_of(
        a_fault("full disk", label=("full disk@db", "slow@db")), Claimed()
    )

    assert [one.component for one in apart.labelled_incidents] == ["db", "web"]
    assert mixed.labelled_incidents == together.labelled_incidents == ()
    assert "must name different components" in mixed.refused


def test_labels_are_components_problems_or_both() -> None:
    """A component that the case does not have is a typo, not a problem."""
    known = ("db", "web")
    assert cause_of("db", known) == Cause(None, "db")
    assert cause_of("full disk", known) == Cause("full disk", None)
    assert cause_of("full@disk@db", known) == Cause("full@disk", "db")
    assert cause_of("full disk @ db", known) == Cause("full disk", "db")
    assert cause_of("@odd", known) == Cause("@odd", None)
    with pytest.raises(InvalidInput, match="'dbb'"):
        cause_of("full disk@dbb", known)


def test_a_known_problem_is_looked_for_on_its_own_role() -> None:
    """A person names a problem only: it is on whichever suspect can have it, or nowhere."""
    case = replace(a_fault("full disk"), roles={"db": "database", "web": "gateway"})
    analysis = claimed(Suspect("web", None, 0.6), Suspect("db", None, 0.3))
    found = labelled_incident_about(
        case, Cause("full disk", None, "k", "database"), Claimed(analysis)
    )

    assert found is not None
    assert (found.problem, found.component, found.foreseen) == ("k", "db", 0.3)
    assert labelled_incident_about(case, Cause("x", None, "k", "queue"), Claimed()) is None


def test_the_same_again_is_nothing_new_and_another_word_is_a_correction() -> None:
    """Changing one's mind twice ends where the last word is."""

    def say(problem: str, earlier: list[Experience]) -> list[Experience]:
        new = correcting("i1", [a_labelled_incident(problem)], earlier, system="shop", at=AT)
        return numbered(new, len(earlier) + 1)

    kept = say("p1", [])
    assert say("p1", kept) == []
    kept += say("p2", kept)
    assert kept[1].replaces == (kept[0].id,)
    kept += say("p1", kept)
    assert kept[2].replaces == (kept[1].id,)
    assert len({one.id for one in kept}) == 3
    assert labelled_incident_of(kept[2]) == labelled_incident_of(kept[0])
    kept += numbered(correcting("i1", [], kept, system="shop", at=AT), 4)
    assert (kept[3].replaces, labelled_incident_of(kept[3])) == ((kept[2].id,), None)
    assert correcting("i1", [], kept, system="shop", at=AT) == []
    assert len(say("p1", kept)) == 1


def test_a_case_is_its_data_whatever_it_is_called() -> None:
    """A copied folder is not a second incident; other values are."""
    case = a_fault("full disk")

    assert case_id(replace(case, name="copy", label=("x",)), "shop") == case_id(case, "shop")
    assert case_id(a_fault("full disk", seed=2), "shop") != case_id(case, "shop")
    assert case_id(case, "other") != case_id(case, "shop")


def test_a_new_problem_is_placed_without_what_is_known_of_others() -> None:
    """The known ones would be suspected of what they never did, elsewhere."""
    case = a_fault("full disk")
    misled = replace(
        claims(case, Knowledge()), shown=claimed(Suspect("web", "lock contention", 0.9))
    )
    [labelled_incident] = labelled_incidents_of(case, misled).labelled_incidents

    assert (labelled_incident.component, labelled_incident.right) == ("db", False)
