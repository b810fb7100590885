"""What was learnt: read, imported and exported."""
