"""Metric sources, one vendor per file, and their series beside the telemetry store's."""
