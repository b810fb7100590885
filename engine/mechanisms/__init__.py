"""The true causal mechanisms of a system, for scoring only; no run reads them."""
