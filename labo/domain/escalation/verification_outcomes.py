"""What verification answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VerificationOutcome(StrEnum):
    """`not_yet`: the telemetry of a later moment is needed."""

    WORKED = "worked"
    NO_EFFECT = "no_effect"
    WORSE = "worse"
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Verification:
    """`confidence` that the outcome is right, from 0 to 1; `reasons` are sentences for people, the
    deciding one first. `look_again_at` (epoch seconds) is set with `not_yet` alone. `change` is how
    much of the deviation went away, from 0 to 1, less what untouched components lost; None where it
    isn't known."""

    outcome: VerificationOutcome
    confidence: float
    reasons: tuple[str, ...]
    look_again_at: float | None = None
    change: float | None = None
