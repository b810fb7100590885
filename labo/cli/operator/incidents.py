"""`labo incidents`: what goes wrong, or went wrong, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from labo.cli.client import ask, looked_in
from labo.cli.operator.incident_json import summary_record
from labo.cli.operator.keys import short_keys
from labo.cli.operator.moments import seconds_between, since, to_the_minute
from labo.cli.operator.watching import WatchOption, present
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, echo, human_duration, print_json, print_table, say

app = typer.Typer()

MAX_ROWS = 100
"""As many as one page of the API has."""
_OPEN = ("OPEN", "DIAGNOSED", "AWAITING_DECISION", "ACTING")
_COLUMNS = ("key", "status", "severity", "opened (UTC)", "duration", "title", "leading suspect")
_LEFT_OUT = ("severity", "opened (UTC)", "duration")
"""On a narrow terminal, in this order: `labo incident KEY` shows them, and a list is read for its
titles and suspects."""
_INCIDENTS = """query($status: [IncidentStatus!], $component: String, $system: String,
                      $since: DateTime, $first: Int!) {
  incidents(status: $status, component: $component, system: $system, since: $since, first: $first) {
    pageInfo { hasNextPage }
    nodes {
      key title status severity system openedAt resolvedAt
      diagnosis { verdict suspects {
        componentName problemTitle probability componentProbability } }
      confirmedCauses(first: 2) { at confirmedBy component { name } problem { title } }
    }
  }
  components(first: 1) { nodes { key } }
}"""

SystemOption = Annotated[str | None, typer.Option("--system", help="Of this system alone.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=MAX_ROWS, help="Rows at most.")]


@dataclass(frozen=True)
class _Asked:
    """The filters of one call; `since` as it was typed."""

    is_open: bool
    component: str | None
    system: str | None
    since: str | None
    limit: int

    @property
    def variables(self) -> dict[str, object]:
        # Asked anew with each refresh: two hours ago moves on.
        start = since(self.since, datetime.now(UTC)) if self.since else None
        return {
            "status": _OPEN if self.is_open else None,
            "component": self.component,
            "system": self.system,
            "since": start.isoformat() if start else None,
            "first": self.limit,
        }

    @property
    def words(self) -> str:
        """` since 2h on checkout`, as an empty answer repeats it."""
        parts = [
            f" since {self.since}" if self.since else "",
            f" on {self.component}" if self.component else "",
            f" in the system {self.system}" if self.system else "",
        ]
        return "".join(parts)


@app.command("incidents")
def incidents_command(
    *,
    open_: Annotated[bool, typer.Option("--open", help="Leave out what is over.")] = False,
    component: Annotated[
        str | None, typer.Option("--component", help="Key or name of a component involved.")
    ] = None,
    system: SystemOption = None,
    since_: Annotated[
        str | None,
        typer.Option(
            "--since", help="Opened within 45s, 30m, 2h, 3d, 1w, or since a date or time."
        ),
    ] = None,
    limit: LimitOption = 20,
    watch: WatchOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List incidents, the newest first, each with its leading suspect.

    The shown beginning of a key is enough for the other commands. Times are UTC. Exit code 0 also
    when there are none, 3 when no stack runs.

    Examples: labo incidents · labo incidents --open --watch ·
    labo incidents --component checkout --since 2h · labo incidents --since 2026-11-30 --json
    """
    asked = _Asked(open_, component, system, since_, limit)

    def show(answer: Mapping[str, Any]) -> None:
        if as_json:
            print_json(_document(answer))
        else:
            _print(answer, asked, looked_in(data))

    present(lambda: ask(_INCIDENTS, asked.variables, data=data), show, watch=watch, data=data)


def _document(answer: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    found, now = answer["incidents"], datetime.now(UTC)
    return {
        "incidents": [_record(node, now) for node in found["nodes"]],
        "more": found["pageInfo"]["hasNextPage"],
    }


def _record(node: Mapping[str, Any], now: datetime) -> dict[str, object]:
    diagnosis, causes = node["diagnosis"], node["confirmedCauses"]
    first = next(iter(diagnosis["suspects"]), None) if diagnosis else None
    return summary_record(node, now) | {
        "verdict": diagnosis["verdict"] if diagnosis else None,
        "suspect": first
        and {
            "component": first["componentName"],
            "problem": first["problemTitle"],
            "probability": first["probability"],
            "component_probability": first["componentProbability"],
        },
        "confirmed": _confirmed(causes) if causes else None,
    }


def _confirmed(causes: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The latest confirmation: a component and a problem that are no occurrence are two causes."""
    latest = [one for one in causes if one["at"] == causes[0]["at"]]
    return {
        "component": next((one["component"]["name"] for one in latest if one["component"]), None),
        "problem": next((one["problem"]["title"] for one in latest if one["problem"]), None),
        "by": causes[0]["confirmedBy"],
    }


def _print(answer: Mapping[str, Any], asked: _Asked, where: str) -> None:
    found = answer["incidents"]
    nodes, now = found["nodes"], datetime.now(UTC)
    if not nodes:
        _print_none(asked, where, is_empty=not answer["components"]["nodes"])
        return
    short = short_keys(node["key"] for node in nodes)
    print_table(
        _COLUMNS,
        [
            (
                short[node["key"]],
                node["status"].lower(),
                node["severity"].lower(),
                to_the_minute(node["openedAt"]),
                human_duration(seconds_between(node["openedAt"], node["resolvedAt"], now)),
                node["title"],
                leading(node),
            )
            for node in nodes
        ],
        whole=_COLUMNS[:5],
        dispensable=_LEFT_OUT,
    )
    if found["pageInfo"]["hasNextPage"]:
        echo(f"There are more than these {len(nodes)}: see --limit, --since and --open.")


def _print_none(asked: _Asked, where: str, *, is_empty: bool) -> None:
    """That there are none, and what to do next."""
    kind = "open incident" if asked.is_open else "incident"
    say("There is no {}{} in {}.", kind, asked.words, where)
    if is_empty:
        say("Nothing is observed yet: connect a service (docs/opentelemetry.md), or try")
        say("[bold]labo import CASE_DIR[/bold].")
    elif asked.is_open or asked.words:
        say("[bold]labo incidents[/bold] lists all of them.")
    else:
        say("[bold]labo components[/bold] lists what is observed,")
        say("[bold]labo status[/bold] whether every part does its work.")


def leading(node: Mapping[str, Any]) -> str:
    """The confirmed cause, else the suspected component with its probability and verdict."""
    if node["confirmedCauses"]:
        cause = _confirmed(node["confirmedCauses"])
        named = cause["component"] or cause["problem"] or "?"
        return f"{named}, confirmed by {cause['by']}"
    diagnosis = node["diagnosis"]
    if diagnosis is None:
        return "not diagnosed yet"
    if not diagnosis["suspects"]:
        return str(diagnosis["verdict"])
    first = diagnosis["suspects"][0]
    share = f"{first['componentProbability']:.0%}"
    return f"{first['componentName']} {share} {diagnosis['verdict']}"
