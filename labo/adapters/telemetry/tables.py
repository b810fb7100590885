"""Tables of the telemetry store. `received_at` is what retention counts from."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

series = Table(
    "telemetry_series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("system", String, nullable=False),
    Column("component", String, nullable=False),
    Column("metric", String, nullable=False),
    UniqueConstraint("workspace", "system", "component", "metric"),
)

samples = Table(
    "telemetry_samples",
    metadata,
    Column("series_id", Integer, ForeignKey(series.c.id), primary_key=True),
    Column("timestamp", Double, primary_key=True),
    # NULL is an unknown value: SQLite has no NaN, and PostgreSQL's NaN spoils an average.
    Column("value", Double),
    Column("received_at", Double, nullable=False),
    Index("telemetry_samples_received", "received_at"),
    sqlite_with_rowid=False,
)

lines = Table(
    "telemetry_lines",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("system", String, nullable=False),
    Column("component", String, nullable=False),
    Column("timestamp", Double, nullable=False),
    Column("level", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("template_id", String, nullable=False),
    Column("received_at", Double, nullable=False),
    Index("telemetry_lines_window", "workspace", "system", "timestamp"),
    Index("telemetry_lines_received", "received_at"),
)

traces = Table(
    "telemetry_traces",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("trace_id", String, primary_key=True),
    Column("system", String, nullable=False),
    Column("component", String, nullable=False),
    Column("timestamp", Double, nullable=False),
    Column("duration_ms", Double, nullable=False),
    Column("is_error", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Index("telemetry_traces_window", "workspace", "system", "timestamp"),
    Index("telemetry_traces_received", "received_at"),
)
