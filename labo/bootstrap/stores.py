"""Opens the telemetry store that the settings name."""

from __future__ import annotations

from labo.adapters.telemetry.store import SqlTelemetryStore
from labo.settings import Settings


def open_telemetry_store(settings: Settings) -> SqlTelemetryStore:
    """The configured telemetry store, by default an SQLite file in the data folder.

    Everyone may read it; only the stream process may append (others use `StreamSink`).
    """
    url = settings.telemetry.url
    default = f"sqlite:///{settings.data_dir.absolute() / 'telemetry.db'}"
    return SqlTelemetryStore.open(url.get_secret_value() if url else default)
