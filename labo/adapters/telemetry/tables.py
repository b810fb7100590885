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

rollup_series = Table(
    "telemetry_rollup_series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("system", String, nullable=False),
    Column("component", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("origin", String, nullable=False),
    UniqueConstraint("workspace", "system", "component", "metric", "kind", "origin"),
)

rollups = Table(
    "telemetry_rollups",
    metadata,
    Column("series_id", Integer, ForeignKey(rollup_series.c.id), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("count", Double, nullable=False),
    Column("total", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    # The sketch is what merging needs, the quantiles are what readers want.
    Column("sketch", Text, nullable=False),
    Column("p50", Double),
    Column("p95", Double),
    Column("p99", Double),
    Column("received_at", Double, nullable=False),
    Index("telemetry_rollups_received", "step", "received_at"),
    sqlite_with_rowid=False,
)

applied = Table(
    "telemetry_applied",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("received_at", Double, nullable=False),
    Index("telemetry_applied_received", "received_at"),
    sqlite_with_rowid=False,
)

counted = Table(
    "telemetry_counted",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("state", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Index("telemetry_counted_received", "received_at"),
    sqlite_with_rowid=False,
)

trace_components = Table(
    "telemetry_trace_components",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("trace_id", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("component", String, primary_key=True),
    Column("timestamp", Double, nullable=False),
    Column("received_at", Double, nullable=False),
    Index("telemetry_trace_components_window", "workspace", "system", "component", "timestamp"),
    Index("telemetry_trace_components_received", "received_at"),
    sqlite_with_rowid=False,
)

pending_events = Table(
    "telemetry_pending_events",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("body", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    sqlite_with_rowid=False,
)

states = Table(
    "telemetry_states",
    metadata,
    Column("name", String, primary_key=True),
    Column("body", Text, nullable=False),
    Column("received_at", Double, nullable=False),
)
