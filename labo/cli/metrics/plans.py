"""A measurement plan, for a person and as JSON (docs/exchange-formats.md)."""

from __future__ import annotations

from rich.markup import escape

from labo.cli.output import console
from labo.domain.metric_sets.plans import Node, Plan, Stop

_SHOWN = 3
_STOPS = {
    Stop.SURE: "probable enough",
    Stop.NOTHING_HELPS: "no remaining metric would help",
    Stop.DEPTH: "the plan ends here",
}


def plan_record(found: Plan) -> dict[str, object]:
    """The exchange form of a plan."""
    return {
        "expected_cost": round(found.expected_cost, 6),
        "expected_sure": round(found.expected_sure, 6),
        "nodes": [
            {
                "parent": node.parent,
                "measurements": {metric: state.value for metric, state in node.measurements},
                "chance": round(node.chance, 6),
                "probabilities": {c: round(p, 6) for c, p in _ranked(node)},
                "next_metric": node.step.metric if node.step else None,
                "gain": round(node.step.gain, 6) if node.step else None,
                "cost": node.step.cost if node.step else None,
                "stop": node.stop.value if node.stop else None,
            }
            for node in found.nodes
        ],
    }


def print_plan(found: Plan) -> None:
    """Print the tree, indented by the number of measurements."""
    for node in found.nodes:
        indent = "    " * len(node.measurements)
        if node.measurements:
            state = node.measurements[-1][1].value
            console.print(f"{indent}[bold]{state}[/] ({node.chance:.0%})", soft_wrap=True)
        likely = ", ".join(f"{escape(c)} {p:.0%}" for c, p in _ranked(node)[:_SHOWN])
        console.print(f"{indent}  {likely}", soft_wrap=True)
        if node.step:
            console.print(
                f"{indent}  measure [bold]{escape(node.step.metric)}[/] "
                f"({node.step.gain:.2f} bits, cost {node.step.cost:g})",
                soft_wrap=True,
            )
        elif node.stop:
            console.print(f"{indent}  {_STOPS[node.stop]}", soft_wrap=True)
    console.print(
        f"Costs {found.expected_cost:.2f} on average; "
        f"sure of one cause in {found.expected_sure:.0%} of cases.",
        soft_wrap=True,
    )


def _ranked(node: Node) -> list[tuple[str, float]]:
    return sorted(node.probabilities.items(), key=lambda one: (-one[1], one[0]))
