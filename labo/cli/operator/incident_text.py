"""One incident in words, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labo.cli.diagnosis_text import say_headline, say_less_likely
from labo.cli.operator.moments import lasted, shown
from labo.cli.operator.timeline import cause_name, occurrence_name, timeline
from labo.cli.output import say
from labo.domain.entities.diagnoses import Suspect, Verdict

RULED_OUT = 5
MISSING = 5
OCCURRENCES = 10
TIMELINE = 15
"""Lines of each part at most, so that one incident fits a screen or two; --json has all."""


def print_incident(node: Mapping[str, Any], now: datetime) -> None:
    """Print `node`, as GraphQL has it: the answer first, then why, then what happened."""
    say("[bold]{}[/]  {}", node["key"], node["title"])
    state = f"{node['status'].lower()} · {node['severity'].lower()} · system {node['system']}"
    duration = lasted(node["openedAt"], node["resolvedAt"], now)
    say("  {} · opened {} · {}", state, shown(node["openedAt"]), duration)
    for name, value in _around(node):
        say("  {} {}", name, value)
    for cause in node["confirmedCauses"]:
        by, reason = cause["confirmedBy"], cause["reason"]
        say("  [bold]Confirmed[/] by {}: [bold]{}[/] ({})", by, cause_name(cause), reason)
    if node["diagnosis"]:
        _print_diagnosis(node["diagnosis"])
    else:
        say("  Not diagnosed yet; [bold]labo diagnose {} --again[/] asks.", node["key"])
    _print_occurrences(node["occurrences"], now)
    _print_proposals(node["proposals"])
    _part("Timeline", [f"{shown(at)}  {what}" for at, what in timeline(node)], TIMELINE)


def _around(node: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who handles it, what was seen first, and the incidents that it is related to."""
    symptom = node["symptom"] if node["symptom"] != node["title"] else None
    said = (
        ("seen first:", symptom),
        ("handled by", node["assignee"]),
        ("merged into", node["mergedInto"]),
        ("again after", node["recurrenceOf"]),
        ("after", node["follows"] if node["follows"] != node["recurrenceOf"] else None),
    )
    return [(name, value) for name, value in said if value]


def _print_diagnosis(found: Mapping[str, Any]) -> None:
    nodes = found["suspects"]
    suspects = [
        Suspect(one["componentName"], one["problemTitle"], one["probability"]) for one in nodes
    ]
    say_headline(Verdict(found["verdict"]), suspects)
    if nodes:
        _part("Evidence", [reason["sentence"] for reason in nodes[0]["reasons"]])
    firsts = {one["componentName"]: one["reasons"] for one in reversed(nodes)}
    why = {name: reasons[0]["sentence"] for name, reasons in firsts.items() if reasons}
    say_less_likely(suspects, why)
    _part("Changed since the diagnosis before", [one["sentence"] for one in found["changes"]])
    ruled_out = [
        f"{one['componentName']}: {one['reason']['sentence']}" for one in found["ruledOut"]
    ]
    _part("Ruled out", ruled_out, RULED_OUT)
    _part("Missing", [reason["sentence"] for reason in found["missing"]], MISSING)
    if found["nextMetric"]:
        say("  [bold]Measure next[/] {}", found["nextMetric"])


def _print_occurrences(occurrences: Sequence[Mapping[str, Any]], now: datetime) -> None:
    lines = [
        f"{occurrence_name(one)} · {one['severity'].lower()} · from {shown(one['startedAt'])} · "
        f"{lasted(one['startedAt'], one['endedAt'], now)}" + " · provoked" * one["provoked"]
        for one in occurrences
    ]
    _part("Occurrences", lines, OCCURRENCES)


def _print_proposals(proposals: Sequence[Mapping[str, Any]]) -> None:
    lines = [
        f"{one['key']}  {one['status'].lower()} · {one['escalationLevel']} · "
        f"risk {one['riskLevel'].lower()} · {one['proposedCommand'] or 'no action'}"
        for one in proposals
    ]
    _part("Proposals", lines)
    if any(one["status"] == "PENDING" for one in proposals):
        say("    to decide: [bold]labo decide PROPOSAL approve --reason TEXT[/]")


def _part(title: str, lines: Sequence[str], most: int | None = None) -> None:
    if lines:
        say("  [bold]{}[/]", title)
    for line in lines[:most]:
        say("    - {}", line)
    if most is not None:
        _rest(len(lines) - most)


def _rest(count: int) -> None:
    if count > 0:
        say("    … and {} more: see --json", count)
