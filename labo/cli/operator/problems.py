"""`labo problems`: the kinds of problems that have occurred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from labo.cli.client import looked_in
from labo.cli.operator.components import RoleOption
from labo.cli.operator.incidents import LimitOption
from labo.cli.operator.moments import to_the_minute
from labo.cli.operator.pages import PageForm, present_page
from labo.cli.operator.watching import WatchOption
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_table, say

app = typer.Typer()

_COLUMNS = ("key", "problem", "role", "status", "seen", "last (UTC)")
_PROBLEMS = """query($role: String, $status: [ProblemStatus!], $first: Int!) {
  problems(role: $role, status: $status, first: $first) {
    pageInfo { hasNextPage }
    nodes {
      key title role kind status severity occurrences firstSeen lastSeen aliases summary } } }"""


class Status(StrEnum):
    """The life of a problem, as it is typed."""

    OBSERVED = "observed"
    VALIDATED = "validated"
    MERGED = "merged"
    RETIRED = "retired"


@app.command("problems")
def problems_command(
    *,
    role: RoleOption = None,
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", help="May be repeated; by default observed and validated."),
    ] = None,
    limit: LimitOption = 50,
    watch: WatchOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the problems that have occurred, the last seen first; imported ones come behind them.

    `labo why KEY` shows what is known about the causes and effects of one.

    Examples: labo problems · labo problems --role database ·
    labo problems --status retired --json
    """
    statuses = [one.name for one in status] if status else None
    variables = {"role": role, "status": statuses, "first": limit}
    form = PageForm(
        "problems",
        _PROBLEMS,
        _record,
        _print,
        lambda: _print_none(looked_in(data)),
        "--limit, --role and --status",
    )
    present_page(form, variables, as_json=as_json, watch=watch, data=data)


def _record(node: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    return {
        "key": node["key"],
        "title": node["title"],
        "role": node["role"],
        "kind": node["kind"].lower(),
        "status": node["status"].lower(),
        "severity": node["severity"].lower(),
        "occurrences": node["occurrences"],
        "first_seen": node["firstSeen"],
        "last_seen": node["lastSeen"],
        "aliases": node["aliases"],
        "summary": node["summary"],
    }


def _print(nodes: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        _COLUMNS,
        [_cells(node) for node in nodes],
        whole=("key", *_COLUMNS[2:]),
        dispensable=("status", "role"),
    )


def _print_none(where: str) -> None:
    say("There is no such problem in {}.", where)
    say("[bold]labo components[/bold] lists what is observed.")


def _cells(node: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        node["key"],
        node["title"],
        node["role"],
        node["status"].lower(),
        node["occurrences"],
        # What was only imported was never seen here.
        to_the_minute(node["lastSeen"]) if node["occurrences"] else None,
    )
