"""Occurrences that a diagnosis observed, told from those that a monitor sent."""

from __future__ import annotations

SEEN_PREFIX = "seen:"
"""Dedup keys of occurrences that a diagnosis saw; no monitor sends them, none resolves them."""


def seen_key(component: str, state: str) -> str:
    """The dedup key of a `state` that a diagnosis saw on a component (key)."""
    return f"{SEEN_PREFIX}{component}:{state}"


def is_seen(dedup_key: str) -> bool:
    """Whether a diagnosis saw the occurrence, and no monitor sent it."""
    return dedup_key.startswith(SEEN_PREFIX)
