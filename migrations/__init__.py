"""Schema migrations, ordered and immutable once merged; `graph.migrate` applies them."""
