"""Ways to carry out an approved action on a real system, each of them idempotent by its key."""
