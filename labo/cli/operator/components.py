"""`labo components`: what is observed, what calls what, and which problems were seen where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in
from labo.cli.operator.incidents import LimitOption, SystemOption
from labo.cli.operator.watching import WatchOption, present
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, print_json, print_table, say

app = typer.Typer()

NAMED = 3
"""Calls and problems that a cell names, so that a row stays a row; --json has them all."""
_COLUMNS = ("component", "system", "role", "calls", "problems seen")
_COMPONENTS = """query($system: String, $role: String, $first: Int!) {
  components(system: $system, role: $role, first: $first) {
    pageInfo { hasNextPage }
    nodes {
      key name system environment role
      dependencies { key name }
      problems(first: 10) { occurrences problem { key title } }
    } } }"""

RoleOption = Annotated[
    str | None, typer.Option("--role", help="Of this role alone: service, database, cache, …")
]


@app.command("components")
def components_command(
    *,
    system: SystemOption = None,
    role: RoleOption = None,
    limit: LimitOption = 50,
    watch: WatchOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List components with role, calls, and the problems seen on them, by system and name.

    Examples: labo components · labo components --system shop ·
    labo components --role database --json
    """
    variables = {"system": system, "role": role, "first": limit}

    def read() -> dict[str, Any]:
        return dict(ask(_COMPONENTS, variables, data=data)["components"])

    def show(found: Mapping[str, Any]) -> None:
        if as_json:
            more = found["pageInfo"]["hasNextPage"]
            print_json({"components": [_record(node) for node in found["nodes"]], "more": more})
        else:
            _print(found, looked_in(data))

    present(read, show, watch=watch, data=data)


def _record(node: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    return {
        "key": node["key"],
        "name": node["name"],
        "system": node["system"],
        "environment": node["environment"],
        "role": node["role"],
        "calls": [callee["key"] for callee in node["dependencies"]],
        "problems": [
            {
                "key": one["problem"]["key"],
                "title": one["problem"]["title"],
                "occurrences": one["occurrences"],
            }
            for one in node["problems"]
        ],
    }


def _print(found: Mapping[str, Any], where: str) -> None:
    nodes = found["nodes"]
    if not nodes:
        say("There is no such component in {}.", where)
        say("Connect a service (docs/opentelemetry.md), or [bold]labo import CASE_DIR[/bold].")
        return
    print_table(_COLUMNS, [_cells(node) for node in nodes], whole=_COLUMNS[1:3])
    if found["pageInfo"]["hasNextPage"]:
        echo(f"There are more than these {len(nodes)}: see --limit, --system and --role.")


def _cells(node: Mapping[str, Any]) -> tuple[object, ...]:
    seen = (f"{one['problem']['title']} ({one['occurrences']})" for one in node["problems"])
    calls = _names(callee["name"] for callee in node["dependencies"])
    return node["name"], node["system"], node["role"], calls, _names(seen)


def _names(texts: Iterable[str]) -> str | None:
    listed = list(texts)
    more = f", +{len(listed) - NAMED}" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more if listed else None
