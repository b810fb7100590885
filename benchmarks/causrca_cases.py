"""causRCA: 66 faults of a lathe, its normal production, an expert's causal graph (Apache-2.0).

Mehling, Pieper, Lüke: causRCA, version 1.0.0, doi 10.5281/zenodo.15876410. A machine publishes a
signal when it changes: switches, alarms, enumerations, counters, measurements. Here each signal is
a component with one metric, its value, and an effect depends on its cause. The rules go by the type
that the machine declares, never by a name:

- a switch or an alarm is 0 or 1, a number is itself, and an enumeration is 1 where it has a value
  that it had in no earlier recording, as happens in normal production as well: a new program;
- a signal holds its value until it sends another; one that sends nothing has not changed;
- an alarm that is not listed is not on;
- alarms only tell of trouble: together they are the target, the machine's alarm list, whose value
  is how many of the alarms that are on when the cause is asked for were on at a time, and which
  depends on what causes these.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.petshop import data_folder, window
from labo.domain.diagnosis.scope import MOST_LEAD_SHARE
from labo.domain.entities.series import Case, FloatArray, Series, SeriesKey, Topology

GROUPS = ("coolant", "hydraulics")
"""The two that are here; the third one, probe, is held back."""
ALARMS = "alarm list"
METRIC = "value"
STEP_S = 1.0
"""Seconds between the samples of a signal, each its mean since the one before: the machine's
processes take seconds."""
BASELINE_RECORDINGS = 10
"""Recordings of normal production that a diagnosis compares with: as many as the authors learn
from. Of all 60, by falling activity, every other one; the rest are normal windows."""
START = 1_700_000_000.0
APART_S = 3_600.0
"""Between two recordings: they are of different days."""
Edge = tuple[str, str]
"""Cause, effect."""
_LOGICAL = {"True": 1.0, "False": 0.0}


@dataclass(frozen=True, slots=True)
class Signal:
    """What one signal sent: seconds since the recording began, ascending, and values as written.
    `type` is Alarm, Binary, Categorical, Continuous or Counter."""

    type: str
    times: FloatArray
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """Signals by name, and the length in seconds."""

    signals: Mapping[str, Signal]
    length: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A recorded fault: what was manipulated, from when, and when the cause is asked for, both in
    seconds of the recording."""

    name: str
    recording: Recording
    began_at: float
    asked_at: float
    roots: tuple[str, ...]


def read_recording(path: Path) -> Recording:
    """A file of `time_s,node,value,type`, one line for each change."""
    changes: dict[str, list[tuple[float, str]]] = {}
    types: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            types[row["node"]] = row["type"]
            changes.setdefault(row["node"], []).append((float(row["time_s"]), row["value"]))
    signals, last = {}, 0.0
    for name, sent in changes.items():
        sent.sort(key=lambda pair: pair[0])
        times = np.array([time for time, _ in sent])
        signals[name] = Signal(types[name], times, tuple(value for _, value in sent))
        last = max(last, float(times[-1]))
    return Recording(signals, last)


@lru_cache(maxsize=1)
def expert_graph() -> tuple[Edge, ...]:
    """The whole machine's (cause, effect) pairs."""
    path = data_folder() / "causrca" / "expert_graph" / "all_edges.csv"
    with path.open(newline="", encoding="utf-8") as file:
        pairs = [(row["source_label"], row["target_label"]) for row in csv.DictReader(file)]
    return tuple(dict.fromkeys(pairs))


def nodes_of(group: str) -> frozenset[str]:
    """The signals that the experts count to one group."""
    path = data_folder() / "causrca" / f"exp_{group}" / f"{group}_nodes.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return frozenset(row["label"] for row in csv.DictReader(file))


def topology_of(
    graph: Iterable[Edge],
    components: Iterable[str],
    types: Mapping[str, str],
    on: Collection[str],
) -> Topology:
    """An effect depends on its cause, and the alarm list on the causes of the alarms that are `on`;
    those that are off tell of nothing."""
    calls = []
    for cause, effect in graph:
        if types.get(effect) == "Alarm" and effect not in on:
            continue
        pair = [ALARMS if types.get(name) == "Alarm" else name for name in (effect, cause)]
        calls += [(pair[0], pair[1])] if pair[0] != pair[1] else []
    names = {*components, *(name for pair in calls for name in pair), ALARMS}
    return Topology(tuple(sorted(names)), tuple(dict.fromkeys(calls)))


@lru_cache(maxsize=1)
def production() -> tuple[Recording, ...]:
    """All recordings of normal production, the most active first."""
    paths = sorted((data_folder() / "causrca" / "real_op").glob("*.csv"))
    recordings = [read_recording(path) for path in paths]
    return tuple(sorted(recordings, key=lambda r: -sum(s.times.size for s in r.signals.values())))


def faults(group: str) -> Iterator[Fault]:
    """The recorded faults of one group, in the order of names."""
    root = data_folder() / "causrca" / f"exp_{group}"
    for description in sorted(root.glob("*/*_description.json")):
        roots = tuple(json.loads(description.read_text(encoding="utf-8"))["manipulatedVars"])
        for folder in sorted(description.parent.glob("run_*")):
            times = json.loads((folder / "causes.json").read_text(encoding="utf-8"))
            [path] = folder.glob("*.csv")
            name = f"{description.parent.name}-{folder.name}"
            began, asked = times["cause_start_at"], times["diagnosis_at"]
            yield Fault(name, read_recording(path), began, asked, roots)


