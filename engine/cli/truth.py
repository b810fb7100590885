"""The ground truth of a run: what was injected, where and when. For scoring only.

It is a separate file with a path of its own; nothing else that a run writes names a cause, and no
reader of telemetry knows this file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.faults.schedule import Fault

FORMAT = "engine-truth/1"


def write_truth(
    path: Path,
    *,
    system: str,
    seed: int,
    epoch: float,
    seconds: float,
    faults: Sequence[Fault],
    reached: float | None = None,
) -> None:
    """Write the file atomically.

    `epoch` is the run's start in seconds since 1970, `seconds` its planned length and `reached`
    the simulated time it reached (None while it runs). Onsets and ends are given in both simulated
    seconds and seconds since 1970. A fault whose onset was not reached was not injected.
    """
    record = {
        "format": FORMAT,
        "system": system,
        "seed": seed,
        "epoch": epoch,
        "seconds": seconds,
        "reached": reached,
        "faults": [_fault_record(fault, epoch, reached) for fault in faults],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)


def _fault_record(fault: Fault, epoch: float, reached: float | None) -> dict[str, object]:
    end = fault.onset + fault.duration
    return {
        **fault.model_dump(mode="json"),
        "intensity": fault.strength,
        "end": end,
        "onset_at": epoch + fault.onset,
        "end_at": epoch + end,
        "injected": None if reached is None else fault.onset <= reached,
    }
