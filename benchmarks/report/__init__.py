"""Runs the parts of the report one by one, keeps each result, and writes docs/benchmarks.md."""
