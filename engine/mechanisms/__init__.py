"""The true causal mechanisms of a system, for scoring alone; no run reads them."""
