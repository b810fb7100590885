"""`labo confirm`: what a person found to be the cause of an incident."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in, member
from labo.cli.operator.incident import IncidentArgument
from labo.cli.operator.keys import find_key
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, say
from labo.domain.entities.keys import KeyKind, component_key
from labo.errors import InvalidInput, NotFound

app = typer.Typer()

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; stored with your token's name.")]
ComponentOption = Annotated[
    str | None, typer.Option("--component", help="Name or key of the root-cause component.")
]
ProblemOption = Annotated[
    str | None,
    typer.Option("--problem", help="Key of the problem it had, its beginning, or its title."),
]
WithdrawOption = Annotated[
    bool, typer.Option("--withdraw", help="Take back every cause that was confirmed of it.")
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="What people call the problem from now on.")
]
_INCIDENT = """query($id: ID!) { incident(id: $id) {
  ... on Failure { code message where hint }
  ... on Incident { key title system confirmedCauses(first: 1) { at } } } }"""
_COMPONENT = """query($given: ID!, $named: ID!) {
  given: component(id: $given) { ...Found } named: component(id: $named) { ...Found } }
fragment Found on ComponentResult {
  ... on Failure { code message where hint }
  ... on Component { key name problems(first: 100) { problem { key title } } } }"""
_CONFIRM = """mutation($incident: ID!, $component: ID, $problem: ID, $name: String,
                       $reason: String!) {
  confirmCause(incident: $incident, component: $component, problem: $problem, name: $name,
               reason: $reason) {
    ... on Failure { code message where hint }
    ... on Finding { key summary reason validatedBy createdAt } } }"""

_WITHDRAW = """mutation($incident: ID!, $reason: String!) {
  withdrawCause(incident: $incident, reason: $reason) {
    ... on Failure { code message where hint }
    ... on Incident { title } } }"""


@app.command("confirm")
def confirm_command(
    incident: IncidentArgument,
    *,
    component: ComponentOption = None,
    problem: ProblemOption = None,
    name: NameOption = None,
    reason: ReasonOption,
    withdraw: WithdrawOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm the cause of an incident: a component, a problem, or a problem on a component.

    It is learnt from, and found again for similar incidents. Another cause corrects it; --withdraw
    unlearns it. Exit code 4: something named does not exist; 2: nothing is named; 7: may not.

    Examples: labo confirm 4050af64 --component payments --name "no free worker" --reason "htop" ·
    labo confirm 4050af64 --withdraw --reason "it was the network"
    """
    _check_given(withdraw=withdraw, is_named=bool(component or problem or name))
    key = find_key(incident, KeyKind.INCIDENT, data=data)
    if withdraw:
        _withdraw(key, reason, data, as_json=as_json)
        return
    known = member(ask(_INCIDENT, {"id": key}, data=data)["incident"], key, data=data)
    variables = {
        "incident": key,
        "name": name,
        "reason": reason,
        **_cause(component, problem, known, data),
    }
    answer = ask(_CONFIRM, variables, data=data)["confirmCause"]
    finding = member(answer, problem or key, data=data)
    if as_json:
        print_json(_document(variables, finding))
    else:
        by = finding["validatedBy"]
        say("Confirmed by {} for {} ({}):", by, known["key"], known["title"])
        say("  {}", finding["summary"])


def _check_given(*, withdraw: bool, is_named: bool) -> None:
    if withdraw == is_named:
        hint = "--component, --problem or both; or --withdraw and none of them"
        raise InvalidInput("name the cause", where="--component", hint=hint)


def _withdraw(key: str, reason: str, data: Path | None, *, as_json: bool) -> None:
    known = member(ask(_INCIDENT, {"id": key}, data=data)["incident"], key, data=data)
    variables = {"incident": key, "reason": reason}
    withdrawn = member(ask(_WITHDRAW, variables, data=data)["withdrawCause"], key, data=data)
    if as_json:
        print_json({"incident": key, "title": withdrawn["title"], "confirmed_causes": []})
    elif known["confirmedCauses"]:
        say("No cause of {} is confirmed any more ({}).", key, withdrawn["title"])
    else:
        say("No cause of {} is confirmed: nothing to take back ({}).", key, withdrawn["title"])


def _cause(
    component: str | None, problem: str | None, incident: dict[str, Any], data: Path | None
) -> dict[str, object]:
    """The keys of what was named."""
    named = _component(component, incident["system"], data) if component else None
    return {
        "component": named and named["key"],
        "problem": _problem(problem, named, data) if problem else None,
    }


def _document(given: dict[str, object], finding: dict[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    return {
        "incident": given["incident"],
        "component_key": given["component"],
        "problem_key": given["problem"],
        "name": given["name"],
        "finding": finding["key"],
        "summary": finding["summary"],
        "reason": finding["reason"],
        "by": finding["validatedBy"],
        "at": finding["createdAt"],
    }


def _component(given: str, system: str, data: Path | None) -> dict[str, Any]:
    """The component with this key, else with this name in the incident's system."""
    variables = {"given": given, "named": component_key(system, given)}
    answer = ask(_COMPONENT, variables, data=data)
    if "code" not in answer["given"]:
        return dict(answer["given"])
    if "code" not in answer["named"]:
        return dict(answer["named"])
    hint = f"looked in {looked_in(data)}; `labo components --system {system}` lists them"
    raise NotFound(f"there is no such component in the system {system}", where=given, hint=hint)


def _problem(given: str, component: dict[str, Any] | None, data: Path | None) -> str:
    """The key of the component's problem with this title, else of the one with this key."""
    seen: Sequence[dict[str, Any]] = component["problems"] if component else ()
    titled = [one["problem"]["key"] for one in seen if one["problem"]["title"] == given]
    if len(titled) > 1:
        raise InvalidInput("several problems have this title", where=given, hint=", ".join(titled))
    if titled:
        return str(titled[0])
    try:
        return find_key(given, KeyKind.PROBLEM, data=data)
    except NotFound as error:
        if component is None:
            raise
        name = component["name"]
        message = f"no problem of this title was seen on {name}, and none has this key"
        hint = f"{error.hint}; `labo components` says what was seen on {name}"
        raise NotFound(message, where=given, hint=hint) from error
