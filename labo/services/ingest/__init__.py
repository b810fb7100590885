"""From what monitors and telemetry send to durable events, topology and incidents."""
