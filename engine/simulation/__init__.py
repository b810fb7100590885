"""A described system, run in simulated time; knows no fault and no telemetry format."""
