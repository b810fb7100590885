"""Occurrences that a diagnosis observed, as opposed to those that a monitor reported."""

from __future__ import annotations

SEEN_PREFIX = "seen:"
"""Prefix of the dedup keys of occurrences that a diagnosis observed; no monitor sends or resolves
them."""


def seen_key(component: str, state: str) -> str:
    """The dedup key of a `state` that a diagnosis observed on a component (key)."""
    return f"{SEEN_PREFIX}{component}:{state}"


def is_seen(dedup_key: str) -> bool:
    """Whether a diagnosis observed the occurrence rather than a monitor reporting it."""
    return dedup_key.startswith(SEEN_PREFIX)
