"""How the lab's loop chooses; a module of its own, so that the CLI can list them without NumPy."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """What chooses the fault of a round: expected learning, or chance."""

    PROACTIVE = "proactive"
    RANDOM = "random"
