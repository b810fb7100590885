"""Batches of events become incidents on the real graph."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from graph import incident_acts, incidents, occurrences
from graph.components import upsert as upsert_components
from labo.domain.entities.components import Component, Dependency
from labo.domain.incidents.acts import ActKind
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.incidents import IncidentStatus
from labo.errors import Conflict, NotFound
from tests.builders.events import an_alert
from tests.integration.linking.conftest import Bench

pytestmark = pytest.mark.stack


async def admit(bench: Bench, *events: Event) -> None:
    """Accept the events and link what waits, as a worker would."""
    await bench.labo.events.accept(events)
    await link_all(bench)


async def link_all(bench: Bench) -> None:
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (j:Job {workspace: $w, kind: 'events.link'}) RETURN j.subject AS s",
            w=bench.workspace,
        )
        batches = [record["s"] async for record in result]
    for batch in batches:
        await bench.labo.linking.link(batch)


async def the_incidents(bench: Bench) -> list[tuple[str, IncidentStatus, int]]:
    """(title, status, number of occurrences), oldest first, without the merged ones."""
    page = await incidents.find_page(bench.labo.graph, limit=100)
    held = await occurrences.find_by_incidents(bench.labo.graph, [i.id for i in page])
    return [(i.title, i.status, len(held[i.id])) for i in reversed(page) if not i.merged_into]


async def call_chain(bench: Bench, *names: str) -> None:
    """Each component calls the next."""
    components = [Component(f"default/{name}", name) for name in names]
    links = [Dependency(one.key, other.key) for one, other in pairwise(components)]
    await bench.labo.graph.write(lambda tx: upsert_components(tx, components, links))


async def test_a_firing_alert_opens_an_incident_and_its_resolution_ends_it(bench: Bench) -> None:
    """The whole life of one alert."""
    await admit(bench, an_alert())
    opened = await the_incidents(bench)
    await admit(bench, an_alert(status=EventStatus.RESOLVED, ends=4))
    ended = await the_incidents(bench)

    assert opened == [("HighLatency on checkout", IncidentStatus.OPEN, 1)]
    assert ended == [("HighLatency on checkout", IncidentStatus.RESOLVED, 1)]


async def counted(bench: Bench, cypher: str) -> int:
    async with bench.app.graph._driver.session() as session:
        record = await (await session.run(cypher, w=bench.workspace)).single()
        assert record is not None
        return int(record[0])


async def everything(bench: Bench) -> list[tuple[object, ...]]:
    """Every node and relationship of the workspace but jobs and locks, without their times."""
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (n {workspace: $w}) WHERE NOT n:Job AND NOT n:Lock "
            "OPTIONAL MATCH (n)-[r]->(m) "
            "RETURN labels(n)[0] AS l, coalesce(n.id, n.key) AS k, n.version AS v, "
            "n.occurrences AS o, type(r) AS t, coalesce(m.id, m.key) AS m",
            w=bench.workspace,
        )
        return sorted([tuple(record.values()) async for record in result], key=str)


async def test_linking_a_batch_twice_changes_nothing(bench: Bench) -> None:
    """A redelivered task finds its work done, down to counters and versions."""
    await admit(bench, an_alert(), an_alert("db", "Down", minute=1))
    before = await everything(bench)
    await link_all(bench)

    assert await everything(bench) == before
    assert len(before) > 6


async def test_near_components_share_an_incident_and_far_ones_do_not(bench: Bench) -> None:
    """Two hops in the graph of calls, in whatever batches the alerts come."""
    await call_chain(bench, "web", "checkout", "orders", "db")
    await admit(bench, an_alert("web", minute=0))
    await admit(bench, an_alert("orders", minute=2), an_alert("lonely", minute=2))

    assert sorted(await the_incidents(bench)) == [
        ("HighLatency on lonely", IncidentStatus.OPEN, 1),
        ("HighLatency on web", IncidentStatus.OPEN, 2),
    ]


async def test_a_bridge_merges_and_every_incident_is_diagnosed(bench: Bench) -> None:
    """The older one holds all occurrences, the younger names it."""
    await call_chain(bench, "web", "checkout", "orders", "db")
    await admit(bench, an_alert("web", minute=0))
    await admit(bench, an_alert("db", minute=1))
    two = await the_incidents(bench)
    await admit(bench, an_alert("checkout", minute=2))
    merged = "MATCH (i:Incident {workspace: $w}) WHERE i.merged_into IS NOT NULL RETURN count(i)"
    jobs = "MATCH (j:Job {workspace: $w, kind: 'diagnosis.diagnose'}) RETURN sum(j.requests)"

    assert len(two) == 2
    assert await the_incidents(bench) == [("HighLatency on web", IncidentStatus.OPEN, 3)]
    assert await counted(bench, merged) == 1
    assert await counted(bench, jobs) == 3


async def test_batches_linked_at_the_same_time_make_one_incident(bench: Bench) -> None:
    """Linkers of a workspace take turns."""
    await call_chain(bench, "a", "b", "c")
    for name in ("a", "b", "c"):
        await bench.labo.events.accept([an_alert(name)])
    async with bench.app.graph._driver.session() as session:
        result = await session.run(
            "MATCH (j:Job {workspace: $w}) RETURN j.subject AS s", w=bench.workspace
        )
        batches = [record["s"] async for record in result]
    await asyncio.gather(*(bench.labo.linking.link(batch) for batch in batches))

    assert len(batches) == 3
    assert [held for _, _, held in await the_incidents(bench)] == [3]


async def test_firing_again_soon_reopens_the_incident(bench: Bench) -> None:
    """Before the symptom was normal for five minutes. Its timeline keeps the end that it had."""
    await admit(bench, an_alert(), an_alert(status=EventStatus.RESOLVED, ends=4))
    await admit(bench, an_alert(minute=8))
    [opened] = await incidents.find_page(bench.labo.graph, limit=10)
    acts = await incident_acts.find_by_incidents(bench.labo.graph, [opened.id])

    assert await the_incidents(bench) == [("HighLatency on checkout", IncidentStatus.OPEN, 2)]
    assert [(act.kind, act.by, act.at - opened.opened_at, act.text) for act in acts] == [
        (ActKind.REOPENED, "labo", timedelta(minutes=8), "HighLatency on checkout began again"),
        (ActKind.RESOLVED, "labo", timedelta(minutes=4), "all its occurrences are over"),
    ]


async def test_occurrences_count_into_the_problem_of_their_kind(bench: Bench) -> None:
    """Two systems' checkouts meet the same problem."""
    await admit(bench, an_alert(system="one"))
    await admit(bench, an_alert("checkout", "HighLatency", minute=500, system="two"))
    problems = "MATCH (p:Problem {workspace: $w}) RETURN count(p)"
    total = "MATCH (p:Problem {workspace: $w}) RETURN sum(p.occurrences)"

    assert await counted(bench, problems) == 1
    assert await counted(bench, total) == 2


