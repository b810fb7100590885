"""Causal edges and their evidence: loads, decides, writes once."""
