"""Case folders: one incident as files (docs/exchange-formats.md), read strictly."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from labo.adapters.cases.tables import Table, parse_time, read_text
from labo.adapters.cases.traces import dependencies_of, read_spans
from labo.domain.diagnosis.localisation.telemetry_signals import with_signals
from labo.domain.entities.components import role_of_metrics
from labo.domain.entities.series import (
    Case,
    LogLine,
    Series,
    SeriesKey,
    TimedSpan,
    Topology,
    Window,
)
from labo.errors import InvalidInput

CASE_FILE = "case.json"
TOPOLOGY_FILE = "topology.csv"
METRICS_FILE = "metrics.csv"
LOGS_FILE = "logs.jsonl"
TRACES_FILE = "traces.jsonl"
MAX_LABEL = 300


def read_case(folder: Path) -> Case:
    """The case in `folder`, its traces and lines as series too.

    Raises `InvalidInput` whose `where` is `file:line:column`.
    """
    if not folder.is_dir():
        raise InvalidInput("no such case folder", where=str(folder), hint="give a folder")
    series = read_metrics(folder / METRICS_FILE)
    description = _Description(folder / CASE_FILE)
    spans = read_spans(_lines(folder / TRACES_FILE)) if _has(folder, TRACES_FILE) else []
    called = (*read_topology(folder / TOPOLOGY_FILE), *dependencies_of(spans))
    dependencies = tuple(dict.fromkeys(called))
    target = description.text("target")
    named = {name for pair in dependencies for name in pair} | {key.component for key in series}
    symptom = description.symptom()
    case = Case(
        name=folder.resolve().name,
        target=target,
        symptom=symptom,
        baseline=description.baseline(symptom, _earliest(series)),
        topology=Topology(tuple(sorted(named | {target})), dependencies),
        series=series,
        metric=description.optional_text("metric"),
        label=description.label(),
        roles=_roles(series, spans),
        logs=tuple(_logs(folder / LOGS_FILE)) if _has(folder, LOGS_FILE) else (),
        traces=tuple(spans),
        logs_since=description.optional_time("logs_since"),
    )
    return with_signals(case)


def _roles(series: Iterable[SeriesKey], spans: Iterable[TimedSpan]) -> dict[str, str]:
    """Calls seen in spans, then exposures of the metrics' components."""
    metrics: dict[str, list[str]] = {}
    for key in series:
        metrics.setdefault(key.component, []).append(key.metric)
    measured = {name: role_of_metrics(held) for name, held in metrics.items()}
    by_callers = {span.peer: span.peer_role for span in spans if span.peer_role}
    return {**{name: role for name, role in measured.items() if role}, **by_callers}


def read_topology(path: Path) -> list[tuple[str, str]]:
    """(caller, callee) pairs of `source,target[,kind]`."""
    table = Table(path, ("source", "target"))
    return [
        (table.text(line, "source", source), table.text(line, "target", target))
        for line, (source, target) in table.rows()
    ]


def read_metrics(path: Path) -> dict[SeriesKey, Series]:
    """Series of `timestamp,component,metric,value`, each sorted by time; empty cell = NaN."""
    table = Table(path, ("timestamp", "component", "metric", "value"))
    times: dict[str, float] = {}
    cells: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for line, (stamp, component, metric, cell) in table.rows():
        at = times.get(stamp)
        if at is None:
            at = times[stamp] = table.time(line, "timestamp", stamp)
        columns = cells.get((component, metric))
        if columns is None:
            key = table.text(line, "component", component), table.text(line, "metric", metric)
            columns = cells[component, metric] = cells.setdefault(key, ([], []))
        columns[0].append(at)
        try:
            columns[1].append(float(cell))
        except ValueError:
            columns[1].append(table.number(line, "value", cell))
    bare = {key: columns for key, columns in cells.items() if key == _stripped(key)}
    return {SeriesKey(*key): _series(*columns) for key, columns in bare.items()}


def _stripped(key: tuple[str, str]) -> tuple[str, str]:
    """Names that differ by outer blanks only share their columns with the bare form."""
    return key[0].strip(), key[1].strip()


