"""Opening the async driver with the settings that a server needs."""

from __future__ import annotations

from neo4j import AsyncDriver, AsyncGraphDatabase


def open_driver(uri: str, user: str, password: str, *, timeout_s: float = 10.0) -> AsyncDriver:
    """A pooled driver; it connects lazily. `timeout_s` bounds connecting and waiting for one."""
    return AsyncGraphDatabase.driver(
        uri,
        auth=(user, password),
        connection_timeout=timeout_s,
        connection_acquisition_timeout=timeout_s,
        max_transaction_retry_time=timeout_s,
        keep_alive=True,
        notifications_min_severity="OFF",
        user_agent="labo/0.1",
    )
