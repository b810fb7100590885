"""Spans to roll-ups, topology and exemplar traces. Spans themselves never enter the graph."""
