"""The living engine, known by its command and its files only."""
