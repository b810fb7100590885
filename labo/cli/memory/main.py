"""`labo memory`: what is remembered of resolved incidents, corrected and forgotten by people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in, member
from labo.cli.operator.confirm import ReasonOption
from labo.cli.operator.incident import IncidentArgument
from labo.cli.operator.incidents import LimitOption
from labo.cli.operator.keys import find_key, short_keys
from labo.cli.operator.moments import to_the_minute
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, print_table, say
from labo.domain.entities.keys import KeyKind

app = typer.Typer(
    help="What was learnt from resolved incidents: see, correct, forget.", no_args_is_help=True
)


class Effect(StrEnum):
    """What an action did, as it is typed."""

    WORKED = "worked"
    NO_EFFECT = "no_effect"
    WORSE = "worse"
    UNKNOWN = "unknown"


_COLUMNS = ("incident", "resolved (UTC)", "title", "action", "effect", "level", "success")
_FIELDS = """incidentKey title symptoms componentKeys tags problem componentKey templateId
  parameters { name value } outcome attempts successRate escalationLevel modelCalls tokens costEur
  minutes openedAt resolvedAt text correctedBy correction"""
_LIST = f"""query($text: String, $first: Int!) {{
  resolutions(text: $text, first: $first) {{ {_FIELDS} }} }}"""
_SHOW = f"""query($incident: ID!) {{ resolution(incident: $incident) {{
  ... on Failure {{ code message where hint }} ... on Resolution {{ {_FIELDS} }} }} }}"""
_CORRECT = f"""mutation($incident: ID!, $outcome: VerificationOutcome!, $reason: String!) {{
  correctSolution(incident: $incident, outcome: $outcome, reason: $reason) {{
    ... on Failure {{ code message where hint }} ... on Resolution {{ {_FIELDS} }} }} }}"""
_FORGET = """mutation($incident: ID!, $reason: String!) {
  forgetSolution(incident: $incident, reason: $reason) {
    ... on Failure { code message where hint } ... on Forgotten { incidentKey } } }"""


@app.callback()
def memory_commands() -> None:
    """What was learnt from resolved incidents: see, correct, forget."""


@app.command("list")
def list_command(
    text: Annotated[
        str | None, typer.Argument(help="Those nearest to these words, instead of the newest.")
    ] = None,
    *,
    limit: LimitOption = 20,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is remembered of resolved incidents, the newest first, or the nearest to a text.

    Examples: labo memory list · labo memory list "checkout is slow" --limit 3 --json
    """
    found = ask(_LIST, {"text": text, "first": limit}, data=data)["resolutions"]
    if as_json:
        print_json({"resolutions": [_record(one) for one in found]})
    elif not found:
        say("Nothing is remembered in {}: no incident was resolved yet.", looked_in(data))
    else:
        shown = short_keys([one["incidentKey"] for one in found])
        rows = [_cells(one, shown[one["incidentKey"]]) for one in found]
        whole = ("incident", "resolved (UTC)", "effect", "level", "success")
        print_table(_COLUMNS, rows, whole=whole, dispensable=("resolved (UTC)", "success"))


@app.command("show")
def show_command(
    incident: IncidentArgument, *, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show what is remembered of one resolved incident.

    Example: labo memory show 53ba
    """
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    found = member(ask(_SHOW, {"incident": key}, data=data)["resolution"], incident, data=data)
    _print(found, as_json=as_json)


@app.command("correct")
def correct_command(
    incident: IncidentArgument,
    effect: Annotated[Effect, typer.Argument(metavar="worked|no_effect|worse|unknown")],
    *,
    reason: ReasonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the action on an incident really did; it counts instead of what was measured.

    Exit code 5 where no action was verified on it.

    Example: labo memory correct 53ba no_effect --reason "the network came back by itself"
    """
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    variables = {"incident": key, "outcome": effect.name, "reason": reason}
    corrected = ask(_CORRECT, variables, data=data)["correctSolution"]
    _print(member(corrected, incident, data=data), as_json=as_json)


@app.command("forget")
def forget_command(
    incident: IncidentArgument,
    *,
    reason: ReasonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete what is remembered of how an incident was resolved, for good. The incident stays.

    Example: labo memory forget 53ba --reason "it was a drill"
    """
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    variables = {"incident": key, "reason": reason}
    forgotten = ask(_FORGET, variables, data=data)["forgetSolution"]
    member(forgotten, incident, data=data)
    if as_json:
        print_json({"forgotten": key})
    else:
        say("Forgotten: no known solution rests on {} any longer.", key)


def _print(found: Mapping[str, Any], *, as_json: bool) -> None:
    record = _record(found)
    if as_json:
        print_json(record)
        return
    for name, value in record.items():
        if value not in (None, [], {}):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            if isinstance(value, dict):
                shown = ", ".join(f"{key}={one}" for key, one in value.items())
            say("  [bold]{}[/] {}", f"{name.replace('_', ' '):<13}", shown)


def _record(found: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/memory.md."""
    return {
        "incident": found["incidentKey"],
        "title": found["title"],
        "text": found["text"],
        "symptoms": found["symptoms"],
        "components": found["componentKeys"],
        "tags": found["tags"],
        "problem": found["problem"],
        "component": found["componentKey"],
        "action": found["templateId"],
        "parameters": {one["name"]: one["value"] for one in found["parameters"]},
        "effect": found["outcome"] and found["outcome"].lower(),
        "attempts": found["attempts"],
        "success_rate": found["successRate"],
        "level": found["escalationLevel"],
        "model_calls": found["modelCalls"],
        "tokens": found["tokens"],
        "cost_eur": found["costEur"],
        "minutes": round(found["minutes"], 2),
        "opened_at": found["openedAt"],
        "resolved_at": found["resolvedAt"],
        "corrected_by": found["correctedBy"],
        "correction": found["correction"],
    }


def _cells(found: Mapping[str, Any], key: str) -> tuple[object, ...]:
    rate = found["successRate"]
    return (
        key,
        to_the_minute(found["resolvedAt"]),
        found["title"],
        found["templateId"],
        found["outcome"] and found["outcome"].lower(),
        found["escalationLevel"],
        None if rate is None else f"{rate:.0%}",
    )
