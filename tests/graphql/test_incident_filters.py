"""Which incidents a list has: by status, system, component, time, and the beginning of a key."""

from __future__ import annotations

from labo.domain.incidents.incidents import IncidentStatus
from tests.builders.incidents import an_incident, an_occurrence, save_incident
from tests.graphql.conftest import Caller


async def test_no_status_is_every_status_and_an_empty_list_none(caller: Caller) -> None:
    """As with problems: who asks for nothing gets nothing."""
    await save_incident(caller.graph, an_incident(1))
    data = await caller.ask(
        "{ all: incidents { nodes { key } } none: incidents(status: []) { nodes { key } } }"
    )

    assert [len(data[name]["nodes"]) for name in ("all", "none")] == [1, 0]


async def test_incidents_filtered_by_status_and_system(caller: Caller) -> None:
    """Filters narrow the page."""
    await save_incident(caller.graph, an_incident(1))
    await save_incident(caller.graph, an_incident(2, status=IncidentStatus.RESOLVED))

    data = await caller.ask(
        """{ open: incidents(status: [OPEN]) { nodes { key } }
             shop: incidents(system: "shop") { nodes { key } }
             other: incidents(system: "other") { nodes { key } } }"""
    )

    assert [node["key"] for node in data["open"]["nodes"]] == ["incident-0001"]
    assert len(data["shop"]["nodes"]) == 2
    assert data["other"]["nodes"] == []


async def test_incidents_filtered_by_component_and_time(caller: Caller) -> None:
    """A component is meant by its key or its name; a time without a zone is UTC."""
    await save_incident(caller.graph, an_incident(1), an_occurrence(1, component="db"))
    await save_incident(caller.graph, an_incident(2), an_occurrence(2), an_occurrence(3))
    query = """query ($component: String, $since: DateTime, $after: String) {
      incidents(component: $component, since: $since, first: 1, after: $after) {
        nodes { key } pageInfo { hasNextPage endCursor } } }"""

    async def found(**variables: str) -> tuple[list[str], bool]:
        page = (await caller.ask(query, **variables))["incidents"]
        return [node["key"] for node in page["nodes"]], page["pageInfo"]["hasNextPage"]

    assert await found(component="db") == (["incident-0001"], False)
    assert await found(component="shop/checkout") == (["incident-0002"], False)
    assert await found(component="shop/check") == ([], False)
    assert await found(since="2026-03-01T12:01:00") == (["incident-0002"], True)
    assert await found(since="2026-03-01T12:01:01+00:00") == (["incident-0002"], False)
    assert await found(component="db", since="2026-03-01T12:02:00Z") == ([], False)
    body = await caller.answer(query, {"since": "0001-01-01T00:00:00+23:00"})
    assert body["errors"][0]["extensions"] == {"code": "invalid_input", "where": "since"}
