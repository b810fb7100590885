"""The demo's second half: the cause is confirmed, and the same problem recurs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labo.cli.demo.steps import ask, import_case, post_alert, wait_for

ENDED_AT = "2023-04-18T22:27:00.000Z"
"""When the first incident's symptom ended, by the data set."""

CONFIRM = """mutation($incident: ID!, $component: ID!, $problem: ID!, $reason: String!) {
  confirmCause(incident: $incident, component: $component, problem: $problem, reason: $reason) {
    __typename ... on Finding { summary validatedBy }
    ... on NotFound { message } ... on InvalidInput { message } } }"""
LEARNT = """query($problem: ID!) { problem(id: $problem) { ... on Problem {
  title signature { metric direction } } } }"""
SECOND = """query($system: String!) { incidents(first: 5, system: $system) { edges { node {
  id title status
  diagnosis { verdict suspects { componentName problemTitle probability componentProbability
    reasons { kind sentence } } } } } } }"""


def meet_again(
    first: dict[str, Any], cases: tuple[Path, Path], show: Callable[[str], None]
) -> dict[str, Any]:
    """End and confirm the `first` incident, then diagnose the second case of its problem.

    `after` is the diagnosis that the running stack makes of the second case's alert, `before` what
    it would be for the same incident without anything learnt.
    """
    show("[bold]5[/bold]  The operator confirms the cause; the alert ends …")
    confirmed = _confirm(first)
    post_alert(_resolved(cases[0]))
    show("[bold]6[/bold]  Seven hours later the same problem happens again …")
    wait_for(lambda: _is_learnt(confirmed["problem"]), "what was confirmed is learnt")
    import_case(cases[1], "petshop")
    post_alert(json.loads((cases[1] / "alert.json").read_text(encoding="utf-8")))
    after = wait_for(lambda: _other(first["id"]), "the second incident is diagnosed")
    return {"confirmed": confirmed, "before": _without_knowledge(after["id"]), "after": after}


def _resolved(case: Path) -> dict[str, Any]:
    """The case's alert as Alertmanager sends it when it is over."""
    alert: dict[str, Any] = json.loads((case / "alert.json").read_text(encoding="utf-8"))
    for one in alert["alerts"]:
        one |= {"status": "resolved", "endsAt": ENDED_AT}
    return alert | {"status": "resolved"}


def _confirm(incident: dict[str, Any]) -> dict[str, Any]:
    """Confirm the strongest suspect, with the problem that the diagnosis saw on it."""
    suspect = incident["diagnosis"]["suspects"][0]["componentName"]
    cause = next(o for o in incident["occurrences"] if o["component"]["name"] == suspect)
    summary = ask(
        CONFIRM,
        incident=incident["id"],
        component=cause["component"]["id"],
        problem=cause["problem"]["id"],
        reason="the demo's operator checked it, and agrees",
    )["confirmCause"]
    return {"component": suspect, **summary, "problem": cause["problem"]}


def _is_learnt(problem: dict[str, Any]) -> bool:
    return bool(ask(LEARNT, problem=problem["id"])["problem"]["signature"])


def _other(first: str) -> dict[str, Any] | None:
    """The diagnosed incident that is not the first."""
    for edge in ask(SECOND, system="petshop")["incidents"]["edges"]:
        node: dict[str, Any] = edge["node"]
        if node["id"] != first and node["diagnosis"]:
            return node
    return None


def _without_knowledge(incident: str) -> dict[str, Any]:
    from labo.cli.connection import ask_services, connected_settings
    from labo.cli.operator.keys import plain_key
    from labo.domain.entities.diagnoses import Analysis
    from labo.domain.entities.keys import KeyKind

    key = plain_key(incident, KeyKind.INCIDENT)

    def answered() -> Analysis:
        return ask_services(connected_settings(), lambda labo: labo.diagnosis.located(key))

    analysis = wait_for(answered, "the second incident is compared with nothing")
    suspect = analysis.suspects[0]
    return {
        "verdict": analysis.verdict.value,
        "component": suspect.component,
        "problem": suspect.problem,
        "probability": suspect.probability,
    }
