"""`labo components`: what is observed, what calls what, and which problems were seen where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from labo.cli.client import looked_in
from labo.cli.operator.incidents import LimitOption, SystemOption
from labo.cli.operator.pages import PageForm, present_page
from labo.cli.operator.watching import WatchOption
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_table, say
from labo.errors import NotFound

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

    Exit code 4 when there is none in the system or of the role that was given.

    Examples: labo components · labo components --system shop ·
    labo components --role database --json
    """
    variables = {"system": system, "role": role, "first": limit}
    form = PageForm(
        "components",
        _COMPONENTS,
        _record,
        _print,
        lambda: _print_none(looked_in(data)),
        "--limit, --system and --role",
        _unmatched(system, role, looked_in(data)) if system or role else None,
    )
    present_page(form, variables, as_json=as_json, watch=watch, data=data)


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


def _print(nodes: Sequence[Mapping[str, Any]]) -> None:
    print_table(_COLUMNS, [_cells(node) for node in nodes], whole=_COLUMNS[1:3])


def _print_none(where: str) -> None:
    say("There is no component in {}.", where)
    say("Connect a service (docs/opentelemetry.md), or [bold]labo import CASE_DIR[/bold].")


def _unmatched(system: str | None, role: str | None, where: str) -> NotFound:
    of_role = f" of the role {role}" if role else ""
    in_system = f" in the system {system}" if system else ""
    hint = f"looked in {where}; `labo components` lists all of them"
    return NotFound(f"there is no component{of_role}{in_system}", where=system or role, hint=hint)


def _cells(node: Mapping[str, Any]) -> tuple[object, ...]:
    seen = (f"{one['problem']['title']} ({one['occurrences']})" for one in node["problems"])
    calls = _names(callee["name"] for callee in node["dependencies"])
    return node["name"], node["system"], node["role"], calls, _names(seen)


def _names(texts: Iterable[str]) -> str | None:
    listed = list(texts)
    more = f", +{len(listed) - NAMED}" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more if listed else None
