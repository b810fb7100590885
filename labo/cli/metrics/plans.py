"""A measurement plan, for a person and as JSON (docs/exchange-formats.md)."""

from __future__ import annotations

from labo.cli.output import say
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
            say("{}[bold]{}[/] ({})", indent, state, f"{node.chance:.0%}")
        likely = ", ".join(f"{c} {p:.0%}" for c, p in _ranked(node)[:_SHOWN])
        say("{}  {}", indent, likely)
        if node.step:
            cost = f"{node.step.gain:.2f} bits, cost {node.step.cost:g}"
            say("{}  measure [bold]{}[/] ({})", indent, node.step.metric, cost)
        elif node.stop:
            say("{}  {}", indent, _STOPS[node.stop])
    say(
        "Costs {} on average; sure of one cause in {} of cases.",
        f"{found.expected_cost:.2f}",
        f"{found.expected_sure:.0%}",
    )


def _ranked(node: Node) -> list[tuple[str, float]]:
    return sorted(node.probabilities.items(), key=lambda one: (-one[1], one[0]))
