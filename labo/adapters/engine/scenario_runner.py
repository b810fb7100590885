"""Arms run by the living engine, as a child process that knows nothing of Labo.

The child gets the arm as JSON on its standard input and answers one JSON line a run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from labo.adapters.engine.capture import capture_case, read_faults
from labo.adapters.engine.child import ask_engine
from labo.children import python_module
from labo.domain.entities.series import Case
from labo.domain.lab.paired_runs import Measurement, Observation
from labo.domain.lab.scenarios import Arm, Capture
from labo.errors import Unavailable

COMMAND = python_module("engine.arm")
TIMEOUT_S = 80.0
MOST_BYTES = 32 * 1024 * 1024
INTERVAL_S = 5.0
"""Simulated seconds that one value of a series stands for."""


class _Run(BaseModel):
    """One line of the engine's answer."""

    model_config = ConfigDict(extra="forbid")

    seed: int
    measurements: dict[str, Measurement]


_RUN = TypeAdapter(_Run)


class EngineScenarioRunner:
    """`command` and the bounds can be replaced by those of another engine that answers alike."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        timeout_s: float = TIMEOUT_S,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes

    async def run(self, arm: Arm, seeds: Sequence[int]) -> list[Observation]:
        """See `labo.ports.scenario_runner`."""
        if not seeds:
            return []
        request = {**asdict(arm), "seeds": list(seeds), "interval": INTERVAL_S}
        answer = await ask_engine(
            self._command,
            json.dumps(request).encode(),
            timeout_s=self._timeout_s,
            most_bytes=self._most_bytes,
        )
        runs = [_read(line) for line in answer.splitlines() if line.strip()]
        if [run.seed for run in runs] != list(seeds):
            raise Unavailable(
                "the engine did not answer for the seeds it was given", where="engine"
            )
        return runs

    async def capture(self, capture: Capture) -> Case:
        """See `labo.ports.scenario_runner`."""
        return await capture_case(capture)

    async def faults(self, system: str) -> Mapping[str, tuple[str, ...]]:
        """See `labo.ports.scenario_runner`."""
        return await read_faults(system)


def _read(line: bytes) -> Observation:
    try:
        run = _RUN.validate_json(line)
    except ValidationError as error:
        raise Unavailable("the engine's answer can't be read", where="engine") from error
    return Observation(run.seed, run.measurements)