def _series(times: list[float], values: list[float]) -> Series:
    stamps = np.array(times, dtype=np.float64)
    order = np.argsort(stamps, kind="stable")
    return Series(stamps[order], np.array(values, dtype=np.float64)[order])


def _earliest(series: Mapping[SeriesKey, Series]) -> float:
    return min((float(one.timestamps[0]) for one in series.values()), default=math.inf)


class _Description:
    """`case.json`; every complaint names the line and column of the field."""

    def __init__(self, path: Path) -> None:
        self._path, self._source = path, read_text(path)
        try:
            data = json.loads(self._source)
        except json.JSONDecodeError as error:
            where = f"{path}:{error.lineno}:{error.colno}"
            raise InvalidInput(f"not JSON: {error.msg}", where=where) from None
        except RecursionError:
            raise InvalidInput("not a case: nested too deeply", where=f"{path}:1:1") from None
        if not isinstance(data, dict):
            raise InvalidInput("an object is expected", where=f"{path}:1:1")
        self._data: dict[str, object] = data

    def fault(self, name: str, message: str, hint: str | None = None) -> InvalidInput:
        match = re.search(rf'"{name}"\s*:', self._source)
        before = self._source[: match.start()] if match else ""
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        where = f"{self._path}:{line}:{column}"
        return InvalidInput(f"field {name}: {message}", where=where, hint=hint)

    def text(self, name: str) -> str:
        value = self._data.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(name, "a name is expected")
        return value.strip()

    def optional_text(self, name: str) -> str | None:
        return None if self._data.get(name) is None else self.text(name)

    def label(self) -> tuple[str, ...]:
        value = self._data.get("label")
        causes = [] if value is None else value if isinstance(value, list) else [value]
        names = [name.strip() for name in causes if isinstance(name, str)]
        if len(names) < len(causes) or not all(names):
            raise self.fault("label", "a name or a list of names is expected")
        if not all(len(name) <= MAX_LABEL and name.isprintable() for name in names):
            raise self.fault("label", f"at most {MAX_LABEL} printable characters are expected")
        return tuple(names)

    def time(self, name: str) -> float:
        at = parse_time(self._data.get(name))
        if at is None:
            raise self.fault(name, "a time is expected", "ISO 8601 or epoch seconds")
        return at

    def optional_time(self, name: str) -> float | None:
        return None if self._data.get(name) is None else self.time(name)

    def symptom(self) -> Window:
        start, end = self.time("onset"), self.time("end")
        if end <= start:
            raise self.fault("end", "lies not after the onset")
        return _window(start, end)

    def baseline(self, symptom: Window, earliest: float) -> Window:
        given = self.optional_time("baseline_end")
        end = symptom.start.timestamp() if given is None else given
        given = self.optional_time("baseline_start")
        start = min(end, earliest) if given is None else given
        if end < start:
            raise self.fault("baseline_start", "lies after the baseline's end")
        return _window(start, end)


def _window(start: float, end: float) -> Window:
    return Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def _has(folder: Path, name: str) -> bool:
    return (folder / name).exists()


def _lines(path: Path) -> Iterator[tuple[str, object]]:
    """(`file:line:1`, JSON value) of each non-blank line."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"{path}:{number}:1", json.loads(line)
        except json.JSONDecodeError as error:
            where = f"{path}:{number}:{error.colno}"
            raise InvalidInput(f"not JSON: {error.msg}", where=where) from None
        except RecursionError:
            raise InvalidInput("nested too deeply", where=f"{path}:{number}:1") from None


def _logs(path: Path) -> Iterator[LogLine]:
    for where, value in _lines(path):
        if not isinstance(value, dict):
            raise InvalidInput("an object is expected", where=where)
        at = parse_time(value.get("timestamp"))
        if at is None:
            raise InvalidInput("field timestamp: a time is expected", where=where)
        texts = [value.get(name, "") for name in ("component", "severity", "body")]
        if not all(isinstance(text, str) for text in texts):
            raise InvalidInput("component, severity and body are texts", where=where)
        yield LogLine(at, *texts)