@lru_cache(maxsize=2)
def history(group: str) -> tuple[Recording, ...]:
    """What a diagnosis of a fault of `group` compares with: normal production, and on the machine
    that the faults were provoked on, the time before each fault of the other groups."""
    others = (fault for other in GROUPS if other != group for fault in faults(other))
    before = (until(fault.recording, fault.began_at) for fault in others)
    return (*production()[::2][:BASELINE_RECORDINGS], *before)


def until(recording: Recording, end: float) -> Recording:
    """The recording up to `end`, in seconds."""
    signals = {}
    for name, signal in recording.signals.items():
        if kept := int(np.searchsorted(signal.times, end)):
            signals[name] = Signal(signal.type, signal.times[:kept], signal.values[:kept])
    return Recording(signals, end)


def alarms_on(recording: Recording, at: float) -> dict[str, float]:
    """The alarms that are on at `at`, with the times when they came."""
    found = {}
    for name, signal in recording.signals.items():
        last = int(np.searchsorted(signal.times, at, side="right")) - 1
        if signal.type == "Alarm" and last >= 0 and signal.values[last] == "True":
            found[name] = float(signal.times[last])
    return found


def fault_case(group: str, fault: Fault, graph: Iterable[Edge] | None = None) -> Case:
    """The fault when its cause is asked for, with the experts' graph unless another one is given;
    the label are the manipulated signals."""
    chosen = expert_graph() if graph is None else graph
    case = case_of(fault.name, history(group), fault.recording, fault.asked_at, chosen)
    return replace(case, label=fault.roots)


def case_of(
    name: str,
    before: Sequence[Recording],
    recording: Recording,
    at: float,
    graph: Iterable[Edge],
) -> Case:
    """What is known at `at`, in seconds of `recording`, after the recordings `before`. The
    symptom begins before the first of the alarms that are on, by the share of the time before it
    that a live diagnosis takes of a system that was watched no longer."""
    recordings = (*before, recording)
    types = {name: s.type for one in recordings for name, s in one.signals.items()}
    starts = [START]
    for one in recordings[:-1]:
        starts.append(starts[-1] + one.length + APART_S)
    alarms = alarms_on(recording, at)
    onset = starts[-1] + min(alarms.values(), default=at) * (1 - MOST_LEAD_SHARE)
    series = _series(recordings, types, starts, at, alarms)
    return Case(
        name=name,
        target=ALARMS,
        symptom=window(onset, starts[-1] + at),
        baseline=window(starts[0], onset),
        topology=topology_of(graph, (key.component for key in series), types, alarms),
        series=series,
        metric=METRIC,
    )


def _series(
    recordings: Sequence[Recording],
    types: Mapping[str, str],
    starts: Sequence[float],
    at: float,
    on: Collection[str],
) -> dict[SeriesKey, Series]:
    """The signals of all `recordings` until `at` in the last one, each beginning at its start."""
    parts: dict[str, list[tuple[FloatArray, FloatArray]]] = {}
    had: dict[str, set[str]] = {}
    for one, start in zip(recordings, starts, strict=True):
        is_last = one is recordings[-1]
        steps = int((at if is_last else one.length) / STEP_S)
        ends = np.arange(1, steps + 1, dtype=np.float64) * STEP_S
        times = start + ends - STEP_S
        alarms = np.zeros(ends.size)
        for name, kind in types.items():
            values = _sampled(one.signals.get(name), kind, ends, had.setdefault(name, set()))
            if values is None and is_last and name in parts:
                values = np.full(ends.size, parts[name][-1][1][-1])
            if values is not None:
                parts.setdefault(name, []).append((times, values))
                alarms += values if name in on else 0.0
        parts.setdefault(ALARMS, []).append((times, alarms))
    return {
        _key(name, types): Series(*(np.concatenate(each) for each in zip(*held, strict=True)))
        for name, held in parts.items()
    }


def _key(name: str, types: Mapping[str, str]) -> SeriesKey:
    return SeriesKey(ALARMS, name) if types.get(name) == "Alarm" else SeriesKey(name, METRIC)


def _sampled(
    signal: Signal | None, kind: str, ends: FloatArray, had: set[str]
) -> FloatArray | None:
    """The mean over each step up to `ends`; None where the signal is not known. `had` are the
    values that an enumeration had in earlier recordings; those of this one are added."""
    if signal is None:
        return np.zeros(ends.size) if kind == "Alarm" else None
    numbers = [_number(value, kind, had) for value in signal.values]
    had.update(signal.values)
    values, times = np.array(numbers), np.maximum(signal.times, 0.0)
    # The integral of a step function is linear between its steps.
    area = np.concatenate([[0.0], np.cumsum(values[:-1] * np.diff(times))])
    edges = np.concatenate([[ends[0] - STEP_S], ends])
    last = np.maximum(np.searchsorted(times, edges, side="right") - 1, 0)
    whole = area[last] + values[last] * (edges - times[last])
    return np.asarray(np.diff(whole) / STEP_S, dtype=np.float64)


def _number(value: str, kind: str, had: set[str]) -> float:
    """NaN for what is no number, and for an enumeration that nothing is known of."""
    if kind == "Categorical":
        return float(value not in had) if had else float("nan")
    if value in _LOGICAL:
        return _LOGICAL[value]
    try:
        return float(value)
    except ValueError:
        return float("nan")
