"""How the lab's loop chooses; apart, so that the command line can name them without NumPy."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """Who chooses what a round provokes: what teaches most, or chance."""

    PROACTIVE = "proactive"
    RANDOM = "random"
