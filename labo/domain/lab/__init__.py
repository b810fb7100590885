"""Provokes faults and compares arms; speaks to causality only."""
