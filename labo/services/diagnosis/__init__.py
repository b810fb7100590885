"""From an incident to its stored diagnosis."""
