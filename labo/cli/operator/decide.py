"""`labo decide`: a person's decision on a proposal, on exactly the action that was shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from labo.cli.client import ask, member
from labo.cli.operator.confirm import ReasonOption
from labo.cli.operator.keys import find_key
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, error_console, print_json, say
from labo.domain.entities.keys import KeyKind
from labo.errors import Conflict, InvalidInput

app = typer.Typer()


class Choice(StrEnum):
    """The verdicts as they are typed."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"


ProposalArgument = Annotated[
    str,
    typer.Argument(
        metavar="PROPOSAL", help="Key or its beginning, as `labo incident KEY` lists it."
    ),
]
_PROPOSAL = """query($id: ID!) { proposal(id: $id) {
  ... on Failure { code message where hint }
  ... on Proposal {
    key digest status escalationLevel model analysis explanation proposedCommand riskLevel
    rollbackPlan criticality incident { key title } } } }"""
_DECIDE = """mutation($proposal: ID!, $digest: String!, $verdict: DecisionVerdict!,
                      $reason: String!) {
  decide(proposal: $proposal, digest: $digest, verdict: $verdict, reason: $reason) {
    ... on Failure { code message where hint }
    ... on Decision { verdict reason decidedBy decidedAt proposalDigest proposalKey } } }"""


@app.command("decide")
def decide_command(
    proposal: ProposalArgument,
    verdict: Annotated[Choice, typer.Argument(metavar="approve|reject|escalate")],
    *,
    reason: ReasonOption,
    digest: Annotated[
        str | None,
        typer.Option("--digest", help="Of the action you have seen: nothing is asked then."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a proposal. It is shown first, and the decision is on exactly what was shown.

    Approving asks once more; a script gives the `digest` of what it has seen instead. What was
    approved is executed by its executor, by default a person (`labo autonomy`). Exit code 4 when
    there is none, 5 when it changed or was decided, 1 after a no.

    Examples: labo decide 9c1f… approve --reason "seen it twice" ·
    labo decide 9c1f… reject --reason "not at noon" ·
    labo decide 9c1f… approve --digest 5be0… --reason "runbook 12" --json
    """
    key = find_key(proposal, KeyKind.PROPOSAL, data=data)
    seen = member(ask(_PROPOSAL, {"id": key}, data=data)["proposal"], proposal, data=data)
    _print_proposal(seen)
    _check_seen(seen, digest)
    if verdict is Choice.APPROVE and digest is None:
        _ask_once_more(proposal)
    variables = {
        "proposal": seen["key"],
        "digest": seen["digest"],
        "verdict": verdict.name,
        "reason": reason,
    }
    decided = member(ask(_DECIDE, variables, data=data)["decide"], proposal, data=data)
    if as_json:
        print_json(_document(decided, seen))
    else:
        say("[bold]{}[/] by {}: {}", verdict.value, decided["decidedBy"], decided["reason"])


def _document(decided: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    return {
        "proposal": decided["proposalKey"],
        "digest": decided["proposalDigest"],
        "verdict": decided["verdict"].lower(),
        "reason": decided["reason"],
        "by": decided["decidedBy"],
        "at": decided["decidedAt"],
        "incident": seen["incident"] and seen["incident"]["key"],
    }


def _print_proposal(seen: Mapping[str, Any]) -> None:
    """On standard error, so that standard output is the decision's alone."""
    lines = (
        ("proposal", f"{seen['key']} ({seen['status'].lower()}, digest {seen['digest']})"),
        ("by", f"{seen['model']} at escalation level {seen['escalationLevel']}"),
        ("incident", f"{seen['incident']['key']}  {seen['incident']['title']}")
        if seen["incident"]
        else ("incident", "gone"),
        ("analysis", seen["analysis"]),
        ("action", seen["proposedCommand"] or "none"),
        ("risk", f"{seen['riskLevel'].lower()}, criticality {seen['criticality']} of 5"),
        ("to undo it", seen["rollbackPlan"] or "nothing is said"),
        ("explanation", seen["explanation"]),
    )
    for name, text in lines:
        if text:
            say("  [bold]{}[/] {}", f"{name:<12}", text, to=error_console)


def _check_seen(proposal: Mapping[str, Any], digest: str | None) -> None:
    """Raises Conflict where a digest was given, of another action."""
    if digest is not None and digest != proposal["digest"]:
        hint = f"its digest is {proposal['digest']}"
        raise Conflict("it is another action by now", where=proposal["key"], hint=hint)


def _ask_once_more(proposal: str) -> None:
    """Raises InvalidInput where nobody can answer, Exit when the answer is no."""
    if not sys.stdin.isatty():
        hint = "a script approves with --digest, as shown"
        raise InvalidInput("nobody is there to ask", where=proposal, hint=hint)
    if not typer.confirm("Approve exactly this?", err=True):
        error_console.print("Nothing was decided.")
        raise typer.Exit(1)
