"""What goes wrong, when, and what is done about it."""
