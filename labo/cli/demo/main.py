"""`labo demo`: one real incident through every part of a stack of its own, then another one."""

from __future__ import annotations

import json
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from labo.cli.demo.recurrence import meet_again
from labo.cli.demo.stack import (
    DemoFolderOption,
    KeepOption,
    NoWaitOption,
    Start,
    demo_stack,
    show_addresses,
)
from labo.cli.demo.steps import ask, import_case, post_alert, wait_for
from labo.cli.demo.text import print_summary
from labo.cli.options import data_folder
from labo.cli.output import JsonOption, console, error_console, print_json, say

app = typer.Typer()

INCIDENT = """query($system: String!) { incidents(first: 1, system: $system) { edges { node {
  id key title status escalationLevel
  occurrences { component { id name } problem { id title } events { title source startsAt } }
  diagnosis {
    verdict tookMs nextMetric
    suspects { componentName probability componentProbability reasons { sentence } }
    chains { components conditions }
  }
  proposals {
    id digest escalationLevel model status analysis proposedCommand
    riskLevel rollbackPlan criticality refusal
  }
} } } }"""
MINIMAL = """query($incident: ID!) { minimalMetrics(incident: $incident) {
  __typename ... on MinimalSet {
    metrics cost proven lowerBound saving indistinguishable { one other } } } }"""
DECIDE = """mutation($proposal: ID!, $digest: String!, $reason: String!) {
  decide(proposal: $proposal, digest: $digest, verdict: APPROVE, reason: $reason) {
    __typename ... on Decision { verdict reason decidedBy decidedAt } } }"""


@app.command("demo")
def demo_command(
    *,
    keep: KeepOption = False,
    no_wait: NoWaitOption = False,
    data: DemoFolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Diagnose one real incident end to end, on a real Neo4j, queue and workers; then its
    recurrence.

    The cause of the first is confirmed, and the second is recognised by what was learnt from it.

    The incidents are of the public PetShop data set, whose label is shown beside the answers.
    The model is a scripted one, so that no key is needed; the diagnosis itself uses no model at
    all. At a terminal the stack runs until Enter is pressed.

    Examples: labo demo · labo demo --keep · labo demo --no-wait
    """
    folder = (data or data_folder(None) / "demo").resolve()
    started = time.monotonic()
    with demo_stack(folder, keep=keep) as start:
        summary = _run(start, quiet=as_json)
        if as_json:
            print_json(summary)
        else:
            print_summary(summary)
            say("\n[dim]{} s in all[/dim]", f"{time.monotonic() - started:.0f}")
            show_addresses(folder, keep=keep, no_wait=no_wait)


def _run(start: Start, *, quiet: bool) -> dict[str, Any]:
    out = error_console if quiet else console
    say("[bold]1[/bold]  Starting Neo4j, Valkey, the API and the workers …", to=out)
    start(quiet)
    case, again = (
        Path(str(files("labo.data").joinpath(name)))
        for name in ("petshop_case", "petshop_case_again")
    )
    say("[bold]2[/bold]  Importing topology and metrics of one PetShop incident …", to=out)
    import_case(case, "petshop")
    say("[bold]3[/bold]  Posting its alert as Alertmanager would …", to=out)
    post_alert(json.loads((case / "alert.json").read_text(encoding="utf-8")))
    say("[bold]4[/bold]  Waiting for the diagnosis and the proposal …", to=out)
    summary = _summary()
    summary["again"] = meet_again(
        summary["incident"], (case, again), lambda step: say(step, to=out)
    )
    return summary | {"labels": [_label(case), _label(again)]}


def _label(case: Path) -> dict[str, Any]:
    """What the data set says was the cause: `component`, and `how` it was disturbed."""
    label: dict[str, Any] = json.loads((case / "label.json").read_text(encoding="utf-8"))
    return label


def _summary() -> dict[str, Any]:
    """The incident with its answers, all of it as GraphQL gives it to any tool."""
    incident, proposal = wait_for(_proposed, "the incident is diagnosed and has a proposal")
    minimal = ask(MINIMAL, incident=incident["id"])["minimalMetrics"]
    decision = ask(
        DECIDE,
        proposal=proposal["id"],
        digest=proposal["digest"],
        reason="the demo's operator agrees with the evidence",
    )["decide"]
    return {
        "incident": incident,
        "minimal_metrics": minimal,
        "proposal": proposal,
        "decision": decision,
    }


def _proposed() -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The incident and the proposal that waits for a human, once both are there.

    A first opinion of the local model proposes nothing.
    """
    for edge in ask(INCIDENT, system="petshop")["incidents"]["edges"]:
        node = edge["node"]
        for proposal in node["proposals"]:
            if node["diagnosis"] and (proposal["escalationLevel"], proposal["status"]) == (
                "N2",
                "PENDING",
            ):
                return node, proposal
    return None
