"""Inputs as they really come: each case of the collection `hard-inputs` against its right value.

The collection (`LABO_BENCH_DATA`/hard-inputs, INDEX.md) was made of what once failed, so that its
share says nothing about inputs in general. What needs a running stack or another machine (an
address, a port, an installation) is not tried here and is named.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Table
from labo.adapters.cases.reading import read_case
from labo.adapters.log_files.lines import read_lines
from labo.adapters.log_files.templates import LogTemplates
from labo.adapters.otlp.intake import OtlpIntake
from labo.adapters.otlp.requests import check
from labo.adapters.otlp.shapes import Signal
from labo.adapters.sources import configured
from labo.adapters.sources.bodies import decode_json
from labo.adapters.sources.pagerduty_events import changed
from labo.adapters.telemetry.stream import OtlpEntry
from labo.domain.diagnosis.analyse import analyse
from labo.domain.entities.components import guess_role
from labo.domain.entities.diagnoses import Analysis, Verdict
from labo.domain.entities.reasons import ReasonKind
from labo.domain.incidents.events import Event
from labo.domain.incidents.linking.component_names import component_name
from labo.domain.telemetry.logs.errors import assess
from labo.domain.telemetry.logs.lines import SourceLine
from labo.domain.telemetry.logs.parser import LineParser
from labo.errors import InvalidInput
from labo.services.ingest.log_reader import LogOrigin, LogReader, ReadLines

_NOW = datetime(2026, 11, 30, tzinfo=UTC)
_DIAGNOSED: dict[str, Callable[[Analysis], bool]] = {
    "x-db-5min": lambda found: _leads(found, "db"),
    "culprit-silent": lambda found: found.verdict is Verdict.INCONCLUSIVE and _names_db(found),
    "x-auth-nan": lambda found: _leads(found, "db") and found.suspects[0].probability > 0.85,
    "x-back-edge-db": lambda found: {one.component for one in found.suspects[:2]} == {"db", "cart"},
    "counter-target-healthy": lambda found: found.verdict is Verdict.NO_PROBLEM,
}
_EVENTS: dict[str, Callable[[Event], bool]] = {
    # case: what the first event has to say
    "am-ksm-cart": lambda event: component_name(event) == "cart",
    "am-ksm-pay": lambda event: component_name(event) == "pay",
    "am-node-a": lambda event: component_name(event) == "10.0.0.5",
    "am-node-b": lambda event: component_name(event) == "10.0.0.6",
    "pod": lambda event: component_name(event) == "cart",
    "deployment": lambda event: component_name(event) == "pay",
    "am-sev-p0": lambda event: event.severity == "critical",
    "am-sev-sev0": lambda event: event.severity == "critical",
    "az-sev0": lambda event: event.severity == "critical",
    "az-sev2": lambda event: event.severity == "warning",
    "az-sev3": lambda event: event.severity == "info",
    "am-sev-urgent": lambda event: event.severity == "critical",
    "am-sev-severe": lambda event: event.severity in ("error", "critical"),
    "am-bad-time-in-group": lambda event: bool(event.title),
    "gn-ms": lambda event: _starts(event, "2026-11-29T12:00"),
    "gn-ms-str": lambda event: _starts(event, "2026-11-29T12:00"),
    "nr": lambda event: _starts(event, "2026-11-29T12:00"),
    "gcp-test": lambda event: event.starts_at is None or event.starts_at.year > 1970,
    "sns-text": lambda event: bool(event.title),
    "sns-json": lambda event: event.title == "cart-5xx",
    "ce-binary-text": lambda event: bool(event.title),
    "ce-structured-b64": lambda event: (
        (event.status, event.severity, component_name(event)) == ("firing", "critical", "ce-b64")
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the index; its files are named `stem` in the kind's folder."""

    kind: str
    name: str
    expected: str
    stem: Path

    def bytes(self, suffix: str) -> bytes:
        return self.stem.with_name(self.name + suffix).read_bytes()

    def has(self, suffix: str) -> bool:
        return self.stem.with_name(self.name + suffix).exists()


