"""Solvers of minimal metric sets, in a thread or in a warm process beside; they search nothing."""
