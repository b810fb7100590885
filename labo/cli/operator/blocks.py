"""`labo blocks`: actions that must not be executed, why, and lifting a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in, member
from labo.cli.operator.confirm import ReasonOption
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, print_table, say

app = typer.Typer(
    help="Actions that must not be executed, why, and lifting a block.", no_args_is_help=True
)

_COLUMNS = ("block", "reason", "component", "template", "since", "ends", "what is the matter")
_FIELDS = """key reason sentence ending isLiftable incidentKey problemKey componentKey templateId
  blockedAt endsAt liftedBy liftedAt liftReason"""
_BLOCKS = f"""query($component: String, $first: Int!) {{
  actionBlocks(component: $component, first: $first) {{
    ... on Failure {{ code message where hint }}
    ... on ActionBlockList {{ nodes {{ {_FIELDS} }} }} }} }}"""
_LIFT = f"""mutation($id: ID!, $reason: String!) {{ liftBlock(id: $id, reason: $reason) {{
    ... on Failure {{ code message where hint }}
    ... on ActionBlock {{ {_FIELDS} }} }} }}"""


@app.command("list")
def list_blocks(
    *,
    component: Annotated[
        str | None, typer.Option("--component", help="Key, as `labo components --json` has it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List why actions were not executed, the newest first, lifted and ended ones too.

    Examples: labo blocks list · labo blocks list --component shop/db --json
    """
    variables = {"component": component, "first": limit}
    page = member(ask(_BLOCKS, variables, data=data)["actionBlocks"], component or "", data=data)
    records = [_record(node) for node in page["nodes"]]
    if as_json:
        print_json(records)
    elif not records:
        say("No action was blocked in {}.", looked_in(data))
    else:
        print_table(_COLUMNS, [_cells(node) for node in page["nodes"]], whole=_COLUMNS[:1])


@app.command("lift")
def lift_block(
    block: Annotated[str, typer.Argument(metavar="BLOCK", help="As `labo blocks list` shows it.")],
    *,
    reason: ReasonOption,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a problem on a component be acted on again; what was executed so far counts no more.

    Exit code 4 when there is none, 5 when nobody can lift it: what is running, a policy, the
    budget, the kill switch.

    Example: labo blocks lift 9c1f0a… --reason "the disk was replaced"
    """
    answer = ask(_LIFT, {"id": block, "reason": reason}, data=data)["liftBlock"]
    lifted = member(answer, block, data=data)
    if as_json:
        print_json(_record(lifted))
    else:
        say(
            "Lifted by {} for {} ({}).",
            lifted["liftedBy"],
            lifted["componentKey"],
            lifted["liftReason"],
        )


def _record(node: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    return {
        "block": node["key"],
        "reason": node["reason"].lower(),
        "sentence": node["sentence"],
        "ending": node["ending"],
        "liftable": node["isLiftable"],
        "incident": node["incidentKey"],
        "problem": node["problemKey"],
        "component": node["componentKey"],
        "template": node["templateId"],
        "blocked_at": node["blockedAt"],
        "ends_at": node["endsAt"],
        "lifted_by": node["liftedBy"],
        "lifted_at": node["liftedAt"],
        "lift_reason": node["liftReason"],
    }


def _cells(node: Mapping[str, Any]) -> tuple[object, ...]:
    lifted = f"lifted by {node['liftedBy']}" if node["liftedBy"] else None
    return (
        node["key"],
        node["reason"].lower(),
        node["componentKey"],
        node["templateId"],
        node["blockedAt"],
        lifted or node["endsAt"] or node["ending"],
        node["sentence"],
    )
