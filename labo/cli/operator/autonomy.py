"""`labo autonomy`: how far Labo may act by itself, and the switch that stops all actions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from labo.cli.client import ask, member
from labo.cli.operator.confirm import ReasonOption
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, say

app = typer.Typer(no_args_is_help=True, help="How far Labo may act by itself; the kill switch.")


class Level(StrEnum):
    """As they are typed."""

    OFF = "off"
    PROPOSE = "propose"
    APPROVE = "approve"
    SAFE_AUTO = "safe-auto"


_FIELDS = "autonomy stoppedAt stoppedBy reason"
_SHOW = f"{{ controls {{ {_FIELDS} }} }}"
_CHANGE = """mutation($reason: String!) {{ {field}(reason: $reason) {{
  ... on Failure {{ code message where hint }} ... on Controls {{ {fields} }} }} }}"""
_SET = f"""mutation($autonomy: Autonomy!, $reason: String!) {{
  setAutonomy(autonomy: $autonomy, reason: $reason) {{
    ... on Failure {{ code message where hint }} ... on Controls {{ {_FIELDS} }} }} }}"""
_MEANINGS = {
    "off": "nothing is proposed",
    "propose": "a person carries out what was approved",
    "approve": "what a person approved is executed",
    "safe_auto": "actions of low risk are executed without a person",
}


@app.command("show")
def show_command(*, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what the workspace permits now.

    Examples: labo autonomy show · labo autonomy show --json
    """
    _print(ask(_SHOW, {}, data=data)["controls"], as_json=as_json)


@app.command("set")
def set_command(
    level: Annotated[Level, typer.Argument(metavar="off|propose|approve|safe-auto")],
    *,
    reason: ReasonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set how far Labo may act by itself. Needs a token of scope admin.

    Examples: labo autonomy set safe-auto --reason "two weeks without a wrong one" ·
    labo autonomy set off --reason "audit"
    """
    variables = {"autonomy": level.name, "reason": reason}
    changed = member(ask(_SET, variables, data=data)["setAutonomy"], level.value, data=data)
    _print(changed, as_json=as_json)


@app.command("stop")
def stop_command(
    *, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The kill switch: nothing is executed from now on, whatever was approved.

    What runs already is not broken off. Example: labo autonomy stop --reason "wrong restarts"
    """
    _change("stopActions", reason, data=data, as_json=as_json)


@app.command("resume")
def resume_command(
    *, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """End the stop. Needs a token of scope admin.

    Example: labo autonomy resume --reason "found and mended"
    """
    _change("resumeActions", reason, data=data, as_json=as_json)


def _change(field: str, reason: str, *, data: DataOption, as_json: bool) -> None:
    mutation = _CHANGE.format(field=field, fields=_FIELDS)
    changed = member(ask(mutation, {"reason": reason}, data=data)[field], field, data=data)
    _print(changed, as_json=as_json)


def _print(controls: Mapping[str, Any], *, as_json: bool) -> None:
    autonomy = controls["autonomy"].lower()
    if as_json:
        print_json(
            {
                "autonomy": autonomy,
                "stopped_at": controls["stoppedAt"],
                "stopped_by": controls["stoppedBy"] or None,
                "reason": controls["reason"] or None,
            }
        )
        return
    say("  autonomy [bold]{}[/]: {}", autonomy.replace("_", "-"), _MEANINGS[autonomy])
    if controls["stoppedAt"]:
        by, at = controls["stoppedBy"], controls["stoppedAt"]
        say("  [bold]stopped[/] by {} at {}: {}", by, at, controls["reason"])
