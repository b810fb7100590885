"""How many incidents a storm of alerts becomes: ten causes, 5,000 alerts within a minute.

    python -m benchmarks.storms

Each cause is in a group of twelve services of its own: a database that four back ends call, which
six applications call, behind a gateway. Every service of the group alerts, by several names and
pods, the database first. Once the calls are known beforehand; once nothing is known but the labels
`cluster`, `namespace` (one a group) and `service`. The order of arrival is random.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks.linking import a_stack
from graph import jobs, linking
from graph.components import upsert
from labo.bootstrap import App
from labo.domain.entities.components import Component, Dependency
from labo.domain.entities.jobs import JobKind
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus, episode_id

CAUSES, ALERTS, WITHIN_S = 10, 5_000, 60.0
BACK_ENDS, APPLICATIONS = 4, 6

INCIDENTS = """
MATCH (i:Incident {workspace: $w}) WHERE i.merged_into IS NULL
WITH i, COUNT { (i)-[:INCLUDES]->() } AS occurrences,
     COLLECT { MATCH (i)-[:INCLUDES]->(:Occurrence)-[:ON]->(c)
               RETURN DISTINCT split(c.name, '-')[0] } AS groups
RETURN count(i) AS incidents, sum(occurrences) AS occurrences, max(size(groups)) AS most_groups
"""


@dataclass(frozen=True)
class Storm:
    """`most_groups` of services are in one incident: above 1, causes were mixed up."""

    incidents: int
    occurrences: int
    most_groups: int
    seconds: float


def services(group: int) -> tuple[str, list[str], list[str], str]:
    """Database, back ends, applications and gateway of one group."""
    name = f"team{group}"
    back_ends = [f"{name}-backend-{number}" for number in range(BACK_ENDS)]
    applications = [f"{name}-app-{number}" for number in range(APPLICATIONS)]
    return f"{name}-db", back_ends, applications, f"{name}-gateway"


def calls(group: int) -> Iterator[tuple[str, str]]:
    """(caller, callee) in one group."""
    database, back_ends, applications, gateway = services(group)
    yield from ((back_end, database) for back_end in back_ends)
    for number, application in enumerate(applications):
        yield gateway, application
        yield application, back_ends[number % BACK_ENDS]


def alerts(count: int, began: datetime, *, is_labelled: bool) -> list[Event]:
    """A storm of `count` alerts in random order; with `is_labelled` each names its namespace."""
    draw = random.Random(7)
    events = []
    for number in range(count):
        group = number % CAUSES
        database, back_ends, applications, gateway = services(group)
        others = [*back_ends, *applications, gateway]
        turn = number // CAUSES
        service = database if turn == 0 else draw.choice([database, *others])
        starts = began + timedelta(seconds=0 if turn == 0 else draw.uniform(0, WITHIN_S))
        labels = {"alertname": f"Alert{turn % 7}", "service": service, "pod": f"pod-{turn}"}
        if is_labelled:
            labels |= {"cluster": "one", "namespace": f"team{group}"}
        key = f"{service}/{turn}"
        events.append(
            Event(
                source="alertmanager",
                source_event_id=episode_id(key, starts, EventStatus.FIRING, None),
                dedup_key=key,
                status=EventStatus.FIRING,
                severity=Severity.CRITICAL if turn == 0 else Severity.ERROR,
                title=labels["alertname"],
                starts_at=starts,
                labels=labels,
            )
        )
    draw.shuffle(events)
    return events


async def know_calls(app: App, workspace: str) -> None:
    """The calls of every group are known before the storm."""
    pairs = [pair for group in range(CAUSES) for pair in calls(group)]
    names = sorted({name for pair in pairs for name in pair})
    components = [Component(f"default/{name}", name) for name in names]
    links = [Dependency(f"default/{one}", f"default/{other}") for one, other in pairs]
    await app.workspace(workspace).graph.write(lambda tx: upsert(tx, components, links))


async def link_all(app: App, workspace: str) -> None:
    """Link what waits, as workers would."""
    labo = app.workspace(workspace)
    while True:
        waiting = await labo.graph.fetch(
            linking.FIND_WAITING, kind=JobKind.LINK_EVENTS.value, limit=1
        )
        if not waiting:
            return
        await labo.linking.link(waiting[0].batch)
        batches = [waiting[0].batch]
        await labo.graph.write(partial(jobs.withdraw, kind=JobKind.LINK_EVENTS, subjects=batches))


async def storm(app: App, workspace: str, count: int, *, knows_calls: bool) -> Storm:
    """One storm in an empty workspace, and what it became."""
    if knows_calls:
        await know_calls(app, workspace)
    events = alerts(count, datetime.now(UTC) - timedelta(minutes=2), is_labelled=not knows_calls)
    for first in range(0, count, 100):
        await app.workspace(workspace).events.accept(events[first : first + 100])
    started = time.perf_counter()
    await link_all(app, workspace)
    seconds = time.perf_counter() - started
    async with app.graph._driver.session() as session:
        record = await (await session.run(INCIDENTS, w=workspace)).single(strict=True)
    return Storm(record["incidents"], record["occurrences"], record["most_groups"], seconds)


async def run() -> None:
    async with a_stack(0) as (app, _):
        print("| known beforehand | alerts | incidents | groups in one, most | linked in, s |")
        print("|---|---|---|---|---|")
        for name, knows_calls in (("calls", True), ("labels only", False)):
            made = await storm(app, f"storm{knows_calls}", ALERTS, knows_calls=knows_calls)
            print(
                f"| {name} | {made.occurrences} | {made.incidents} | {made.most_groups} "
                f"| {made.seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    asyncio.run(run())