async def test_an_incident_is_resolved_by_hand_once(bench: Bench) -> None:
    """By the version that was read; a closed one stays closed."""
    await admit(bench, an_alert())
    (opened,) = await incidents.find_page(bench.labo.graph, limit=10)
    with pytest.raises(Conflict):
        await bench.labo.incidents.resolve(opened.id, by="ann", version=opened.version + 1)
    done = await bench.labo.incidents.resolve(opened.id, by="ann", reason="rolled back")
    again = await bench.labo.incidents.resolve(opened.id, by="bob")
    closed = await bench.labo.incidents.move(opened.id, IncidentStatus.CLOSED, by="ann")

    assert (done.status, done.resolution) == (IncidentStatus.RESOLVED, "rolled back")
    assert again == done
    assert closed.status is IncidentStatus.CLOSED
    with pytest.raises(Conflict):
        await bench.labo.incidents.move(opened.id, IncidentStatus.OPEN)
    with pytest.raises(NotFound):
        await bench.labo.incidents.resolve("unknown", by="ann")


async def test_a_write_that_decided_on_an_old_version_is_refused(bench: Bench) -> None:
    """Two people at once: the second is told."""
    await admit(bench, an_alert())
    graph = bench.labo.graph
    (opened,) = await incidents.find_page(graph, limit=10)
    now = datetime.now(UTC)
    await graph.write(lambda tx: incidents.set_status(tx, opened, IncidentStatus.DIAGNOSED, at=now))

    with pytest.raises(Conflict):
        await graph.write(
            lambda tx: incidents.set_status(tx, opened, IncidentStatus.RESOLVED, at=now)
        )


async def test_old_linked_events_expire(bench: Bench) -> None:
    """What is not linked yet stays, however old."""
    await admit(bench, an_alert())
    await bench.labo.events.accept([an_alert("later")])
    left = "MATCH (e:Event {workspace: $w}) RETURN count(e)"
    await bench.app.event_store.expire(timedelta(days=1))
    before = await counted(bench, left)
    await counted(
        bench,
        "MATCH (e:Event {workspace: $w}) SET e.received_at = datetime('2001-01-01') "
        "RETURN count(e)",
    )
    await bench.app.event_store.expire(timedelta(days=1))

    assert (before, await counted(bench, left)) == (2, 1)
