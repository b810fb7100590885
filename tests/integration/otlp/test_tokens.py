"""Causal tokens: exemplar traces asked for by occurrence and by incident."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from labo.domain.telemetry.batches import ExemplarTrace, RolledBatch
from tests.builders.incidents import NOON, an_incident, an_occurrence, save_incident
from tests.graphql.conftest import Caller

pytestmark = pytest.mark.stack

QUERY = """
query ($occurrence: ID, $incident: ID, $first: Int! = 5) {
  tokens(occurrence: $occurrence, incident: $incident, first: $first) {
    __typename
    ... on CausalTokenConnection {
      nodes {
        traceId occurrenceKey durationMs isError isNoted path
        hops { component kind offsetMs durationMs isError attributes { name value } }
      }
    }
    ... on Failure { message }
  }
}
"""


def a_trace(number: int, system: str, name: str, *, minutes: float, failed: bool) -> RolledBatch:
    at = (NOON + timedelta(minutes=minutes)).timestamp()
    start = int(at * 1e9)
    span = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "kind": 2,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 5_000_000),
        "attributes": [{"key": "cache.hit", "value": {"boolValue": False}}],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    key = f"{number:032x}"
    trace = ExemplarTrace(key, system, name, at, 5.0, failed, json.dumps(body))
    return RolledBatch("", traces=(trace,), hops=((key, system, name, at),))


async def save(caller: Caller, batch: RolledBatch) -> None:
    owned = RolledBatch(caller.workspace, traces=batch.traces, hops=batch.hops)
    await caller.labo.telemetry.save(owned)


async def test_an_occurrence_is_shown_by_its_traces(caller: Caller) -> None:
    """Traces of its component and time, failed ones first, hop by hop; those noted when it was
    diagnosed say so; others of the same system do not belong."""
    over = NOON + timedelta(minutes=10)
    incident = replace(an_incident(1, opened_at=NOON), resolved_at=over)
    occurrence = replace(an_occurrence(1), ended_at=over)
    await save_incident(caller.graph, incident, occurrence)
    system, _, name = occurrence.component.partition("/")
    await save(caller, a_trace(1, system, name, minutes=1, failed=False))
    await save(caller, a_trace(2, system, name, minutes=2, failed=True))
    await save(caller, a_trace(3, system, name, minutes=600, failed=True))
    await save(caller, a_trace(4, system, "elsewhere", minutes=1, failed=True))
    await caller.labo.workspace(caller.workspace).causal_traces.note(incident.id)
    await save(caller, a_trace(5, system, name, minutes=3, failed=False))

    answer = await caller.ask(QUERY, occurrence=occurrence.id)
    of_incident = await caller.ask(QUERY, incident=incident.id, first=1)

    tokens = answer["tokens"]["nodes"]
    assert [(int(one["traceId"], 16), one["isError"], one["isNoted"]) for one in tokens] == [
        (2, True, True),
        (1, False, True),
        (5, False, False),
    ]
    assert tokens[0]["path"] == [name]
    assert tokens[0]["hops"] == [
        {
            "component": name,
            "kind": "server",
            "offsetMs": 0.0,
            "durationMs": 5.0,
            "isError": False,
            "attributes": [{"name": "cache.hit", "value": "false"}],
        }
    ]
    assert of_incident["tokens"]["nodes"] == tokens[:1]


async def test_an_incident_shows_the_traces_of_its_own_time(caller: Caller) -> None:
    """Those that began from its begin to its end, each once though two of its components were on
    the way; the fault before it has others."""
    over = NOON + timedelta(minutes=10)
    incident = replace(an_incident(1, opened_at=NOON), resolved_at=over)
    front, back = (
        replace(an_occurrence(number, component=name), ended_at=over)
        for number, name in ((1, "front"), (2, "back"))
    )
    await save_incident(caller.graph, incident, front, back)
    before = a_trace(1, "shop", "front", minutes=-3, failed=True)
    during = a_trace(2, "shop", "front", minutes=3, failed=False)
    failed = a_trace(3, "shop", "back", minutes=4, failed=True)
    trace_id, _, _, at = during.hops[0]
    await save(caller, before)
    await save(caller, replace(during, hops=(*during.hops, (trace_id, "shop", "back", at))))
    await save(caller, failed)

    answer = await caller.ask(QUERY, incident=incident.id)

    tokens = answer["tokens"]["nodes"]
    assert [int(one["traceId"], 16) for one in tokens] == [3, 2]


async def test_tokens_of_nothing_known(caller: Caller) -> None:
    """An unknown occurrence or incident is not found; naming both or none is a mistake."""
    for asked, kind in (
        ({"occurrence": "none"}, "NotFound"),
        ({"incident": "none"}, "NotFound"),
        ({}, "InvalidInput"),
        ({"incident": "a", "occurrence": "b"}, "InvalidInput"),
    ):
        answer = await caller.ask(QUERY, **asked)
        assert answer["tokens"]["__typename"] == kind
