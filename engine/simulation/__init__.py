"""A described system, run in simulated time."""
