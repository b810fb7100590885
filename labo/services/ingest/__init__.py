"""From what monitors and telemetry send to events, topology and incidents."""
