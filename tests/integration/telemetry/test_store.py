"""The telemetry store on a real SQLite file."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from labo.adapters.telemetry import tables
from labo.adapters.telemetry.rolled import Retention
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.domain.entities.series import LogLine, Series, SeriesKey, SeriesQuery, Window
from labo.domain.telemetry.batches import (
    ExemplarTrace,
    RolledBatch,
    Sample,
    StoredLine,
    TelemetryBatch,
)
from labo.domain.telemetry.counters import Counted, packed
from labo.errors import InvalidInput, Unavailable

EPOCH = datetime.fromtimestamp(0, UTC)
HOUR = Window(EPOCH, EPOCH + timedelta(hours=1))
LATENCY = SeriesKey("checkout", "latency")


def latencies(*points: tuple[float, float], workspace: str = "default") -> TelemetryBatch:
    return TelemetryBatch(
        workspace, tuple(Sample("shop", "checkout", "latency", t, v) for t, v in points)
    )


def line(number: int, body: str = "boom", component: str = "checkout") -> StoredLine:
    return StoredLine(f"file:{number:04d}", "shop", component, 10.0 + number, "ERROR", body)


def points(series: Series) -> list[tuple[float, float]]:
    return list(zip(series.timestamps.tolist(), series.values.tolist(), strict=True))


async def test_appending_twice_changes_nothing(store: SqlTelemetryStore) -> None:
    """The same batch appended twice gives the same series and lines as once."""
    batch = TelemetryBatch(
        samples=latencies((60.0, 1.0), (0.0, 2.0)).samples, lines=(line(1), line(2))
    )

    await store.append(batch)
    await store.append(batch)

    series = await store.series(SeriesQuery("default", "shop", HOUR))
    assert {key: points(one) for key, one in series.items()} == {LATENCY: [(0, 2), (60, 1)]}
    assert len(await store.log_lines("default", "shop", HOUR)) == 2


async def test_a_series_first_met_in_a_refused_batch_is_no_other_series(
    store: SqlTelemetryStore,
) -> None:
    """What a batch learnt goes with it: its series' ids may be given to others."""
    refused = Sample("shop", "checkout", "errors", math.nan, 1.0)
    with pytest.raises(IntegrityError):
        await store.append(TelemetryBatch(samples=(refused,)))

    await store.append(latencies((60.0, 1.0)))
    await store.append(TelemetryBatch(samples=(Sample("shop", "checkout", "errors", 60.0, 7.0),)))

    series = await store.series(SeriesQuery("default", "shop", HOUR))
    errors = SeriesKey("checkout", "errors")
    assert {key: points(one) for key, one in series.items()} == {
        LATENCY: [(60, 1)],
        errors: [(60, 7)],
    }


async def test_a_step_rolls_samples_up_to_means(store: SqlTelemetryStore) -> None:
    """With a step, each value is the mean of an epoch-aligned step, stamped with its start."""
    await store.append(latencies((61.0, 1.0), (119.0, 3.0), (120.0, 9.0)))

    series = await store.series(SeriesQuery("default", "shop", HOUR, step_s=60))

    assert points(series[LATENCY]) == [(60.0, 2.0), (120.0, 9.0)]


async def test_an_unknown_value_stays_unknown(store: SqlTelemetryStore) -> None:
    """NaN comes back as NaN, and does not spoil the mean of its step."""
    await store.append(latencies((0.0, math.nan), (1.0, 4.0)))

    raw = await store.series(SeriesQuery("default", "shop", HOUR))
    rolled = await store.series(SeriesQuery("default", "shop", HOUR, step_s=60))

    np.testing.assert_equal(raw[LATENCY].values, [math.nan, 4.0])
    assert points(rolled[LATENCY]) == [(0.0, 4.0)]


async def test_only_the_components_asked_for_are_read(store: SqlTelemetryStore) -> None:
    """A diagnosis looks at what the target reaches, whatever else the system has."""
    await store.append(latencies((60.0, 1.0)))
    await store.append(TelemetryBatch(samples=(Sample("shop", "other", "latency", 60.0, 1.0),)))

    assert set(
        await store.series(SeriesQuery("default", "shop", HOUR, components=frozenset({"checkout"})))
    ) == {LATENCY}
    assert await store.series(SeriesQuery("default", "shop", HOUR, components=frozenset())) == {}
    assert len(await store.series(SeriesQuery("default", "shop", HOUR))) == 2


async def test_a_window_excludes_its_end_and_other_tenants(store: SqlTelemetryStore) -> None:
    """Windows are half-open, and one workspace or system never sees another's."""
    await store.append(latencies((0.0, 1.0), (3600.0, 2.0)))
    await store.append(latencies((1.0, 7.0), workspace="other"))

    assert points((await store.series(SeriesQuery("default", "shop", HOUR)))[LATENCY]) == [
        (0.0, 1.0)
    ]
    assert points((await store.series(SeriesQuery("other", "shop", HOUR)))[LATENCY]) == [(1.0, 7.0)]
    assert await store.series(SeriesQuery("default", "bank", HOUR)) == {}


