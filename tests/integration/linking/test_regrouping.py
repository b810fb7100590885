"""A person splits and merges incidents, and linking respects it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph import confirmed_causes, findings, incidents, occurrences
from graph import incident_acts as acts
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.events import EventStatus
from labo.domain.incidents.incidents import Incident, IncidentStatus
from labo.errors import Conflict, InvalidInput, NotFound
from tests.builders.events import an_alert
from tests.integration.linking.conftest import Bench
from tests.integration.linking.test_linking import (
    admit,
    call_chain,
    counted,
    everything,
    the_incidents,
)

pytestmark = pytest.mark.stack

DIAGNOSES = "MATCH (j:Job {workspace: $w, kind: 'diagnosis.diagnose'}) RETURN sum(j.requests)"


async def one_incident(bench: Bench) -> tuple[Incident, dict[str, str]]:
    """An incident on web and on db, which web calls; its occurrences by component."""
    await call_chain(bench, "web", "db")
    await admit(bench, an_alert("web"), an_alert("db", "Down", minute=1))
    [incident] = await incidents.find_page(bench.labo.graph, limit=10)
    held = (await occurrences.find_by_incidents(bench.labo.graph, [incident.id]))[incident.id]
    return incident, {one.component: one.id for one in held}


async def test_a_split_is_respected_by_linking(bench: Bench) -> None:
    """Each alert goes on where its occurrence lies; what is new joins the older one; and nothing
    merges the two again."""
    incident, held = await one_incident(bench)
    split = await bench.labo.regrouping.split(
        incident.id, [held["default/db"]], by="ann", reason="two faults"
    )
    asked = await counted(bench, DIAGNOSES)
    apart = await the_incidents(bench)
    await admit(
        bench,
        an_alert("db", "Down", minute=1, status=EventStatus.RESOLVED, ends=2),
        an_alert("db", "Down", minute=3),
        an_alert("web", "Errors", minute=3),
    )
    [handling] = await acts.find_handling(bench.labo.graph, [split.id])

    assert apart == [
        ("HighLatency on web", IncidentStatus.OPEN, 1),
        ("Down on db", IncidentStatus.OPEN, 1),
    ]
    assert await the_incidents(bench) == [
        ("HighLatency on web", IncidentStatus.OPEN, 2),
        ("Down on db", IncidentStatus.OPEN, 2),
    ]
    assert handling.split_from == incident.id
    assert asked == 3


async def test_a_split_says_who_did_it_and_is_detected_when_the_whole_was(bench: Bench) -> None:
    """In the timeline of either part."""
    incident, held = await one_incident(bench)
    split = await bench.labo.regrouping.split(
        incident.id, [held["default/db"]], by="ann", reason="two faults", version=incident.version
    )
    ids = [incident.id, split.id]
    whole, part = sorted(
        await acts.find_handling(bench.labo.graph, ids), key=lambda one: one.split_from or ""
    )
    timeline = await acts.find_by_incidents(bench.labo.graph, ids)

    assert {(one.incident, one.kind, one.by) for one in timeline} == {
        (incident.id, ActKind.SPLIT, "ann"),
        (split.id, ActKind.SPLIT, "ann"),
    }
    assert part.detected_at == whole.detected_at


async def test_a_split_of_what_is_not_there_changes_nothing(bench: Bench) -> None:
    """All of it, another's, a stale version, nothing at all."""
    incident, held = await one_incident(bench)
    before = await everything(bench)
    regrouping = bench.labo.regrouping

    for chosen, version, error in (
        (list(held.values()), None, InvalidInput),
        (["elsewhere"], None, InvalidInput),
        ([], None, InvalidInput),
        ([held["default/db"]], incident.version + 1, Conflict),
    ):
        with pytest.raises(error):
            await regrouping.split(incident.id, chosen, by="ann", reason="r", version=version)
    with pytest.raises(NotFound):
        await regrouping.split("unknown", ["o"], by="ann", reason="r")
    with pytest.raises(InvalidInput):
        await regrouping.split(incident.id, [held["default/db"]], by="ann", reason=" ")
    assert await everything(bench) == before


