"""`labo incident KEY`: one incident with its answer, its evidence and its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from labo.cli.client import ask, member
from labo.cli.operator.incident_json import incident_record
from labo.cli.operator.keys import find_key
from labo.cli.operator.watching import WatchOption, present
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json
from labo.domain.entities.keys import KeyKind

app = typer.Typer()

IncidentArgument = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="Key, the beginning of a key, or GraphQL id.")
]
_INCIDENT = """query($id: ID!) { incident(id: $id) {
  ... on Failure { code message where hint }
  ... on Incident {
    key title status severity system openedAt lastActivityAt resolvedAt resolution ticket
    escalationLevel mergedInto symptom assignee follows recurrenceOf
    occurrences(first: 50) {
      startedAt endedAt severity provoked component { key name } problem { key title } }
    diagnosis {
      verdict method createdAt nextMetric
      suspects {
        componentName problemTitle problemKey probability componentProbability
        reasons { kind sentence } }
      chains { components conditions }
      ruledOut { componentName problemKey reason { kind sentence } }
      missing { kind sentence }
      changes { kind sentence }
    }
    diagnoses { createdAt verdict suspects { componentName componentProbability } }
    proposals {
      key escalationLevel status proposedCommand riskLevel createdAt
      decision { verdict reason decidedBy decidedAt } }
    confirmedCauses { confirmedBy at reason component { key name } problem { key title } }
    findings { summary createdAt }
    executions { kind executor templateId target status outcome detail startedAt endedAt }
    escalation { stage level note since }
    timeline(first: 100) { kind by at text stage level tokens }
  }
} }"""


@app.command("incident")
def incident_command(
    incident: IncidentArgument,
    *,
    watch: WatchOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one incident: the answer and why, what was ruled out, what is missing, what happened.

    Exit code 4 when there is no such incident, 2 when several begin with what was given.

    Examples: labo incident 4050af64 · labo incident 4050af64 --watch ·
    labo incident 4050af64 --json
    """
    key = find_key(incident, KeyKind.INCIDENT, data=data)

    def read() -> dict[str, Any]:
        return member(ask(_INCIDENT, {"id": key}, data=data)["incident"], key, data=data)

    def show(node: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        if as_json:
            print_json(incident_record(node, now))
        else:
            # Imported here: it loads the domain, which `labo --help` must not wait for.
            from labo.cli.operator.incident_text import print_incident

            print_incident(node, now)

    present(read, show, watch=watch, data=data)
