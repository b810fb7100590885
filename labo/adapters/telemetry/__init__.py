"""The telemetry store (SQL) and the stream that feeds it (Valkey or Redis)."""
