"""Executors with a real system behind each, which counts what was really carried out."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.catalogue import load_system
from engine.faults.schedule import Schedule
from engine.live.commands import Desk
from engine.live.socket import CommandSocket
from engine.records import Hop, LogLine, Sample
from engine.simulate import start
from labo.adapters.executor.command import CommandExecutor
from labo.adapters.executor.engine import EngineExecutor
from labo.adapters.executor.kubernetes import KubernetesExecutor
from labo.adapters.executor.n8n import N8nExecutor
from labo.adapters.executor.sandbox import Cage
from labo.adapters.executor.ticket import TicketExecutor
from labo.adapters.executor.webhook import WebhookExecutor
from labo.adapters.outgoing import OutgoingPolicy
from labo.bootstrap.executors import CheckedExecutor
from labo.domain.escalation.executions import Action
from tests.builders.answering import Answering, Request, answering
from tests.builders.kubernetes_api import KubernetesApi
from tests.builders.receiver import Reply

SECRET = "whsec_" + base64.b64encode(hashlib.sha256(b"executors").digest()).decode()
HANG_S = 1.5
"""Above what making the first HTTP client takes on a busy machine."""
LOCAL = OutgoingPolicy(
    frozenset({"127.0.0.1"}), allow_http=True, allow_private=True, timeout_s=HANG_S
)


def an_action(key: str = "e1", target: str = "cart") -> Action:
    """Scaling out by two, which every executor knows."""
    return Action(
        key,
        "i1",
        "scale_out",
        target,
        {"component": target, "instances": 2},
        ("labo-action", "scale", "--component", target, "--add-instances", "2"),
        ("labo-action", "undo", "--component", target),
    )


@dataclass
class World:
    """`level` is the state that the action adds 2 to; `acts` counts every change of it."""

    executor: CheckedExecutor
    level: Callable[[], int]
    acts: Callable[[], int]
    settle: Callable[[], None] = lambda: None
    """Let what was accepted come to its end."""
    action: Action = field(default_factory=an_action)


@dataclass
class Remote:
    """A receiver that keeps to the agreement of the webhook executor."""

    level: int = 1
    acts: int = 0
    answers: dict[str, dict[str, object]] = field(default_factory=dict)

    def respond(self, request: Request) -> Reply:
        return Reply(body=json.dumps(self.answer(json.loads(request.body))).encode())

    def answer(self, told: Mapping[str, object]) -> Mapping[str, object]:
        key = str(told["id"])
        match told["kind"]:
            case "dry_run":
                return {"status": "done", "detail": "would add 2"}
            case "status":
                never: dict[str, object] = {"status": "failed", "detail": "never begun"}
                return self.answers.setdefault(key, never)
        if key not in self.answers:
            before = told.get("before") or {"replicas": self.level}
            assert isinstance(before, dict)
            self.level = int(before["replicas"]) if told["kind"] == "rollback" else self.level + 2
            self.acts += 1
            self.answers[key] = {"status": "done", "detail": "ok", "before": before}
        return self.answers[key]


@asynccontextmanager
async def webhook_world(_: Path) -> AsyncIterator[World]:
    remote = Remote()
    with answering(remote.respond) as server:
        executor = WebhookExecutor(f"{server.url}/actions", SECRET, LOCAL)
        yield World(executor, lambda: remote.level, lambda: remote.acts)


class N8n:
    """n8n with one published workflow: Webhook → Respond → Wait → act."""

    def __init__(self) -> None:
        self.remote = Remote()
        self.url = ""
        self.waiting: dict[str, Mapping[str, object]] = {}
        self.over: set[str] = set()
        self.resumed: Callable[[Reply], Reply] = lambda reply: reply

    def respond(self, request: Request) -> Reply:
        told = json.loads(request.body)
        if request.path == "/webhook/labo":
            if told["kind"] == "dry_run":
                return Reply(body=json.dumps(self.remote.answer(told)).encode())
            number = str(len(self.waiting) + len(self.over) + 1)
            self.waiting[number] = told
            resume = f"{self.url}/webhook-waiting/{number}?signature=secret{number}"
            return Reply(body=json.dumps({"status": "running", "resume_url": resume}).encode())
        number = request.path.removeprefix("/webhook-waiting/").partition("?")[0]
        if not request.path.endswith(f"?signature=secret{number}"):
            return Reply(401, b'{"stack": "at WaitingWebhooks"}')
        if number in self.over:
            return Reply(409, b'{"stack": "at WaitingWebhooks"}')
        if number not in self.waiting:
            return Reply(404, b'{"stack": "at WaitingWebhooks"}')
        self.over.add(number)
        answer = self.remote.answer(self.waiting.pop(number))
        return self.resumed(Reply(body=json.dumps(answer).encode()))


@contextmanager
def n8n_server() -> Iterator[tuple[N8n, Answering]]:
    n8n = N8n()
    with answering(n8n.respond) as server:
        n8n.url = server.url
        yield n8n, server


@asynccontextmanager
async def n8n_world(folder: Path) -> AsyncIterator[World]:
    with n8n_server() as (n8n, server):
        executor = N8nExecutor(f"{server.url}/webhook/labo", SECRET, LOCAL, folder / "records")
        yield World(executor, lambda: n8n.remote.level, lambda: n8n.remote.acts)


def a_program(folder: Path, script: str) -> Path:
    """An executable shell script."""
    path = folder / "labo-action"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return path


@asynccontextmanager
async def command_world(folder: Path) -> AsyncIterator[World]:
    acts = folder / "acts"
    acts.touch()
    program = a_program(folder, f'echo "$1" >> {acts}')
    executor = CommandExecutor({"labo-action": program}, folder / "records", Cage(), timeout_s=20.0)

    def lines() -> list[str]:
        return acts.read_text(encoding="utf-8").split()

    def level() -> int:
        return 1 + 2 * lines().count("scale") - 2 * lines().count("undo")

    yield World(executor, level, lambda: len(lines()))


def kubernetes_executor(url: str, timeout_s: float = HANG_S) -> KubernetesExecutor:
    """As `open_cluster` makes it, but for the kubeconfig."""
    from kubernetes import client

    settings = client.Configuration()
    settings.host = url
    settings.retries = False
    api = client.AppsV1Api(client.ApiClient(settings))
    return KubernetesExecutor(api, "shop", {"till": "shop/cart"}, timeout_s=timeout_s)


@asynccontextmanager
async def kubernetes_world(_: Path) -> AsyncIterator[World]:
    cluster = KubernetesApi()
    with answering(cluster.respond) as server:
        yield World(
            kubernetes_executor(server.url, timeout_s=10.0),
            lambda: int(cluster.deployment["spec"]["replicas"]) - 1,
            lambda: cluster.patches,
            cluster.roll_out,
        )


class Nowhere:
    """Keeps no record."""

    def hop(self, hop: Hop) -> None:
        """Not needed here."""

    def line(self, line: LogLine) -> None:
        """Not needed here."""

    def sample(self, sample: Sample) -> None:
        """Not needed here."""

    def close(self) -> None:
        """Nothing is buffered."""


@asynccontextmanager
async def engine_world(folder: Path) -> AsyncIterator[World]:
    run = start(load_system("streaming"), 1, Nowhere(), 10.0)
    desk = Desk(run, Schedule(run), dict)
    path = folder / "engine.sock"
    commands = CommandSocket(path)
    ended = threading.Event()
    component = run.system.components["catalogue"]
    levels = [component.instances]

    def serve() -> None:
        while not ended.wait(0.005):
            commands.serve(desk.answer)
            if component.instances != levels[-1]:
                levels.append(component.instances)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield World(
            EngineExecutor(path),
            lambda: component.instances,
            lambda: len(levels) - 1,
            action=an_action(target="catalogue"),
        )
    finally:
        ended.set()
        thread.join()
        commands.close()


@asynccontextmanager
async def ticket_world(_: Path) -> AsyncIterator[World]:
    yield World(TicketExecutor(), lambda: 1, lambda: 0)


WORLDS: Mapping[str, Callable[[Path], contextlib.AbstractAsyncContextManager[World]]] = {
    "webhook": webhook_world,
    "n8n": n8n_world,
    "command": command_world,
    "kubernetes": kubernetes_world,
    "engine": engine_world,
    "ticket": ticket_world,
}
