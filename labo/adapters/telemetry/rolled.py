"""The results of OTLP requests, stored in one transaction, and the retention of each kind of
row."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Connection, Select, Table, and_, delete, insert, select
from sqlalchemy.exc import IntegrityError

from labo.adapters.telemetry import tables
from labo.adapters.telemetry.database import upsert
from labo.adapters.telemetry.rollup_rows import merge_rows
from labo.adapters.telemetry.series_ids import SeriesIds
from labo.domain.entities.series import Window
from labo.domain.telemetry.batches import RolledBatch
from labo.domain.telemetry.counters import Counted
from labo.domain.telemetry.rollups import SeriesName
from labo.domain.telemetry.spans.bodies import merged_body
from labo.errors import Conflict

_CHUNK = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention of a row after its receipt: by step of roll-ups, and samples, lines and traces.

    A request's digest and a counter's state are retained for `memory`: what is sent again later
    counts again. Events that wait for the graph and named states remain until they are replaced.
    """

    rest: timedelta = timedelta(days=30)
    rollups: Mapping[int, timedelta] = field(
        default_factory=lambda: {10: 2 * _DAY, 60: 30 * _DAY, 600: 365 * _DAY}
    )
    memory: timedelta = _DAY


def save(
    batch: RolledBatch, ids: SeriesIds[SeriesName], received_at: float, connection: Connection
) -> None:
    """Raises Conflict when one of the digests is there."""
    workspace = batch.workspace
    try:
        if batch.digests:
            rows = [
                {"workspace": workspace, "digest": digest, "received_at": received_at}
                for digest in batch.digests
            ]
            connection.execute(insert(tables.applied), rows)
    except IntegrityError as error:
        raise Conflict("the batch is stored already", where=batch.digests[0]) from error
    merge_rows(connection, workspace, batch.rollups, ids, received_at)
    lines = [{**asdict(line), "workspace": workspace} for line in batch.lines]
    upsert(connection, tables.lines, lines, received_at)
    _save_traces(connection, batch, received_at)
    counted: list[dict[str, object]] = [
        {"workspace": workspace, "id": key, "state": json.dumps(state, default=list)}
        for key, state in batch.counted.items()
    ]
    upsert(connection, tables.counted, counted, received_at, renews=True)
    events: list[dict[str, object]] = [
        {"workspace": workspace, "id": key, "body": body} for key, body in batch.events
    ]
    upsert(connection, tables.pending_events, events, received_at)
    states: list[dict[str, object]] = [
        {"name": name, "body": body} for name, body in batch.states.items()
    ]
    upsert(connection, tables.states, states, received_at, renews=True)


def _save_traces(connection: Connection, batch: RolledBatch, received_at: float) -> None:
    trace = tables.traces.c
    wanted = [one.trace_id for one in batch.traces]
    stored: dict[str, tuple[str, float, bool]] = {}
    for first in range(0, len(wanted), _CHUNK):
        query = select(trace.trace_id, trace.body, trace.duration_ms, trace.is_error).where(
            trace.workspace == batch.workspace,
            trace.trace_id.in_(wanted[first : first + _CHUNK]),
        )
        for trace_id, body, duration_ms, is_error in connection.execute(query):
            stored[trace_id] = body, duration_ms, is_error
    rows: dict[str, dict[str, object]] = {}
    for one in batch.traces:
        body, duration_ms, is_error = stored.get(one.trace_id, ("", 0.0, False))
        body = merged_body(body, one.body) if body else one.body
        duration_ms, is_error = max(one.duration_ms, duration_ms), one.is_error or is_error
        stored[one.trace_id] = body, duration_ms, is_error
        changed = replace(one, body=body, duration_ms=duration_ms, is_error=is_error)
        rows[one.trace_id] = {**asdict(changed), "workspace": batch.workspace}
    upsert(connection, tables.traces, list(rows.values()), received_at)
    names = ("trace_id", "system", "component", "timestamp")
    hops = [
        {"workspace": batch.workspace, **dict(zip(names, hop, strict=True))} for hop in batch.hops
    ]
    upsert(connection, tables.trace_components, hops, received_at)


