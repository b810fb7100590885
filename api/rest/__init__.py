"""REST: hooks, OTLP and health checks, answered as soon as what came in is durable; reports out."""
