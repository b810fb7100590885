"""One incident as JSON for programs, described in docs/commands.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labo.cli.operator.moments import seconds_between
from labo.cli.operator.timeline import timeline


def summary_record(node: Mapping[str, Any], now: datetime) -> dict[str, object]:
    """What a list says of an incident; `duration_s` is that until `now` where it goes on."""
    return {
        "key": node["key"],
        "title": node["title"],
        "status": node["status"].lower(),
        "severity": node["severity"].lower(),
        "system": node["system"],
        "opened_at": node["openedAt"],
        "resolved_at": node["resolvedAt"],
        "duration_s": round(seconds_between(node["openedAt"], node["resolvedAt"], now), 1),
    }


def incident_record(node: Mapping[str, Any], now: datetime) -> dict[str, object]:
    """`node` as GraphQL has it."""
    return summary_record(node, now) | {
        "last_activity_at": node["lastActivityAt"],
        "resolution": node["resolution"],
        "ticket": node["ticket"],
        "escalation_level": node["escalationLevel"],
        "merged_into": node["mergedInto"],
        "symptom": node["symptom"],
        "assignee": node["assignee"],
        "follows": node["follows"],
        "recurrence_of": node["recurrenceOf"],
        "diagnosis": _diagnosis(node["diagnosis"]) if node["diagnosis"] else None,
        "occurrences": [_occurrence(one) for one in node["occurrences"]],
        "confirmed_causes": [_confirmed(one) for one in node["confirmedCauses"]],
        "escalation": _escalation(node["escalation"]) if node["escalation"] else None,
        "executions": [_execution(one) for one in node["executions"]],
        "proposals": [_proposal(one) for one in node["proposals"]],
        "findings": [
            {"summary": one["summary"], "created_at": one["createdAt"]} for one in node["findings"]
        ],
        "timeline": [{"at": at, "what": what} for at, what in timeline(node)],
    }


def _escalation(state: Mapping[str, Any]) -> dict[str, object]:
    stage = state["stage"]
    return {
        "stage": stage and stage.lower(),
        "level": state["level"].lower(),
        "note": state["note"],
        "since": state["since"],
    }


def _execution(one: Mapping[str, Any]) -> dict[str, object]:
    return {
        "kind": one["kind"].lower(),
        "executor": one["executor"],
        "template": one["templateId"],
        "target": one["target"],
        "status": one["status"].lower(),
        "outcome": one["outcome"],
        "detail": one["detail"],
        "started_at": one["startedAt"],
        "ended_at": one["endedAt"],
    }


def _diagnosis(found: Mapping[str, Any]) -> dict[str, object]:
    return {
        "verdict": found["verdict"],
        "method": found["method"].lower(),
        "created_at": found["createdAt"],
        "suspects": [
            {
                "component": one["componentName"],
                "problem": one["problemTitle"],
                "problem_key": one["problemKey"],
                "probability": one["probability"],
                "component_probability": one["componentProbability"],
                "reasons": [_reason(reason) for reason in one["reasons"]],
            }
            for one in found["suspects"]
        ],
        "chains": found["chains"],
        "ruled_out": [
            {
                "component": one["componentName"],
                "problem_key": one["problemKey"],
                "reason": _reason(one["reason"]),
            }
            for one in found["ruledOut"]
        ],
        "missing": [_reason(reason) for reason in found["missing"]],
        "next_metric": found["nextMetric"],
        "changes": [_reason(reason) for reason in found["changes"]],
    }


def _reason(reason: Mapping[str, str]) -> dict[str, str]:
    return {"kind": reason["kind"].lower(), "text": reason["sentence"]}


def _occurrence(one: Mapping[str, Any]) -> dict[str, object]:
    return {
        "component": one["component"] and one["component"]["name"],
        "problem": one["problem"] and one["problem"]["title"],
        "problem_key": one["problem"] and one["problem"]["key"],
        "severity": one["severity"].lower(),
        "started_at": one["startedAt"],
        "ended_at": one["endedAt"],
        "provoked": one["provoked"],
    }


def _confirmed(one: Mapping[str, Any]) -> dict[str, object]:
    return {
        "component": one["component"] and one["component"]["name"],
        "problem": one["problem"] and one["problem"]["title"],
        "problem_key": one["problem"] and one["problem"]["key"],
        "by": one["confirmedBy"],
        "at": one["at"],
        "reason": one["reason"],
    }


def _proposal(one: Mapping[str, Any]) -> dict[str, object]:
    decision = one["decision"]
    return {
        "key": one["key"],
        "escalation_level": one["escalationLevel"],
        "status": one["status"].lower(),
        "command": one["proposedCommand"],
        "risk": one["riskLevel"].lower(),
        "created_at": one["createdAt"],
        "decision": decision
        and {
            "verdict": decision["verdict"].lower(),
            "reason": decision["reason"],
            "by": decision["decidedBy"],
            "at": decision["decidedAt"],
        },
    }
