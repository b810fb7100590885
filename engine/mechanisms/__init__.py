"""The true causal mechanisms of a system, for scoring alone."""
