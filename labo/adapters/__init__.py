"""What is outside, behind ports and pure functions: one vendor per file."""