async def test_what_was_split_is_merged_again_by_a_person(bench: Bench) -> None:
    """Then it is one incident for linking too; to say it again changes nothing."""
    incident, held = await one_incident(bench)
    regrouping = bench.labo.regrouping
    split = await regrouping.split(incident.id, [held["default/db"]], by="ann", reason="two")
    merged = await regrouping.merge(incident.id, [split.id], by="bob", reason="one after all")
    before = await everything(bench)
    again = await regrouping.merge(incident.id, [split.id], by="bob", reason="one after all")
    after = await everything(bench)
    await admit(bench, an_alert("db", "Full", minute=2))
    away = await incidents.get(bench.labo.graph, split.id)
    marks = "MATCH (i:Incident {workspace: $w, status: 'open'}) RETURN count(i.apart)"

    assert (merged.id, merged.merged_into) == (incident.id, None)
    assert replace(again, version=merged.version) == merged
    assert after == before
    assert await the_incidents(bench) == [("HighLatency on web", IncidentStatus.OPEN, 3)]
    assert (away.status, away.merged_into) == (IncidentStatus.CLOSED, incident.id)
    assert await counted(bench, marks) == 0


async def test_incidents_far_from_each_other_are_merged_by_a_person(bench: Bench) -> None:
    """An alert goes on where its occurrence lies now."""
    await admit(bench, an_alert("web"), an_alert("lonely", minute=1))
    younger, older = await incidents.find_page(bench.labo.graph, limit=10)
    await bench.labo.regrouping.merge(older.id, [younger.id], by="ann", reason="one cause")
    await admit(
        bench,
        an_alert("lonely", minute=1, status=EventStatus.RESOLVED, ends=2),
        an_alert("lonely", minute=3),
    )

    assert await the_incidents(bench) == [("HighLatency on web", IncidentStatus.OPEN, 3)]
    with pytest.raises(Conflict, match="merged into"):
        await bench.labo.regrouping.merge(younger.id, [older.id], by="ann", reason="r")


async def test_what_people_said_goes_over_with_a_merged_incident(bench: Bench) -> None:
    """Remarks and the confirmed cause with its finding, and the timeline says so; a stale version
    changes nothing."""
    await admit(bench, an_alert("web"), an_alert("lonely", minute=1))
    younger, older = await incidents.find_page(bench.labo.graph, limit=10)
    await bench.labo.incidents.comment(younger.id, "the disk is full", by="ann")
    await bench.labo.incidents.acknowledge(younger.id, by="ann")
    await bench.labo.causes.confirm(
        younger.id, component="default/lonely", reason="df said so", by="ann"
    )
    version = (await incidents.get(bench.labo.graph, older.id)).version
    words = {"by": "bob", "reason": "one fault"}
    with pytest.raises(Conflict, match="changed meanwhile"):
        await bench.labo.regrouping.merge(older.id, [younger.id], version=version + 1, **words)
    untouched = await acts.find_by_incidents(bench.labo.graph, [older.id])
    await bench.labo.regrouping.merge(older.id, [younger.id], version=version, **words)
    ids = [older.id, younger.id]
    timeline = await acts.find_by_incidents(bench.labo.graph, ids)
    causes = await confirmed_causes.find_by_incidents(bench.labo.graph, ids)
    told = await findings.find_by_incidents(bench.labo.graph, ids)

    assert untouched == []
    assert {(one.incident == older.id, one.kind) for one in timeline} == {
        (True, ActKind.COMMENTED),
        (True, ActKind.CAUSE_CONFIRMED),
        (True, ActKind.MERGED),
        (False, ActKind.ACKNOWLEDGED),
        (False, ActKind.MERGED),
    }
    [said] = {one.text for one in timeline if one.kind is ActKind.MERGED}
    assert said == (
        f"{younger.id} merged into {older.id} with its comments and confirmed cause: one fault"
    )
    assert [(one.incident, one.component) for one in causes] == [(older.id, "default/lonely")]
    assert [one.incident for one in told] == [older.id]


async def test_an_alert_that_fires_again_later_follows_the_incident_that_had_it(
    bench: Bench,
) -> None:
    """However long ago; another one near it follows by its time."""
    await call_chain(bench, "web", "db")
    await admit(bench, an_alert("web"), an_alert("web", status=EventStatus.RESOLVED, ends=2))
    await admit(bench, an_alert("db", "Down", minute=12))
    await admit(bench, an_alert("db", "Down", minute=12, status=EventStatus.RESOLVED, ends=13))
    await admit(bench, an_alert("web", minute=300))
    again, other, first = await incidents.find_page(bench.labo.graph, limit=10)
    ids = [again.id, other.id]
    handling = {one.incident: one for one in await acts.find_handling(bench.labo.graph, ids)}

    assert (handling[other.id].follows, handling[again.id].follows) == (first.id, first.id)
