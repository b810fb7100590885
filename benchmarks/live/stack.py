"""A whole stack of the bench's own, in a folder of its own, and pure reads of what it says."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from neo4j import GraphDatabase

from labo.children import python_module
from labo.errors import Unavailable
from labo.stack.processes import spawn, stop, tail
from labo.stack.state import connection_env, running

START_S = 240.0

INCIDENTS = """
query ($system: String!) { incidents(system: $system, first: 20) { nodes {
  key title status openedAt resolvedAt lastActivityAt mergedInto
  occurrences(first: 30) { componentKey problemKey }
  diagnosis { verdict suspects { componentName probability problemTitle } } } } }
"""
CONFIRM = """
mutation ($incident: ID!, $component: ID!, $reason: String!) {
  confirmCause(incident: $incident, component: $component, reason: $reason) {
    __typename ... on Failure { message hint } } }
"""
WITHDRAW = """
mutation ($incident: ID!, $reason: String!) {
  withdrawCause(incident: $incident, reason: $reason) {
    __typename ... on Failure { message hint } } }
"""
SIZES = """
MATCH (p:Problem) WHERE p.status IN ['observed', 'validated']
WITH count(p) AS problems
OPTIONAL MATCH (a:Problem)-[:CAUSE_OF]->(e:CausalEdge)-[:EFFECT_ON]->(b:Problem)
WHERE e.status <> 'refuted'
WITH problems, count(e) AS edges, sum(CASE WHEN a = b THEN 1 ELSE 0 END) AS loops,
     collect(DISTINCT [a.key, b.key]) AS pairs
RETURN problems, edges, loops,
       size([p IN pairs WHERE p[0] < p[1] AND [p[1], p[0]] IN pairs]) AS both_ways
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What has gathered in the graph, and what of its edges can't be right: from a problem to
    itself (`loops`), and pairs that bring each other about (`both_ways`)."""

    problems: int
    edges: int
    loops: int
    both_ways: int


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack as its user has it: a data folder, an address and a token."""

    data: Path
    url: str
    token: str

    async def incidents(self, client: httpx.AsyncClient, system: str) -> list[dict[str, Any]]:
        """The newest twenty, newest first. Raises httpx.HTTPError or ValueError."""
        data = await self.ask(client, INCIDENTS, system=system)
        nodes: list[dict[str, Any]] = data["incidents"]["nodes"]
        return nodes

    async def confirm(
        self, client: httpx.AsyncClient, incident: str, component: str, reason: str
    ) -> None:
        """Confirm `component` (key) as the cause. Raises ValueError when it is refused."""
        names = {"incident": incident, "component": component, "reason": reason}
        answer = (await self.ask(client, CONFIRM, **names))["confirmCause"]
        if answer["__typename"] != "Finding":
            raise ValueError(f"confirmCause: {answer}")

    async def withdraw(self, client: httpx.AsyncClient, incident: str, reason: str) -> None:
        """Take back what was confirmed. Raises ValueError when it is refused."""
        names = {"incident": incident, "reason": reason}
        answer = (await self.ask(client, WITHDRAW, **names))["withdrawCause"]
        if answer["__typename"] != "Incident":
            raise ValueError(f"withdrawCause: {answer}")

    async def ask(self, client: httpx.AsyncClient, query: str, **variables: object) -> Any:
        """The data of a GraphQL answer. Raises httpx.HTTPError, or ValueError with its errors."""
        answer = await client.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        answer.raise_for_status()
        body = answer.json()
        if "errors" in body:
            raise ValueError(str(body["errors"])[:500])
        return body["data"]

    def sizes(self) -> Sizes:
        """Counted in Neo4j itself, since no page of the API gives them at once."""
        env = connection_env(self.data)
        auth = ("neo4j", env["LABO_NEO4J__PASSWORD"])
        # Silent, since a graph without any edge yet is warned about.
        quiet: dict[str, Any] = {"notifications_min_severity": "OFF"}
        with GraphDatabase.driver(env["LABO_NEO4J__URI"], auth=auth, **quiet) as driver:
            [row] = driver.execute_query(SIZES).records
        return Sizes(row["problems"], row["edges"], row["loops"], row["both_ways"])

    def labo(self, *words: str) -> str:
        """Run a command of the product against this stack; its output. Raises
        subprocess.CalledProcessError."""
        return subprocess.run(
            python_module("labo.cli.main", *words),
            env=os.environ | {"LABO_DATA_DIR": str(self.data)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@contextlib.contextmanager
def a_stack(data: Path, settings: Mapping[str, str]) -> Iterator[Stack]:
    """A stack on an empty `data` folder and free ports, with these settings of the environment.

    It is what `labo up --detach --ports auto` starts, as our own child: so the kernel ends it
    also when this process is killed. Raises Unavailable with the log when it does not start.
    """
    log = data.with_name(f"{data.name}.log")
    data.mkdir(parents=True)
    words = ("up", "--no-banner", "--ports", "auto", "--data", str(data))
    env = {**os.environ, "LABO_LLM__SCRIPTED": "true", **settings}
    process = spawn(python_module("labo.cli.main", *words), log=log, env=env, cwd=data)
    try:
        deadline = time.monotonic() + START_S
        while (state := running(data)) is None or not state.is_ready:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"the stack did not start\n{tail(log)}")
            time.sleep(0.3)
        yield Stack(data, state.urls["api"], (data / "token").read_text().strip())
    finally:
        stop(process, timeout_s=60)
