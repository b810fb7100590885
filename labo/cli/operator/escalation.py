"""`labo escalation`: ask for a higher level."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from labo.cli.client import ask, member
from labo.cli.operator.confirm import ReasonOption
from labo.cli.operator.incident import IncidentArgument
from labo.cli.operator.keys import find_key
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, say
from labo.domain.entities.keys import KeyKind

app = typer.Typer(no_args_is_help=True, help="The levels of the escalation, and what they cost.")


class Level(StrEnum):
    """Those that a person may ask for."""

    N2 = "n2"
    N3 = "n3"


_REQUEST = """mutation($incident: ID!, $level: EscalationLevel!, $reason: String!) {
  requestExpertise(incident: $incident, level: $level, reason: $reason) {
    ... on Failure { code message where hint }
    ... on Escalation { stage level note since } } }"""


@app.command("ask")
def ask_command(
    incident: IncidentArgument,
    level: Annotated[Level, typer.Argument(metavar="n2|n3")],
    *,
    reason: ReasonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask N2 for a proposal, or N3 for an expert report, about one incident.

    Exit code 4 when there is none, 5 when it is over, an action of it is under way, or N2 is not
    configured. An action of high risk that comes of it needs another person's approval.

    Examples: labo escalation ask 4050af64 n2 --reason "the restart did not help" ·
    labo escalation ask 4050af64 n3 --reason "for the review"
    """
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    variables = {"incident": key, "level": level.name, "reason": reason}
    state = member(ask(_REQUEST, variables, data=data)["requestExpertise"], key, data=data)
    if as_json:
        print_json(
            {
                "incident": key,
                "stage": state["stage"].lower(),
                "level": state["level"].lower(),
                "note": state["note"],
                "since": state["since"],
            }
        )
    else:
        say("[bold]{}[/] is asked: {}", state["level"], state["note"])