async def test_the_newest_lines_come_oldest_first(store: SqlTelemetryStore) -> None:
    """A limit keeps the newest lines; a component narrows them."""
    await store.append(
        TelemetryBatch(lines=(line(3, "c"), line(1, "a"), line(2, "b", component="cart")))
    )

    newest = await store.log_lines("default", "shop", HOUR, limit=2)
    of_cart = await store.log_lines("default", "shop", HOUR, component="cart")

    assert [one.body for one in newest] == ["b", "c"]
    assert of_cart == [LogLine(12.0, "cart", "ERROR", "b")]


async def test_a_completed_line_replaces_its_first_part(store: SqlTelemetryStore) -> None:
    """A line stored before it was complete is replaced under the same identity."""
    await store.append(TelemetryBatch(lines=(line(1, "Connection re"),)))
    await store.append(TelemetryBatch(lines=(line(1, "Connection refused"),)))

    lines = await store.log_lines("default", "shop", HOUR)
    assert [one.body for one in lines] == ["Connection refused"]


async def test_traces_come_back_as_they_were(store: SqlTelemetryStore) -> None:
    """An exemplar trace survives the round trip whole."""
    trace = ExemplarTrace("t1", "shop", "checkout", 5.0, 12.5, True, '{"resourceSpans":[]}')
    await store.append(TelemetryBatch(traces=(trace,)))

    assert await store.traces("default", "shop", HOUR) == [trace]


async def test_retention_counts_from_receipt(store: SqlTelemetryStore) -> None:
    """Imported history is kept; what was received long ago goes, whatever its own time."""
    now = datetime.now(UTC)
    trace = ExemplarTrace("t1", "shop", "checkout", 5.0, 12.5, True, "{}")
    old = TelemetryBatch(lines=(line(1),), samples=latencies((1.0, 1.0)).samples, traces=(trace,))
    await store.append(old, received_at=now - timedelta(days=31))
    await store.append(TelemetryBatch(lines=(line(2),)), received_at=now)

    assert await store.expire(now, Retention()) == 3
    assert len(await store.log_lines("default", "shop", HOUR)) == 1


async def test_a_repeated_row_keeps_its_first_receipt(store: SqlTelemetryStore) -> None:
    """A sender's retries do not keep a row alive for ever."""
    now = datetime.now(UTC)
    await store.append(latencies((1.0, 1.0)), received_at=now - timedelta(days=31))
    await store.append(latencies((1.0, 2.0)), received_at=now)

    assert await store.expire(now, Retention()) == 1


async def test_processes_that_open_a_new_store_at_once_all_get_it(tmp_path: Path) -> None:
    """As at the first start: looking for a table and creating it are two steps."""
    for number in range(10):
        url = f"sqlite:///{tmp_path / str(number) / 'telemetry.db'}"

        stores = await asyncio.gather(
            *(asyncio.to_thread(SqlTelemetryStore.open, url) for _ in range(6))
        )

        for store in stores:
            store.close()


def test_a_bad_url_is_the_operators_mistake() -> None:
    """A text that is no database URL is refused with the name of the setting."""
    with pytest.raises(InvalidInput, match="LABO_TELEMETRY__URL"):
        SqlTelemetryStore.open("not a url")


def test_an_unwritable_place_is_unavailable() -> None:
    """A database file that can't be opened is reported as unavailable."""
    with pytest.raises(Unavailable, match="telemetry store"):
        SqlTelemetryStore.open("sqlite:////proc/version/telemetry.db")


def test_postgresql_gets_the_same_upsert() -> None:
    """The statement for PostgreSQL updates every column but the key and the receipt."""
    insert = postgresql.insert(tables.samples)
    statement = insert.on_conflict_do_update(
        index_elements=["series_id", "timestamp"], set_={"value": insert.excluded.value}
    )

    text = str(statement.compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT (series_id, timestamp) DO UPDATE SET value = excluded.value" in text


async def test_a_counter_s_state_is_read_as_it_was_stored(store: SqlTelemetryStore) -> None:
    """Also one that an earlier version stored, with its buckets in pairs and no trial."""
    state = Counted(1.0, 2.0, (3.0, 4.0), packed([(0, 5.0), (2, 6.0)]), 2.0, 3.0, 1)
    await store.save(RolledBatch("default", ("d",), counted={"new": state}))
    old = {"workspace": "default", "id": "old", "state": "[1, 2, [3, 4], [[0, 5], [2, 6]]]"}

    def stored(connection: Connection) -> None:
        connection.execute(insert(tables.counted), [{**old, "received_at": 1.0}])

    await store._run(stored)

    found = await store.counted("default", ["new", "old"])

    assert found == {"new": state, "old": state._replace(trial=0)}
