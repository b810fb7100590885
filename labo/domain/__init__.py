"""Pure values and functions: what Labo knows and how it reasons, without I/O or a clock."""
