"""What an incident's diagnosis is, over the real graph: reading and asking again change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from graph import diagnoses, incidents
from graph.client import Transaction
from labo.adapters.telemetry.rolled import Retention
from labo.domain.entities.diagnoses import Diagnosis, Suspect, Verdict
from labo.domain.entities.reasons import ReasonKind
from tests.integration.diagnosis.test_diagnosis_service import (
    ALERT_AT,
    a_slow_database,
    an_incident,
)
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import counted

pytestmark = pytest.mark.stack

NODES = "MATCH (n {workspace: $w}) RETURN count(n)"
LINKS = "MATCH (n {workspace: $w})-[r]->() RETURN count(r)"
VERSIONS = "MATCH (n {workspace: $w}) RETURN sum(coalesce(n.version, 0))"
DIAGNOSES = "MATCH (d:Diagnosis {workspace: $w}) RETURN count(d)"
REQUESTS = "MATCH (j:Job {workspace: $w}) RETURN sum(j.requests)"


async def everything(bench: Bench) -> list[int]:
    return [await counted(bench, each) for each in (NODES, LINKS, VERSIONS, REQUESTS)]


async def with_answer(bench: Bench, incident: str, component: str, as_of: datetime) -> Diagnosis:
    """The incident's diagnosis replaced by a sure one that suspects `component`."""
    found = await bench.labo.diagnosis.kept(incident)
    assert found and found.basis
    suspects = (Suspect(component, None, 0.9),)
    analysis = replace(found.analysis, verdict=Verdict.LIKELY, suspects=suspects, chains=())
    other = replace(found, id="other", analysis=analysis, basis=replace(found.basis, as_of=as_of))

    async def unit(tx: Transaction) -> None:
        await diagnoses.upsert(tx, other, "shop")

    await bench.labo.graph.write(unit)
    return other


async def test_reading_and_asking_ten_times_changes_nothing_that_is_stored(bench: Bench) -> None:
    """No node, no relationship, no version, no job."""
    incident = await an_incident(bench, a_slow_database())
    assert await bench.labo.diagnosis.kept(incident) is None
    first = await bench.labo.diagnosis.reassess(incident)
    before = await everything(bench)
    for _ in range(10):
        again = await bench.labo.diagnosis.reassess(incident)
        read = await bench.labo.diagnosis.kept(incident)

        assert first and again and read
        assert (first.is_new, again.is_new) == (True, False)
        assert [one.kind for one in again.reasons] == [ReasonKind.SAME_FINDINGS]
        assert first.diagnosis == again.diagnosis == read
    assert await everything(bench) == before


async def test_jobs_that_run_at_once_leave_one_diagnosis(bench: Bench) -> None:
    """Two workers may be given the same incident."""
    incident = await an_incident(bench, a_slow_database())
    found = await asyncio.gather(*(bench.labo.diagnosis.reassess(incident) for _ in range(4)))

    assert len({one.diagnosis.id for one in found if one}) == 1
    assert await counted(bench, DIAGNOSES) == 1


async def test_a_diagnosis_says_what_it_was_based_on(bench: Bench) -> None:
    """Telemetry until the end of the symptom, and what was reported."""
    incident = await an_incident(bench, a_slow_database())
    found = await bench.labo.diagnosis.diagnose(incident)

    assert found and found.basis
    assert found.basis.as_of <= ALERT_AT + timedelta(minutes=30)
    assert (found.basis.occurrences, found.basis.ongoing) == (1, 1)
    assert found.basis.components == ("shop/web",)
    assert found.changes == ()


async def test_a_contradiction_replaces_the_answer_and_says_what_changed(bench: Bench) -> None:
    """And the answer that comes back is the newest again, though it was given before."""
    incident = await an_incident(bench, a_slow_database())
    first = await bench.labo.diagnosis.diagnose(incident)
    await with_answer(bench, incident, "auth", ALERT_AT)
    outcome = await bench.labo.diagnosis.reassess(incident)

    assert first and outcome and outcome.is_new
    assert outcome.diagnosis.analysis.suspects[0].component == "db"
    assert outcome.diagnosis.id != first.id
    assert outcome.diagnosis.changes == outcome.reasons
    [changed] = [r for r in outcome.reasons if r.kind is ReasonKind.SUSPECT_CHANGED]
    assert (changed.values["component"], changed.values["earlier"]) == ("db", "auth")
    assert await bench.labo.diagnosis.kept(incident) == outcome.diagnosis
    assert await counted(bench, DIAGNOSES) == 3


async def test_what_can_be_seen_no_more_does_not_replace_a_sure_answer(bench: Bench) -> None:
    """Once the telemetry is gone, the answer from the height of the incident stands."""
    incident = await an_incident(bench, a_slow_database())
    sure = await bench.labo.diagnosis.diagnose(incident)
    found = await incidents.get(bench.labo.graph, incident)
    await bench.app.telemetry.expire(datetime.now(UTC) + timedelta(days=3650), Retention())
    outcome = await bench.labo.diagnosis.reassess(incident)

    assert sure and outcome
    assert (outcome.is_new, outcome.diagnosis) == (False, sure)
    assert [one.kind for one in outcome.reasons] == [ReasonKind.LESS_EVIDENCE]
    assert (await incidents.get(bench.labo.graph, incident)) == found
