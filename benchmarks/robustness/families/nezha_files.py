"""The archive of Nezha's Online Boutique, read in memory."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from benchmarks.petshop import data_folder
from labo.domain.entities.series import FloatArray

DAYS = ("2022-08-22", "2022-08-23")
SECONDS = len("2022-08-22 03:51:19")
NAMES = ("PodName", "ServiceName")
"""Columns that name what a file is about."""
TIMES = ("Time", "TimeStamp")


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault injected `at` (epoch seconds) into a service's pod."""

    day: str
    at: float
    component: str
    kind: str

    @property
    def name(self) -> str:
        """Unique and readable: day, time, fault."""
        clock = datetime.fromtimestamp(self.at, UTC).strftime("%H%M%S")
        return f"{self.day}-{clock}-{self.component}-{self.kind}"


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """Content by path below `rca_data`: 390 MB, and half a minute to unpack."""
    held = {}
    with tarfile.open(data_folder() / "nezha_ob" / "nezha_ob.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and "rca_data/" in member.name:
                held[member.name.split("rca_data/")[1]] = content.read()
    return held


@lru_cache(maxsize=len(DAYS))
def injections(day: str) -> tuple[Injection, ...]:
    """The faults of a day, in the order of time."""
    record = json.loads(files()[f"{day}/{day}-fault_list.json"])
    found = (
        Injection(
            day,
            float(fault["inject_timestamp"]),
            service_of(fault["inject_pod"]),
            fault["inject_type"],
        )
        for hour in record.values()
        for fault in hour
    )
    return tuple(sorted(found, key=lambda one: one.at))


def service_of(pod: str) -> str:
    """The service that a pod belongs to."""
    return pod.split("-")[0]


def rows_of(path: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file."""
    return csv.DictReader(io.StringIO(files()[path].decode()))


def metric_files(day: str) -> Iterator[Iterator[dict[str, str]]]:
    """The rows of each file of metrics: one a pod, and the front end's own."""
    for path in sorted(files()):
        if path.startswith(f"{day}/metric/") and path.endswith(
            ("_metric.csv", "front_service.csv")
        ):
            yield rows_of(path)


def columns_of(rows: Iterable[Mapping[str, str]]) -> tuple[str, dict[str, FloatArray]]:
    """What the rows are about, and the columns by metric, with `time` in epoch seconds: from the
    written time, as the stamps of one day are two hundred million seconds ahead."""
    table = list(rows)
    metrics = [name for name in table[0] if name not in (*NAMES, *TIMES)]
    columns = {name: np.array([_number(row[name]) for row in table]) for name in metrics}
    columns["time"] = np.array([_seconds(row["Time"]) for row in table])
    return next(table[0][name] for name in NAMES if name in table[0]), columns


def dependencies(day: str) -> tuple[tuple[str, str], ...]:
    """(caller, callee) of the services; the file's other pairs name hosts by address."""
    pairs = [(row["Source"], row["Target"]) for row in rows_of(f"{day}/metric/dependency.csv")]
    return tuple(sorted((a, b) for a, b in pairs if b.isalpha() and a != "loadgenerator"))


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written[:SECONDS]).replace(tzinfo=UTC).timestamp()
