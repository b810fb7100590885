"""Pure values and functions: what Labo knows and how it reasons. No I/O, no clock."""
