"""What fails, when, and what is done about it."""
