"""`labo up`, `down`, `status`, `doctor`: the stack on this machine."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from labo.cli.detached import start_detached
from labo.cli.options import DataOption, data_folder, is_given
from labo.cli.output import (
    JsonOption,
    console,
    fetch_progress,
    print_json,
    say,
)
from labo.cli.stack_status import URL_LABELS, refuse_another, show_status
from labo.errors import Unavailable
from labo.settings import Settings
from labo.stack.doctor import Check, Verdict, examine
from labo.stack.launch import PortChoice, StackRequest, run_stack
from labo.stack.ownership import end_leftovers, holder
from labo.stack.state import (
    PASSWORD_FILE,
    ChildState,
    Phase,
    read_state,
    running,
)
from labo.stack.supervisor import StackPlan

app = typer.Typer()

_STOP_TIMEOUT_S = 120

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
    ctx: typer.Context,
) -> None:
    """Start Neo4j, Valkey, the API and the workers, and supervise them.

    With LABO_NEO4J__URI or LABO_REDIS__URL set, that part is not embedded. Ctrl-C stops all, with
    exit code 130 during the start. A stack that runs already on the folder is shown, as by
    `labo status`; exit code 5 when these options ask for another one.
    `--light` is for trying out: one worker for all queues and a small Neo4j take a fifth less
    memory and start sooner; a folder may be used either way at each start.

    Examples: labo up · labo up --detach --ports auto · labo up --light --data /srv/labo
    """
    request = stack_request(data, ports, is_light=light)
    if state := running(request.data_dir):
        refuse_another(state, request, ports_given=is_given(ctx, "ports"))
        _show_running(request.data_dir)
        return
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


def _show_running(folder: Path) -> None:
    """Raises Exit with 3 when it is not ready, as `labo status` does."""
    say("Labo runs already on {}.", folder)
    if not show_status(folder):
        raise typer.Exit(3)


@app.command()
def down(data: DataOption = None) -> None:
    """Stop the stack of a data folder, in order; done when nothing of it is left.

    Example: labo down
    """
    folder = data_folder(data)
    state = read_state(folder)
    if state is None or (not state.is_supervised and not end_leftovers(state.stack_id)):
        say("Nothing is running on {}.", folder)
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
    if not show_status(data_folder(data), as_json=as_json):
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
    for name, label in URL_LABELS.items():
        if name in urls:
            console.print(f"  {label:<14} {urls[name]}", soft_wrap=True)
    if "neo4j_browser" in urls:
        login = f"  {'':<14} log in as neo4j; its password is in {data_dir / PASSWORD_FILE}"
        console.print(login, soft_wrap=True)
    console.print(f"  {'knowledge':<14} {_knowledge()}", soft_wrap=True)


def _knowledge() -> str:
    """What a new workspace knows, and how to see it. The graph is not asked: the start waits for
    nothing that a glance can do without."""
    if Settings().knowledge.bundled:
        return "a new workspace begins with what was learnt in the lab: labo knowledge status"
    return "a new workspace begins with none (LABO_KNOWLEDGE__BUNDLED): labo knowledge status"


def report_phase(child: ChildState) -> None:
    """One line as a child starts, is ready, or has to be started again."""
    if child.phase in (Phase.READY, Phase.DONE):
        say("  [green]✓[/green] {} {}", child.name, child.phase)
    elif child.phase is Phase.BACKOFF:
        say("  [yellow]![/yellow] {} {}; starting it again", child.name, child.detail)
    elif child.phase is Phase.STARTING:
        say("  [dim]… {}[/dim]", child.name)


def _print_check(check: Check) -> None:
    colour = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}[check.verdict]
    console.print(f"{check.verdict:<5}", style=colour, end=" ")
    console.print(check.name, style="bold", end="  ")
    console.print(check.text, soft_wrap=True)
    if check.hint:
        console.print(f"      → {check.hint}", soft_wrap=True)
