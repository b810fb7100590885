"""Nouns of the graph and of telemetry, frozen; imports nothing else of the domain."""
