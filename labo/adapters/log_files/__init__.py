"""Log files followed and cut into lines, with their positions saved; parses no line."""
