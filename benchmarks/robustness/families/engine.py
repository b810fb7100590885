"""The engine: faults injected into its bundled system and into five generated ones.

What was injected comes from the run's own record; the diagnosed case holds the emitted telemetry.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.lab_cases import control_windows, each_kind, play
from benchmarks.robustness.calls import LINKED_NOISE, NO_CALL_GRAPH, NOISE
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.measurements import CAUSE_UNMEASURED, TARGET_UNMEASURED
from benchmarks.robustness.naming import NAMES_HIDDEN
from benchmarks.robustness.variations import AS_IT_IS
from labo.domain.entities.series import Case

SYSTEMS = (
    "streaming",
    "random-8-101",
    "random-12-102",
    "random-16-103",
    "random-24-104",
    "random-40-105",
)
"""Generated ones by size and seed; no other benchmark has these seeds."""
FAULTS = 8
SEED = 131
CONTROLS = 4


def cases() -> Iterator[Case]:
    """Eight kinds of fault in each system, drawn by its name."""
    for system in SYSTEMS:
        kinds = each_kind(system, SEED)
        for job in random.Random(system).sample(kinds, FAULTS):
            incident = play(job)
            roots = tuple(component for _, component in incident.truth)
            name = f"{system}-{'-'.join(kind for kind, _ in incident.truth)}"
            yield replace(incident.case, name=name, label=roots)


def normals() -> Iterator[Case]:
    """Runs of the same systems in which nothing is injected."""
    for system in SYSTEMS:
        for job in control_windows(system, range(SEED, SEED + CONTROLS)):
            yield replace(play(job).case, name=f"{system}-normal-{job.seed}")


FAMILY = Family(
    "Engine",
    cases,
    (
        AS_IT_IS,
        NAMES_HIDDEN,
        NO_CALL_GRAPH,
        LINKED_NOISE,
        NOISE,
        CAUSE_UNMEASURED,
        TARGET_UNMEASURED,
    ),
    normals,
    remark="asked with an empty graph; what training adds is in the exam",
)
