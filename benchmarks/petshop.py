"""PetShop: which of about forty services is the root cause? (CC-BY-4.0, 52 usable cases.)

`python -m benchmarks.petshop OUT_DIR` converts the data set to case folders. `run()` scores the
diagnosis with its controls. The test split is reported, never tuned on.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from labo.adapters.cases.writing import write_case
from labo.domain.entities.series import (
    Case,
    FloatArray,
    Series,
    SeriesKey,
    Topology,
    Window,
)

TRAFFIC = ("high_traffic", "low_traffic")
SPLITS = ("train", "test")
STEP = 300.0
TARGET = "PetSite"
Columns = dict[SeriesKey, FloatArray]


def data_folder() -> Path:
    """`LABO_BENCH_DATA` names the folder of public data sets; by default ../shared/data."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("LABO_BENCH_DATA", default))


def petshop_folder() -> Path:
    return data_folder() / "petshop" / "dataset"


def read_wide(path: Path) -> tuple[FloatArray, Columns]:
    """Timestamps and columns of a PetShop `metrics.csv`: three header rows, then one of units."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names, metrics, statistics = (row[1:] for row in rows[:3])
    stamps = np.array([float(row[0]) for row in rows[4:]])
    cells = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows[4:]])
    keys = [SeriesKey(n, f"{m}_{s}") for n, m, s in zip(names, metrics, statistics, strict=True)]
    return stamps, {key: cells[:, i] for i, key in enumerate(keys)}


def read_topology(path: Path) -> Topology:
    """The adjacency matrix `graph.csv`: row calls column."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names = rows[0][1:]
    pairs = [
        (row[0], name)
        for row in rows[1:]
        for name, cell in zip(names, row[1:], strict=True)
        if float(cell)
    ]
    return Topology(tuple(names), tuple(pairs))


def window(start: float, end: float) -> Window:
    return Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def join(parts: list[tuple[FloatArray, Columns]]) -> dict[SeriesKey, Series]:
    """Series over all parts, by time; where a part lacks a series, it has no samples."""
    keys = sorted({key for _, columns in parts for key in columns}, key=str)
    series = {}
    for key in keys:
        held = [(stamps, columns[key]) for stamps, columns in parts if key in columns]
        stamps = np.concatenate([one for one, _ in held])
        order = np.argsort(stamps, kind="stable")
        series[key] = Series(stamps[order], np.concatenate([v for _, v in held])[order])
    return series


def issue_cases() -> Iterator[tuple[str, Case]]:
    """(split, case) of the 52 cases. The five rows of an issue are the symptom window, the
    traffic level's `noissue` folder, months away, is the baseline."""
    for traffic in TRAFFIC:
        root = petshop_folder() / traffic
        normal_stamps, normal = read_wide(root / "noissue" / "metrics.csv")
        topology = read_topology(root / "graph.csv")
        for split in SPLITS:
            for folder in sorted((root / split).iterdir(), key=lambda p: int(p.name[6:])):
                stamps, columns = read_wide(folder / "metrics.csv")
                record = json.loads((folder / "target.json").read_text(encoding="utf-8"))
                yield (
                    split,
                    Case(
                        name=f"{traffic}-{split}-{folder.name}",
                        target=record["target"]["node"],
                        symptom=window(stamps[0], stamps[-1] + STEP),
                        baseline=window(normal_stamps[0], normal_stamps[-1] + STEP),
                        topology=topology,
                        series=join([(normal_stamps, normal), (stamps, columns)]),
                        metric=f"{record['target']['metric']}_{record['target']['agg']}",
                        label=(record["root_cause"]["node"],),
                    ),
                )


def convert(out: Path) -> int:
    """Write every case as a folder below `out`; returns how many."""
    count = 0
    for _, case in issue_cases():
        write_case(case, out / case.name)
        count += 1
    return count


if __name__ == "__main__":
    print(convert(Path(sys.argv[1])))
