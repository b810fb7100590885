"""What memory holds of how an incident like this one was solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labo.domain.escalation.action_templates import Value

FAST_TRACK = 0.8
"""Probability above which a known solution is taken without asking a model (specification S2)."""


@dataclass(frozen=True, slots=True)
class KnownSolution:
    """The action that resolved incidents like this one. `probability` is the calibrated probability
    that it resolves this one; `false_fire_rate` the upper bound (95 %) of the share of such
    solutions that did not help; `incidents` (ids) are those that taught it."""

    template_id: str
    parameters: Mapping[str, Value]
    probability: float
    false_fire_rate: float
    incidents: tuple[str, ...]
