"""The declared plan of the whole product."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from labo.errors import Conflict
from labo.stack.launch import PortChoice, StackRequest, choose_ports, prepare
from labo.stack.plan import PlanInputs, Service, full_plan
from labo.stack.processes import free_port
from labo.stack.state import Ports, StackState
from labo.stack.supervisor import StackPlan, Supervisor


def plan_of(
    tmp_path: Path,
    *,
    neo4j: bool = True,
    valkey: bool = True,
    api_processes: int = 1,
    light: bool = False,
) -> dict[str, Service]:
    inputs = PlanInputs(
        data_dir=tmp_path,
        ports=Ports(),
        jars=[Path("a.jar")] if neo4j else [],
        embeds_neo4j=neo4j,
        embeds_redis=valkey,
        neo4j_password="never on a command line",
        valkey_password="nor this one",
        api_processes=api_processes,
        is_light=light,
    )
    return {service.name: service for service in full_plan(inputs)}


def test_migrations_run_between_the_graph_and_the_product(tmp_path: Path) -> None:
    """The schema stands before the first process that uses it starts."""
    plan = plan_of(tmp_path)

    assert plan["migrate"].needs == ("neo4j", "valkey")
    assert plan["migrate"].is_one_shot
    product = {"token", "api", "worker-fast", "worker-link", "worker-slow", "stream"}
    assert {name for name, service in plan.items() if service.needs == ("migrate",)} == product


def test_external_parts_are_not_embedded(tmp_path: Path) -> None:
    """With both servers elsewhere, nothing but the product's own processes is started."""
    plan = plan_of(tmp_path, neo4j=False, valkey=False)

    assert not {"neo4j", "valkey"} & plan.keys()
    assert plan["migrate"].needs == ()


def test_no_command_line_holds_a_password(tmp_path: Path) -> None:
    """Command lines are visible to every user of the machine."""
    words = [word for service in plan_of(tmp_path).values() for word in service.command]

    secrets = ("never on a command line", "nor this one")
    assert not [word for word in words for secret in secrets if secret in word]


def test_queues_are_split_between_the_workers(tmp_path: Path) -> None:
    """A slow model never stands in the way of ingestion."""
    plan = plan_of(tmp_path)

    assert "graph,diagnosis" in plan["worker-fast"].command
    assert "llm,lab,notify" in plan["worker-slow"].command
    assert [name for name, each in plan.items() if "--with-schedule" in each.command] == [
        "worker-fast"
    ]


def test_the_light_plan_has_one_worker_and_a_small_graph(tmp_path: Path) -> None:
    """It takes every queue and carries the schedule; nothing else of the product is left out."""
    full, light = plan_of(tmp_path), plan_of(tmp_path, light=True)
    worker = light["worker-all"].command

    assert full.keys() - light.keys() == {"worker-fast", "worker-link", "worker-slow"}
    assert light.keys() - full.keys() == {"worker-all"}
    assert "ingest,graph,diagnosis,llm,lab,notify" in worker
    assert "--with-schedule" in worker
    assert "-Xmx384m" in light["neo4j"].command
    assert "-Xmx512m" in full["neo4j"].command


def test_one_api_process_has_its_port_for_itself(tmp_path: Path) -> None:
    """Only who asks for several lets another process listen on the same port."""
    plan = plan_of(tmp_path)

    assert "api-2" not in plan
    assert "--shared" not in plan["api"].command
    assert not plan["api"].env


def test_several_api_processes_share_port_and_metrics(tmp_path: Path) -> None:
    """Each is a child of its own, so that one that dies is started again by itself."""
    plan = plan_of(tmp_path, api_processes=3)
    several = [plan[name] for name in ("api", "api-2", "api-3")]

    assert "api-4" not in plan
    assert {service.command for service in several} == {plan["api"].command}
    assert "--shared" in plan["api"].command
    assert {service.url for service in several} == {"http://127.0.0.1:8080"}
    assert {service.env["PROMETHEUS_MULTIPROC_DIR"] for service in several} == {
        str(tmp_path / "api-metrics")
    }


def test_a_need_that_is_not_declared_before_is_refused(tmp_path: Path) -> None:
    """A gap or a circle shows at once, not as a start that never ends."""
    services = [Service("a", ("true",), needs=("b",)), Service("b", ("true",))]

    with pytest.raises(Conflict, match="a needs b"):
        Supervisor(StackPlan(tmp_path, services, Ports()))


def test_external_servers_need_no_ports() -> None:
    """A port is only claimed for what is embedded."""
    request = StackRequest(Path(), neo4j_uri="bolt://elsewhere", redis_url="redis://elsewhere")

    assert request.unused_ports == {"bolt", "neo4j_http", "valkey"}


def elsewhere(tmp_path: Path, api_port: int) -> StackRequest:
    """Only the product's own processes; no server that tests beside this one may hold."""
    return StackRequest(
        tmp_path,
        api_port=api_port,
        grpc_port=0,
        neo4j_uri="bolt://elsewhere",
        redis_url="redis://elsewhere",
    )


def test_port_0_is_a_free_port_that_every_part_is_told(tmp_path: Path) -> None:
    """Command line, probe, environment and URLs name the port that was chosen; none says 0."""
    request = elsewhere(tmp_path, 0)
    ports = choose_ports(request, None)
    plan = prepare(request, ports)
    api = next(service for service in plan.services if service.name == "api")

    assert ports.api > 0
    assert api.command[api.command.index("--port") + 1] == str(ports.api)
    assert api.url == plan.urls["api"] == plan.urls["otlp_http"] == f"http://127.0.0.1:{ports.api}"
    assert api.probe is not None
    assert f":{ports.api}/readyz" in str(api.probe)
    assert plan.product_env["LABO_API__PORT"] == str(ports.api)


def test_port_0_stays_the_same_over_restarts(tmp_path: Path) -> None:
    """The last start's port is taken again while it is free; a port that is named wins over it."""
    last = Ports(*(free_port() for _ in fields(Ports)))
    state = StackState("s", 1, 1.0, last, {})

    assert choose_ports(elsewhere(tmp_path, 0), state).api == last.api
    named = free_port()
    assert choose_ports(elsewhere(tmp_path, named), state).api == named


def test_automatic_ports_ask_nobody_which(tmp_path: Path) -> None:
    """`--ports auto` takes free ports, whatever port the settings name."""
    request = replace(elsewhere(tmp_path, 1), port_choice=PortChoice.AUTO)

    assert choose_ports(request, None).api > 1
