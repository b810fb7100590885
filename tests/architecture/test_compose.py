"""docker-compose.yml, Dockerfile and deploy/ are consistent, with each other and with the code.

No Docker engine is at hand where the tests run: what a schema and cross-references can tell is
checked here, that the containers start is not.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
from celery.bin.celery import celery as celery_command
from ruamel.yaml import YAML

from labo.adapters.jobs import ROUTES
from labo.cli.main import app as labo_app
from labo.settings import Settings
from labo.stack.plan import FAST_QUEUES, LINK_QUEUES, SLOW_QUEUES

ROOT = Path(__file__).parents[2]
PROFILES = {"ollama", "monitoring"}
TAG = re.compile(r"^[\w./-]+:v?\d+\.\d+(?:\.\d+)?[\w.-]*$")


@cache
def loaded(path: str) -> dict[str, Any]:
    content = YAML(typ="safe").load(ROOT / path)
    assert isinstance(content, dict)
    return content


def services() -> dict[str, Any]:
    found = loaded("docker-compose.yml")["services"]
    assert isinstance(found, dict)
    return found


def commands() -> dict[str, list[str]]:
    """The command of each service that runs the product's image."""
    return {name: service["command"] for name, service in services().items() if "build" in service}


def test_the_compose_file_meets_its_schema() -> None:
    """The Compose specification's own JSON schema accepts the file."""
    result = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            ROOT / "docker-compose.yml",
        ],
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, result.stdout


def test_every_dependency_can_be_met() -> None:
    """What is waited for exists, is started in the same profiles, and can meet the condition."""
    wrong = []
    for name, service in services().items():
        for needed, how in service.get("depends_on", {}).items():
            other = services().get(needed, {})
            met = {
                "service_healthy": "healthcheck" in other,
                "service_completed_successfully": other.get("restart") == "no",
            }
            if not met[how["condition"]]:
                wrong.append((name, needed, how["condition"]))
            if not set(other.get("profiles", ())) <= set(service.get("profiles", ())):
                wrong.append((name, needed, "is in a profile"))
    assert wrong == []


def test_volumes_secrets_and_profiles_are_declared_and_used() -> None:
    """Each named volume and secret is declared, each declared one used; bound files exist."""
    mounts = {
        mount.split(":")[0]
        for service in services().values()
        for mount in service.get("volumes", ())
    }
    secrets = {each for service in services().values() for each in service.get("secrets", ())}
    profiles = {each for service in services().values() for each in service.get("profiles", ())}

    bound = {mount for mount in mounts if mount.startswith(".")}
    assert mounts - bound == set(loaded("docker-compose.yml")["volumes"])
    assert secrets == set(loaded("docker-compose.yml")["secrets"])
    assert profiles == PROFILES
    assert [mount for mount in bound if not (ROOT / mount).is_file()] == []


def test_images_are_pinned() -> None:
    """Every image has a full version, in the compose file and in the Dockerfile."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images = {service["image"] for service in services().values()}
    images.update(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))

    assert [image for image in images if not TAG.match(image)] == []


def test_no_secret_is_written_down() -> None:
    """Passwords, keys and tokens come from the environment; .env.example leaves them empty."""
    kept = []
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            is_secret = re.search("PASSWORD|SECRET|TOKEN|KEY|AUTH|TELEMETRY__URL", key)
            if is_secret and "${" not in value:
                kept.append((name, key))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = re.findall(r"^\w*(?:PASSWORD|SECRET|TOKEN|KEY)=(.+)$", example, re.MULTILINE)

    assert (kept, filled) == ([], [])
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_every_server_asks_for_a_password() -> None:
    """Neo4j, PostgreSQL and Redis each get theirs from .env, and not on a command line."""
    asked = "${REDIS_PASSWORD:?set it in .env}"
    assert loaded("docker-compose.yml")["configs"]["redis-password"]["content"] == (
        f"requirepass {asked}\n"
    )
    assert services()["redis"]["environment"] == {"REDISCLI_AUTH": asked}
    assert not [word for word in services()["redis"]["command"] if "PASSWORD" in word]
    assert "NEO4J_PASSWORD" in services()["neo4j"]["environment"]["NEO4J_AUTH"]
    assert "POSTGRES_PASSWORD" in services()["postgres"]["environment"]


def test_every_variable_is_asked_for_and_known() -> None:
    """Variables without a default are in .env.example; each LABO_ name is a setting."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+):\?", text)) | {"ALERTMANAGER_TOKEN"}

    assert {name for name in asked if f"\n{name}=" not in example} == set()
    named = set(re.findall(r"\bLABO_([A-Z_]+)\b", text + example))
    assert {name for name in named if not is_setting(name.lower().split("__"))} == set()


