"""Solvers of minimal metric sets: in a thread of this process, or in a warm process beside it."""
