"""Values on their way to Neo4j and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import neo4j.time
from hypothesis import given
from hypothesis import strategies as st

from graph.rows import RowReader, as_json, properties
from labo.domain.entities.severity import Severity


@dataclass(frozen=True)
class Thing:
    name: str
    severity: Severity = Severity.ERROR
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    seen: datetime | None = None


@given(
    labels=st.dictionaries(st.text(), st.text(), max_size=4),
    tags=st.lists(st.text(), max_size=4),
    name=st.text(),
)
def test_a_value_written_as_properties_is_read_back_the_same(
    labels: dict[str, str], tags: list[str], name: str
) -> None:
    """Maps go through JSON text, tuples through lists, enums through their value."""
    thing = Thing(name, Severity.CRITICAL, labels, tuple(tags))
    columns = ("name", "severity", "labels", "tags", "seen")

    assert RowReader(Thing, columns).read(properties(thing)) == thing


def test_a_missing_map_is_an_empty_one() -> None:
    """A node written before the property existed can still be read."""
    row = RowReader(Thing, ("name",)).read(
        {"name": "a", "severity": "info", "labels": None, "tags": [], "seen": None}
    )

    assert row.labels == {}


def test_neo4j_times_come_back_as_aware_utc() -> None:
    """No driver type leaves the graph package."""
    moment = neo4j.time.DateTime(2026, 1, 2, 3, 4, 5)
    row = RowReader(Thing, ()).read(
        {"name": "a", "severity": "info", "labels": "{}", "tags": [], "seen": moment}
    )

    assert row.seen == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_json_of_nested_values_is_sorted_and_plain() -> None:
    """The same tree always gives the same text, so digests over it hold."""
    assert as_json([Thing("b"), {"z": 1, "a": Severity.INFO}]) == (
        '[{"labels":{},"name":"b","seen":null,"severity":"error","tags":[]},{"a":"info","z":1}]'
    )
