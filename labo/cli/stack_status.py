"""What runs on a data folder, shown: by `labo status`, and by `labo up` where it runs already."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from labo.cli.output import console, human_bytes, human_duration, print_json, print_table, say
from labo.errors import Conflict
from labo.settings import Settings
from labo.stack.inspection import inspect_stack
from labo.stack.launch import PortChoice, StackRequest
from labo.stack.plan import LIGHT_WORKER
from labo.stack.progress import Progress
from labo.stack.state import ChildState, Ports, StackState, running

URL_LABELS = {
    "graphql": "GraphQL",
    "docs": "API docs",
    "otlp_http": "OTLP over HTTP",
    "otlp_grpc": "OTLP over gRPC",
    "neo4j_browser": "Neo4j Browser",
}


def show_status(folder: Path, *, as_json: bool = False) -> bool:
    """Print each process; whether everything is ready and does its work."""
    state = running(folder)
    found = inspect_stack(folder, state) if state else {}
    rows = [_row(child, found.get(child.name)) for child in state.children] if state else []
    is_ready = bool(state and state.is_ready) and all(each.is_well for each in found.values())
    if as_json:
        urls = state.urls if state else {}
        summary = {"running": state is not None, "ready": is_ready, "urls": urls}
        print_json(summary | {"processes": rows, "problems": _problems(found)})
    elif state is None:
        say("Nothing is running on {}. Start it with [bold]labo up[/bold].", folder)
    else:
        _print_status(state, rows)
        _print_problems(found)
    return is_ready


def refuse_another(state: StackState, request: StackRequest, *, ports_given: bool) -> None:
    """Raise Conflict where `request` asks for another stack than the one that runs.

    What was not asked for contradicts nothing: `ports_given` is whether --ports was typed.
    """
    is_light = any(child.name == LIGHT_WORKER for child in state.children)
    wants_usual = ports_given and request.port_choice is PortChoice.DEFAULT
    port_asked = request.api_port if "port" in Settings().api.model_fields_set else 0
    if wants_usual:
        port_asked = port_asked or Ports().api
    differing = None
    if request.is_light and not is_light:
        differing = "not a light one"
    elif port_asked and port_asked != state.ports.api:
        differing = f"on port {state.ports.api}, not {port_asked}"
    if differing:
        raise Conflict(
            f"a stack runs already, {differing}",
            where=str(request.data_dir),
            hint="stop it with `labo down`, or choose another folder with --data",
        )


def _row(child: ChildState, progress: Progress | None) -> dict[str, object]:
    uptime = time.time() - child.started_at if child.started_at else None
    return {
        "name": child.name,
        "state": "stuck" if progress and progress.stuck else child.phase.value,
        "work": progress.text if progress else "",
        "problem": (progress.stuck or progress.trouble) if progress else None,
        "pid": child.pid,
        "uptime_s": round(uptime, 1) if uptime is not None else None,
        "restarts": child.restarts,
        "memory_bytes": _resident_bytes(child.pid) if child.pid else None,
        "url": child.url,
        "detail": child.detail,
    }


def _resident_bytes(pid: int) -> int | None:
    """Resident memory of a process and its descendants; pages they share count for each."""
    try:
        root = psutil.Process(pid)
        return sum(p.memory_info().rss for p in [root, *root.children(recursive=True)])
    except psutil.Error:
        return None


def _print_status(state: StackState, rows: list[dict[str, object]]) -> None:
    columns = ("process", "state", "pid", "uptime", "restarts", "memory", "address", "")
    print_table(columns, [_cells(row) for row in rows])
    for name, label in URL_LABELS.items():
        if name in state.urls:
            console.print(f"{label}: {state.urls[name]}", soft_wrap=True)


def _problems(found: Mapping[str, Progress]) -> list[dict[str, str]]:
    """What is wrong, and what to do about it."""
    return [
        {"process": name, "problem": each.stuck or each.trouble or "", "advice": each.advice}
        for name, each in found.items()
        if not each.is_well
    ]


def _print_problems(found: Mapping[str, Progress]) -> None:
    for each in _problems(found):
        problem = f"{each['process']}: {each['problem']}"
        console.print(problem, style="red", markup=False, soft_wrap=True)
        console.print(f"      → {each['advice']}", markup=False, soft_wrap=True)


def _cells(row: dict[str, object]) -> list[object]:
    uptime, memory = row["uptime_s"], row["memory_bytes"]
    return [
        row["name"],
        row["state"],
        row["pid"],
        human_duration(uptime if isinstance(uptime, float) else None),
        row["restarts"],
        human_bytes(memory if isinstance(memory, int) else None),
        row["url"],
        row["detail"] or row["work"],
    ]
