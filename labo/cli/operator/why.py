"""`labo why`: why a causal edge is believed, or which causes of a problem are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from labo.cli.client import ask, member
from labo.cli.operator.edge_json import claim, edge_record, piece_record
from labo.cli.operator.edge_text import print_edge
from labo.cli.operator.keys import find_key
from labo.cli.operator.watching import WatchOption, present
from labo.cli.options import DataOption
from labo.cli.output import JsonOption, print_json, print_table, say
from labo.domain.entities.keys import KeyKind
from labo.errors import NotFound

app = typer.Typer()

_WHY = """query($id: ID!) {
  edge(id: $id) {
    ... on Failure { code message where hint }
    ... on CausalEdge {
      ...Claim relation lagLow lagHigh maxLag hits misses strength strengthLow strengthHigh
      leak leakHigh eValue orderShare orderComparisons version asOf explained refutedIn
      decidedBy decidedAt reason
      confoundedBy { key title }
      systems { system hits misses pairs effect effectLow effectHigh }
      history { at by before after why }
      evidence { kind polarity weight observedAt summary system provoked outcome gap }
    } }
  problem(id: $id) {
    ... on Failure { code message where hint }
    ... on Problem {
      key title role summary occurrences lastSeen
      causes { ...Claim } effects { ...Claim } } }
}
fragment Claim on CausalEdge {
  key status probability cause { key title } effect { key title } }"""


@app.command("why")
def why_command(
    key: Annotated[
        str,
        typer.Argument(metavar="EDGE", help="Key of a causal edge or a problem, or its beginning."),
    ],
    *,
    watch: WatchOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a causal edge is believed: its figures and its evidence, in sentences.

    Of a problem it lists the claims about its causes and effects with the keys of their edges.
    Exit code 4 when there is neither.

    Examples: labo problems · labo why 8d21f0… (a problem) · labo why 51c9e7… (an edge) --json
    """
    whole = find_key(key, KeyKind.EDGE, KeyKind.PROBLEM, data=data)

    def read() -> dict[str, Any]:
        answer = ask(_WHY, {"id": whole}, data=data)
        kind = "problem" if answer["edge"].get("code") == NotFound.code else "edge"
        return {kind: member(answer[kind], key, data=data)}

    def show(found: Mapping[str, Any]) -> None:
        if as_json:
            print_json(_document(found))
        elif "edge" in found:
            print_edge(found["edge"])
        else:
            _print_problem(found["problem"])

    present(read, show, watch=watch, data=data)


def _print_problem(problem: Mapping[str, Any]) -> None:
    say("[bold]{}[/]  {} (role {})", problem["key"], problem["title"], problem["role"])
    for title, edges in (
        ("May be caused by", [(one, one["cause"]) for one in problem["causes"]]),
        ("May cause", [(one, one["effect"]) for one in problem["effects"]]),
    ):
        say("  [bold]{}[/]{}", title, "" if edges else ": nothing is claimed yet")
        if edges:
            print_table(
                ("  edge", "problem", "status", "belief"),
                [
                    (
                        f"  {edge['key']}",
                        other["title"],
                        edge["status"].lower(),
                        f"{edge['probability']:.0%}",
                    )
                    for edge, other in edges
                ],
                whole=("  edge",),
            )


def _document(found: Mapping[str, Any]) -> dict[str, object]:
    """The JSON form, described in docs/commands.md."""
    if "problem" in found:
        problem = found["problem"]
        return {
            "problem": {"key": problem["key"], "title": problem["title"], "role": problem["role"]},
            "causes": [claim(one) for one in problem["causes"]],
            "effects": [claim(one) for one in problem["effects"]],
        }
    edge = found["edge"]
    return {"edge": edge_record(edge), "evidence": [piece_record(one) for one in edge["evidence"]]}
