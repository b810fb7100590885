"""Use cases, a room a topic: load, decide by the domain, write once, enqueue what follows."""
