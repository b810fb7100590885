"""One incident diagnosed over the real graph and a real telemetry store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graph import diagnoses, edges, incidents, metric_sets, occurrences
from graph.client import Graph, Transaction
from labo.domain.causality.belief import claim
from labo.domain.causality.edges import CausalEdge, EdgeStatus, Relation
from labo.domain.entities.diagnoses import Method, Verdict
from labo.domain.entities.problems import ProblemKind, problem_key
from labo.domain.entities.reasons import ReasonKind
from labo.domain.entities.series import Case
from labo.domain.incidents.events import EventStatus
from labo.domain.incidents.incidents import IncidentStatus
from labo.domain.incidents.seen import SEEN_PREFIX
from labo.errors import NotFound
from labo.services.causality.recording import record
from labo.services.knowledge.imports import CaseService
from tests.builders.cases import ONSET, a_case
from tests.builders.events import T0, an_alert
from tests.builders.knowledge import a_problem, an_evidence, save_problems
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import admit, counted

pytestmark = pytest.mark.stack

SLOW_DB = {"web": 2.0, "shop": 3.0, "db": 6.0}
ALERT_AT = datetime.fromtimestamp(ONSET, UTC) + timedelta(minutes=2)


def a_slow_database() -> Case:
    """`db` slows `shop`, which slows `web`."""
    return replace(a_case(SLOW_DB), roles={"db": "database"})


async def an_incident(
    bench: Bench, case: Case, alert: str = "WebSlow", *, system: str = "shop"
) -> str:
    """Import `case` and let one alert fire on its target; the incident's id."""
    cases = CaseService(bench.labo.graph, bench.app.telemetry)
    await cases.ingest(case, system=system)
    event = replace(an_alert(case.target, alert, system=system), starts_at=ALERT_AT)
    await admit(bench, event)
    page = await incidents.find_page(bench.labo.graph, limit=1, system=system)
    return page[0].id


async def test_the_deepest_unwell_component_is_suspected_first_with_its_chain(
    bench: Bench,
) -> None:
    """The answer comes out of topology and metrics, and is kept with the incident."""
    incident = await an_incident(bench, a_slow_database())
    found = await bench.labo.diagnosis.diagnose(incident)
    kept = await diagnoses.find_by_incidents(bench.labo.graph, [incident])

    assert found is not None
    assert found.analysis.verdict is Verdict.LIKELY
    assert found.analysis.suspects[0].component == "db"
    assert found.analysis.chains[0].components == ("db", "shop", "web")
    assert [one.analysis for one in kept] == [found.analysis]
    assert (await incidents.get(bench.labo.graph, incident)).status is IncidentStatus.DIAGNOSED


async def test_what_was_seen_again_becomes_problems_occurrences_and_proposed_edges(
    bench: Bench,
) -> None:
    """The graph learns one claim per hop, once a second incident supports it."""
    once = await an_incident(bench, a_slow_database(), system="once")
    await bench.labo.diagnosis.diagnose(once)
    assert await edges.find(bench.labo.graph) == []
    incident = await an_incident(bench, a_slow_database())
    await bench.labo.diagnosis.diagnose(incident)
    held = (await occurrences.find_by_incidents(bench.labo.graph, [incident]))[incident]
    db = problem_key("database", ProblemKind.METRIC, "slow")
    shop = problem_key("service", ProblemKind.METRIC, "slow")
    alert = problem_key("service", ProblemKind.ALERT, "WebSlow")
    claimed = await edges.find(bench.labo.graph)
    evidence = await edges.find_evidence(bench.labo.graph, [edge.key for edge in claimed])

    assert {o.component for o in held if o.dedup_key.startswith(SEEN_PREFIX)} == {
        "shop/db",
        "shop/shop",
    }
    assert {(e.cause, e.effect, e.relation, e.status) for e in claimed} == {
        (db, shop, Relation.CALLEE, EdgeStatus.PROPOSED),
        (shop, alert, Relation.CALLEE, EdgeStatus.PROPOSED),
    }
    assert len(evidence) == 2


async def test_what_a_person_confirmed_of_a_link_is_a_reason(bench: Bench) -> None:
    """From the claim in the graph to the kept diagnosis, though no problem has a signature."""
    shop = problem_key("service", ProblemKind.METRIC, "slow")
    alert = problem_key("service", ProblemKind.ALERT, "WebSlow")
    incident = await an_incident(bench, a_slow_database())
    await save_problems(bench.labo.graph, replace(a_problem(), key=shop))
    kept = await keep_edge_between(bench.labo.graph, shop, alert)
    await bench.labo.edges.confirm(kept.key, by="ann", reason="seen", version=kept.version)
    await bench.labo.diagnosis.diagnose(incident)
    [found] = await diagnoses.find_by_incidents(bench.labo.graph, [incident])
    reasons = found.analysis.suspects[0].reasons
    [known] = [one for one in reasons if one.kind is ReasonKind.KNOWN_EDGE]

    assert (known.values["edge"], known.values["status"]) == (kept.key, "validated")
    assert (known.values["component"], known.values["caller"]) == ("shop", "web")
    assert (known.values["hits"], known.values["opportunities"]) == (1, 1)
    assert known.sentence.startswith(
        "it is a validated claim that latency high on shop causes what its alert says on web"
    )
    assert (found.method, found.model_version) == (Method.LOCALISATION, "2")


