"""A described system, run in simulated time; knows neither faults nor telemetry formats."""
