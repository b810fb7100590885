"""What was learnt, as values: no cache, no learning."""
