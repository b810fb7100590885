"""What was learnt, as values; neither caches nor learns."""
