"""`labo up`, `down`, `status`, `doctor`: the stack on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import psutil
import typer

from labo.cli.detached import start_detached
from labo.cli.options import DataOption, data_folder
from labo.cli.output import (
    JsonOption,
    console,
    fetch_progress,
    human_bytes,
    human_duration,
    print_json,
    print_table,
    say,
)
from labo.errors import Unavailable
from labo.settings import Settings
from labo.stack.doctor import Check, Verdict, examine
from labo.stack.inspection import inspect_stack
from labo.stack.launch import PortChoice, StackRequest, run_stack
from labo.stack.ownership import end_leftovers, holder
from labo.stack.progress import Progress
from labo.stack.state import (
    PASSWORD_FILE,
    ChildState,
    Phase,
    StackState,
    read_state,
    running,
)
from labo.stack.supervisor import StackPlan

app = typer.Typer()

_STOP_TIMEOUT_S = 120
_URL_LABELS = {
    "graphql": "GraphQL",
    "docs": "API docs",
    "otlp_grpc": "OTLP over gRPC",
    "neo4j_browser": "Neo4j Browser",
}

PortsOption = Annotated[
    PortChoice,
    typer.Option("--ports", help="default: the well-known ports; auto: free ones."),
]

LightOption = Annotated[
    bool, typer.Option("--light", help="One worker for all queues and a small Neo4j.")
]


@app.command()
def up(
    *,
    data: DataOption = None,
    ports: PortsOption = PortChoice.DEFAULT,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once everything is ready.")
    ] = False,
    light: LightOption = False,
    banner: Annotated[bool, typer.Option(hidden=True)] = True,
) -> None:
    """Start Neo4j, Valkey, the API and the workers, and supervise them.

    With LABO_NEO4J__URI or LABO_REDIS__URL set, that part is not embedded. Ctrl-C stops all.
    `--light` is for trying out: one worker for all queues and a small Neo4j take a fifth less
    memory and start sooner; a folder may be used either way at each start.

    Examples: labo up · labo up --detach --ports auto · labo up --light --data /srv/labo
    """
    request = stack_request(data, ports, is_light=light)
    if detach:
        state = start_detached(request, observe=report_phase)
        print_banner(request.data_dir, state.urls)
        say("Stop it with [bold]labo down[/bold].")
        return

    def on_ready(plan: StackPlan) -> None:
        if banner:
            print_banner(plan.data_dir, plan.urls)

    with fetch_progress("Fetching Neo4j") as on_fetch:
        run_stack(request, on_fetch=on_fetch, observe=report_phase, on_ready=on_ready)


@app.command()
def down(data: DataOption = None) -> None:
    """Stop the stack of a data folder, in order; done when nothing of it is left.

    Example: labo down
    """
    folder = data_folder(data)
    state = read_state(folder)
    if state is None or (not state.is_supervised and not end_leftovers(state.stack_id)):
        console.print("Nothing is running.")
        return
    if state.is_supervised:
        os.kill(state.supervisor_pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    while holder(folder) or running(folder):
        if time.monotonic() > deadline:
            raise Unavailable(
                f"it still stops after {_STOP_TIMEOUT_S} s", hint="`labo status` shows what is left"
            )
        time.sleep(0.1)
    console.print("Stopped.")


@app.command()
def status(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show each process: state, what it does, pid, uptime, restarts, memory, address.

    One that runs and does nothing is "stuck", with what to do. Exit code 0 when everything is ready
    and does its work, 3 when not.

    Example: labo status --json
    """
    folder = data_folder(data)
    state = running(folder)
    found = inspect_stack(folder, state) if state else {}
    rows = [_row(child, found.get(child.name)) for child in state.children] if state else []
    is_ready = bool(state and state.is_ready) and all(each.is_well for each in found.values())
    if as_json:
        urls = state.urls if state else {}
        summary = {"running": state is not None, "ready": is_ready, "urls": urls}
        print_json(summary | {"processes": rows, "problems": _problems(found)})
    elif state is None:
        say("Nothing is running. Start it with [bold]labo up[/bold].")
    else:
        _print_status(state, rows)
        _print_problems(found)
    if not is_ready:
        raise typer.Exit(3)


@app.command()
def doctor(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Check Java, jars, ports, disk, the data folder, every part's work, jobs, Prometheus, edges.

    Exit code 0 when nothing fails, 3 when something does.

    Example: labo doctor
    """
    # Imported here: it needs this module's options.
    from labo.cli.consistency import check_edges, check_jobs
    from labo.cli.metric_sources import check_metric_source

    checks = [
        *examine(stack_request(data, PortChoice.DEFAULT)),
        *check_jobs(data),
        *check_edges(data),
        *check_metric_source(data),
    ]
    if as_json:
        print_json([check.as_dict() for check in checks])
    else:
        for check in checks:
            _print_check(check)
    if any(check.verdict is Verdict.FAIL for check in checks):
        raise typer.Exit(3)


def stack_request(data: Path | None, ports: PortChoice, *, is_light: bool = False) -> StackRequest:
    """What the settings ask for."""
    settings = Settings()
    url = settings.redis.url
    return StackRequest(
        data_dir=data_folder(data),
        port_choice=ports,
        api_port=settings.api.port,
        grpc_port=settings.otlp.grpc_port if settings.otlp.grpc else None,
        api_host=settings.api.host,
        api_processes=settings.api.processes,
        neo4j_uri=settings.neo4j.uri,
        redis_url=url.get_secret_value() if url else None,
        is_light=is_light,
        disk_reserve_mb=settings.disk.reserve_mb,
    )


def print_banner(data_dir: Path, urls: Mapping[str, str]) -> None:
    """The addresses, and how to log in to the Neo4j Browser.

    The password's file, not the password: what is printed ends in journals and build logs.
    """
    say("\n[bold green]Labo is ready.[/bold green]")
    for name, label in _URL_LABELS.items():
        if name in urls:
            console.print(f"  {label:<14} {urls[name]}", soft_wrap=True)
    if "neo4j_browser" in urls:
        login = f"  {'':<14} log in as neo4j; its password is in {data_dir / PASSWORD_FILE}"
        console.print(login, soft_wrap=True)


def report_phase(child: ChildState) -> None:
    """One line as a child starts, is ready, or has to be started again."""
    if child.phase in (Phase.READY, Phase.DONE):
        say("  [green]✓[/green] {} {}", child.name, child.phase)
    elif child.phase is Phase.BACKOFF:
        say("  [yellow]![/yellow] {} {}; starting it again", child.name, child.detail)
    elif child.phase is Phase.STARTING:
        say("  [dim]… {}[/dim]", child.name)


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
        "memory_bytes": resident_bytes(child.pid) if child.pid else None,
        "url": child.url,
        "detail": child.detail,
    }


def resident_bytes(pid: int) -> int | None:
    """Resident memory of a process and its descendants; pages they share count for each."""
    try:
        root = psutil.Process(pid)
        return sum(p.memory_info().rss for p in [root, *root.children(recursive=True)])
    except psutil.Error:
        return None


def _print_status(state: StackState, rows: list[dict[str, object]]) -> None:
    columns = ("process", "state", "pid", "uptime", "restarts", "memory", "address", "")
    print_table(columns, [_cells(row) for row in rows])
    for name, label in _URL_LABELS.items():
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


def _print_check(check: Check) -> None:
    colour = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}[check.verdict]
    console.print(f"{check.verdict:<5}", style=colour, end=" ")
    console.print(check.name, style="bold", end="  ")
    console.print(check.text, soft_wrap=True)
    if check.hint:
        console.print(f"      → {check.hint}", soft_wrap=True)