def cases() -> Iterator[Case]:
    """The rows of the index. Raises SystemExit where the collection is not found."""
    root = Path(os.environ.get("LABO_BENCH_DATA", "")) / "hard-inputs"
    if not (root / "INDEX.md").exists():
        raise SystemExit("hard_inputs: set LABO_BENCH_DATA to the folder that holds hard-inputs")
    for line in (root / "INDEX.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "kind":
            kind, name, expected = cells
            yield Case(kind, name, expected, root / kind / name)


def is_right(case: Case) -> bool | None:
    """None for a case that is not tried here."""
    if "labo logs parse" in case.expected:
        return not line_faults(case)
    letter = case.kind.partition("-")[0]
    judge = _JUDGES.get(letter)
    return None if judge is None or case.name == "ce-options" else judge(case)


def line_faults(case: Case) -> list[str]:
    """What of the first line's level, error, time and component differs from what is expected."""
    [line, *_] = read_lines(case.stem.with_name(case.name + ".log"))
    parsed = LineParser(_NOW).parse(line)
    wanted = case.expected
    found = {
        "level": parsed.level.value if parsed.level else "None",
        "time": f"{parsed.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if parsed.timestamp
        else "None",
        "component": str(parsed.component),
    }
    faults = []
    for field, value in found.items():
        if match := re.search(rf"{field} (not )?([^\s,]+)", wanted):
            faults += [f"{field} {value}"] if (value == match[2]) is bool(match[1]) else []
    if "error" in wanted and assess(parsed).is_error is not ("no error" not in wanted):
        faults.append("error")
    return faults


def _one_record(case: Case) -> bool:
    path = case.stem.with_name(case.name + ".log")
    lines = [SourceLine("f", n, line) for n, line in enumerate(read_lines(path))]
    return len(_read_all([(line, None) for line in lines]).events) == 1


def _read_all(lines: list[tuple[SourceLine, object]]) -> ReadLines:
    origin = LogOrigin("default", "shop", "app")
    reader = LogReader(origin, LineParser(_NOW).parse, LogTemplates().name_all)
    first, rest = reader.read(lines, _NOW), reader.flush(_NOW)  # type: ignore[arg-type]
    return ReadLines([*first.events, *rest.events], [*first.lines, *rest.lines])


def _long(case: Case) -> bool:
    """Read at all: a quadratic expression would take minutes."""
    return bool(_logged(case).lines) if case.has(".json") else len(_plain(case).lines) == 1


def _plain(case: Case) -> ReadLines:
    [line, *_] = read_lines(case.stem.with_name(case.name + ".log"))
    return _read_all([(SourceLine("f", 0, line), None)])


def _logged(case: Case) -> ReadLines:
    """What the records of a file's requests become, one request a line."""
    suffix = ".json" if case.has(".json") else ".jsonl"
    records: list[tuple[SourceLine, object]] = []
    for line in case.bytes(suffix).splitlines():
        entry = _entry(Signal.LOGS, line)
        records += [
            (source, parsed) for _, source, parsed in OtlpIntake("shop").read(entry).records
        ]
    return _read_all(records)


def _entry(signal: Signal, body: bytes) -> OtlpEntry:
    checked = check(signal, body, is_json=True)
    return OtlpEntry(
        "default", signal.value, "", _NOW.timestamp(), "digest", b"".join(checked.parts)
    )


def _levels_of_bodies(case: Case) -> bool:
    events = _logged(case).events
    if case.name == "journald-map":
        return [(event.severity, event.title) for event in events] == [("error", "peer went away")]
    return not events


def _lost_otlp(case: Case) -> bool:
    if case.name == "exception-attributes":
        return [event.severity for event in _logged(case).events] == ["error"]
    try:
        checked = check(Signal.LOGS, case.bytes(".json"), is_json=True)
    except InvalidInput:
        return True
    return checked.rejected > 0


def _titles(case: Case) -> bool:
    titles = {event.title for event in _logged(case).events}
    return len(titles) == 2 and all(re.search(r"[a-z]{4}", title) for title in titles)


def _undated_span(case: Case) -> bool:
    return check(Signal.TRACES, case.bytes(".json"), is_json=True).undated == 1


def _webhook(case: Case) -> bool:
    """The first event of the body, sent to the address that its request names."""
    if case.name == "three-alerts":
        bodies = case.bytes(".jsonl").splitlines()
        events = [_events("alertmanager", body, "application/json", {})[0] for body in bodies]
        return len({component_name(event) for event in events}) == 3
    if not case.has(".request.json"):
        event = _events("alertmanager", case.bytes(".json"), "application/json", {})[0]
        return _EVENTS[case.name](event)
    request = json.loads(case.bytes(".request.json"))
    if case.name == "pd-change":
        return changed(decode_json(case.bytes(".body"))).status == "info"
    name = request["path"].removeprefix("/hooks/")
    headers = {key.lower(): value for key, value in request["headers"].items()}
    events = _events(name, case.bytes(".body"), request["content-type"], headers)
    return bool(events) and _EVENTS[case.name](events[0])


def _events(name: str, body: bytes, content_type: str, headers: dict[str, str]) -> list[Event]:
    source = configured({})[name]
    kind = content_type.partition(";")[0]
    if not source.reads(kind, headers):
        return []
    payload = source.decode(body, kind, headers)
    return source.normalise(payload, {**headers, "content-type": kind}).events


def _starts(event: Event, minute: str) -> bool:
    return bool(event.starts_at) and f"{event.starts_at:%Y-%m-%dT%H:%M}" == minute


def _diagnosis(case: Case) -> bool:
    return _DIAGNOSED[case.name](analyse(read_case(case.stem)))


def _leads(found: Analysis, component: str) -> bool:
    return bool(found.suspects) and found.suspects[0].component == component


def _names_db(found: Analysis) -> bool:
    kinds = {reason.kind for reason in found.suspects[0].reasons}
    return ReasonKind.DEPENDENCY_UNOBSERVED in kinds and found.next_metric == "db:latency"


def _service(case: Case) -> bool:
    return guess_role(case.name) == "service"


_JUDGES: dict[str, Callable[[Case], bool]] = {
    **dict.fromkeys(("C", "C2", "D", "S", "T", "U", "V", "W", "X"), _webhook),
    **dict.fromkeys(("E1", "E2", "E3", "E4", "E5"), _diagnosis),
    **dict.fromkeys(("M", "AC"), _one_record),
    "A": _long,
    "AA": _undated_span,
    "AB": _lost_otlp,
    "J": _levels_of_bodies,
    "Q": _titles,
    "R": lambda case: len(list(read_lines(case.stem.with_name(case.name + ".log")))) >= 2,
    "Y": _service,
}


def run() -> Table:
    """Right and tried by kind; what is wrong and what is not tried by name."""
    judged = [(case, is_right(case)) for case in cases()]
    kinds = dict.fromkeys(case.kind for case, _ in judged)
    rows: list[tuple[object, ...]] = []
    for kind in kinds:
        own = [right for case, right in judged if case.kind == kind]
        rows.append((kind, sum(one is True for one in own), sum(one is not None for one in own)))
    rows.append(("all", *(sum(int(str(row[i])) for row in rows) for i in (1, 2))))
    wrong = ", ".join(case.name for case, right in judged if right is False) or "none"
    untried = ", ".join(case.name for case, right in judged if right is None) or "none"
    notes = (
        f"Wrong: {wrong}.",
        f"Not tried here, but by tests on a running stack or on a fresh machine: {untried}.",
        "The cases were collected because they failed once: no share of real inputs.",
    )
    return Table("Inputs that once failed", ("kind", "right", "tried"), rows, notes)
