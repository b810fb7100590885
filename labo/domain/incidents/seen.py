"""Occurrences that a diagnosis observed, told from those that a monitor sent."""

from __future__ import annotations

SEEN_PREFIX = "seen:"
"""Dedup keys of occurrences that a diagnosis saw; no monitor sends them, none resolves them."""
