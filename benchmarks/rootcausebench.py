"""RootCauseBench: 16 frozen incidents with metrics, lines, spans and changes (Apache-2.0).

`folders()` are the incidents, `case_of` is what a diagnosis may read of one, `truth_of` what scores
its answer. The service that raised the alert is the first failing one in all 16.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.petshop import data_folder, window
from labo.adapters.cases.traces import dependencies_of
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.entities.series import Case, LogLine, Series, SeriesKey, TimedSpan, Topology

LEAD_S = 300.0
"""The symptom is taken to begin so long before the alert: the monitors that state it fire after
three minutes, and metrics come each minute."""
STEP_S = 60.0


def folders() -> list[Path]:
    """One folder an incident, in the order of names."""
    root = data_folder() / "rootcausebench"
    return sorted(path.parent for path in root.glob("*/ground_truth.json"))


def truth_of(folder: Path) -> Mapping[str, Any]:
    """The known answer: `first_failing_service`, `root_cause_commit`, `blast_radius` and more."""
    truth: Mapping[str, Any] = _read(folder / "ground_truth.json")
    return truth


def case_of(folder: Path) -> Case:
    """The incident at the service and metric that raised the alert, without a label; traces and
    lines are series too. Calls are those seen in spans."""
    data = folder / "data"
    alert = _read(data / "alert.json")
    series, spans = _metrics(data / "metrics.csv"), _spans(data / "traces.json")
    logs, calls = _lines(data / "logs.ndjson"), dependencies_of(spans)
    onset = seconds(alert["fired_at"]) - LEAD_S
    named = {alert["service"], *(key.component for key in series)}
    named |= {line.component for line in logs} | {span.component for span in spans}
    return with_signals(
        Case(
            name=folder.name,
            target=alert["service"],
            symptom=window(onset, max(one.timestamps[-1] for one in series.values()) + STEP_S),
            baseline=window(min(one.timestamps[0] for one in series.values()), onset),
            topology=Topology(tuple(sorted(named)), calls),
            series=series,
            metric=alert["metric"],
            logs=logs,
            traces=spans,
        )
    )


def seconds(written: str) -> float:
    """Epoch seconds of a time as the files write it."""
    return datetime.fromisoformat(written.replace("Z", "+00:00")).timestamp()


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _metrics(path: Path) -> dict[SeriesKey, Series]:
    samples: dict[SeriesKey, list[tuple[float, float]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = SeriesKey(row["service"], row["metric"])
            samples[key].append((seconds(row["timestamp"]), float(row["value"])))
    ordered = {key: np.array(sorted(pairs)) for key, pairs in samples.items()}
    return {key: Series(pairs[:, 0].copy(), pairs[:, 1].copy()) for key, pairs in ordered.items()}


def _lines(path: Path) -> tuple[LogLine, ...]:
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(
        LogLine(
            seconds(record["timestamp"]),
            record["service"],
            record["severity_text"],
            record["msg"],
        )
        for record in records
    )


def _spans(path: Path) -> tuple[TimedSpan, ...]:
    records = _read(path)
    services = {(one["trace_id"], one["span_id"]): one["service"] for one in records}
    callees = {
        (one["trace_id"], one["parent_id"]): one["service"]
        for one in records
        if services.get((one["trace_id"], one["parent_id"]), one["service"]) != one["service"]
    }
    return tuple(
        TimedSpan(
            trace=one["trace_id"],
            id=one["span_id"],
            parent=one["parent_id"] or "",
            component=one["service"],
            start=seconds(one["start"]),
            duration=one["duration_ms"] / 1000,
            is_error=one["status"] == "ERROR",
            peer=callees.get((one["trace_id"], one["span_id"]), ""),
            operation=one["name"],
        )
        for one in records
    )