def is_setting(path: list[str]) -> bool:
    fields = Settings.model_fields
    for part in path[:-1]:
        group = fields[part].annotation if part in fields else None
        fields = getattr(group, "model_fields", {})
    return path[-1] in fields


def test_every_process_of_labo_up_is_there() -> None:
    """The workers take the same queues as the embedded ones, and all that jobs go to."""
    taken = {
        name: tuple(command[command.index("--queues") + 1].split(","))
        for name, command in commands().items()
        if "--queues" in command
    }

    assert taken == {
        "worker-fast": FAST_QUEUES,
        "worker-link": LINK_QUEUES,
        "worker-slow": SLOW_QUEUES,
    }
    assert {r["queue"] for r in ROUTES.values()} <= {*LINK_QUEUES, *FAST_QUEUES, *SLOW_QUEUES}
    assert set(commands()) == {"migrate", "token", "api", *taken, "beat", "stream"}


@pytest.mark.parametrize(
    "name",
    ["migrate", "token", "api", "worker-fast", "worker-link", "worker-slow", "beat", "stream"],
)
def test_every_command_exists(name: str) -> None:
    """The program, its subcommand, its options and the module that it loads are there."""
    program, *arguments = commands()[name]

    if program == "python":
        assert arguments[:2] == ["-P", "-m"]
        assert importlib.util.find_spec(arguments[2]) is not None
    elif program == "labo":
        accept(typer.main.get_command(labo_app), arguments)
    else:
        assert program == "celery"
        assert arguments[:2] == ["--app", "workers.app"]
        assert importlib.util.find_spec("workers.app") is not None
        accept(celery_command, arguments[2:])


def accept(command: click.Command | Any, arguments: list[str]) -> None:
    """Follow subcommands as far as they go; every option after them must be declared."""
    rest = list(arguments)
    while hasattr(command, "commands"):
        assert rest[0] in command.commands, f"no subcommand {rest[0]}"
        command = command.commands[rest.pop(0)]
    declared = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert [each for each in rest if each.startswith("--") and each not in declared] == []


def test_monitoring_points_at_services_that_exist() -> None:
    """Prometheus scrapes and alerts services of the file; Alertmanager posts to a known hook."""
    prometheus = loaded("deploy/prometheus.yml")
    blocks = [*prometheus["scrape_configs"], *prometheus["alerting"]["alertmanagers"]]
    targets = [
        target
        for block in blocks
        for static in block["static_configs"]
        for target in static["targets"]
    ]
    hosts = {target.partition(":")[0] for target in targets} - {"localhost"}
    (receiver,) = loaded("deploy/alertmanager.yml")["receivers"]
    (webhook,) = receiver["webhook_configs"]

    assert hosts == {"api", "alertmanager"}
    assert webhook["url"] == "http://api:8080/hooks/alertmanager"
    credentials = webhook["http_config"]["authorization"]["credentials_file"]
    assert credentials == "/run/secrets/" + services()["alertmanager"]["secrets"][0]


def test_the_image_holds_every_package() -> None:
    """Each package of the distribution is copied, and let through .dockerignore."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    }

    packages = {"api", "engine", "graph", "workers", "labo", "cypher", "migrations", "templates"}
    assert packages <= copied
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert re.search(r"^USER 10001", dockerfile, re.MULTILINE)
