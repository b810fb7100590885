"""The living engine as a system that plugs into the running stack like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import load_system
from engine.cli.run import Plan
from tests.acceptance.conftest import WholeStack, wait_for

pytestmark = pytest.mark.acceptance

Node = dict[str, Any]

SECONDS = 60
SILENT = {"database", "cache", "queue"}
QUERY = """
query {
  components(system: "streaming") {
    edges { node { name role dependencies { name } exposes { metric } } }
  }
}
"""


def test_streaming_plugs_in(whole_stack: WholeStack) -> None:
    """A simulated minute over OTLP/HTTP: every component of the description is in the graph
    with its dependencies, stores and queues with their roles, and all with metrics."""
    report = run_streaming(whole_stack)
    delivery = report["delivery"]
    assert (delivery["rejected"], delivery["dropped"]) == ({}, {})
    assert delivery["sent"]["traces"] > report["hops"] > 100 * SECONDS
    assert delivery["sent"]["metrics"] == report["samples"]

    system = load_system("streaming")
    plan = Plan(system, 0, SECONDS, (), 0.0)
    expected: dict[str, set[str]] = {name: set() for name in system.components}
    for caller, callee in plan.dependencies():
        expected[caller].add(callee)
    silent = {
        name: part.role.value for name, part in system.components.items() if part.role in SILENT
    }

    def found() -> dict[str, Node] | None:
        data = whole_stack.graphql(QUERY)
        nodes: dict[str, Node] = {
            edge["node"]["name"]: edge["node"] for edge in data["components"]["edges"]
        }
        links = {
            name: {one["name"] for one in node["dependencies"]} for name, node in nodes.items()
        }
        return nodes if links == expected and all(n["exposes"] for n in nodes.values()) else None

    nodes = wait_for(found, seconds=60, reason="the system's topology is in the graph")
    assert {name: nodes[name]["role"].lower() for name in silent} == silent


def run_streaming(stack: WholeStack) -> dict[str, Any]:
    """The report of a run that is posted to the stack."""
    words = ["run", "streaming", "--seconds", str(SECONDS), "--speed", "max", "--json", "--quiet"]
    where = ["--endpoint", stack.url, "--header", f"Authorization=Bearer {stack.token}"]
    done = subprocess.run(
        [sys.executable, "-m", "engine", *words, *where],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        timeout=120,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
