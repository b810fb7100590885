"""What a run leaves behind: one value a fault, one a sequence; as plain data for a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.live.moments import Moment
from benchmarks.live.scores import Score, Times
from benchmarks.live.stack import Sizes


@dataclass(frozen=True, slots=True)
class StepResult:
    """One fault or disturbance. `number` counts those of its sequence from 1; `on_empty`: nothing
    was known and nothing had happened before it. `control` is the component that the ten-line
    control names. `expects_answer`: whether being right counts, and not only being sure and wrong.
    `open_at_end` of its incidents are not over at the end of the sequence; None: not looked at."""

    app: str
    number: int
    kind: str
    component: str
    accepted: tuple[str, ...]
    after_labels: int
    confirmed: bool
    times: Times
    control: str
    score: Score
    moments: tuple[Moment, ...]
    sequence: str = ""
    on_empty: bool = False
    expects_answer: bool = True
    open_at_end: int | None = None

    @property
    def is_control_right(self) -> bool:
        return self.control in self.accepted


@dataclass(frozen=True, slots=True)
class SequenceResult:
    """One sequence on one stack. `normal_s` is system-time without a fault, in which the
    `false_incidents` (titles) were first seen; `load` is the machine's average over its last five
    minutes; `missed` looks had no answer. One that was ended half-way is not complete and has the
    steps that were."""

    name: str
    apps: tuple[str, ...]
    began: float
    ended: float
    steps: tuple[StepResult, ...]
    normal_s: float
    false_incidents: tuple[str, ...]
    sizes: Sizes
    load: float
    missed: int = 0
    is_complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def read(file: Path) -> list[SequenceResult]:
    """What a run wrote. Raises OSError, pydantic.ValidationError."""
    return TypeAdapter(list[SequenceResult]).validate_json(file.read_bytes())
