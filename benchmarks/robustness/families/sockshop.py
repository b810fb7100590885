"""Sock Shop 1: 50 incidents, CPU and memory faults, a row each second, raw units."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from benchmarks.petshop import data_folder, window
from benchmarks.robustness.calls import EVERY_CALL_VARIATION
from benchmarks.robustness.families.family import Family
from benchmarks.robustness.measurements import (
    CAUSE_UNMEASURED,
    CONSTANT_SERIES,
    EARLY_SAMPLE,
    OTHER_UNITS,
    TARGET_UNMEASURED,
    last_baseline_samples,
    onset_moved,
)
from benchmarks.robustness.naming import NAMES_HIDDEN
from benchmarks.robustness.variations import AS_IT_IS, Variation
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, Topology

ROWS = 300
"""Of either recording: the last normal ones and the first anomalous ones, as published."""
LATE_S = 60.0
START = 1_700_000_000.0
TARGET = "front-end"
CALLS = {
    "front-end": ("carts", "catalogue", "orders", "user", "payment"),
    "carts": ("carts-db",),
    "catalogue": ("catalogue-db",),
    "orders": ("orders-db", "shipping", "payment", "carts", "user"),
    "user": ("user-db",),
    "shipping": ("rabbitmq",),
    "queue-master": ("rabbitmq",),
}
Recording = tuple[tuple[SeriesKey, ...], FloatArray]
"""Keys of the columns, and rows of values."""


@lru_cache(maxsize=1)
def recordings() -> dict[tuple[str, str, str], Recording]:
    """By (`service-fault`, number, `normal` or `anomalous`), in the order of names."""
    held = {}
    with tarfile.open(data_folder() / "sockshop" / "sockshop1.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name.endswith(".csv"):
                fault, number, name = member.name.removesuffix(".csv").split("/")[-3:]
                held[fault, number, name] = read_recording(content.read().decode())
    return dict(sorted(held.items()))


def read_recording(text: str) -> Recording:
    """Columns are `<component>_<metric>` behind `time`; an empty cell is unknown."""
    head, *rows = csv.reader(io.StringIO(text))
    keys = tuple(SeriesKey(*name.split("_", 1)) for name in head[1:])
    values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows])
    return keys, values


def cases() -> Iterator[Case]:
    """The true onset; the normal rows are set directly before the anomalous ones."""
    for fault, number, name in recordings():
        if name == "normal":
            before = recordings()[fault, number, "normal"]
            during = recordings()[fault, number, "anomalous"]
            yield _case(f"{fault}-{number}", before, during[1][:ROWS], fault.rsplit("-", 1)[0])


def normals() -> Iterator[Case]:
    """The second half of each normal recording, beside its first half."""
    for (fault, number, name), (keys, values) in recordings().items():
        if name == "normal":
            half = len(values) // 2
            yield _case(f"{fault}-{number}-normal", (keys, values[:half]), values[half:], "")


def _case(name: str, before: Recording, during: FloatArray, root: str) -> Case:
    keys, values = before[0], np.concatenate([before[1][-ROWS:], during])
    onset = len(values) - len(during)
    times = np.arange(len(values), dtype=np.float64) + START
    components = {key.component for key in keys} | set(CALLS)
    return Case(
        name=name,
        target=TARGET,
        symptom=window(times[onset], times[-1] + 1.0),
        baseline=window(times[0], times[onset]),
        topology=Topology(
            tuple(sorted(components)), tuple((a, b) for a, called in CALLS.items() for b in called)
        ),
        series={key: Series(times, values[:, i]) for i, key in enumerate(keys)},
        label=(root,) if root else (),
    )


def databases_merged(case: Case, _rng: np.random.Generator) -> Case:
    """A service and its database are one component."""

    def merged(name: str) -> str:
        return name.removesuffix("-db")

    calls = {(merged(a), merged(b)) for a, b in case.topology.dependencies}
    return replace(
        case,
        topology=Topology(
            tuple(sorted({merged(name) for name in case.topology.components})),
            tuple(sorted((a, b) for a, b in calls if a != b)),
        ),
        series={
            SeriesKey(
                merged(key.component),
                f"db_{key.metric}" if key.component.endswith("-db") else key.metric,
            ): one
            for key, one in case.series.items()
        },
    )


def merged_and_late(case: Case, rng: np.random.Generator) -> Case | None:
    """Both at once, as published."""
    return onset_moved(LATE_S)(databases_merged(case, rng), rng)


def without_faulty_metric(case: Case, _rng: np.random.Generator) -> Case | None:
    """The metric that the fault acts on (`cpu` or `mem`) is not measured at the root."""
    if not case.label:
        return None
    faulty = SeriesKey(case.label[0], case.name.split("-")[1])
    return replace(case, series={key: one for key, one in case.series.items() if key != faulty})


FAMILY = Family(
    "Sock Shop",
    cases,
    (
        AS_IT_IS,
        Variation("onset 60 s late", onset_moved(LATE_S)),
        Variation("onset 60 s early", onset_moved(-LATE_S)),
        Variation("databases merged", databases_merged),
        Variation("databases merged, onset 60 s late", merged_and_late),
        NAMES_HIDDEN,
        *EVERY_CALL_VARIATION,
        CAUSE_UNMEASURED,
        Variation("root's faulty metric unmeasured", without_faulty_metric),
        TARGET_UNMEASURED,
        Variation("baseline of 60 s", last_baseline_samples(60)),
        OTHER_UNITS,
        CONSTANT_SERIES,
        EARLY_SAMPLE,
    ),
    normals,
)
