"""Incidents with everything defaulted but what a test speaks of, put into the graph directly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import NoneType

from graph import diagnoses
from graph.client import Graph, Transaction
from graph.rows import properties
from graph.statements import parse
from labo.domain.entities.diagnoses import Analysis, Chain, Diagnosis, RuledOut, Suspect, Verdict
from labo.domain.entities.keys import component_key
from labo.domain.entities.reasons import Reason, ReasonKind
from labo.domain.entities.severity import Severity
from labo.domain.incidents.events import Event, EventStatus
from labo.domain.incidents.incidents import Incident, IncidentStatus, Occurrence

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

_KEEP = parse(
    "tests/upsert_incident",
    """// An incident with its occurrences and their events.
// access: write
// params: workspace, incident, occurrences
// returns: -
MERGE (i:Incident {workspace: $workspace, id: $incident.id})
SET i += $incident, i.created_at = datetime(), i.updated_at = datetime(), i.written_by = 'test'
WITH i
UNWIND $occurrences AS row
MERGE (o:Occurrence {workspace: $workspace, id: row.occurrence.id}) SET o += row.occurrence
MERGE (i)-[:INCLUDES]->(o)
MERGE (p:Problem {workspace: $workspace, key: row.occurrence.problem})
  ON CREATE SET p.title = row.occurrence.problem, p.role = 'service', p.kind = 'alert',
                p.status = 'observed', p.severity = 'warning', p.summary = '',
                p.occurrences = 1, p.aliases = [], p.version = 0
MERGE (c:Component {workspace: $workspace, key: row.occurrence.component})
  ON CREATE SET c.name = split(row.occurrence.component, '/')[1], c.system = 'shop',
                c.environment = 'default', c.role = 'service', c.labels = '{}'
MERGE (o)-[:INSTANCE_OF]->(p)
MERGE (o)-[:ON]->(c)
WITH o, row
UNWIND row.events AS event
MERGE (e:Event {workspace: $workspace, id: event.id})
SET e += event.properties, e.received_at = event.received_at
MERGE (e)-[:SIGNALS]->(o)
""",
    NoneType,
)


def an_incident(
    number: int = 1,
    *,
    status: IncidentStatus = IncidentStatus.OPEN,
    title: str = "",
    opened_at: datetime | None = None,
) -> Incident:
    return Incident(
        id=f"incident-{number:04d}",
        title=title or f"checkout is slow ({number})",
        status=status,
        severity=Severity.ERROR,
        opened_at=opened_at or NOON + timedelta(minutes=number),
        system="shop",
    )


def an_occurrence(
    number: int = 1, *, problem: str = "slow", component: str = "checkout"
) -> Occurrence:
    return Occurrence(
        id=f"occurrence-{number:04d}",
        problem=problem,
        component=component_key("shop", component),
        severity=Severity.ERROR,
        started_at=NOON + timedelta(seconds=number),
        dedup_key=f"dedup-{number}",
    )


def an_event(number: int = 1) -> Event:
    return Event(
        source="alertmanager",
        source_event_id=f"delivery-{number}",
        dedup_key=f"dedup-{number}",
        status=EventStatus.FIRING,
        severity=Severity.ERROR,
        title="HighLatency",
        starts_at=NOON,
        labels={"alertname": "HighLatency", "service": "checkout"},
    )


async def save_incident(
    graph: Graph,
    incident: Incident,
    *occurrences: Occurrence,
    events: Sequence[Event] = (),
) -> None:
    """Every occurrence is signalled by all of `events`."""
    rows = [
        {
            "occurrence": properties(occurrence),
            "events": [
                {"id": event.id, "properties": properties(event), "received_at": NOON}
                for event in events
            ],
        }
        for occurrence in occurrences
    ]
    await graph.execute(
        _KEEP, incident=properties(incident, {"escalation_level": "rung"}), occurrences=rows
    )


async def save_diagnosis(
    graph: Graph,
    incident: str,
    *,
    diagnosis_id: str = "",
    cause: str = "db",
    others: tuple[Suspect, ...] = (),
) -> Diagnosis:
    """A likely suspect with one reason of each part of an answer, then `others`."""
    kept = Diagnosis(
        id=diagnosis_id or f"diagnosis-of-{incident}",
        incident=incident,
        model_version="1",
        analysis=Analysis(
            case=incident,
            verdict=Verdict.LIKELY,
            suspects=(
                Suspect(
                    component=cause,
                    problem="slow database",
                    probability=0.9,
                    reasons=(Reason(ReasonKind.NO_ANOMALOUS_DEPENDENCY, {"component": cause}),),
                    conditions=("latency:high",),
                ),
                *others,
            ),
            chains=(Chain(components=(cause, "checkout"), conditions=("a", "b")),),
            ruled_out=(RuledOut("cart", Reason(ReasonKind.NOT_DEVIATING, {"component": "cart"})),),
            missing=(Reason(ReasonKind.NO_DATA, {"component": "mail"}),),
            next_metric="mail:latency",
            took_ms=12.5,
        ),
    )

    async def unit(tx: Transaction) -> None:
        await diagnoses.upsert(tx, kept, "shop")

    await graph.write(unit)
    return kept
