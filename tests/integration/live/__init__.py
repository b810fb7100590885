"""Sequences of faults, from telemetry to what an operator is shown, in simulated time."""
