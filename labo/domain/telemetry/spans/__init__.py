"""From spans to roll-ups, topology and exemplar traces; a span never enters the graph."""
