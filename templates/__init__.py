"""Action and agent templates, versioned and signed; an unsigned one is refused."""
