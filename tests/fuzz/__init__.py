"""Strange inputs for every door, drawn from real ones: only InvalidInput, in time, and bounded."""
