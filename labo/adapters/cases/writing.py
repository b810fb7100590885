"""A case as a folder that `labo.adapters.cases.reading.read_case` reads back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from labo.adapters.cases.reading import CASE_FILE, LOGS_FILE, METRICS_FILE, TOPOLOGY_FILE
from labo.domain.entities.series import Case


def write_case(case: Case, folder: Path) -> None:
    """Write `case.json`, `topology.csv`, `metrics.csv` and, with log lines, `logs.jsonl`.

    Times are epoch seconds, rows are ordered by time, component and metric, so that the same
    case gives the same bytes. Unknown values become empty cells.
    """
    folder.mkdir(parents=True, exist_ok=True)
    description: dict[str, object] = {
        "target": case.target,
        "metric": case.metric,
        "onset": case.symptom.start.timestamp(),
        "end": case.symptom.end.timestamp(),
        "baseline_start": case.baseline.start.timestamp(),
        "baseline_end": case.baseline.end.timestamp(),
        "logs_since": case.logs_since,
        "label": list(case.label) or None,
    }
    values = {name: value for name, value in description.items() if value is not None}
    (folder / CASE_FILE).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    with (folder / TOPOLOGY_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "target"])
        writer.writerows(sorted(set(case.topology.dependencies)))
    _write_metrics(case, folder / METRICS_FILE)
    if case.logs:
        _write_logs(case, folder / LOGS_FILE)


def _write_metrics(case: Case, path: Path) -> None:
    rows = [
        (float(at), key.component, key.metric, "" if np.isnan(value) else repr(float(value)))
        for key, series in case.series.items()
        for at, value in zip(series.timestamps, series.values, strict=True)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["timestamp", "component", "metric", "value"])
        for at, component, metric, value in sorted(rows):
            stamp = int(at) if at.is_integer() else at
            writer.writerow([stamp, component, metric, value])


def _write_logs(case: Case, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for line in case.logs:
            record = {
                "timestamp": line.timestamp,
                "component": line.component,
                "severity": line.severity,
                "body": line.body,
            }
            file.write(json.dumps(record) + "\n")
