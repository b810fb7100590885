"""Provokes faults and compares arms; reports to causality only."""