def select_traces() -> Select[str, str, str, float, float, bool, str]:
    """Columns in the order of `ExemplarTrace`, of every trace."""
    trace = tables.traces.c
    return select(
        trace.trace_id,
        trace.system,
        trace.component,
        trace.timestamp,
        trace.duration_ms,
        trace.is_error,
        trace.body,
    )


def traces_query(
    workspace: str, component: tuple[str, str], window: Window, limit: int
) -> Select[str, str, str, float, float, bool, str]:
    """`select_traces`, of those that came by a component."""
    trace, hop = tables.traces.c, tables.trace_components.c
    return (
        select_traces()
        .join_from(
            tables.trace_components,
            tables.traces,
            and_(hop.workspace == trace.workspace, hop.trace_id == trace.trace_id),
        )
        .where(
            hop.workspace == workspace,
            hop.system == component[0],
            hop.component == component[1],
            hop.timestamp >= window.start.timestamp(),
            hop.timestamp < window.end.timestamp(),
        )
        .order_by(trace.is_error.desc(), trace.duration_ms.desc(), trace.trace_id)
        .limit(limit)
    )


def find_applied(workspace: str, digests: Sequence[str], connection: Connection) -> set[str]:
    """Which of the digests are stored already."""
    column = tables.applied.c
    query = select(column.digest).where(
        column.workspace == workspace, column.digest.in_(list(digests))
    )
    return set(connection.execute(query).scalars())


def find_counted(workspace: str, keys: Sequence[str], connection: Connection) -> dict[str, Counted]:
    """The states of the counters that are known."""
    column = tables.counted.c
    counted: dict[str, Counted] = {}
    for first in range(0, len(keys), _CHUNK):
        query = select(column.id, column.state).where(
            column.workspace == workspace, column.id.in_(keys[first : first + _CHUNK])
        )
        for key, text in connection.execute(query):
            since, timestamp, values, buckets, *trial = json.loads(text)
            if buckets and isinstance(buckets[0], list):  # as older rows have them
                buckets = [number for pair in buckets for number in pair]
            # Older rows end here: their base is their newest point.
            rest = trial or (timestamp, values[0])
            packed = array("d", buckets)
            counted[key] = Counted(since, timestamp, tuple(values), packed, *rest)
    return counted


def expire(now: float, retention: Retention, connection: Connection) -> int:
    """Delete what was received before its kind's retention; how many rows."""

    def older_than(table: Table, age: timedelta) -> int:
        limit = now - age.total_seconds()
        return connection.execute(delete(table).where(table.c.received_at < limit)).rowcount

    deleted = 0
    for table in (tables.samples, tables.lines, tables.traces, tables.trace_components):
        deleted += older_than(table, retention.rest)
    for table in (tables.applied, tables.counted):
        deleted += older_than(table, retention.memory)
    row = tables.rollups.c
    for step, age in retention.rollups.items():
        old = row.received_at < now - age.total_seconds()
        deleted += connection.execute(delete(tables.rollups).where(row.step == step, old)).rowcount
    return deleted


def find_pending(limit: int, connection: Connection) -> list[tuple[str, str, str]]:
    """(workspace, id, JSON) of events that wait to be handed to the graph, the oldest first."""
    column = tables.pending_events.c
    query = (
        select(column.workspace, column.id, column.body).order_by(column.received_at).limit(limit)
    )
    return [(workspace, key, body) for workspace, key, body in connection.execute(query)]


def forget_pending(workspace: str, keys: Sequence[str], connection: Connection) -> None:
    """The graph has them."""
    column = tables.pending_events.c
    gone = column.workspace == workspace, column.id.in_(list(keys))
    connection.execute(delete(tables.pending_events).where(*gone))


def find_state(name: str, connection: Connection) -> str | None:
    """The text stored under that name."""
    column = tables.states.c
    return connection.execute(select(column.body).where(column.name == name)).scalar()
