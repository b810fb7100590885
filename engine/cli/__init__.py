"""The engine's commands: parse, run, write."""
