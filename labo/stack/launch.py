"""From what the operator asked for to a running stack."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from labo.errors import Conflict, Unavailable
from labo.stack.backup import refuse_lost_password
from labo.stack.disk import KeptBack
from labo.stack.jars import FetchProgress, default_jar_dir, ensure_jars
from labo.stack.neo4j_server import LIGHT, Neo4jSize, prepare_neo4j
from labo.stack.ownership import end_leftovers, hold_data_folder
from labo.stack.plan import API_METRICS_FOLDER, PlanInputs, full_plan, reachable_host
from labo.stack.private_files import stored_secret
from labo.stack.processes import free_port, is_port_open
from labo.stack.restore import finish_restore
from labo.stack.state import (
    PASSWORD_FILE,
    VALKEY_PASSWORD_FILE,
    Ports,
    StackState,
    read_state,
    stack_env,
)
from labo.stack.supervisor import Observer, StackPlan, Supervisor
from labo.stack.valkey_server import prepare_valkey


class PortChoice(StrEnum):
    """`DEFAULT` takes the well-known ports or refuses; `AUTO` takes free ones, if possible again
    those of the last start."""

    DEFAULT = "default"
    AUTO = "auto"


@dataclass(frozen=True)
class StackRequest:
    """`neo4j_uri` or `redis_url` set: that part runs elsewhere and isn't embedded.

    `api_port` and `grpc_port` 0 are free ports, whatever `port_choice` means for the others;
    `grpc_port` None: OTLP over gRPC is switched off.
    """

    data_dir: Path
    port_choice: PortChoice = PortChoice.DEFAULT
    api_port: int = Ports().api
    grpc_port: int | None = Ports().otlp_grpc
    api_host: str = "127.0.0.1"
    api_processes: int = 1
    neo4j_uri: str | None = None
    redis_url: str | None = None
    is_light: bool = False
    disk_reserve_mb: int = 500

    @property
    def unused_ports(self) -> frozenset[str]:
        unused: set[str] = set()
        if self.neo4j_uri:
            unused |= {"bolt", "neo4j_http"}
        if self.redis_url:
            unused.add("valkey")
        if self.grpc_port is None:
            unused.add("otlp_grpc")
        return frozenset(unused)


def run_stack(
    request: StackRequest,
    *,
    on_fetch: FetchProgress | None = None,
    observe: Observer | None = None,
    on_ready: Callable[[StackPlan], None] | None = None,
) -> None:
    """Hold the data folder and run the whole product on it until a signal comes."""
    with hold_data_folder(request.data_dir):
        previous = read_state(request.data_dir)
        if previous:
            end_leftovers(previous.stack_id)
        finish_restore(request.data_dir)
        _refuse_full_disk(request.data_dir)
        plan = prepare(request, choose_ports(request, previous), on_fetch=on_fetch)
        ready = (lambda: on_ready(plan)) if on_ready else None
        Supervisor(plan, observe=observe).run(ready)


def _refuse_full_disk(data_dir: Path) -> None:
    """`Unavailable` where no server could start; what was kept back is given up first."""
    if full := KeptBack(data_dir).step():
        raise Unavailable(full, where=str(data_dir))


def prepare(
    request: StackRequest, ports: Ports, *, on_fetch: FetchProgress | None = None
) -> StackPlan:
    """Fetch what is missing, write the servers' configuration, and declare the processes."""
    folder = request.data_dir.resolve()
    jars: list[Path] = []
    password = valkey_password = ""
    if not request.neo4j_uri:
        jars = ensure_jars(default_jar_dir(), on_progress=on_fetch)
        password = _prepared_neo4j(folder, jars, ports, is_light=request.is_light)
    if not request.redis_url:
        valkey_password = stored_secret(folder / VALKEY_PASSWORD_FILE)
        prepare_valkey(folder / "valkey", valkey_password)
    _empty_metrics(folder / API_METRICS_FOLDER)
    inputs = PlanInputs(
        data_dir=folder,
        ports=ports,
        jars=jars,
        embeds_neo4j=not request.neo4j_uri,
        embeds_redis=not request.redis_url,
        neo4j_password=password,
        valkey_password=valkey_password,
        api_host=request.api_host,
        api_processes=request.api_processes,
        serves_grpc=request.grpc_port is not None,
        is_light=request.is_light,
    )
    return StackPlan(
        data_dir=folder,
        services=full_plan(inputs),
        ports=ports,
        product_env=_product_env(request, ports),
        urls=_urls(request, ports),
        embeds_neo4j=inputs.embeds_neo4j,
        embeds_redis=inputs.embeds_redis,
    )


def _empty_metrics(folder: Path) -> None:
    """The numbers of processes that ended with the last stack are not this one's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def _prepared_neo4j(folder: Path, jars: Sequence[Path], ports: Ports, *, is_light: bool) -> str:
    """The server's folder is ready to start on; returns its password."""
    refuse_lost_password(folder)
    password = stored_secret(folder / PASSWORD_FILE)
    prepare_neo4j(
        folder / "neo4j",
        jars,
        bolt_port=ports.bolt,
        http_port=ports.neo4j_http,
        password=password,
        size=LIGHT if is_light else Neo4jSize(),
    )
    return password


_AUTO = "`labo up --ports auto` takes free ones; `labo doctor` shows more"
_NO_GRPC = "LABO_OTLP__GRPC_PORT names another port for OTLP, LABO_OTLP__GRPC=false needs none"


def choose_ports(request: StackRequest, previous: StackState | None) -> Ports:
    """The ports to use, each chosen before anything starts: a child is given a port, never 0.

    `Conflict` names every port asked for that is taken.
    """
    names = [entry.name for entry in fields(Ports) if entry.name not in request.unused_ports]
    last = previous.ports if previous else Ports(0, 0, 0, 0, 0)
    if request.port_choice is PortChoice.AUTO:
        return Ports(**{name: _again_or_free(getattr(last, name)) for name in names})
    wanted = Ports(
        api=request.api_port or _again_or_free(last.api),
        otlp_grpc=request.grpc_port or _again_or_free(last.otlp_grpc),
    )
    open_ports = {
        name: getattr(wanted, name) for name in names if is_port_open(getattr(wanted, name))
    }
    if open_ports:
        listed = ", ".join(
            f"{port} ({name.replace('_', ' ')})" for name, port in open_ports.items()
        )
        raise Conflict(
            f"these ports are in use: {listed}",
            hint=f"{_AUTO}; {_NO_GRPC}" if "otlp_grpc" in open_ports else _AUTO,
        )
    return wanted


def _again_or_free(last: int) -> int:
    return last if last and not is_port_open(last) else free_port()


def _product_env(request: StackRequest, ports: Ports) -> dict[str, str]:
    state = StackState("", os.getpid(), 0, ports, {}, (), None, not request.neo4j_uri, True)
    env = stack_env(request.data_dir, state)
    if request.redis_url:
        env["LABO_REDIS__URL"] = request.redis_url
    return env | {"LABO_API__HOST": request.api_host}


def _urls(request: StackRequest, ports: Ports) -> dict[str, str]:
    api = f"http://{reachable_host(request.api_host)}:{ports.api}"
    urls = {"api": api, "graphql": f"{api}/graphql", "docs": f"{api}/openapi.json"}
    urls["otlp_http"] = api  # senders append /v1/traces and so on
    if request.grpc_port is not None:
        urls["otlp_grpc"] = f"http://{reachable_host(request.api_host)}:{ports.otlp_grpc}"
    if not request.neo4j_uri:
        urls["neo4j_browser"] = f"http://127.0.0.1:{ports.neo4j_http}/browser/"
    return urls
