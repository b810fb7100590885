"""Opens the telemetry store that the settings name."""

from __future__ import annotations

from graph.client import Graph
from graph.driver import open_driver
from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.settings import Settings


def open_telemetry_store(settings: Settings) -> SqlTelemetryStore:
    """The configured telemetry store, by default an SQLite file in the data folder.

    Everyone may read it; only the stream process may append (others use `StreamSink`).
    """
    url = settings.telemetry.url
    default = f"sqlite:///{settings.data_dir.absolute() / 'telemetry.db'}"
    return SqlTelemetryStore.open(url.get_secret_value() if url else default)


def open_graph(settings: Settings, uri: str, password: str) -> Graph:
    neo4j = settings.neo4j
    return Graph(
        open_driver(uri, neo4j.user, password, timeout_s=neo4j.timeout_s),
        workspace=settings.workspace,
        database=neo4j.database,
        timeout_s=neo4j.timeout_s,
    )
