"""`labo templates list | show | publish | deprecate | revoke`: what the workspace decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from labo.cli.client import ask, member
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, json_text, print_json, print_table, say

app = typer.Typer()

_FIELDS = "key kind title status decidedBy reason decidedAt isBundled signedBy fault digest content"
_FAILURE = "... on Failure { code message where hint }"
_LIST = f"""query($kind: TemplateKind, $status: [TemplateStatus!]) {{
  templates(kind: $kind, status: $status) {{ {_FIELDS} }} }}"""
_SHOW = f"""query($id: ID!) {{ template(id: $id) {{
  {_FAILURE} ... on TemplateVersion {{ {_FIELDS} }} }} }}"""
_PUBLISH = f"""mutation($id: ID!, $digest: String!, $reason: String!) {{
  publishTemplate(id: $id, digest: $digest, reason: $reason) {{
    {_FAILURE} ... on TemplateVersion {{ {_FIELDS} }} }} }}"""
_DEPRECATE = f"""mutation($id: ID!, $reason: String!) {{
  deprecateTemplate(id: $id, reason: $reason) {{
    {_FAILURE} ... on TemplateVersion {{ {_FIELDS} }} }} }}"""
_REVOKE = f"""mutation($id: ID!, $reason: String!) {{
  revokeTemplate(id: $id, reason: $reason) {{
    {_FAILURE} ... on TemplateVersion {{ {_FIELDS} }} }} }}"""

KeyArgument = Annotated[
    str, typer.Argument(metavar="TEMPLATE@VERSION", help="As `labo templates list` shows it.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the version.")]


class Kind(StrEnum):
    """The kinds as they are typed."""

    ACTION = "action"
    AGENT = "agent"


class Status(StrEnum):
    """The states as they are typed."""

    DRAFT = "draft"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    REVOKED = "revoked"


@app.command("list")
def list_command(
    *,
    kind: Annotated[Kind | None, typer.Option("--kind")] = None,
    status: Annotated[
        list[Status] | None, typer.Option("--status", help="May be repeated; by default all.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every version of every template, and what this workspace decided about it.

    Examples: labo templates list · labo templates list --kind action --status draft --json
    """
    variables = {
        "kind": kind.name if kind else None,
        "status": [one.name for one in status] if status else None,
    }
    found = ask(_LIST, variables, data=data)["templates"]
    if as_json:
        print_json([_document(one) for one in found])
        return
    rows = [
        [one["key"], one["kind"].lower(), one["status"].lower(), one["decidedBy"], one["fault"]]
        for one in found
    ]
    print_table(("key", "kind", "status", "by", "fault"), rows)


@app.command()
def show(key: KeyArgument, *, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one version: what it holds, who signed it, who decided what about it and why.

    Examples: labo templates show restart_service@2 · labo templates show nudge@1 --json
    """
    found = member(ask(_SHOW, {"id": key}, data=data)["template"], key, data=data)
    _print(found, as_json=as_json)


@app.command()
def publish(
    key: KeyArgument,
    *,
    reason: ReasonOption,
    digest: Annotated[
        str | None,
        typer.Option("--digest", help="Of the text you have seen; else it is shown and asked for."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a signed version be proposed and executed in this workspace. Needs the scope admin.

    Exit code 4 when there is none, 5 when it was revoked or changed, 7 when it is not signed.

    Examples: labo templates publish nudge@1 --reason "tried in staging" ·
    labo templates publish nudge@1 --digest 5be0… --reason "reviewed" --json
    """
    if digest is None:
        seen = member(ask(_SHOW, {"id": key}, data=data)["template"], key, data=data)
        _print(seen, as_json=False)
        typer.confirm("Publish exactly this?", abort=True, err=True)
        digest = seen["digest"]
    variables = {"id": key, "digest": digest, "reason": reason}
    changed = ask(_PUBLISH, variables, data=data)["publishTemplate"]
    _print_changed(member(changed, key, data=data), as_json=as_json)


@app.command()
def deprecate(
    key: KeyArgument, *, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Propose a version no longer; what is approved may still be executed. Needs the scope admin.

    Example: labo templates deprecate restart_service@1 --reason "use version 2"
    """
    changed = ask(_DEPRECATE, {"id": key, "reason": reason}, data=data)["deprecateTemplate"]
    _print_changed(member(changed, key, data=data), as_json=as_json)


@app.command()
def revoke(
    key: KeyArgument, *, reason: ReasonOption, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Execute a version never again in this workspace, also what is approved already. Final.

    For every workspace at once: `labo templates sign --revoke`. Needs the scope admin.

    Example: labo templates revoke nudge@1 --reason "it nudged the wrong service"
    """
    changed = ask(_REVOKE, {"id": key, "reason": reason}, data=data)["revokeTemplate"]
    _print_changed(member(changed, key, data=data), as_json=as_json)


def _document(found: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form."""
    return {
        "key": found["key"],
        "kind": found["kind"].lower(),
        "title": found["title"],
        "status": found["status"].lower(),
        "by": found["decidedBy"] or None,
        "reason": found["reason"],
        "at": found["decidedAt"],
        "bundled": found["isBundled"],
        "signed_by": found["signedBy"],
        "fault": found["fault"],
        "digest": found["digest"],
        "content": json.loads(found["content"]) if found["content"] else None,
    }


def _print(found: Mapping[str, Any], *, as_json: bool) -> None:
    document = _document(found)
    if as_json:
        print_json(document)
        return
    content = document.pop("content")
    for name, value in document.items():
        if value not in (None, ""):
            say("  [bold]{}[/] {}", f"{name:<10}", value)
    echo(json_text(content, indent=2))


def _print_changed(changed: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(_document(changed))
    else:
        say("[bold]{}[/] is {}: {}", changed["key"], changed["status"].lower(), changed["reason"])
