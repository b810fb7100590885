"""What happened in an incident, in the order of time, from the times that GraphQL has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labo.cli.operator.moments import in_utc
from labo.domain.incidents.acts import AUTOMATIC, ENDED_BY_ITSELF


def timeline(node: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(ISO time, what happened), oldest first; of one moment in the order of the story."""
    known = [(at, what) for at, what in _happened(node) if at]
    return sorted(known, key=lambda one: in_utc(one[0]))


def _happened(node: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    for one in node["occurrences"]:
        yield one["startedAt"], f"{occurrence_name(one)}: begins"
    yield node["openedAt"], "the incident opens"
    for one in reversed(node["diagnoses"]):
        yield one["createdAt"], f"diagnosed: {_suspected(one)}"
    if not any(one["kind"] == "ESCALATED" for one in node["timeline"]):
        yield from _proposals(node)
    for one in reversed(node["confirmedCauses"]):
        yield one["at"], f"cause confirmed by {one['confirmedBy']}: {cause_name(one)}"
    yield from _acts(node)
    for one in node["occurrences"]:
        yield one["endedAt"], f"{occurrence_name(one)}: ends"
    if not _is_resolved_by_a_person(node):
        yield node["resolvedAt"], f"resolved: {node['resolution'] or ENDED_BY_ITSELF}"


def _proposals(node: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """Of incidents that were escalated before the timeline had the escalation's moves."""
    for one in reversed(node["proposals"]):
        level, status = one["escalationLevel"], one["status"].lower()
        yield one["createdAt"], f"{level} proposes {one['proposedCommand'] or 'no action'}"
        if decision := one["decision"]:
            by, reason = decision["decidedBy"], decision["reason"]
            yield decision["decidedAt"], f"{status} by {by}: {reason}"


def _acts(node: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """What was done, but for the causes that are confirmed still: the incident tells more of it."""
    told = {("CAUSE_CONFIRMED", one["at"]) for one in node["confirmedCauses"]}
    for one in reversed(node["timeline"]):
        if (one["kind"], one["at"]) in told:
            continue
        if one["kind"] == "ESCALATED":
            tokens = f" ({one['tokens']:,} tokens)" if one["tokens"] else ""
            yield one["at"], f"{one['stage'].upper()}: {one['text']}{tokens}"
            continue
        by = "" if one["by"] == AUTOMATIC else f" by {one['by']}"
        said = f": {one['text']}" if one["text"] else ""
        yield one["at"], f"{one['kind'].lower().replace('_', ' ')}{by}{said}"


def _is_resolved_by_a_person(node: Mapping[str, Any]) -> bool:
    """Whether a person ended it, and nothing reopened it since."""
    kinds = (one["kind"] for one in node["timeline"])
    return next((kind for kind in kinds if kind in ("RESOLVED", "REOPENED")), "") == "RESOLVED"


def occurrence_name(one: Mapping[str, Any]) -> str:
    """`slow on checkout`."""
    problem = one["problem"]["title"] if one["problem"] else "a problem"
    return f"{problem} on {one['component']['name']}" if one["component"] else problem


def cause_name(one: Mapping[str, Any]) -> str:
    """What a person confirmed: a problem, a component, or a problem on a component."""
    return occurrence_name(one) if one["problem"] else one["component"]["name"]


def _suspected(one: Mapping[str, Any]) -> str:
    if not one["suspects"]:
        return str(one["verdict"])
    first = one["suspects"][0]
    return f"{first['componentName']} {first['componentProbability']:.0%} {one['verdict']}"
