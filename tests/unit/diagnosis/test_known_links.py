"""Known claims along the chain from a cause to the target: as reasons, and for the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labo.domain.causality.edges import EdgeStatus, Relation, edge_key
from labo.domain.diagnosis.analyse import analyse
from labo.domain.diagnosis.known_links import KnownLink, are_proven
from labo.domain.entities.diagnoses import Method, Verdict
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.series import Case, Topology
from labo.domain.knowledge.calibration import Calibration
from labo.domain.knowledge.knowledge import Knowledge, KnownEdge
from tests.builders.cases import a_case
from tests.builders.problems import a_server, known

ALERT = "checkout-slow"
VALIDATED = KnownEdge(
    "hot lock",
    ALERT,
    Relation.CALLEE,
    EdgeStatus.VALIDATED,
    0.9,
    0.8,
    8,
    2,
    leak=0.2,
    leak_high=0.3,
)


def a_locked_database(system: str | None = None) -> Case:
    """`web` calls `db`, which has a hot lock; the alert is `web`'s."""
    below = a_server(["hot lock"], seed=45, name="db")
    above = a_server(["hot lock"], seed=46, name="web", strength=0.4)
    return replace(
        below,
        target="web",
        topology=Topology(("db", "web"), (("web", "db"),)),
        series={**below.series, **above.series},
        roles={"db": "database", "web": "database"},
        system=system,
        problem=ALERT,
    )


def knowing(*edges: KnownEdge, incidents: int = 50) -> Knowledge:
    return Knowledge(known().problems, edges, calibration=Calibration(incidents=incidents))


def known_edges(reasons: tuple[Reason, ...]) -> list[Reason]:
    return [one for one in reasons if one.kind is ReasonKind.KNOWN_EDGE]


def test_a_validated_claim_is_said_with_its_belief_and_evidence() -> None:
    """As a reason of the suspect at its cause, and as how the answer was found."""
    found = analyse(a_locked_database(), knowing(VALIDATED))
    first = found.suspects[0]
    [reason] = known_edges(first.reasons)

    assert (first.component, first.problem_key, found.chains[0].components) == (
        "db",
        "hot lock",
        ("db", "web"),
    )
    assert reason.values == {
        "edge": edge_key("hot lock", ALERT, Relation.CALLEE),
        "component": "db",
        "cause": "hot lock",
        "caller": "web",
        "effect": "what its alert says",
        "status": "validated",
        "probability": 0.9,
        "weight": 0.675,
        "hits": 8,
        "opportunities": 10,
    }
    assert reason.sentence == (
        "it is a validated claim that hot lock on db causes what its alert says on web "
        "(belief 0.90, the effect followed in 8 of 10 cases)"
    )
    assert (found.method, found.verdict) == (Method.KNOWN_EDGES, Verdict.CONFIRMED)


def test_a_claim_changes_no_probability_where_its_effect_has_no_signature() -> None:
    """It is said, and where the cause is follows from the readings as before."""
    with_it, without = (analyse(a_locked_database(), knowing(*e)) for e in ((VALIDATED,), ()))

    assert [s.probability for s in with_it.suspects] == [s.probability for s in without.suspects]
    assert (without.method, without.verdict) == (Method.CLASSIFICATION, Verdict.CONFIRMED)


def test_a_proposed_claim_is_not_known() -> None:
    """This incident's own first diagnosis may have proposed it."""
    proposed = replace(VALIDATED, status=EdgeStatus.PROPOSED)
    found = analyse(a_locked_database(), knowing(proposed))

    assert known_edges(found.suspects[0].reasons) == []
    assert found.method is Method.CLASSIFICATION


@pytest.mark.parametrize(
    ("edge", "system", "verdict"),
    [
        (replace(VALIDATED, status=EdgeStatus.REFUTED), None, Verdict.LIKELY),
        (replace(VALIDATED, refuted_in=("shop",)), "shop", Verdict.LIKELY),
        (replace(VALIDATED, refuted_in=("shop",)), "bank", Verdict.CONFIRMED),
    ],
)
def test_a_refuted_link_is_never_confirmed(
    edge: KnownEdge, system: str | None, verdict: Verdict
) -> None:
    """Whatever the readings say; a refutation in another system does not count."""
    found = analyse(a_locked_database(system), knowing(edge))
    [reason] = known_edges(found.suspects[0].reasons)

    assert found.verdict is verdict
    assert (reason.values["status"] == "refuted") is (verdict is Verdict.LIKELY)


def test_no_claim_replaces_fifty_resolved_incidents() -> None:
    """A validated link is not enough for a sure answer."""
    found = analyse(a_locked_database(), knowing(VALIDATED, incidents=49))

    assert found.verdict is Verdict.LIKELY


def test_a_deviation_is_named_as_evidence_of_its_problem() -> None:
    """Without any signature, what diagnoses and experiments claimed of metrics is looked up."""
    case = a_case({"web": 2.0, "shop": 3.0, "db": 6.0})
    roles = {"db": "database", "shop": "service", "web": "service"}
    keys = {r: problem_key(r, ProblemKind.METRIC, "slow") for r in roles.values()}
    below = KnownEdge(
        keys["database"], keys["service"], Relation.CALLEE, EdgeStatus.SUPPORTED, 0.6, 0.9
    )
    above = KnownEdge(keys["service"], ALERT, Relation.CALLEE, EdgeStatus.SUPPORTED, 0.6, 0.9)
    found = analyse(replace(case, problem=ALERT, roles=roles), Knowledge((), (below, above)))

    said = [
        (r.values["component"], r.values["cause"], r.values["caller"], r.values["effect"])
        for r in known_edges(found.suspects[0].reasons)
    ]
    assert said == [
        ("db", "latency high", "shop", "latency high"),
        ("shop", "latency high", "web", "what its alert says"),
    ]
    assert (found.method, found.verdict) == (Method.LOCALISATION, Verdict.LIKELY)


def link(status: EdgeStatus) -> KnownLink:
    return KnownLink(VALIDATED, status, "db", "hot lock", "web", "slow")


def test_what_a_sure_answer_may_rest_on() -> None:
    """Claims, or dependencies that deviate; nothing unseen, and nothing that was refuted."""
    valid, refuted = link(EdgeStatus.VALIDATED), link(EdgeStatus.REFUTED)
    deviates, normal, unknown = ("cpu:high",), ("normal",), ("unknown",)

    assert are_proven((None, None), deviates, is_matched=False)
    assert not are_proven((None, None), normal, is_matched=False)
    assert are_proven((None, None), normal, is_matched=True)
    assert are_proven((valid, valid), normal, is_matched=False)
    assert not are_proven((valid, None), normal, is_matched=False)
    assert not are_proven((valid, valid), unknown, is_matched=True)
    assert not are_proven((valid, refuted), deviates, is_matched=True)