async def keep_edge_between(graph: Graph, cause: str, effect: str) -> CausalEdge:
    """A claim between problems that are kept, with one case in which it held."""

    async def unit(tx: Transaction) -> CausalEdge:
        claimed = claim(cause, effect, Relation.CALLEE)
        edge = await record(tx, claimed, an_evidence(claimed.key), written_by="test")
        assert edge is not None
        return edge

    return await graph.write(unit)


async def test_diagnosing_again_changes_nothing(bench: Bench) -> None:
    """A worker may die between doing the work and saying so."""
    once = await an_incident(bench, a_slow_database(), system="once")
    await bench.labo.diagnosis.diagnose(once)
    incident = await an_incident(bench, a_slow_database())
    await bench.labo.diagnosis.diagnose(incident)
    everything = "MATCH (n {workspace: $w}) RETURN count(n)"
    links = "MATCH (n {workspace: $w})-[r]->() RETURN count(r)"
    before = (await counted(bench, everything), await counted(bench, links))
    claimed = await edges.find(bench.labo.graph)
    await bench.labo.diagnosis.diagnose(incident)

    assert (await counted(bench, everything), await counted(bench, links)) == before
    assert await edges.find(bench.labo.graph) == claimed
    assert len(claimed) == 2


async def test_incidents_diagnosed_at_once_count_for_the_same_edges(bench: Bench) -> None:
    """Of diagnoses that write the same claim none is lost to the one that came first, which has
    nothing to support it yet."""
    incidents = [await an_incident(bench, a_slow_database(), system=f"s{n}") for n in range(4)]
    found = await asyncio.gather(*map(bench.labo.diagnosis.diagnose, incidents))
    claimed = await edges.find(bench.labo.graph)
    evidence = await edges.find_evidence(bench.labo.graph, [edge.key for edge in claimed])

    assert [one.analysis.suspects[0].component for one in found if one] == ["db"] * 4
    assert len(claimed) == 2
    assert len(evidence) == 2 * 3


async def test_a_minimal_metric_set_is_kept_with_the_incident(bench: Bench) -> None:
    """Its metrics name component and metric, so that somebody can go and look."""
    incident = await an_incident(bench, a_case({**SLOW_DB, "auth": 4.0}))
    await bench.labo.diagnosis.diagnose(incident)
    kept = (await metric_sets.find_by_subjects(bench.labo.graph, [incident]))[incident]

    assert kept.proven
    assert {"db:latency", "auth:latency"} <= set(kept.metrics)


async def test_without_metrics_the_answer_is_inconclusive_and_says_what_is_missing(
    bench: Bench,
) -> None:
    """A guess would be worse; no edge is proposed from it."""
    await admit(bench, an_alert("lonely"))
    incident = (await incidents.find_page(bench.labo.graph, limit=1))[0].id
    found = await bench.labo.diagnosis.diagnose(incident)

    assert found is not None
    assert found.analysis.verdict is Verdict.INCONCLUSIVE
    assert found.analysis.missing
    assert await edges.find(bench.labo.graph) == []


async def test_what_could_not_be_told_yet_is_looked_at_again(bench: Bench) -> None:
    """One job waits for it, however often it is diagnosed meanwhile; history gets none."""
    jobs = "MATCH (j:Job {workspace: $w, kind: 'diagnosis.look_again'}) RETURN count(j)"
    diagnoses_asked = "MATCH (j:Job {workspace: $w, kind: 'diagnosis.diagnose'}) RETURN j.requests"
    await admit(bench, an_alert("lonely"))
    incident = (await incidents.find_page(bench.labo.graph, limit=1))[0].id
    await bench.labo.diagnosis.diagnose(incident)
    assert await counted(bench, jobs) == 0

    for minute in (0, 1):
        await bench.labo.diagnosis.diagnose(incident, as_of=T0 + timedelta(minutes=minute))
    assert await counted(bench, jobs) == 1
    asked = await counted(bench, diagnoses_asked)
    await bench.labo.diagnosis.rediagnose(incident)
    assert await counted(bench, diagnoses_asked) == asked + 1


async def test_an_incident_that_is_over_is_left_alone(bench: Bench) -> None:
    """A late job must not reopen what somebody has closed."""
    await admit(bench, an_alert())
    await admit(bench, an_alert(status=EventStatus.RESOLVED, ends=4))
    incident = (await incidents.find_page(bench.labo.graph, limit=1))[0].id

    assert await bench.labo.diagnosis.diagnose(incident) is None


async def test_an_unknown_incident_is_not_found(bench: Bench) -> None:
    """A typo gets an answer that names it."""
    with pytest.raises(NotFound, match="nobody"):
        await bench.labo.diagnosis.diagnose("nobody")


async def test_escalation_is_asked_for_in_the_same_write(bench: Bench) -> None:
    """A broker that is away delays the next escalation level and loses nothing."""
    incident = await an_incident(bench, a_slow_database())
    await bench.labo.diagnosis.diagnose(incident)
    jobs = "MATCH (j:Job {workspace: $w, kind: 'escalation.escalate'}) RETURN count(j)"

    assert await counted(bench, jobs) == 1
