"""What `labo up` runs, as data: each process, what it needs first, and when it is ready."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from labo.children import python_module
from labo.stack.neo4j_server import LIGHT, Neo4jSize, neo4j_command, probe_neo4j
from labo.stack.probes import probe_file, probe_http, probe_valkey
from labo.stack.processes import Probe
from labo.stack.progress import Progress, Whereabouts, beat_file, progress_of
from labo.stack.state import Ports
from labo.stack.valkey_server import valkey_command

LINK_QUEUES = ("ingest",)
"""Of their own process: an alert must not wait until what follows from earlier ones is done."""

LIGHT_WORKER = "worker-all"
FAST_QUEUES = ("graph", "diagnosis")
SLOW_QUEUES = ("llm", "lab", "notify")
QUEUES = {
    "worker-fast": FAST_QUEUES,
    "worker-link": LINK_QUEUES,
    "worker-slow": SLOW_QUEUES,
    LIGHT_WORKER: (*LINK_QUEUES, *FAST_QUEUES, *SLOW_QUEUES),
}
API_METRICS_FOLDER = "api-metrics"


@dataclass(frozen=True)
class Service:
    """One child. Without a probe it is ready once it has lived for a second.

    A one-shot is ready when it has ended with code 0. `is_product` children get the product's
    settings by environment; servers get none, so that they hold no secret. A `ready_file` is
    removed before each start, and its name is handed to the child. `progress` is asked while it is
    ready.
    """

    name: str
    command: tuple[str, ...]
    probe: Probe | None = None
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    is_one_shot: bool = False
    is_product: bool = True
    ready_timeout_s: float = 180
    stop_timeout_s: float = 15
    url: str | None = None
    ready_file: Path | None = None
    progress: Callable[[], Progress | None] | None = None


@dataclass(frozen=True)
class PlanInputs:
    """`jars` is empty without a Neo4j.

    `is_light`: one worker for all queues, and a small Neo4j.
    """

    data_dir: Path
    ports: Ports
    jars: Sequence[Path]
    embeds_neo4j: bool
    embeds_redis: bool
    neo4j_password: str
    valkey_password: str
    api_host: str = "127.0.0.1"
    api_processes: int = 1
    serves_grpc: bool = True
    is_light: bool = False

    @property
    def neo4j_size(self) -> Neo4jSize:
        return LIGHT if self.is_light else Neo4jSize()


def full_plan(inputs: PlanInputs) -> tuple[Service, ...]:
    """The whole product over its embedded servers, in order of start."""
    servers = embedded_servers(inputs)
    first = tuple(server.name for server in servers)
    migrate = _product("migrate", "labo.cli.main", "migrate", needs=first, is_one_shot=True)
    token = _product(
        "token", "labo.cli.main", "token", "ensure", needs=("migrate",), is_one_shot=True
    )
    children = (*servers, migrate, token, *_apis(inputs), *_workers(inputs))
    where = whereabouts(inputs)
    return tuple(
        child
        if child.is_one_shot
        else replace(child, progress=partial(progress_of, child.name, where))
        for child in children
    )


def whereabouts(inputs: PlanInputs) -> Whereabouts:
    """How the parts of this plan are asked what they do."""
    return Whereabouts(
        data_dir=inputs.data_dir,
        ports=inputs.ports,
        neo4j_password=inputs.neo4j_password,
        valkey_password=inputs.valkey_password,
        api_url=f"http://{reachable_host(inputs.api_host)}:{inputs.ports.api}",
        queues=QUEUES,
    )


def embedded_servers(inputs: PlanInputs) -> tuple[Service, ...]:
    """Neo4j and Valkey, each only when it is embedded."""
    ports = inputs.ports
    servers = []
    if inputs.embeds_neo4j:
        servers.append(
            Service(
                "neo4j",
                tuple(
                    neo4j_command(inputs.data_dir / "neo4j", inputs.jars, size=inputs.neo4j_size)
                ),
                partial(probe_neo4j, ports.bolt, ports.neo4j_http, inputs.neo4j_password),
                is_product=False,
                ready_timeout_s=300,
                stop_timeout_s=60,
                url=f"bolt://127.0.0.1:{ports.bolt}",
            )
        )
    if inputs.embeds_redis:
        url = f"redis://127.0.0.1:{ports.valkey}/0"
        servers.append(
            Service(
                "valkey",
                tuple(valkey_command(inputs.data_dir / "valkey", ports.valkey)),
                partial(probe_valkey, ports.valkey, inputs.valkey_password),
                is_product=False,
                url=url,
            )
        )
    return tuple(servers)


def reachable_host(listen_host: str) -> str:
    """The address that reaches, from this machine, a server that listens on `listen_host`."""
    return "127.0.0.1" if listen_host in ("0.0.0.0", "::", "") else listen_host  # noqa: S104


def _apis(inputs: PlanInputs) -> tuple[Service, ...]:
    """`api`, and `api-2` and so on beside it, which share its port."""
    url = f"http://{reachable_host(inputs.api_host)}:{inputs.ports.api}"
    options = ["--host", inputs.api_host, "--port", str(inputs.ports.api)]
    if inputs.serves_grpc:
        options += ["--grpc-port", str(inputs.ports.otlp_grpc)]
    env: dict[str, str] = {}
    if inputs.api_processes > 1:
        options.append("--shared")
        # Where the metrics library adds up what processes behind one port count.
        env["PROMETHEUS_MULTIPROC_DIR"] = str(inputs.data_dir / API_METRICS_FOLDER)
    names = ("api", *(f"api-{number}" for number in range(2, inputs.api_processes + 1)))
    return tuple(
        _product(
            name,
            "api.server",
            *options,
            needs=("migrate",),
            probe=partial(probe_http, f"{url}/readyz"),
            url=url,
            env=env,
            ready_file=beat_file(inputs.data_dir, name),
        )
        for name in names
    )


def _workers(inputs: PlanInputs) -> tuple[Service, ...]:
    """The first worker carries the schedule. The light one has no process to spare for a model that
    takes its time: two tasks that wait for one block the others."""
    stream = _saying_ready(_product("stream", "workers.stream", needs=("migrate",)), inputs)
    if inputs.is_light:
        return _worker(inputs, LIGHT_WORKER, 2, "--with-schedule"), stream
    fast = _worker(inputs, "worker-fast", min(4, os.cpu_count() or 2), "--with-schedule")
    link = _worker(inputs, "worker-link", 1)  # linkers of a workspace take turns
    return fast, link, _worker(inputs, "worker-slow", 2), stream


def _worker(inputs: PlanInputs, name: str, processes: int, *options: str) -> Service:
    node = f"{name.removeprefix('worker-')}@{os.uname().nodename}"
    worker = _product(
        name,
        *("celery", "--app", "workers.app", "worker", "--queues", ",".join(QUEUES[name])),
        *("--hostname", node, "--concurrency", str(processes)),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO", *options),
        needs=("migrate",),
        stop_timeout_s=45,
    )
    return _saying_ready(worker, inputs)


def _saying_ready(service: Service, inputs: PlanInputs) -> Service:
    """What listens nowhere writes a file once it takes work."""
    file = beat_file(inputs.data_dir, service.name)
    return replace(service, probe=partial(probe_file, file), ready_file=file)


def _product(
    name: str,
    module: str,
    *arguments: str,
    needs: tuple[str, ...],
    probe: Probe | None = None,
    is_one_shot: bool = False,
    stop_timeout_s: float = 15,
    url: str | None = None,
    env: Mapping[str, str] | None = None,
    ready_file: Path | None = None,
) -> Service:
    return Service(
        name,
        python_module(module, *arguments),
        probe,
        needs,
        is_one_shot=is_one_shot,
        stop_timeout_s=stop_timeout_s,
        url=url,
        env=env or {},
        ready_file=ready_file,
    )
